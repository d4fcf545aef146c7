//! Earlier answers out of the runs that are kept on this machine: only what a provider was really called for.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use super::past_run::{PastRun, Question, Then};
use crate::model::event::{RunHeader, StoredFrom};
use crate::model::evidence::{EvaluatorEvidence, SKIPPED, TrialEvidence, TrialRows, sign};
use crate::model::looks::PROOF_REPEATS;
use crate::model::record::JudgeModels;
use crate::model::trial::{ScoreRecord, ScoreStatus};
use crate::model::{RunEvent, Source, TrialRecord};
use crate::observe::{JournalFile, runs};

/// Complete runs in which the version was asked in this suite on this model, each with its answers or why they do not count.
pub(super) fn runs<'q>(
    root: &'q Path,
    question: &'q Question<'_>,
) -> impl Iterator<Item = (String, Result<PastRun, String>)> {
    runs::complete(root).filter_map(move |(journal, header)| {
        let (suite, arms) = places(&header, question)?;
        if question.own == Some(header.run.id.as_str()) {
            return None;
        }
        let id = header.run.id.clone();
        Some((id, answers(&journal, &header, (suite, &arms), question)))
    })
}

/// The suite's place, and those of the version's arms in it.
fn places(header: &RunHeader, question: &Question<'_>) -> Option<(u32, Vec<u32>)> {
    // The whole counts, not its parts: `merge` made it of them.
    if header.run.shard.is_some() {
        return None;
    }
    let mut suites = (0_u32..).zip(&header.suites);
    let (place, suite) = suites.find(|(_, suite)| suite.name == question.suite)?;
    let version = question.id.to_string();
    let arms = (0_u32..).zip(&suite.arms);
    let own =
        arms.filter(|(_, arm)| arm.version.to_string() == version && arm.model == *question.model);
    let own: Vec<u32> = own.map(|(arm, _)| arm).collect();
    (!own.is_empty()).then_some((place, own))
}

fn answers(
    journal: &Path,
    header: &RunHeader,
    (place, arms): (u32, &[u32]),
    question: &Question<'_>,
) -> Result<PastRun, String> {
    let none = || "it has no plan that can be read".to_owned();
    let suite = header.suites.get(place as usize).ok_or_else(none)?;
    let first = arms.first().and_then(|arm| suite.arms.get(*arm as usize));
    let arm = first.ok_or_else(none)?;
    question.same(&Then {
        started_at: &header.run.started_at,
        sha256: &arm.sha256,
        includes: &arm.includes,
        suite_sha256: &suite.sha256,
        dataset_sha256: &suite.dataset.sha256,
    })?;
    let mut by_arm: BTreeMap<u32, Answers> = BTreeMap::new();
    let file = JournalFile::open(journal).map_err(|error| error.to_string())?;
    file.replay(|event, _| {
        if let RunEvent::Trial(trial) = event
            && trial.trial.suite == place
            && arms.contains(&trial.trial.arm)
            && let Some(case) = question.cases.place(&trial.id)
            && is_new(trial)
        {
            by_arm.entry(trial.trial.arm).or_default().take(case, trial);
        }
    })
    .map_err(|error| error.to_string())?;
    // A version that was compared with itself stands there twice; both may have got the same answers, so that one counts.
    let from = || StoredFrom {
        run: header.run.id.clone(),
        started_at: header.run.started_at.clone(),
    };
    let found = by_arm.into_values().map(|own| own.run(from(), question));
    let best = found.max_by_key(|one| one.as_ref().map_or(0, |run| run.repeats));
    best.unwrap_or_else(|| Err("it asked for no answer anew".to_owned()))
}

/// A cached or recorded answer is one that another run has. Answers that prove single cases broken are of chosen cases, and
/// pooled ones are of other runs.
fn is_new(trial: &TrialRecord) -> bool {
    trial.trial.repeat < PROOF_REPEATS.start
        && trial.answer.source == Some(Source::Live)
        && trial.answer.fallback.is_none()
        && trial.passed.is_some()
}

/// What one arm answered anew.
#[derive(Default)]
struct Answers {
    models: std::collections::BTreeSet<String>,
    judges: JudgeModels,
    evaluators: Vec<EvaluatorEvidence>,
    places: HashMap<String, usize>,
    /// Case and repeat of each answer, in order of arrival.
    asked: Vec<(u32, u32)>,
    trials: TrialRows,
}

impl Answers {
    fn take(&mut self, case: usize, trial: &TrialRecord) {
        if let Some(model) = &trial.answer.resolved_model {
            self.models.insert(model.clone());
        }
        let mut signs: Vec<char> = Vec::new();
        let mut scores = BTreeMap::new();
        for score in &trial.scores {
            let place = self.place(score);
            for model in &score.judge_models {
                let own = self.judges.entry(score.name.clone()).or_default();
                own.insert(model.clone());
            }
            if signs.len() <= place {
                signs.resize(place + 1, SKIPPED);
            }
            if score.status == ScoreStatus::Skipped {
                continue;
            }
            if let Some(own) = signs.get_mut(place) {
                *own = sign(score.passed);
            }
            let plain = score.passed.map(|passed| f64::from(u8::from(passed)));
            if let Some(value) = score.score.filter(|value| Some(*value) != plain) {
                scores.insert(score.name.clone(), value);
            }
        }
        let outcome = std::iter::once(sign(trial.passed)).chain(signs).collect();
        self.asked.push((case as u32, trial.trial.repeat));
        self.trials.push(&TrialEvidence {
            outcome,
            score: trial.score,
            scores,
            ..TrialEvidence::default()
        });
    }

    fn place(&mut self, score: &ScoreRecord) -> usize {
        if let Some(place) = self.places.get(&score.name) {
            return *place;
        }
        self.evaluators.push(EvaluatorEvidence {
            name: score.name.clone(),
            type_name: score.type_name.clone(),
            metric: score.metric.clone(),
            critical: score.critical,
            reported_only: score.weight == 0.0,
        });
        let place = self.evaluators.len() - 1;
        self.places.insert(score.name.clone(), place);
        place
    }

    fn run(self, from: StoredFrom, question: &Question<'_>) -> Result<PastRun, String> {
        let signs = self.evaluators.len() + 1;
        let answer = |row: &usize| {
            let mut one = self.trials.get(*row)?;
            // Evaluators that were met later do not apply to it.
            let missing = signs.saturating_sub(one.outcome.chars().count());
            one.outcome.extend(std::iter::repeat_n(SKIPPED, missing));
            Some(one)
        };
        let asked = |row: usize| self.asked.get(row).copied().unwrap_or_default();
        // Of a repeat that is there twice, the first counts.
        let mut rows: Vec<usize> = (0..self.asked.len()).collect();
        rows.sort_by_key(|row| asked(*row));
        rows.dedup_by_key(|row| asked(*row));
        let cases = rows.chunk_by(|a, b| asked(*a).0 == asked(*b).0);
        let cases = cases.filter_map(|rows| {
            let case = asked(*rows.first()?).0;
            let id = question.cases.get(case as usize)?;
            Some((id, rows.iter().filter_map(answer).collect()))
        });
        let who = (self.models, self.judges);
        PastRun::new(from, who, self.evaluators, cases, question)
    }
}
