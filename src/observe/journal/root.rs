//! Whether the lines of a journal are those that its ends were written after.

use crate::model::RunEvent;
use crate::model::event::RunEnd;
use crate::seal::{self, Chain, Subject};

/// The chain of the lines so far.
#[derive(Debug, Default)]
pub(super) struct Root(Chain);

impl Root {
    /// Takes the next line; an end has to name the chain before it.
    ///
    /// # Errors
    /// What the end says differently.
    pub(super) fn take(&mut self, event: &RunEvent, line: &[u8]) -> Result<(), String> {
        if let RunEvent::End(end) = event {
            self.of_end(end)?;
        }
        self.0.take(line);
        Ok(())
    }

    fn of_end(&self, end: &RunEnd) -> Result<(), String> {
        let Some(named) = &end.root else {
            return Ok(());
        };
        if *named != self.0.root() {
            return Err(
                "a line before this one was changed, added or removed since: the root of their hash chain does not match"
                    .to_owned(),
            );
        }
        match &end.signature {
            Some(signature) if !seal::verify(signature, Subject::Run, named) => {
                Err(format!("the signature is not one by {}", signature.key))
            }
            _ => Ok(()),
        }
    }
}
