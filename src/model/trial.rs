//! One trial: a version, a model, a case and a repeat, and the full record of what came of it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::exchange::{Reply, Vain};
use super::score::{Outcome, Score};
use super::{Completion, ErrorClass, ModelName, Source, ToolCall, Usage};

/// Which trial of a run: places in the plan, so that sorting by it is the order of every report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TrialId {
    /// Place of the suite in the plan.
    pub suite: u32,
    /// Place of the version and model in the suite.
    pub arm: u32,
    /// Place of the case in the dataset.
    pub case: u32,
    /// Which repeat, counted from 0.
    pub repeat: u32,
}

/// Everything known of a finished trial: a line of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrialRecord {
    /// Which trial.
    #[serde(flatten)]
    pub trial: TrialId,
    /// Place of the case in the seeded order: decisions that stop a run read a prefix of it.
    #[serde(default)]
    pub order: u32,
    /// The case's id.
    pub id: String,
    /// The case's labels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The case's cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// Whether the case is critical.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub critical: bool,
    /// Whether the trial passed; `None` where it could not be decided.
    pub passed: Option<bool>,
    /// Weighted mean score; `None` where it could not be decided.
    pub score: Option<f64>,
    /// Why the trial is in error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<TrialError>,
    /// The answer.
    pub output: Option<String>,
    /// What else the provider said.
    #[serde(flatten)]
    pub answer: AnswerFacts,
    /// What each evaluator says.
    pub scores: Vec<ScoreRecord>,
    /// What the trial's calls, judges included, came to.
    pub spend: Spend,
}

/// What a provider says beside the answer's text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AnswerFacts {
    /// Where the answer came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// Why the model stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish_reason: Option<String>,
    /// The refusal, where the provider marks one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// The tools that the model calls, in its order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    /// The model that really answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_model: Option<String>,
    /// The provider's fingerprint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// The fallback that answered in place of the version's model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<ModelName>,
    /// Milliseconds, as measured when the answer was live.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<f64>,
    /// Tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// When the answer was given, where that was before the run and is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<Timestamp>,
    /// List price of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<f64>,
}

/// Why a trial could not be decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrialError {
    /// What kind of fault.
    pub class: ErrorClass,
    /// One line for people.
    pub message: String,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
pub(super) fn is_none_of_them(n: &u32) -> bool {
    *n == 0
}

/// Calls and money of one trial.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Spend {
    /// Requests sent to providers, retries and what failed included.
    pub calls: u32,
    /// Responses taken from recordings, cache or the row.
    pub saved: u32,
    /// US dollars this run pays for the trial, as far as prices are known.
    pub paid_usd: f64,
    /// Answers that this run pays for and whose price is not known.
    #[serde(default, skip_serializing_if = "is_none_of_them")]
    pub unpriced: u32,
    /// List price of the judges' answers, live or not; `None` where unknown.
    pub judge_cost_usd: Option<f64>,
}

impl Spend {
    /// Nothing spent, and nothing of it unknown.
    pub fn nothing() -> Self {
        Self {
            judge_cost_usd: Some(0.0),
            ..Self::default()
        }
    }

    /// Adds what failed requests took.
    pub(crate) fn add_vain(&mut self, calls: u32, vain: Vain) {
        self.calls = self.calls.saturating_add(calls);
        self.paid_usd += vain.paid_usd;
        self.unpriced = self.unpriced.saturating_add(vain.unpriced);
    }

    /// Adds a reply: what a live one cost, and what came before it.
    pub fn add(&mut self, reply: &Reply) {
        self.add_vain(reply.calls, reply.vain);
        match (reply.source, reply.cost_usd) {
            (Source::Live, Some(cost)) => self.paid_usd += cost,
            (Source::Live, None) => self.unpriced = self.unpriced.saturating_add(1),
            _ => self.saved = self.saved.saturating_add(1),
        }
    }

    /// Adds a judge's reply.
    pub(crate) fn add_judge(&mut self, reply: &Reply) {
        self.add(reply);
        let sum = self.judge_cost_usd.zip(reply.cost_usd);
        self.judge_cost_usd = sum.map(|(all, own)| all + own);
    }

