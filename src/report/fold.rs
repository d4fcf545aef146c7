//! Repeats of a case folded into one statement an evaluator, and the full trials behind it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io;

use crate::model::TrialRecord;
use crate::model::record::{
    ArmRecord, CaseOutcome, EvaluatorInfo, EvaluatorState, Outputs, State, TrialOutcome,
};
use crate::model::trial::ScoreRecord;

/// How often something came out in each way, and the first trial of each; trials are places among the case's trials.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fold {
    /// Trials that passed.
    pub(crate) passed: usize,
    /// Trials that failed.
    pub(crate) failed: usize,
    /// Trials that could not be decided.
    pub(crate) errors: usize,
    /// Trials it does not apply to.
    pub(crate) skipped: usize,
    /// The first trial that failed.
    pub(crate) first_failed: Option<usize>,
    /// The first trial in error.
    pub(crate) first_error: Option<usize>,
    /// The first trial it does not apply to.
    pub(crate) first_skipped: Option<usize>,
}

impl Fold {
    fn add(&mut self, trial: usize, state: EvaluatorState) {
        match state {
            EvaluatorState::Scored(true, _) => self.passed += 1,
            EvaluatorState::Scored(false, _) => {
                self.failed += 1;
                self.first_failed.get_or_insert(trial);
            }
            EvaluatorState::Error => {
                self.errors += 1;
                self.first_error.get_or_insert(trial);
            }
            EvaluatorState::Skipped => {
                self.skipped += 1;
                self.first_skipped.get_or_insert(trial);
            }
        }
    }

    /// `7/10 passed`, or nothing where there is only one trial to speak of.
    pub(crate) fn passed_share(&self) -> Option<String> {
        let judged = self.passed + self.failed;
        (self.all() > 1).then(|| format!("{}/{judged} passed", self.passed))
    }

    /// `1/10 in error`, or nothing where there is only one trial to speak of.
    pub(crate) fn error_share(&self) -> Option<String> {
        let all = self.all();
        (all > 1).then(|| format!("{}/{all} in error", self.errors))
    }

    fn all(&self) -> usize {
        self.passed + self.failed + self.errors + self.skipped
    }
}

/// Each evaluator of a case over all of its repeats, by place in the suite's list of evaluators.
pub(crate) fn evaluators(trials: &[TrialOutcome<'_>]) -> BTreeMap<u16, Fold> {
    let mut folds: BTreeMap<u16, Fold> = BTreeMap::new();
    for (place, trial) in trials.iter().enumerate() {
        for score in trial.scores {
            let fold = folds.entry(score.evaluator).or_default();
            fold.add(place, score.state);
        }
    }
    folds
}

/// Trials whose failing or error no evaluator explains: the answer never came, was refused, or misses a threshold.
pub(crate) fn answer(trials: &[TrialOutcome<'_>], evaluators: &[EvaluatorInfo]) -> Option<Fold> {
    let mut fold = Fold::default();
    for (place, trial) in trials.iter().enumerate() {
        match trial.state {
            State::Error if !has_error(trial) => fold.add(place, EvaluatorState::Error),
            State::Failed if !has_failure(trial, evaluators) => {
                fold.add(place, EvaluatorState::Scored(false, 0.0));
            }
            _ => fold.add(place, EvaluatorState::Scored(true, 1.0)),
        }
    }
    (fold.failed + fold.errors > 0).then_some(fold)
}

fn has_error(trial: &TrialOutcome<'_>) -> bool {
    trial
        .scores
        .iter()
        .any(|score| score.state == EvaluatorState::Error)
}

fn has_failure(trial: &TrialOutcome<'_>, evaluators: &[EvaluatorInfo]) -> bool {
    trial.scores.iter().any(|score| {
        matches!(score.state, EvaluatorState::Scored(false, _))
            && evaluators
                .get(usize::from(score.evaluator))
                .is_some_and(|info| !info.reported_only)
    })
}

/// Full trials of one case, each read from the journal at most once.
pub(crate) struct Details<'a> {
    outputs: &'a dyn Outputs,
    trials: Vec<TrialOutcome<'a>>,
    read: BTreeMap<usize, TrialRecord>,
}

impl<'a> Details<'a> {
    /// Reads nothing yet.
    pub(crate) fn new(outputs: &'a dyn Outputs, arm: &'a ArmRecord, case: &CaseOutcome) -> Self {
        Self {
            outputs,
            trials: arm.trials_of(case).collect(),
            read: BTreeMap::new(),
        }
    }

    /// The case's trials in short.
    pub(crate) fn outcomes(&self) -> &[TrialOutcome<'a>] {
        &self.trials
    }

    /// A trial by its place in the case; `None` where there is no such trial.
    pub(crate) fn trial(&mut self, place: usize) -> io::Result<Option<&TrialRecord>> {
        let Some(outcome) = self.trials.get(place) else {
            return Ok(None);
        };
        let record = match self.read.entry(place) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(self.outputs.trial(outcome.at)?),
        };
        Ok(Some(record))
    }
}

/// What the named evaluator says in a trial.
pub(crate) fn score_of<'a>(trial: &'a TrialRecord, evaluator: &str) -> Option<&'a ScoreRecord> {
    trial.scores.iter().find(|score| score.name == evaluator)
}

/// Why a trial came out as it did where no evaluator says so.
pub(crate) fn answer_reason(trial: &TrialRecord) -> String {
    match (&trial.error, trial.score) {
        (Some(error), _) => error.message.clone(),
        (None, Some(score)) => format!("score {score} is below the threshold"),
        (None, None) => "no evaluator says why".to_owned(),
    }
}
