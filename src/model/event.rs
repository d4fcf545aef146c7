//! What happens during a run: the interface between running, the journal, progress and reports.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::looks::{Look, OnInconclusive};
use super::run_spec::RunSpec;
use super::shard::Shard;
use super::suite::GateRule;
use super::trial::is_none_of_them;
use super::unique::unique;
use super::{ModelName, PromptRef, Signature, Status, TrialRecord};

/// Version of the journal's format; a reader refuses every other one.
pub(crate) const JOURNAL_VERSION: u32 = 1;

/// One thing that happened, in the order it is written to the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum RunEvent {
    /// The run begins: the plan and its hashes.
    Plan(Box<RunHeader>),
    /// A trial is finished.
    Trial(Box<TrialRecord>),
    /// The run ends.
    End(RunEnd),
}

/// What a run sets out to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunHeader {
    /// Format of the journal.
    pub journal: u32,
    /// The run itself.
    pub run: RunInfo,
    /// Date of the price table.
    pub prices_date: String,
    /// What is evaluated.
    pub suites: Vec<SuiteHeader>,
}

/// What identifies a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunInfo {
    /// The run's id; ids sort by time.
    pub id: String,
    /// RFC 3339, UTC.
    pub started_at: String,
    /// The checked-out commit, where the project is in git.
    pub git_commit: Option<String>,
    /// Where responses may come from: `auto`, `live`, `replay` or `record`.
    pub responses: String,
    /// Seed of every shuffle.
    pub seed: u64,
    /// Version of this program.
    pub prompteval: String,
    /// Flags that leave something out; a run with any is no evidence for a promotion.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub partial: Vec<String>,
    /// What was asked for, so that a resumed run does the same.
    #[serde(default)]
    pub asked: RunSpec,
    /// `--max-cost`: what a resumed run may pay in all, too, unless it is told otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_cost_usd: Option<f64>,
    /// Kind and address of each provider that may be asked: the same name may stand for another one elsewhere.
    #[serde(
        default,
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "unique"
    )]
    pub providers: BTreeMap<String, String>,
    /// Which part of a run that is spread over several machines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// Versions that a change adds or edits and that no suite tests: the run cannot pass.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub untested: Vec<String>,
    /// What a change takes away from its own gate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gate_changes: Vec<GateChange>,
    /// Whether the run cannot pass for them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gate_changes_block: bool,
    /// Whether it was read without the project's files beside it: then nothing says that they agree.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub detached: bool,
}

impl RunInfo {
    /// What the run was asked to do; the suites are those of the header.
    pub fn spec(&self) -> RunSpec {
        RunSpec {
            responses: self.responses.parse().unwrap_or_default(),
            seed: self.seed,
            shard: self.shard,
            ..self.asked.clone()
        }
    }
}

/// One thing that a change takes away from its own gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateChange {
    /// The file, relative to the project.
    pub file: String,
    /// What is weaker in it than at the merge base.
    pub what: String,
}

/// One suite of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SuiteHeader {
    /// The suite's name.
    pub name: String,
    /// Its file, relative to the project.
    #[serde(default)]
    pub path: String,
    /// SHA-256 of the suite's file.
    pub sha256: String,
    /// What it holds the prompt to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The family under test.
    pub family: String,
    /// Whose users it is about, where it is not all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<String>,
    /// The dataset.
    pub dataset: DatasetInfo,
    /// How many of its cases the run evaluates.
    pub selected: u32,
    /// How often each case is asked at least.
    pub repeats: u32,
    /// Conditions that decide.
    pub gates: Vec<GateRule>,
    /// When evidence is looked at.
    pub looks: Vec<Look>,
    /// Why there is a single look where repeats could have been added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looks_note: Option<String>,
    /// Cases of a candidate that are asked again at most, to prove that they broke, where a gate asks for the proof.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof_cases: Option<u32>,
    /// What happens when the evidence does not suffice.
    pub on_inconclusive: OnInconclusive,
    /// Whether the suite stops as soon as every evidence gate is decided.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stop_decided: bool,
    /// How many cases its largest cluster has, where it stops early and cases belong to clusters: these are asked one after another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub largest_cluster: Option<u32>,
    /// Versions and models.
    pub arms: Vec<ArmHeader>,
}

