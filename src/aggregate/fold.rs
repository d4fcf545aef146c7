//! Takes events as they come, in any order of trials, and makes the record that is the same for all orders.

use std::collections::HashMap;

use super::done::{Done, Seen};
use super::metrics;
use super::money::Money;
use crate::model::event::{RunEnd, RunHeader, SuiteHeader};
use crate::model::interner::Interner;
use crate::model::looks::{POOL_REPEATS, PROOF_REPEATS};
use crate::model::record::{
    ArmRecord, CaseInfo, CaseTable, EvaluatorInfo, EvaluatorOutcome, EvaluatorState, GivenUp,
    JournalOffset, RunRecord, State, SuiteRecord, TrialOutcome, TrialTable, note_judge,
};
use crate::model::trial::{ScoreRecord, ScoreStatus, TrialRecord};
use crate::model::{ErrorClass, RunEvent, TrialId};

/// A run so far.
#[derive(Clone, Debug, Default)]
pub struct Fold {
    header: Option<RunHeader>,
    end: Option<RunEnd>,
    suites: Vec<SuiteFold>,
    /// Requests in flight at its ends so far.
    in_flight: u32,
}

#[derive(Clone, Debug, Default)]
struct SuiteFold {
    cases: CaseTable,
    evaluators: Vec<EvaluatorInfo>,
    /// The first trial, in the order of reports, that each evaluator spoke in.
    firsts: Vec<TrialId>,
    places: HashMap<String, u16>,
    given_up: GivenUp,
    arms: Vec<ArmFold>,
}

#[derive(Clone, Debug, Default)]
struct ArmFold {
    seen: Seen,
    /// Trials that could not be decided, by case and repeat, each with its fault.
    open: HashMap<(u32, u32), Option<u32>>,
    faults: Interner<(ErrorClass, String)>,
    record: ArmRecord,
    paid: Money,
    judged: Option<Money>,
}

impl Fold {
    /// Takes one event; `at` is where its line stands in the journal.
    pub fn apply(&mut self, event: &RunEvent, at: JournalOffset) {
        match event {
            RunEvent::Plan(header) => {
                self.suites = header.suites.iter().map(SuiteFold::new).collect();
                self.header = Some((**header).clone());
            }
            RunEvent::Trial(trial) => self.trial(trial, at),
            RunEvent::End(end) => {
                self.in_flight = self.in_flight.saturating_add(end.in_flight);
                self.end = Some(end.clone());
            }
        }
    }

    /// The trials that are decided so far.
    pub fn done(&self) -> Done {
        let arms = |suite: &SuiteFold| suite.arms.iter().map(ArmFold::decided).collect();
        Done(self.suites.iter().map(arms).collect())
    }

    /// Arms of a suite that were asked this repeat of any case.
    pub(crate) fn arms_with(&self, suite: usize, repeat: u32) -> Vec<u32> {
        let arms = self.suites.get(suite).map_or(&[][..], |suite| &suite.arms);
        let places = (0..)
            .zip(arms)
            .filter(|(_, arm)| arm.seen.has_repeat(repeat));
        places.map(|(place, _)| place).collect()
    }

    /// How many cases of an arm have a first trial, decided or not.
    pub fn cases(&self, suite: usize, arm: usize) -> usize {
        let suite = self.suites.get(suite);
        let arm = suite.and_then(|suite| suite.arms.get(arm));
        arm.map_or(0, |arm| arm.seen.count(0))
    }

    /// The last place of a suite's seeded order that is to be asked, where an evaluator gave up on too many cases.
    pub(crate) fn given_up(&self, suite: usize) -> Option<u32> {
        let hopeless = self.suites.get(suite)?.given_up.hopeless()?;
        Some(hopeless.at)
    }

    /// How many trials are there that could not be decided.
    pub fn open(&self) -> usize {
        let arms = self.suites.iter().flat_map(|suite| &suite.arms);
        arms.map(|arm| arm.open.len()).sum()
    }

