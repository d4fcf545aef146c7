//! One line of a recordings file.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::call::key::ResponseKey;
use crate::model::{Completion, ModelName};

/// One line of a recordings file. All but `key`, `fallback`, `latency_ms`, `at` and `response` is for people and tools.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recording {
    /// What the response is found by.
    pub key: ResponseKey,
    /// The version that asked, as `family@version`.
    #[serde(default)]
    pub version: String,
    /// The case's id.
    #[serde(default)]
    pub case: String,
    /// The evaluator that asked; null for the prompt itself.
    #[serde(default)]
    pub evaluator: Option<String>,
    /// Which repeat, counted from 0.
    #[serde(default)]
    pub repeat: u32,
    /// The model asked.
    pub model: ModelName,
    /// The fallback model that answered in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<ModelName>,
    /// Milliseconds, as measured.
    #[serde(default)]
    pub latency_ms: Option<f64>,
    /// When the answer was given: RFC 3339, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// The answer.
    pub response: Completion,
}
