//! Takes events as they come, in any order of trials, and makes the record that is the same for all orders.

use std::collections::{BTreeMap, HashMap};

use super::metrics;
use crate::model::event::{RunEnd, RunHeader};
use crate::model::record::{
    ArmRecord, CaseInfo, CaseOutcome, EvaluatorInfo, EvaluatorOutcome, EvaluatorState, JournalSpan,
    RunRecord, State, SuiteRecord, TrialOutcome,
};
use crate::model::trial::{ScoreRecord, ScoreStatus, TrialRecord};
use crate::model::{RunEvent, TrialId};

/// A run so far.
#[derive(Clone, Debug, Default)]
pub struct Fold {
    header: Option<RunHeader>,
    end: Option<RunEnd>,
    suites: Vec<SuiteFold>,
}

#[derive(Clone, Debug, Default)]
struct SuiteFold {
    /// By place in the dataset.
    cases: BTreeMap<u32, CaseInfo>,
    evaluators: Vec<EvaluatorInfo>,
    /// The first trial, in the order of reports, that each evaluator spoke in.
    firsts: Vec<TrialId>,
    places: HashMap<String, u16>,
    arms: Vec<ArmFold>,
}

#[derive(Clone, Debug, Default)]
struct ArmFold {
    /// By place of the case in the dataset, and repeat.
    trials: BTreeMap<(u32, u32), TrialOutcome>,
    record: ArmRecord,
    paid: Money,
    judged: Option<Money>,
}

/// US dollars, summed in whole trillionths: unlike floats these come to the same in any order.
#[derive(Clone, Copy, Debug, Default)]
struct Money(i128);

impl Money {
    const PER_USD: f64 = 1e12;

    fn add(&mut self, usd: f64) {
        self.0 = self.0.saturating_add((usd * Self::PER_USD).round() as i128);
    }

    fn usd(self) -> f64 {
        self.0 as f64 / Self::PER_USD
    }
}

impl Fold {
    /// Takes one event; `at` is where its line stands in the journal.
    pub fn apply(&mut self, event: &RunEvent, at: JournalSpan) {
        match event {
            RunEvent::Plan(header) => {
                let suites = header.suites.iter().map(|suite| SuiteFold {
                    arms: suite.arms.iter().map(|_| ArmFold::default()).collect(),
                    ..SuiteFold::default()
                });
                self.suites = suites.collect();
                self.header = Some((**header).clone());
            }
            RunEvent::Trial(trial) => self.trial(trial, at),
            RunEvent::End(end) => self.end = Some(end.clone()),
        }
    }

    /// Whether the trial is there already.
    pub fn has(&self, id: TrialId) -> bool {
        let suite = self.suites.get(id.suite as usize);
        let arm = suite.and_then(|suite| suite.arms.get(id.arm as usize));
        arm.is_some_and(|arm| arm.trials.contains_key(&(id.case, id.repeat)))
    }

    fn trial(&mut self, trial: &TrialRecord, at: JournalSpan) {
        let id = trial.trial;
        let Some(suite) = self.suites.get_mut(id.suite as usize) else {
            return;
        };
        suite.cases.entry(id.case).or_insert_with(|| CaseInfo {
            index: id.case,
            order: trial.order,
            id: trial.id.clone(),
            tags: trial.tags.clone(),
            cluster: trial.cluster.clone(),
            critical: trial.critical,
        });
        let scores = trial
            .scores
            .iter()
            .map(|score| suite.score(id, score))
            .collect();
        let Some(arm) = suite.arms.get_mut(id.arm as usize) else {
            return;
        };
        let outcome = outcome(trial, scores, at);
        // A trial that was in flight when a run was cut off may stand in the journal twice: the first one counts.
        if let std::collections::btree_map::Entry::Vacant(place) =
            arm.trials.entry((id.case, id.repeat))
        {
            place.insert(outcome);
            arm.record.note(trial);
            arm.paid.add(trial.spend.paid_usd);
            if let Some(usd) = trial.spend.judge_cost_usd {
                arm.judged.get_or_insert_default().add(usd);
            }
        }
    }

    /// The record of what was taken so far; `None` before the plan.
    pub fn finish(self) -> Option<RunRecord> {
        let header = self.header?;
        Some(RunRecord {
            suites: self.suites.into_iter().map(SuiteFold::finish).collect(),
            header,
            end: self.end,
        })
    }
}

fn outcome(trial: &TrialRecord, scores: Box<[EvaluatorOutcome]>, at: JournalSpan) -> TrialOutcome {
    let small = |tokens: u64| u32::try_from(tokens).unwrap_or(u32::MAX);
    let state = match trial.passed {
        Some(true) => State::Passed,
        Some(false) => State::Failed,
        None => State::Error,
    };
    TrialOutcome {
        case: trial.trial.case,
        repeat: trial.trial.repeat,
        state,
        score: trial.score,
        latency_ms: trial.answer.latency_ms,
        tokens: trial
            .answer
            .usage
            .map(|u| (small(u.input), small(u.output))),
        cost_usd: trial.answer.cost_usd,
        judge_cost_usd: trial.spend.judge_cost_usd,
        refused: trial.answer.refusal.is_some(),
        source: trial.answer.source,
        scores,
        at,
    }
}

