//! score: (Sample, Answers) -> Ask or Score
//!
//! Evaluators are pure: no file, clock, network or randomness. One that needs a model (a judge) asks its questions, which the
//! pipeline answers like any other call, and takes its next step with the answers. [`build()`] turns what the user
//! configured into a [`Prepared`] evaluator, [`conclude()`] turns a trial's scores into passed, failed or error.

mod blame;
mod bounds;
mod build;
mod check;
mod conclude;
mod control_tokens;
mod entry;
mod evaluator;
pub mod evaluators;
mod judge_prompt;
mod judge_reply;
mod judge_request;
mod likeness;
mod limit;
mod prepared;
mod schema;
mod schema_bound;
mod schema_depth;
mod schema_keywords;
mod schema_node;
mod schema_steps;
mod scope;
#[cfg(test)]
mod testing;
mod value;

pub use build::{build, judged};
pub use conclude::{Conclusion, conclude};
pub use entry::{Build, EvaluatorEntry, Param, SpecError};
pub use evaluator::{Answer, Evaluator, Question, Step};
pub use evaluators::EVALUATORS;
pub use prepared::Prepared;
