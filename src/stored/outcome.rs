//! A stored outcome as a trial of this run: how it came out, without its text.

use std::collections::BTreeSet;

use crate::model::case::Case;
use crate::model::evidence::{EvaluatorEvidence, FAILED, PASSED, SKIPPED, TrialEvidence};
use crate::model::record::JudgeModels;
use crate::model::trial::{AnswerFacts, ScoreRecord, ScoreStatus, Spend, TrialError};
use crate::model::{ErrorClass, Source, TrialId, TrialRecord};

/// An outcome, and what is known of where it comes from.
pub(crate) struct StoredOutcome<'a> {
    /// The outcome.
    pub(crate) answer: &'a TrialEvidence,
    /// Evaluators, in the order in which the outcome names them.
    pub(crate) evaluators: &'a [EvaluatorEvidence],
    /// Models that answered.
    pub(crate) models: &'a BTreeSet<String>,
    /// Who judged for each evaluator, as far as that is known.
    pub(crate) judges: Option<&'a JudgeModels>,
    /// The reason that scores give.
    pub(crate) why: &'a str,
}

/// The trial.
///
/// # Errors
/// When the outcome does not say what each evaluator says.
pub(crate) fn trial_of(
    (trial, order): (TrialId, u32),
    case: &Case,
    outcome: &StoredOutcome<'_>,
) -> Result<TrialRecord, String> {
    let answer = outcome.answer;
    let mut signs = answer.outcome.chars();
    let passed = signs.next().and_then(passed);
    let signs: Vec<char> = signs.collect();
    if signs.len() != outcome.evaluators.len() {
        let signs = &answer.outcome;
        return Err(format!("`{signs}` does not say what each evaluator says"));
    }
    let scores = outcome.evaluators.iter().zip(signs);
    let scores = scores.filter(|(_, sign)| *sign != SKIPPED);
    let scores = scores.map(|(evaluator, sign)| score(evaluator, sign, outcome));
    let models = outcome.models;
    let model = models.iter().nth(order as usize % models.len().max(1));
    Ok(TrialRecord {
        trial,
        order,
        id: case.id.clone(),
        tags: case.tags.clone(),
        cluster: case.cluster.clone(),
        critical: case.critical,
        passed,
        score: answer.score,
        error: passed.is_none().then(|| TrialError {
            class: ErrorClass::Evaluator,
            message: outcome.why.to_owned(),
        }),
        output: None,
        answer: AnswerFacts {
            source: Some(Source::Stored),
            resolved_model: model.cloned(),
            ..AnswerFacts::default()
        },
        scores: scores.collect(),
        spend: Spend {
            saved: 1,
            ..Spend::default()
        },
    })
}

fn score(evaluator: &EvaluatorEvidence, sign: char, outcome: &StoredOutcome<'_>) -> ScoreRecord {
    let passed = passed(sign);
    let plain = passed.map(|passed| f64::from(u8::from(passed)));
    let own = outcome.answer.scores.get(&evaluator.name).copied();
    ScoreRecord {
        name: evaluator.name.clone(),
        type_name: evaluator.type_name.clone(),
        status: match passed {
            Some(_) => ScoreStatus::Scored,
            None => ScoreStatus::Error,
        },
        passed,
        score: own.or(plain),
        reason: outcome.why.to_owned(),
        weight: if evaluator.reported_only { 0.0 } else { 1.0 },
        critical: evaluator.critical,
        gave_up: false,
        metric: evaluator.metric.clone(),
        judge_models: outcome
            .judges
            .and_then(|judges| judges.get(&evaluator.name))
            .into_iter()
            .flatten()
            .cloned()
            .collect(),
        replies: Vec::new(),
    }
}

fn passed(sign: char) -> Option<bool> {
    match sign {
        PASSED => Some(true),
        FAILED => Some(false),
        _ => None,
    }
}
