//! The steps that a search may take, and what it finds within them.

/// Steps that the searches of one answer may share; half a second, or a bit more.
const SHARED: u64 = 50_000_000;

/// Where a match begins and ends.
pub(super) type Found = Option<(usize, usize)>;

/// The search was given up: it took more steps than it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it takes more steps than it may")]
pub struct TooMuch;

/// Steps that are left.
#[derive(Clone, Copy, Debug)]
pub struct Steps(pub(super) u64);

impl Default for Steps {
    fn default() -> Self {
        Self(SHARED)
    }
}

impl Steps {
    pub(super) fn take(&mut self, steps: u64) -> Result<(), TooMuch> {
        let Some(left) = self.0.checked_sub(steps) else {
            self.0 = 0;
            return Err(TooMuch);
        };
        self.0 = left;
        Ok(())
    }
}