    /// Adds what something else took.
    pub(crate) fn add_all(&mut self, other: Self) {
        self.calls = self.calls.saturating_add(other.calls);
        self.saved = self.saved.saturating_add(other.saved);
        self.paid_usd += other.paid_usd;
        self.unpriced = self.unpriced.saturating_add(other.unpriced);
        let sum = self.judge_cost_usd.zip(other.judge_cost_usd);
        self.judge_cost_usd = sum.map(|(all, own)| all + own);
    }
}

/// What one evaluator says, as it stands in journals and reports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoreRecord {
    /// The evaluator's name.
    pub name: String,
    /// Its type, `not-` included.
    #[serde(rename = "type")]
    pub type_name: String,
    /// How it came out.
    pub status: ScoreStatus,
    /// Whether it passed; `None` unless it was scored.
    pub passed: Option<bool>,
    /// Its score in 0..=1; `None` unless it was scored.
    pub score: Option<f64>,
    /// Why, or what went wrong.
    pub reason: String,
    /// Its weight.
    pub weight: f64,
    /// Whether it must pass whatever the threshold.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub critical: bool,
    /// Whether it took more steps than it may on this answer, which fails the case.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gave_up: bool,
    /// A further metric it counts in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
    /// Models that really answered where it asked a judge, as responses name them, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub judge_models: Vec<String>,
    /// What the judge answered, request by request: the score can be read out of it again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replies: Vec<JudgeAnswer>,
}

/// A judge's answer, as far as scores are read out of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JudgeAnswer {
    /// The model asked.
    pub asked: ModelName,
    /// Where it came from.
    pub source: Source,
    /// When it was given, where that was before the run and is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<Timestamp>,
    /// Its text.
    pub content: String,
    /// Why the model stopped, in the provider's own word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish_reason: Option<String>,
    /// The refusal, where the provider marks one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// The model that really answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

impl JudgeAnswer {
    /// What is kept of a judge's reply.
    pub fn of(reply: &Reply, asked: &ModelName) -> Self {
        let completion = &reply.completion;
        Self {
            asked: asked.clone(),
            source: reply.source,
            answered_at: earlier(reply),
            content: completion.content.clone(),
            finish_reason: completion.finish_reason.clone(),
            refusal: completion.refusal.clone(),
            model: completion.model.clone(),
        }
    }

    /// The answer as evaluators read it.
    pub fn completion(&self) -> Completion {
        Completion {
            content: self.content.clone(),
            finish_reason: self.finish_reason.clone(),
            refusal: self.refusal.clone(),
            model: self.model.clone(),
            ..Completion::default()
        }
    }
}

/// When an answer was given, unless this run asked for it.
pub fn earlier(reply: &Reply) -> Option<Timestamp> {
    reply.answered_at.filter(|_| reply.source != Source::Live)
}

/// How an evaluation came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScoreStatus {
    /// Passed or failed.
    Scored,
    /// Does not apply to the case.
    Skipped,
    /// Could not be judged.
    Error,
}

impl ScoreRecord {
    /// Whether it was scored and failed.
    pub fn failed(&self) -> bool {
        self.passed == Some(false)
    }
}

impl From<Score> for ScoreRecord {
    fn from(score: Score) -> Self {
        let (status, passed, value, reason) = match score.outcome {
            Outcome::Scored {
                passed,
                score,
                reason,
            } => (ScoreStatus::Scored, Some(passed), Some(score), reason),
            Outcome::Unscored { reason } => (ScoreStatus::Skipped, None, None, reason),
            Outcome::Errored { cause, .. } => (ScoreStatus::Error, None, None, cause),
        };
        Self {
            name: score.name,
            type_name: score.type_name,
            status,
            passed,
            score: value,
            reason,
            weight: score.weight,
            critical: score.critical,
            gave_up: score.gave_up,
            metric: score.metric,
            judge_models: Vec::new(),
            replies: Vec::new(),
        }
    }
}
