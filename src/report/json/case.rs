//! Cases and trials of report.json, written as they are read back.

use serde::ser::{Error, Serialize, Serializer};

use crate::model::record::{CaseOutcome, CaseTable, Outputs, State, TrialOutcome};
use crate::model::trial::{ScoreRecord, ScoreStatus};
use crate::model::{ErrorClass, Source, TrialRecord, Usage};
use crate::report::View;
use crate::report::candidate::{Arm, CandidateView};
use crate::report::visible::one_line;

/// The cases of one candidate, in the dataset's order.
pub(super) struct Cases<'a> {
    outputs: &'a dyn Outputs,
    infos: &'a CaseTable,
    arm: Arm<'a>,
}

impl<'a> Cases<'a> {
    /// Nothing is read before the cases are written.
    pub(super) fn new(view: &View<'a>, candidate: &CandidateView<'a>) -> Self {
        Self {
            outputs: view.outputs,
            infos: &candidate.table.cases,
            arm: candidate.arm,
        }
    }
}

impl Serialize for Cases<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let outcomes = self.arm.record.cases();
        serializer.collect_seq(outcomes.map(|outcome| LazyCase(self, outcome)))
    }
}

struct LazyCase<'a>(&'a Cases<'a>, CaseOutcome);

#[derive(serde::Serialize)]
struct JsonCase<'a> {
    id: &'a str,
    tags: &'a [String],
    passed: Option<bool>,
    score: Option<f64>,
    trials: Trials<'a>,
}

impl Serialize for LazyCase<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(cases, outcome) = self;
        let Some(info) = cases.infos.get(outcome.case as usize) else {
            return Err(S::Error::custom("the record lacks a case it speaks of"));
        };
        let trials: Vec<_> = cases.arm.record.trials_of(outcome).collect();
        let case = JsonCase {
            id: info.id,
            tags: info.tags,
            passed: passed(outcome.state()),
            score: mean_score(outcome, &trials),
            trials: Trials(cases.outputs, &trials),
        };
        case.serialize(serializer)
    }
}

/// Undecided is neither passed nor failed.
fn passed(state: State) -> Option<bool> {
    match state {
        State::Passed => Some(true),
        State::Failed => Some(false),
        State::Error => None,
    }
}

/// Mean over the repeats; unknown where the case is in error or a repeat has no score.
fn mean_score(outcome: &CaseOutcome, trials: &[TrialOutcome<'_>]) -> Option<f64> {
    if outcome.error || trials.is_empty() {
        return None;
    }
    let sum: Option<f64> = trials.iter().map(|trial| trial.score).sum();
    sum.map(|sum| sum / trials.len() as f64)
}

struct Trials<'a>(&'a dyn Outputs, &'a [TrialOutcome<'a>]);

impl Serialize for Trials<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.1.iter().map(|trial| LazyTrial(self.0, trial)))
    }
}

struct LazyTrial<'a>(&'a dyn Outputs, &'a TrialOutcome<'a>);

#[derive(serde::Serialize)]
struct Trial<'a> {
    repeat: u32,
    passed: Option<bool>,
    score: Option<f64>,
    output: Option<&'a str>,
    error: Option<String>,
    error_kind: Option<&'static str>,
    finish_reason: Option<&'a str>,
    refusal: Option<&'a str>,
    resolved_model: Option<&'a str>,
    fallback: Option<String>,
    source: Option<Source>,
    latency_ms: Option<f64>,
    usage: Option<Usage>,
    cost_usd: Option<f64>,
    scores: Vec<Said<'a>>,
}

#[derive(serde::Serialize)]
struct Said<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    type_name: &'a str,
    status: ScoreStatus,
    passed: Option<bool>,
    score: Option<f64>,
    reason: &'a str,
}

impl Serialize for LazyTrial<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let record = self.0.trial(self.1.at).map_err(S::Error::custom)?;
        trial(&record).serialize(serializer)
    }
}

fn trial(record: &TrialRecord) -> Trial<'_> {
    let answer = &record.answer;
    let error = error(record);
    Trial {
        repeat: record.trial.repeat,
        passed: record.passed,
        score: record.score,
        output: record.output.as_deref(),
        error: error.map(|(_, message)| one_line(message)),
        error_kind: error.map(|(class, _)| class.as_str()),
        finish_reason: answer.finish_reason.as_deref(),
        refusal: answer.refusal.as_deref(),
        resolved_model: answer.resolved_model.as_deref(),
        fallback: answer.fallback.as_ref().map(ToString::to_string),
        source: answer.source,
        latency_ms: answer.latency_ms,
        usage: answer.usage,
        cost_usd: answer.cost_usd,
        scores: record.scores.iter().map(said).collect(),
    }
}

/// The trial's own fault; in an undecided trial without one, that of the first evaluator that could not judge it.
fn error(record: &TrialRecord) -> Option<(ErrorClass, &str)> {
    if let Some(error) = &record.error {
        return Some((error.class, &error.message));
    }
    let mut scores = record.scores.iter();
    let unjudged = scores.find(|score| score.status == ScoreStatus::Error)?;
    record
        .passed
        .is_none()
        .then_some((ErrorClass::Evaluator, unjudged.reason.as_str()))
}

fn said(score: &ScoreRecord) -> Said<'_> {
    Said {
        name: &score.name,
        type_name: &score.type_name,
        status: score.status,
        passed: score.passed,
        score: score.score,
        reason: &score.reason,
    }
}
