//! What one rendering may cost: a meter of the bytes it builds and of the work it does, with the processor's clock as the last resort.
//!
//! Fuel counts instructions, not the size of what they handle: forty instructions double a text to a terabyte. Bytes and
//! work are counted before they are spent and are the same on every machine, so that a replayed run ends alike; the clock
//! only ends what nobody thought of, and ends it as an error.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cpu_time::ThreadTime;
use minijinja::{Error, ErrorKind, Value};

/// Bytes that one text or list may take.
pub(super) const VALUE: u64 = 64 << 20;

/// Bytes that a rendering may build in all: what it holds at one time is never more.
const TOTAL: u64 = 512 << 20;

/// Bytes that every rendering may build beside the others.
const SMALL: u64 = 4 << 20;

/// Held by the one rendering of the process that has built more than that: however many there are at once, together they take no more
/// than one that takes all it may. The others wait, so that no verdict depends on what runs beside it.
static LARGE: Mutex<()> = Mutex::new(());

/// Bytes that a rendering may write in all, captured texts included: what is written grows by doubling its room.
const WRITTEN: u64 = 2 * VALUE;

/// Units of work: one is about ten nanoseconds, an item looked at or 64 bytes of text read.
const WORK: u64 = 25_000_000;

/// Containers that may stand in each other.
pub(super) const NESTING: usize = 200;

/// Blocks that may print one another by `self.name()`: MiniJinja counts them least of all that recurses.
const BLOCKS: usize = 20;

/// How much of a processor's time a rendering may take: a machine that is busy with other things does not end it.
const TIME: Duration = Duration::from_secs(5);

/// Work between two looks at the clock.
const BETWEEN_LOOKS: u64 = 1 << 18;

/// A limit that a rendering passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Excess {
    /// One value grew too large.
    Value { what: String, bytes: u64 },
    /// Everything built together grew too large.
    Total { what: String },
    /// Everything written together grew too large.
    Written,
    /// Too much was read, compared or copied.
    Work { what: String },
    /// Values stand in each other too deep.
    Nesting { what: String },
    /// Blocks print themselves.
    Blocks,
    /// The clock ran out.
    Time,
}

impl Excess {
    pub(super) fn hint(&self) -> &'static str {
        match self {
            Self::Value { .. } | Self::Total { .. } | Self::Written => {
                "build less: look for a text or list that grows in a loop, and for a width or a count that is too large"
            }
            Self::Work { .. } | Self::Time => {
                "do less in the template: shorten the lists and texts that a loop searches, sorts or copies, or prepare them in the dataset"
            }
            Self::Blocks => "print a block where it does not print itself",
            Self::Nesting { .. } => {
                "do not wrap a list or mapping in another one on every turn of a loop"
            }
        }
    }
}

impl fmt::Display for Excess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mebibytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        match self {
            Self::Value { what, bytes } if *bytes == u64::MAX => write!(
                f,
                "{what} builds a value of more than {} MiB, the most that one text or list of a template may take",
                VALUE >> 20
            ),
            Self::Value { what, bytes } => write!(
                f,
                "{what} builds a value of {:.1} MiB; one text or list of a template may take {} MiB",
                mebibytes(*bytes),
                VALUE >> 20
            ),
            Self::Total { what } => write!(
                f,
                "the template builds more than {} MiB in all, the last of it by {what}",
                TOTAL >> 20
            ),
            Self::Written => write!(
                f,
                "the template writes more than {} MiB in all",
                WRITTEN >> 20
            ),
            Self::Work { what } => write!(
                f,
                "the template does more work than one rendering may (about {} million items looked at), the last of it in {what}",
                WORK / 1_000_000
            ),
            Self::Nesting { what } => write!(
                f,
                "{what} nests lists or mappings more than {NESTING} levels deep"
            ),
            Self::Blocks => write!(f, "more than {BLOCKS} blocks print one another by `self`"),
            Self::Time => write!(f, "the template takes longer than {} s", TIME.as_secs()),
        }
    }
}

/// What an operator's left side leaves for its right side, which is evaluated later.
pub(super) enum Pending {
    /// Bytes of a chain of `~` or `+` so far.
    Bytes(u64),
    /// The value itself.
    Value(Value),
}

#[derive(Default)]
struct Meter {
    built: Cell<u64>,
    written: Cell<u64>,
    work: Cell<u64>,
    look_at: Cell<u64>,
    since: Cell<Option<ThreadTime>>,
    /// Containers put into others so far.
    nested: Cell<usize>,
    /// Blocks being printed by `self` now.
    blocks: Cell<usize>,
    pending: RefCell<Vec<Pending>>,
    large: RefCell<Option<MutexGuard<'static, ()>>>,
    excess: RefCell<Option<Excess>>,
}

impl Meter {
    #[expect(
        clippy::disallowed_methods,
        reason = "what no count ends ends by the clock, as an error"
    )]
    fn start(&self) {
        self.built.set(0);
        self.written.set(0);
        self.work.set(0);
        self.look_at.set(BETWEEN_LOOKS);
        self.since.set(Some(ThreadTime::now()));
        self.nested.set(0);
        self.blocks.set(0);
        self.pending.borrow_mut().clear();
        self.large.replace(None);
        self.excess.replace(None);
    }

    /// Waits until no other rendering is large, which takes no processor's time.
    fn grow(&self) {
        if self.large.borrow().is_some() {
            return;
        }
        let turn = LARGE.lock().unwrap_or_else(PoisonError::into_inner);
        self.large.replace(Some(turn));
    }
}

