//! What evidence keeps of an answer: how it came out, what it took, and where it came from.

use std::collections::{BTreeMap, HashMap};

use crate::model::evidence::{AnswerEvidence, EvaluatorEvidence, SKIPPED, TrialEvidence, sign};
use crate::model::settings::AnswerSource;
use crate::model::trial::ScoreStatus;
use crate::model::{ModelName, Source, TrialRecord};

/// The list of where answers came from, each place once.
#[derive(Debug, Default)]
pub(super) struct Origins {
    list: Vec<AnswerEvidence>,
    places: HashMap<AnswerEvidence, u32>,
}

impl Origins {
    /// The whole list.
    pub(super) fn list(self) -> Vec<AnswerEvidence> {
        self.list
    }

    fn place(&mut self, origin: AnswerEvidence) -> u32 {
        if let Some(place) = self.places.get(&origin) {
            return *place;
        }
        let place = self.list.len() as u32;
        self.list.push(origin.clone());
        self.places.insert(origin, place);
        place
    }

    /// Places of a trial's answer and of its judges' answers, each once.
    fn of(&mut self, trial: &TrialRecord, asked: &ModelName) -> Vec<u32> {
        let answer = &trial.answer;
        let Some(source) = answer.source else {
            return Vec::new();
        };
        let provider = &answer.fallback.as_ref().unwrap_or(asked).provider;
        let own = AnswerEvidence {
            source: AnswerSource::of(source),
            // A logged answer was given by nobody that this run would know.
            provider: if source == Source::Logged {
                String::new()
            } else {
                provider.clone()
            },
            model: answer.resolved_model.clone(),
            on: answer.answered_at.map(day),
            judge: false,
        };
        let mut places = vec![self.place(own)];
        for reply in trial.scores.iter().flat_map(|score| &score.replies) {
            let place = self.place(AnswerEvidence {
                source: AnswerSource::of(reply.source),
                provider: reply.asked.provider.clone(),
                model: reply.model.clone(),
                on: reply.answered_at.map(day),
                judge: true,
            });
            if !places.contains(&place) {
                places.push(place);
            }
        }
        places
    }
}

fn day(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// What is kept of a trial.
pub(super) fn trial_evidence(
    trial: &TrialRecord,
    evaluators: &[EvaluatorEvidence],
    asked: &ModelName,
    origins: &mut Origins,
) -> TrialEvidence {
    let mut outcome = String::from(sign(trial.passed));
    let mut scores = BTreeMap::new();
    let mut uncritical = Vec::new();
    for evaluator in evaluators {
        let said = trial.scores.iter().find(|said| said.name == evaluator.name);
        let Some(said) = said.filter(|said| said.status != ScoreStatus::Skipped) else {
            outcome.push(SKIPPED);
            continue;
        };
        outcome.push(sign(said.passed));
        let plain = said.passed.map(|passed| f64::from(u8::from(passed)));
        if let Some(score) = said.score.filter(|score| Some(*score) != plain) {
            scores.insert(said.name.clone(), score);
        }
        if evaluator.critical && !said.critical {
            uncritical.push(said.name.clone());
        }
    }
    let answer = &trial.answer;
    TrialEvidence {
        outcome,
        score: trial.score,
        scores,
        uncritical,
        from: origins.of(trial, asked),
        latency_ms: answer.latency_ms,
        tokens: answer.usage.map(|usage| (usage.input, usage.output)),
        cost_usd: answer.cost_usd,
        judge_cost_usd: trial.spend.judge_cost_usd.filter(|usd| *usd != 0.0),
        refused: answer.refusal.is_some(),
        fallback: answer.fallback.clone(),
    }
}
