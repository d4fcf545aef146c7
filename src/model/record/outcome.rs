//! How trials, cases and evaluations came out, in a few bytes each.

/// How a trial or a case came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// It passed.
    Passed,
    /// It failed.
    Failed,
    /// It could not be decided.
    Error,
}

/// One evaluator's say in a trial, in short.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EvaluatorOutcome {
    /// Place in the suite's list of evaluators.
    pub evaluator: u16,
    /// Whether this very evaluator is critical: others of its name may not be.
    pub critical: bool,
    /// How it came out.
    pub state: EvaluatorState,
}

/// Outcomes are kept by the million.
const _: () = assert!(size_of::<EvaluatorOutcome>() <= 12);

/// How an evaluation came out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum EvaluatorState {
    /// Passed or failed, with a score.
    Scored(bool, f32),
    /// Does not apply.
    Skipped,
    /// Could not be judged.
    Error,
}

/// Where a line of the journal begins: bytes before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JournalOffset(pub u64);

/// One case of an arm, all repeats together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CaseOutcome {
    /// Place in the suite's list of cases.
    pub case: u32,
    /// First of its trials in the arm's list.
    pub first: u32,
    /// How many trials it has.
    pub trials: u32,
    /// How many of them passed.
    pub passes: u32,
    /// Whether any of them is in error, which puts the case in error.
    pub error: bool,
}

impl CaseOutcome {
    /// Passed when every repeat did.
    pub fn state(&self) -> State {
        if self.error {
            State::Error
        } else if self.passes == self.trials {
            State::Passed
        } else {
            State::Failed
        }
    }

    /// Share of repeats that passed; `None` for a case in error.
    pub(crate) fn pass_share(&self) -> Option<f64> {
        (!self.error).then(|| f64::from(self.passes) / f64::from(self.trials))
    }
}
