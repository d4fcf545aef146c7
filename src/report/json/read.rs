//! Reads report.json back, as far as a promotion or a comparison of runs needs it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use serde::Deserialize;

use super::SCHEMA_VERSION;
use crate::model::event::DatasetInfo;
use crate::model::evidence::{EvaluatorEvidence, EvidenceRun, GateEvidence};
use crate::model::trial::ScoreStatus;
use crate::model::verdict::Decision;
use crate::model::{ModelName, Source};

/// Why a report cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// It is no report.json.
    #[error("it is no report.json that can be read: {0}")]
    Json(#[from] serde_json::Error),
    /// A newer program wrote it.
    #[error("it is of schema {0}, and this program reads {SCHEMA_VERSION}")]
    Newer(u32),
}

/// A run as report.json tells it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ReportFile {
    /// Version of the shape.
    pub schema_version: u32,
    /// What identifies the run.
    pub run: ReportRun,
    /// What came out.
    pub verdict: Decision,
    /// Suite by suite.
    pub suites: Vec<ReportSuite>,
}

/// What identifies a run, and whether it is a whole one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ReportRun {
    /// The run.
    #[serde(flatten)]
    pub run: EvidenceRun,
    /// Whether it finished.
    pub complete: bool,
    /// Flags that left something out.
    pub partial: Vec<String>,
}

/// One suite.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ReportSuite {
    /// Its name.
    pub name: String,
    /// The family under test.
    pub family: String,
    /// SHA-256 of its file.
    pub sha256: String,
    /// The dataset.
    pub dataset: DatasetInfo,
    /// Evaluators met.
    pub evaluators: Vec<EvaluatorEvidence>,
    /// Candidate by candidate.
    pub candidates: Vec<ReportCandidate>,
}

/// One candidate.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ReportCandidate {
    /// Its number.
    pub version: String,
    /// SHA-256 of its file.
    pub sha256: String,
    /// Templates that it includes.
    #[serde(default)]
    pub includes: BTreeMap<String, String>,
    /// The model asked.
    pub model: ModelName,
    /// Models that answered.
    pub resolved_models: BTreeSet<String>,
    /// Models that answered as judges, by evaluator.
    #[serde(default)]
    pub judge_models: BTreeMap<String, BTreeSet<String>>,
    /// Number of what it was compared with.
    pub baseline: Option<String>,
    /// SHA-256 of that version's file.
    pub baseline_sha256: Option<String>,
    /// The model it was asked on.
    pub baseline_model: Option<ModelName>,
    /// What came out.
    pub verdict: Decision,
    /// Why nothing could be decided.
    pub problem: Option<String>,
    /// Numbers over all cases.
    pub metrics: BTreeMap<String, Option<f64>>,
    /// Gate by gate.
    pub gates: Vec<GateEvidence>,
    /// Case by case.
    pub cases: Vec<ReportCase>,
}

/// One case.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ReportCase {
    /// Its id.
    pub id: String,
    /// Whether every repeat passed; `None` for a case in error.
    pub passed: Option<bool>,
    /// Repeat by repeat.
    pub trials: Vec<ReportTrial>,
}

/// One repeat of a case.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ReportTrial {
    /// Whether it passed.
    pub passed: Option<bool>,
    /// Its weighted mean score.
    pub score: Option<f64>,
    /// The answer.
    pub output: Option<String>,
    /// Why it is in error.
    pub error: Option<String>,
    /// Where the answer came from.
    #[serde(default)]
    pub source: Option<Source>,
    /// The fallback that answered in place of the version's model.
    #[serde(default)]
    pub fallback: Option<String>,
    /// What each evaluator says.
    pub scores: Vec<ReportScore>,
}

/// What one evaluator says.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ReportScore {
    /// The evaluator's name.
    pub name: String,
    /// How it came out.
    pub status: ScoreStatus,
    /// Whether it passed.
    pub passed: Option<bool>,
    /// Its score.
    pub score: Option<f64>,
    /// Why.
    pub reason: String,
}

/// Reads a report.json.
///
/// # Errors
/// When it is none, or of a newer shape.
pub fn read(from: impl Read) -> Result<ReportFile, ReportError> {
    let report: ReportFile = serde_json::from_reader(std::io::BufReader::new(from))?;
    if report.schema_version > SCHEMA_VERSION {
        return Err(ReportError::Newer(report.schema_version));
    }
    Ok(report)
}
