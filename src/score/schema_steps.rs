//! Steps that work on a JSON Schema may take, and what stops it where none is left.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::text::pattern::{Pattern, Steps, TooMuch};

/// Schemas that are compiled, those behind references each time.
pub(super) const COMPILING: u64 = 100_000;

/// Steps of a check that lists faults, each of which takes memory.
pub(super) const LISTING: u64 = 1_000_000;

/// Steps of a check, about a second.
pub(super) const CHECKING: u64 = 20_000_000;

/// Bytes of stack that a check may take; threads have two megabytes.
const STACK: usize = 1 << 20;

/// Why a check or a compiler was stopped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Stop {
    #[error("it takes more steps than it may, for its parts multiply")]
    Steps,
    #[error("its parts nest too deep")]
    Depth,
    #[error("the pattern {0} takes more steps than it may")]
    Pattern(String),
}

/// What is left to the work of this thread.
#[derive(Clone, Copy)]
struct Budget {
    steps: u64,
    patterns: Steps,
    /// Where the stack was when the work began.
    base: usize,
}

thread_local! {
    static BUDGET: Cell<Option<Budget>> = const { Cell::new(None) };
    static STOP: RefCell<Option<Stop>> = const { RefCell::new(None) };
}

/// Does some work with so many steps, and stops it where they do not suffice.
pub(super) fn with_steps<T>(steps: u64, work: impl FnOnce() -> T) -> Result<T, Stop> {
    BUDGET.set(Some(Budget {
        steps,
        patterns: Steps::default(),
        base: stack(),
    }));
    let done = catch_unwind(AssertUnwindSafe(work));
    BUDGET.set(None);
    done.or_else(|panic| match STOP.take() {
        Some(stop) => Err(stop),
        None => resume_unwind(panic),
    })
}

/// Leaves the library. This is no panic: no hook hears of it.
pub(super) fn stop(stop: Stop) -> ! {
    STOP.set(Some(stop));
    resume_unwind(Box::new(()))
}

fn stack() -> usize {
    let here = 0_u8;
    std::ptr::from_ref(&here).addr()
}

/// Counts steps of whatever this thread is at.
pub(super) fn take(steps: u64) {
    let Some(mut budget) = BUDGET.get() else {
        return;
    };
    if budget.base.abs_diff(stack()) > STACK {
        stop(Stop::Depth);
    }
    match budget.steps.checked_sub(steps) {
        Some(left) => budget.steps = left,
        None => stop(Stop::Steps),
    }
    BUDGET.set(Some(budget));
}

/// Whether a pattern matches within the steps that are left to whatever this thread is at.
pub(super) fn find(pattern: &Pattern, text: &str) -> Result<bool, TooMuch> {
    let Some(mut budget) = BUDGET.get() else {
        return Ok(pattern.find(text).is_ok_and(|found| found.is_some()));
    };
    let found = pattern.find_within(text, &mut budget.patterns);
    BUDGET.set(Some(budget));
    Ok(found?.is_some())
}
