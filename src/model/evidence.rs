//! Evidence: the committed summary of a passing run, which allows a promotion and is a baseline later.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize};

use super::event::{BaselineLink, DatasetInfo, PoolFrom, PooledRun, StoredFrom};
use super::looks::{Look, OnInconclusive};
use super::settings::AnswerSource;
use super::suite::GateRule;
use super::verdict::{Bounds, GateVerdict};
use super::{ModelName, Signature};

/// Version of the format; a reader refuses every other one.
pub const EVIDENCE_VERSION: u32 = 2;

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
    /// Kind and address of each provider that might be asked, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub providers: BTreeMap<String, String>,
    /// How runs of the same files ended, as far as they were known when the version was promoted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_runs: Option<KnownRuns>,
    /// Every suite of the family, by name.
    pub suites: Vec<SuiteEvidence>,
    /// Who vouches for all of it but known runs and the history, which other runs say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
}

/// How complete runs of the same version, suites and datasets ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownRuns {
    /// The version passed.
    pub passed: u32,
    /// It failed.
    pub failed: u32,
    /// It could not be decided.
    pub undecided: u32,
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
    /// Root of the journal's hash chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
}

/// One suite of the run, as far as the version is concerned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SuiteEvidence {
    /// The suite's name.
    pub name: String,
    /// Its file, relative to the project.
    pub path: String,
    /// SHA-256 of its file: evaluators, rubrics, judges, gates.
    pub sha256: String,
    /// The dataset.
    pub dataset: DatasetInfo,
    /// What decided: gates, and when evidence was looked at.
    pub rules: RulesEvidence,
    /// Where answers came from; trials name places in this list.
    pub answers: Vec<AnswerEvidence>,
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
    /// Every case, by its id.
    pub cases: BTreeMap<String, CaseEvidence>,
    /// How many of the first repeats of every case were called again and are not answers of an earlier run; not known of older
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

/// What decided a suite.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RulesEvidence {
    /// Conditions, those of critical evaluators and cases included.
    pub gates: Vec<GateRule>,
    /// How often each case is asked at least.
    pub repeats: u32,
    /// When evidence was looked at.
    pub looks: Vec<Look>,
    /// What happens when the evidence does not suffice.
    pub on_inconclusive: OnInconclusive,
    /// Cases that are asked again at most, to prove that they broke.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof_cases: Option<u32>,
    /// Whether the suite stops as soon as every evidence gate is decided.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stop_decided: bool,
    /// How many cases its largest cluster has, where it stops early.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub largest_cluster: Option<u32>,
    /// Whether another version stood beside it, or why none did.
    pub compared: BaselineLink,
}

/// Where answers came from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AnswerEvidence {
    /// How the run got them; `None` of those that it took over from another run.
    pub source: Option<AnswerSource>,
    /// The provider that was to answer.
    pub provider: String,
    /// The model that answered, as responses name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The day on which they were given, where that was before the run: `2026-11-26`, UTC. Of recordings without a date it is
    /// not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<String>,
    /// Whether they are a judge's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub judge: bool,
}

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
    #[serde(deserialize_with = "snug")]
    pub trials: Vec<TrialEvidence>,
    /// Every repeat of what it was compared with.
    #[serde(
        default,
        deserialize_with = "snug",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub baseline: Vec<TrialEvidence>,
    /// Fresh answers of the version that were to prove the case broken.
    #[serde(
        default,
        deserialize_with = "snug",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub proof: Vec<TrialEvidence>,
    /// Fresh answers of what it was compared with.
    #[serde(
        default,
        deserialize_with = "snug",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub baseline_proof: Vec<TrialEvidence>,
    /// Earlier answers of what it was compared with, which were pooled with its own.
    #[serde(
        default,
        deserialize_with = "snug",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub baseline_pool: Vec<TrialEvidence>,
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
    /// The run whose answers were taken over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stored: Option<StoredFrom>,
    /// Runs whose answers were pooled with its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<PoolFrom>,
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

/// A list that takes no more room than it needs: most cases have one answer, and there are many cases.
fn snug<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<TrialEvidence>, D::Error> {
    let mut list = Vec::deserialize(from)?;
    list.shrink_to_fit();
    Ok(list)
}

/// How one repeat of a case came out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrialEvidence {
    /// A sign for the trial, then one for each evaluator: `+` passed, `-` failed, `!` in error, `.` does not apply.
    pub outcome: String,
    /// The weighted mean score; `null` where it could not be decided.
    pub score: Option<f64>,
    /// Scores of evaluators that are neither 1 for passed nor 0 for failed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
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