/// The dataset of a suite.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetInfo {
    /// Path, relative to the project.
    pub path: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Rows in it.
    pub cases: u32,
}

/// One version on one model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ArmHeader {
    /// Family and version.
    pub version: PromptName,
    /// SHA-256 of the version's file.
    pub sha256: String,
    /// SHA-256 of each template that it includes, by path below `prompts/`; empty for one that is not there.
    #[serde(
        default,
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "unique"
    )]
    pub includes: BTreeMap<String, String>,
    /// Its status when the run started.
    pub status: Status,
    /// Why it got there without evidence, where it did.
    #[serde(default, rename = "override", skip_serializing_if = "Option::is_none")]
    pub override_reason: Option<String>,
    /// The model asked.
    pub model: ModelName,
    /// Whether it is under test or only compared with.
    pub role: ArmRole,
    /// What a candidate is compared with.
    #[serde(default)]
    pub baseline: BaselineLink,
    /// Whose answers are taken over, as long as the same model answers under the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stored: Option<StoredFrom>,
    /// Earlier answers that stand beside its fresh ones where it is compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<PoolFrom>,
}

/// A run whose answers are taken over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredFrom {
    /// Its id.
    pub run: String,
    /// RFC 3339, UTC.
    pub started_at: String,
}

/// Earlier runs whose answers are pooled.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolFrom {
    /// Run by run, the newest first.
    pub runs: Vec<PooledRun>,
    /// Models that answered in them, as responses name them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub models: BTreeSet<String>,
    /// Models that judged, by evaluator, as far as that is known.
    #[serde(
        default,
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "unique"
    )]
    pub judge_models: BTreeMap<String, BTreeSet<String>>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PooledRun {
    /// Its id.
    pub id: String,
    /// RFC 3339, UTC.
    pub started_at: String,
    /// How many answers to every case are of it.
    pub repeats: u32,
}

impl ArmHeader {
    /// Whether it is reported and stops nobody: a version in shadow answers no user.
    pub(crate) fn never_blocks(&self) -> bool {
        self.role == ArmRole::Candidate && self.status == Status::Shadow
    }
}

/// A `family@version` as it stands in journals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromptName {
    /// The family.
    pub family: String,
    /// The version's number.
    pub version: String,
}

impl From<&PromptRef> for PromptName {
    fn from(id: &PromptRef) -> Self {
        Self {
            family: id.family.clone(),
            version: id.version.to_string(),
        }
    }
}

impl std::fmt::Display for PromptName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{}", self.family, self.version)
    }
}

/// What an arm is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ArmRole {
    /// Under test.
    Candidate,
    /// Compared with.
    Baseline,
}

/// What a candidate is compared with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BaselineLink {
    /// Nothing needs a baseline.
    #[default]
    Unused,
    /// The family has no production version yet.
    NoneYet,
    /// The candidate is the baseline itself.
    Itself,
    /// Another arm of the suite, by place.
    Arm(u32),
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunEnd {
    /// Whether everything planned was done.
    pub status: EndStatus,
    /// RFC 3339, UTC.
    pub finished_at: String,
    /// Why it ended early.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Requests that were sent for trials that are not in the journal: they were in flight when the run was ended.
    #[serde(default, skip_serializing_if = "is_none_of_them")]
    pub in_flight: u32,
    /// Root of the hash chain over every line before this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
    /// Who vouches for the root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
    /// The evidence that the run is, signed with it, so that whoever promotes needs no key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<SignedEvidence>,
}

impl RunEnd {
    /// An end that nothing vouches for.
    pub fn new(status: EndStatus, finished_at: String, reason: Option<String>) -> Self {
        Self {
            status,
            finished_at,
            reason,
            in_flight: 0,
            root: None,
            signature: None,
            evidence: Vec::new(),
        }
    }
}

/// The evidence for one version, as far as the run is all of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedEvidence {
    /// Family and version.
    pub version: String,
    /// Who vouches for it.
    pub signature: Signature,
}

/// Whether everything planned was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EndStatus {
    /// Every trial is in the journal.
    Complete,
    /// A signal (SIGINT, SIGTERM) ended it.
    Interrupted,
    /// It had to stop: budget, deadline, disk.
    Stopped,
}
