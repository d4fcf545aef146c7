//! Evidence: the committed summary of a passing run, which allows a promotion and is a baseline later.

mod by_id;
mod case;
mod cases;
mod ids;
mod trials;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use by_id::{ById, Rows};
pub use case::{CaseEvidence, ERROR, FAILED, PASSED, SKIPPED, TrialEvidence, sign};
pub use cases::CaseRows;
pub use ids::Ids;
pub use trials::{Answers, TrialRows};

use super::event::{BaselineLink, DatasetInfo, PoolFrom, PooledRun, StoredFrom};
use super::looks::{Look, OnInconclusive};
use super::settings::AnswerSource;
use super::suite::GateRule;
use super::unique::unique;
use super::verdict::{Bounds, GateVerdict};
use super::{ModelName, Signature};

/// Version of the format; a reader refuses every other one.
pub(crate) const EVIDENCE_VERSION: u32 = 2;

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
    #[serde(
        default,
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "unique"
    )]
    pub includes: BTreeMap<String, String>,
    /// The version's own model, on which it was asked.
    pub model: ModelName,
    /// The run that passed.
    pub run: EvidenceRun,
    /// Kind and address of each provider that might be asked, by name.
    #[serde(
        default,
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "unique"
    )]
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
    #[serde(
        default,
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "unique"
    )]
    pub judge_models: BTreeMap<String, BTreeSet<String>>,
    /// Numbers over all cases; `null` for what could not be measured.
    #[serde(deserialize_with = "unique")]
    pub metrics: BTreeMap<String, Option<f64>>,
    /// Gate by gate, as it was decided.
    pub gates: Vec<GateEvidence>,
    /// Evaluators, in the order in which outcomes name them.
    pub evaluators: Vec<EvaluatorEvidence>,
    /// Every case, by its id.
    pub cases: ById<CaseRows>,
    /// How many of the first repeats of every case were asked again and are no answers of an earlier run; not known of older
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
    pub cases: ById<Answers>,
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