/// Lets the next large rendering begin, however this one ended.
struct Turn;

impl Drop for Turn {
    fn drop(&mut self) {
        METER.with(|meter| meter.large.replace(None));
    }
}

// A rendering runs on one thread from its start to its end, and filters deep inside an iterator have no way to a state.
thread_local! {
    static METER: Meter = Meter::default();
}

/// Runs one rendering under a fresh meter; tells the limit it passed, even where an error got lost on its way.
pub(super) fn metered<T>(run: impl FnOnce() -> T) -> (T, Option<Excess>) {
    METER.with(Meter::start);
    let _turn = Turn;
    let result = run();
    let excess = METER.with(|meter| {
        meter.pending.borrow_mut().clear();
        meter.excess.take()
    });
    (result, excess)
}

/// The error of a limit that is passed.
pub(super) fn exceed(excess: Excess) -> Error {
    let error = Error::new(ErrorKind::InvalidOperation, excess.to_string());
    METER.with(|meter| {
        // The first limit that was passed is the cause of what follows.
        let mut slot = meter.excess.borrow_mut();
        slot.get_or_insert(excess);
    });
    error
}

/// Refuses a value of so many bytes, before it is built.
pub(super) fn allow(what: &str, bytes: u64) -> Result<(), Error> {
    if bytes > VALUE {
        let what = what.to_owned();
        return Err(exceed(Excess::Value { what, bytes }));
    }
    Ok(())
}

/// Counts a value of so many bytes that is about to be built.
pub(super) fn build(what: &str, bytes: u64) -> Result<(), Error> {
    allow(what, bytes)?;
    let built = METER.with(|meter| {
        let built = meter.built.get().saturating_add(bytes);
        meter.built.set(built);
        if built > SMALL && built <= TOTAL {
            meter.grow();
        }
        built
    });
    if built > TOTAL {
        let what = what.to_owned();
        return Err(exceed(Excess::Total { what }));
    }
    work(what, 1 + bytes / 64)
}

/// Counts a text that is about to be written.
pub(super) fn write(what: &str, bytes: u64) -> Result<(), Error> {
    let written = METER.with(|meter| {
        let written = meter.written.get().saturating_add(bytes);
        meter.written.set(written);
        written
    });
    build(what, bytes)?;
    if written > WRITTEN {
        return Err(exceed(Excess::Written));
    }
    Ok(())
}

/// Counts work that is about to be done.
pub(super) fn work(what: &str, units: u64) -> Result<(), Error> {
    let (done, late) = METER.with(|meter| {
        let done = meter.work.get().saturating_add(units);
        meter.work.set(done);
        let mut late = false;
        if done >= meter.look_at.get() {
            meter.look_at.set(done.saturating_add(BETWEEN_LOOKS));
            late = meter
                .since
                .get()
                .is_some_and(|since| since.elapsed() > TIME);
        }
        (done, late)
    });
    if done > WORK {
        let what = what.to_owned();
        return Err(exceed(Excess::Work { what }));
    }
    if late {
        return Err(exceed(Excess::Time));
    }
    Ok(())
}

/// Counts a container put into another one, and says how many there are.
pub(super) fn nest() -> usize {
    METER.with(|meter| {
        meter.nested.set(meter.nested.get() + 1);
        meter.nested.get()
    })
}

/// How many containers were put into others.
pub(super) fn nested() -> usize {
    METER.with(|meter| meter.nested.get())
}

/// Counts a block that starts to be printed by `self`.
pub(super) fn enter_block() -> Result<(), Error> {
    let blocks = METER.with(|meter| {
        meter.blocks.set(meter.blocks.get() + 1);
        meter.blocks.get()
    });
    if blocks > BLOCKS {
        return Err(exceed(Excess::Blocks));
    }
    Ok(())
}

pub(super) fn leave_block() {
    METER.with(|meter| meter.blocks.set(meter.blocks.get().saturating_sub(1)));
}

pub(super) fn push(pending: Pending) {
    METER.with(|meter| meter.pending.borrow_mut().push(pending));
}

pub(super) fn pop() -> Option<Pending> {
    METER.with(|meter| meter.pending.borrow_mut().pop())
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "tests of threads and of the clock"
)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    use super::*;

    #[test]
    fn of_many_large_renderings_one_at_a_time_holds_what_it_builds() {
        let (now, most) = (AtomicU64::new(0), AtomicU64::new(0));
        let render = || {
            let (built, excess) = metered(|| {
                build("a small text", SMALL)?;
                build("a large text", VALUE)?;
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(20));
                now.fetch_sub(1, Ordering::SeqCst);
                Ok::<(), Error>(())
            });
            assert!(built.is_ok() && excess.is_none());
        };
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(render);
            }
        });
        assert_eq!(most.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_rendering_that_panics_does_not_hold_up_the_next_one() {
        let panics = std::thread::spawn(|| {
            metered(|| {
                let _ = build("a large text", VALUE);
                panic!("on purpose");
            });
        });
        assert!(panics.join().is_err());
        let (built, _) = metered(|| build("a large text", VALUE));
        assert!(built.is_ok());
    }

    #[test]
    fn a_small_rendering_waits_for_no_large_one() {
        let ((), excess) = metered(|| {
            assert!(build("a large text", VALUE).is_ok());
            let small = std::thread::spawn(|| metered(|| build("a small text", SMALL)).0.is_ok());
            assert!(small.join().is_ok_and(|built| built));
        });
        assert_eq!(excess, None);
    }
}
