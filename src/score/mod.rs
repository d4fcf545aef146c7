//! score: (Sample, Replies) -> Score
//!
//! Evaluators are pure: no file, clock, network or randomness. One that needs a model (a judge) first names its
//! requests, which the pipeline answers like any other, and is then handed the replies. [`build`] turns what the user
//! configured into a [`Prepared`] evaluator, [`conclude()`] turns a trial's scores into passed, failed or error.

mod blame;
mod check;
mod conclude;
mod control_tokens;
mod entry;
pub mod evaluators;
mod judge_prompt;
mod judge_reply;
mod judge_request;
mod limit;
mod prepared;
mod schema;
mod schema_bound;
mod schema_depth;
mod schema_keywords;
mod schema_node;
mod scope;
#[cfg(test)]
mod testing;
mod value;

use std::collections::BTreeSet;

use crate::model::{Completion, Outcome, Request, Sample};

pub use conclude::{Conclusion, conclude};
pub use entry::{Build, EvaluatorEntry, Param, SpecError};
pub use evaluators::EVALUATORS;
pub use prepared::{Prepared, build, judged};

/// Bytes of an answer that every evaluator whose work is linear reads in a moment.
const QUICK: usize = 64 << 10;

/// Scores one sample.
pub trait Evaluator: Send + Sync {
    /// Model calls needed before scoring; heuristics need none.
    ///
    /// # Errors
    /// When a request cannot be written, such as for a template that names a missing variable.
    fn requests(&self, _sample: &Sample<'_>) -> Result<Vec<Request>, String> {
        Ok(Vec::new())
    }

    /// What it says of the sample, given the answers to its requests in their order.
    fn score(&self, sample: &Sample<'_>, replies: &[Completion]) -> Outcome;

    /// Whether scoring this sample surely takes no more than some milliseconds, so that it may be done between two calls.
    fn is_quick(&self, sample: &Sample<'_>) -> bool {
        sample.output().len() <= QUICK
    }

    /// Names that its value's templates take from outside.
    fn variables(&self) -> BTreeSet<String> {
        BTreeSet::new()
    }
}