    /// Requests sent for the trials that are here.
    pub fn calls(&self) -> u64 {
        let arms = self.suites.iter().flat_map(|suite| &suite.arms);
        arms.map(|arm| u64::from(arm.record.spend.calls)).sum()
    }

    /// What the run has paid so far, US dollars.
    pub fn paid_usd(&self) -> f64 {
        let arms = self.suites.iter().flat_map(|suite| &suite.arms);
        arms.map(|arm| arm.paid.usd()).sum()
    }

    /// A run of the same plan without a trial.
    #[must_use]
    pub(crate) fn emptied(&self) -> Self {
        let suites = self.suites.iter().map(|suite| SuiteFold {
            arms: vec![ArmFold::default(); suite.arms.len()],
            ..SuiteFold::default()
        });
        Self {
            header: self.header.clone(),
            end: None,
            suites: suites.collect(),
            in_flight: 0,
        }
    }

    /// Takes one trial.
    pub fn trial(&mut self, trial: &TrialRecord, at: JournalOffset) {
        let id = trial.trial;
        let Some(suite) = self.suites.get_mut(id.suite as usize) else {
            return;
        };
        suite.cases.insert(&CaseInfo {
            index: id.case,
            order: trial.order,
            id: &trial.id,
            tags: &trial.tags,
            cluster: trial.cluster.as_deref(),
            critical: trial.critical,
        });
        let scores: Vec<EvaluatorOutcome> = trial
            .scores
            .iter()
            .map(|score| suite.score(id, score))
            .collect();
        let arm = suite.arms.get_mut(id.arm as usize);
        if arm.is_some_and(|arm| arm.trial(trial, &scores, at)) {
            suite.given_up.take(trial);
        }
        // Whatever comes after an end is a run that went on and has not ended again.
        self.end = None;
    }

    /// The record of what was taken so far; `None` before the plan.
    pub fn finish(self) -> Option<RunRecord> {
        let header = self.header?;
        Some(RunRecord {
            suites: self.suites.into_iter().map(SuiteFold::finish).collect(),
            header,
            end: self.end,
            in_flight: self.in_flight,
        })
    }
}

fn outcome<'a>(
    trial: &TrialRecord,
    scores: &'a [EvaluatorOutcome],
    at: JournalOffset,
) -> TrialOutcome<'a> {
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
        tokens: trial.answer.usage.map(|usage| (usage.input, usage.output)),
        cost_usd: trial.answer.cost_usd,
        judge_cost_usd: trial.spend.judge_cost_usd,
        refused: trial.answer.refusal.is_some(),
        fallback: trial.answer.fallback.is_some(),
        source: trial.answer.source,
        scores,
        at,
    }
}

impl ArmFold {
    /// A decided trial counts once, the first time. One that could not be decided gives way to what a resumed run got. Whether
    /// this one counts.
    fn trial(
        &mut self,
        trial: &TrialRecord,
        scores: &[EvaluatorOutcome],
        at: JournalOffset,
    ) -> bool {
        let key = (trial.trial.case, trial.trial.repeat);
        let was_open = self.open.remove(&key).is_some();
        if !self.seen.insert(trial.trial) && !was_open {
            return false;
        }
        let outcome = outcome(trial, scores, at);
        if POOL_REPEATS.contains(&trial.trial.repeat) {
            self.record.pool.push(&outcome);
            return true;
        }
        if PROOF_REPEATS.contains(&trial.trial.repeat) {
            self.record.proof.push(&outcome);
        } else {
            self.record.trials.push(&outcome);
            self.record.note(trial);
        }
        let spend = &mut self.record.spend;
        spend.calls = spend.calls.saturating_add(trial.spend.calls);
        spend.saved = spend.saved.saturating_add(trial.spend.saved);
        spend.unpriced = spend.unpriced.saturating_add(trial.spend.unpriced);
        self.paid.add(trial.spend.paid_usd);
        if let Some(usd) = trial.spend.judge_cost_usd {
            self.judged.get_or_insert_default().add(usd);
        }
        if trial.passed.is_none() {
            let fault = trial.error.as_ref();
            let fault = fault.map(|error| (error.class, error.message.clone()));
            self.open
                .insert(key, fault.map(|fault| self.faults.number(&fault)));
        }
        true
    }

