//! Evaluators that give up on answer after answer: their suite ends, for more answers would be paid for nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Prepared;
use crate::model::TrialRecord;
use crate::model::trial::ScoreRecord;
use crate::plan::Plan;

/// Cases that an evaluator may give up on before that is its own fault.
const CASES: usize = 10;

/// On which cases which evaluators gave up.
#[derive(Debug, Default)]
pub(super) struct GivenUp {
    /// By suite and name.
    cases: HashMap<(u32, String), BTreeSet<u32>>,
    /// Suites that ended, and why.
    ended: BTreeMap<usize, String>,
}

impl GivenUp {
    /// With what an earlier process of the run has met.
    pub(super) fn new(prepared: &Prepared) -> Self {
        let mut given_up = Self::default();
        for trial in &prepared.gave_up {
            given_up.take(&prepared.plan, trial);
        }
        given_up
    }

    /// Takes a trial.
    pub(super) fn take(&mut self, plan: &Plan, trial: &TrialRecord) {
        let suite = trial.trial.suite;
        for score in trial.scores.iter().filter(|score| counts(score)) {
            let cases = self.cases.entry((suite, score.name.clone())).or_default();
            cases.insert(trial.trial.case);
            if cases.len() >= CASES
                && let Some(plan) = plan.suites.get(suite as usize)
            {
                let why = told(&plan.suite.name, score);
                self.ended.entry(suite as usize).or_insert(why);
            }
        }
    }

    /// Whether no further case of a suite is asked.
    pub(super) fn ends(&self, suite: usize) -> bool {
        self.ended.contains_key(&suite)
    }

    /// Why the run decides nothing, where it does not.
    pub(super) fn reason(&self) -> Option<String> {
        self.ended.values().next().cloned()
    }
}

/// One that is only reported ends nothing.
fn counts(score: &ScoreRecord) -> bool {
    score.gave_up && (score.critical || score.weight != 0.0)
}

fn told(suite: &str, score: &ScoreRecord) -> String {
    format!(
        "suite {suite}: evaluator `{}` gave up on {CASES} cases, so no further one is asked: {}",
        score.name, score.reason
    )
}
