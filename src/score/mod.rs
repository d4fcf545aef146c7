//! score: `(Sample, Replies) -> Score`. Pure: an evaluator that needs a model says what to ask, and reads what came back.

mod conclude;
mod entry;
pub mod evaluators;
mod judge;
mod judge_reply;
mod prepared;
mod values;

pub use conclude::{Conclusion, conclude};
pub use entry::{Built, EvaluatorEntry, Param, SpecError};
pub use evaluators::EVALUATORS;
pub use prepared::{Prepared, build};

use crate::model::{Completion, Outcome, Request, Sample};

/// Scores one sample. No file, clock, network or randomness.
pub trait Evaluator: Send + Sync {
    /// What has to be asked before scoring; heuristics ask nothing.
    ///
    /// # Errors
    /// When the questions cannot be written for this sample.
    fn requests(&self, _sample: &Sample<'_>) -> Result<Vec<Request>, String> {
        Ok(Vec::new())
    }

    /// Scores, with a reply to each request in its order.
    fn score(&self, sample: &Sample<'_>, replies: &[Completion]) -> Outcome;
}
