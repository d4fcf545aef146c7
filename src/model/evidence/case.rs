//! One case of evidence: its row and how every answer came out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::ModelName;
use crate::model::unique::unique;

/// One case: its row, as far as gates read it, and how every answer came out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CaseEvidence {
    /// Place of the row in the dataset.
    pub row: u32,
    /// Place in the seeded order.
    pub order: u32,
    /// Its labels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Its cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// Whether failing it blocks by itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub critical: bool,
    /// Every repeat of the version.
    pub trials: Vec<TrialEvidence>,
    /// Every repeat of what it was compared with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub baseline: Vec<TrialEvidence>,
    /// Fresh answers of the version that were to prove the case broken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proof: Vec<TrialEvidence>,
    /// Fresh answers of what it was compared with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub baseline_proof: Vec<TrialEvidence>,
    /// Earlier answers of what it was compared with, which were pooled with its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub baseline_pool: Vec<TrialEvidence>,
}

/// How one repeat of a case came out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrialEvidence {
    /// A sign for the trial, then one for each evaluator: `+` passed, `-` failed, `!` in error, `.` does not apply.
    pub outcome: String,
    /// The weighted mean score; `null` where it could not be decided.
    pub score: Option<f64>,
    /// Scores of evaluators that are neither 1 for passed nor 0 for failed.
    #[serde(
        default,
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "unique"
    )]
    pub scores: BTreeMap<String, f64>,
    /// Evaluators that are not critical here, though others of their name are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uncritical: Vec<String>,
    /// Places of the answer, and of judges' answers, in the list of where answers came from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<u32>,
    /// Milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<f64>,
    /// Input and output tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<(u64, u64)>,
    /// List price of the answer, US dollars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<f64>,
    /// List price of its judges, US dollars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judge_cost_usd: Option<f64>,
    /// Whether the provider marked a refusal.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub refused: bool,
    /// The fallback model that answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<ModelName>,
}

/// Signs of outcomes.
pub const PASSED: char = '+';
/// The trial or evaluator failed.
pub const FAILED: char = '-';
/// It could not be decided.
pub const ERROR: char = '!';
/// The evaluator does not apply to the case.
pub const SKIPPED: char = '.';

/// The sign of an outcome; `None` is one that could not be decided.
pub fn sign(passed: Option<bool>) -> char {
    match passed {
        Some(true) => PASSED,
        Some(false) => FAILED,
        None => ERROR,
    }
}