    fn decided(&self) -> Seen {
        let mut decided = self.seen.clone();
        self.open.keys().for_each(|key| decided.remove(*key));
        decided
    }
}

impl ArmRecord {
    fn tables(&mut self) -> [&mut TrialTable; 3] {
        [&mut self.trials, &mut self.proof, &mut self.pool]
    }

    /// What an arm remembers of a trial beside its outcome and its price: of one that counts.
    fn note(&mut self, trial: &TrialRecord) {
        if let Some(model) = &trial.answer.resolved_model {
            self.resolved_models.insert(model.clone());
            if trial.answer.fallback.is_none() {
                self.own_models.insert(model.clone());
            }
        }
        for score in &trial.scores {
            for model in &score.judge_models {
                note_judge(&mut self.judge_models, &score.name, model);
            }
        }
        if trial.answer.fallback.is_some() {
            self.fallbacks += 1;
        }
    }
}

/// Trials that room is made for beforehand: a journal may say anything of what it planned.
const MOST_ROOM: usize = 1 << 24;

impl SuiteFold {
    fn new(header: &SuiteHeader) -> Self {
        let cases = header.selected as usize;
        let trials = cases.saturating_mul(header.repeats as usize);
        let arm = |_| ArmFold {
            record: ArmRecord {
                trials: TrialTable::with_capacity(trials.min(MOST_ROOM)),
                ..ArmRecord::default()
            },
            ..ArmFold::default()
        };
        Self {
            cases: CaseTable::with_capacity(cases.min(MOST_ROOM)),
            arms: header.arms.iter().map(arm).collect(),
            ..Self::default()
        }
    }

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
            critical: score.critical,
            state,
        }
    }

    fn finish(mut self) -> SuiteRecord {
        self.cases.sort();
        let cases = self.cases;
        let arms = self.arms.into_iter().map(|arm| arm.finish(&cases));
        let mut arms: Vec<ArmRecord> = arms.collect();
        let evaluators = in_order(&self.evaluators, &mut arms);
        let mut suite = SuiteRecord {
            cases,
            evaluators,
            arms,
            given_up: self.given_up,
        };
        metrics::compute(&mut suite);
        suite
    }
}

impl ArmFold {
    fn finish(self, cases: &CaseTable) -> ArmRecord {
        let mut record = self.record;
        record.spend.paid_usd = self.paid.usd();
        record.spend.judge_cost_usd = self.judged.map(Money::usd);
        for fault in self.open.values().flatten() {
            if let Some(fault) = self.faults.get(*fault) {
                *record.faults.entry(fault.clone()).or_default() += 1;
            }
        }
        let position = |index| cases.position(index).unwrap_or(u32::MAX);
        for table in record.tables() {
            table.sort(position);
        }
        record
    }
}

/// Numbers evaluators by first appearance in the sorted trials, so that the order in which trials ended does not show.
fn in_order(evaluators: &[EvaluatorInfo], arms: &mut [ArmRecord]) -> Vec<EvaluatorInfo> {
    let mut places: Vec<Option<u16>> = vec![None; evaluators.len()];
    let mut order: Vec<usize> = Vec::new();
    let trials = arms.iter().flat_map(|arm| arm.trials.iter());
    let beside = arms
        .iter()
        .flat_map(|arm| arm.proof.iter().chain(arm.pool.iter()));
    for trial in trials.chain(beside) {
        for score in trial.scores {
            let old = usize::from(score.evaluator);
            if let Some(place @ None) = places.get_mut(old) {
                *place = Some(order.len() as u16);
                order.push(old);
            }
        }
        if order.len() == evaluators.len() {
            break;
        }
    }
    for arm in arms {
        let number = |old| {
            let place = places.get(usize::from(old)).copied().flatten();
            place.unwrap_or(old)
        };
        for table in arm.tables() {
            table.renumber(number);
        }
    }
    order
        .into_iter()
        .filter_map(|old| evaluators.get(old).cloned())
        .collect()
}

#[cfg(test)]
mod tests;
