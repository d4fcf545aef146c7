//! Rows of a dataset.

use serde_json::{Map, Value};

use super::{EvaluatorSpec, Usage};

/// One row of a dataset.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Unique within its dataset; the row's number where the row names none.
    pub id: String,
    /// Values for the templates.
    pub vars: Map<String, Value>,
    /// What a good answer is, for evaluators that compare.
    pub expected: Option<Value>,
    /// Labels, for filters and gates.
    pub tags: Vec<String>,
    /// Which cases belong together (a document, a conversation).
    pub cluster: Option<String>,
    /// Whether failing it blocks by itself.
    pub critical: bool,
    /// Weighted mean score from which the case passes, in place of "every evaluator passes".
    pub threshold: Option<f64>,
    /// Evaluators of this case alone.
    pub evaluators: Vec<EvaluatorSpec>,
    /// A logged answer, scored as it is.
    pub output: Option<LoggedOutput>,
    /// The line of the dataset on which the row starts.
    pub line: usize,
}

/// An answer that was logged elsewhere: nothing is called for it.
#[derive(Clone, Debug, PartialEq)]
pub struct LoggedOutput {
    /// The answer.
    pub text: String,
    /// How long it took, in milliseconds, where the log says so.
    pub latency_ms: Option<f64>,
    /// Tokens, where the log says so.
    pub usage: Option<Usage>,
}