impl ArmRecord {
    /// What an arm remembers of a trial beside its outcome.
    fn note(&mut self, trial: &TrialRecord) {
        if let Some(model) = &trial.answer.resolved_model {
            self.resolved_models.insert(model.clone());
        }
        if trial.answer.fallback.is_some() {
            self.fallbacks += 1;
        }
        if let Some(error) = &trial.error
            && trial.passed.is_none()
        {
            *self
                .faults
                .entry((error.class, error.message.clone()))
                .or_default() += 1;
        }
        let (sum, own) = (&mut self.spend, &trial.spend);
        sum.calls += own.calls;
        sum.saved += own.saved;
    }
}

impl SuiteFold {
    fn score(&mut self, trial: TrialId, score: &ScoreRecord) -> EvaluatorOutcome {
        let (evaluators, firsts) = (&mut self.evaluators, &mut self.firsts);
        let place = *self.places.entry(score.name.clone()).or_insert_with(|| {
            evaluators.push(EvaluatorInfo {
                name: score.name.clone(),
                type_name: score.type_name.clone(),
                metric: score.metric.clone(),
                critical: score.critical,
                reported_only: score.weight == 0.0,
            });
            firsts.push(trial);
            (evaluators.len() - 1) as u16
        });
        // Evaluators of single cases may share a name and differ: whichever trial ended first must not show.
        let known = evaluators.get_mut(usize::from(place));
        if let Some((info, first)) = known.zip(firsts.get_mut(usize::from(place))) {
            info.critical |= score.critical;
            info.reported_only &= score.weight == 0.0;
            if trial < *first {
                *first = trial;
                info.type_name.clone_from(&score.type_name);
                info.metric.clone_from(&score.metric);
            }
        }
        let state = match (score.status, score.passed) {
            (ScoreStatus::Scored, Some(passed)) => {
                EvaluatorState::Scored(passed, score.score.unwrap_or_default() as f32)
            }
            (ScoreStatus::Skipped, _) => EvaluatorState::Skipped,
            (ScoreStatus::Scored | ScoreStatus::Error, _) => EvaluatorState::Error,
        };
        EvaluatorOutcome {
            evaluator: place,
            state,
        }
    }

    fn finish(self) -> SuiteRecord {
        let positions: HashMap<u32, u32> = self
            .cases
            .keys()
            .enumerate()
            .map(|(position, index)| (*index, position as u32))
            .collect();
        let mut arms: Vec<ArmRecord> = self
            .arms
            .into_iter()
            .map(|arm| arm.finish(&positions))
            .collect();
        let evaluators = in_order(&self.evaluators, &mut arms);
        let mut suite = SuiteRecord {
            cases: self.cases.into_values().collect(),
            evaluators,
            arms,
        };
        metrics::compute(&mut suite);
        suite
    }
}

impl ArmFold {
    fn finish(self, positions: &HashMap<u32, u32>) -> ArmRecord {
        let mut record = self.record;
        record.spend.paid_usd = self.paid.usd();
        record.spend.judge_cost_usd = self.judged.map(Money::usd);
        record.trials = self.trials.into_values().collect();
        for (at, trial) in record.trials.iter_mut().enumerate() {
            trial.case = positions.get(&trial.case).copied().unwrap_or_default();
            let is_new = record
                .cases
                .last()
                .is_none_or(|case| case.case != trial.case);
            if is_new {
                record.cases.push(CaseOutcome {
                    case: trial.case,
                    first: at as u32,
                    trials: 0,
                    passes: 0,
                    error: false,
                });
            }
            if let Some(case) = record.cases.last_mut() {
                case.trials += 1;
                case.passes += u32::from(trial.state == State::Passed);
                case.error |= trial.state == State::Error;
            }
        }
        record
    }
}

/// Numbers evaluators by first appearance in the sorted trials, so that the order in which trials ended does not show.
fn in_order(evaluators: &[EvaluatorInfo], arms: &mut [ArmRecord]) -> Vec<EvaluatorInfo> {
    let mut places: Vec<Option<u16>> = vec![None; evaluators.len()];
    let mut order = Vec::new();
    let outcomes = arms
        .iter_mut()
        .flat_map(|arm| &mut arm.trials)
        .flat_map(|trial| &mut trial.scores);
    for outcome in outcomes {
        let old = usize::from(outcome.evaluator);
        let Some(place) = places.get_mut(old) else {
            continue;
        };
        outcome.evaluator = *place.get_or_insert_with(|| {
            order.push(old);
            (order.len() - 1) as u16
        });
    }
    order
        .into_iter()
        .filter_map(|old| evaluators.get(old).cloned())
        .collect()
}
