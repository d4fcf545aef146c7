//! Evidence: the committed summary of a passing run, which allows a promotion and is a baseline later.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::ModelName;
use super::event::{DatasetInfo, PooledRun};
use super::verdict::{Bounds, GateVerdict};

/// Version of the format; a reader refuses a newer one.
pub const EVIDENCE_VERSION: u32 = 1;

/// What a version did in a run that passed: one file, `evals/evidence/FAMILY/VERSION.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Format of the file.
    pub evidence: u32,
    /// Family and version.
    pub version: String,
    /// SHA-256 of the version's file.
    pub sha256: String,
    /// SHA-256 of each template that it includes, by path below `prompts/`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub includes: BTreeMap<String, String>,
    /// The version's own model, on which it was asked.
    pub model: ModelName,
    /// The run that passed.
    pub run: EvidenceRun,
    /// Every suite of the family, by name.
    pub suites: Vec<SuiteEvidence>,
}

/// What identifies the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceRun {
    /// Its id.
    pub id: String,
    /// RFC 3339, UTC.
    pub started_at: String,
    /// The commit that was checked out.
    pub git_commit: Option<String>,
    /// Where responses might come from.
    pub responses: String,
    /// Seed of every shuffle.
    pub seed: u64,
    /// Version of the program.
    pub prompteval: String,
}

/// One suite of the run, as far as the version is concerned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SuiteEvidence {
    /// The suite's name.
    pub name: String,
    /// SHA-256 of its file: evaluators, rubrics, judges, gates.
    pub sha256: String,
    /// The dataset.
    pub dataset: DatasetInfo,
    /// What the version was compared with; `None` where nothing was.
    pub baseline: Option<BaselineEvidence>,
    /// Models that answered, as responses name them.
    pub resolved_models: BTreeSet<String>,
    /// Models that answered as judges, by evaluator; files of earlier versions do not say.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub judge_models: BTreeMap<String, BTreeSet<String>>,
    /// Numbers over all cases; `null` for what could not be measured.
    pub metrics: BTreeMap<String, Option<f64>>,
    /// Gate by gate, as it was decided.
    pub gates: Vec<GateEvidence>,
    /// Evaluators, in the order in which outcomes name them.
    pub evaluators: Vec<EvaluatorEvidence>,
    /// Every repeat of every case, by the case's id.
    pub cases: BTreeMap<String, Vec<TrialEvidence>>,
    /// How many of the first repeats of every case were asked anew and are no answers of an earlier run; not known of older
    /// files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live: Option<u32>,
    /// What other runs of the same files and models say of the same cases.
    #[serde(default, skip_serializing_if = "HistoryEvidence::is_empty")]
    pub history: HistoryEvidence,
}

/// Answers of other runs than the one that passed: with its own they are the pool of a later baseline.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HistoryEvidence {
    /// Run by run, the newest first.
    pub runs: Vec<PooledRun>,
    /// Every answer to every case, by the case's id: those of the first run, then those of the second, and so on.
    pub cases: BTreeMap<String, Vec<TrialEvidence>>,
}

impl HistoryEvidence {
    /// Whether there is no other run.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }
}

/// What a version was compared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaselineEvidence {
    /// Its number.
    pub version: String,
    /// SHA-256 of its file.
    pub sha256: String,
    /// The model asked.
    pub model: ModelName,
}

/// One gate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateEvidence {
    /// The metric.
    pub metric: String,
    /// Only cases with this label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// The condition, in words.
    pub condition: String,
    /// What came out.
    pub verdict: GateVerdict,
    /// The measured number.
    pub measured: Option<f64>,
    /// The baseline's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<f64>,
    /// Bounds of the rate, or of its difference to the baseline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Bounds>,
    /// Why, in a sentence.
    pub reason: String,
}

/// One evaluator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvaluatorEvidence {
    /// Its name.
    pub name: String,
    /// Its type, `not-` included.
    #[serde(rename = "type")]
    pub type_name: String,
    /// A further metric it counts in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
    /// Whether it is critical.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub critical: bool,
    /// Whether its weight is 0.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reported_only: bool,
}

/// How one repeat of a case came out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrialEvidence {
    /// A sign for the trial, then one for each evaluator: `+` passed, `-` failed, `!` in error, `.` does not apply.
    pub outcome: String,
    /// The weighted mean score; `null` where it could not be decided.
    pub score: Option<f64>,
    /// Scores of evaluators that are neither 1 for passed nor 0 for failed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub scores: BTreeMap<String, f64>,
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
