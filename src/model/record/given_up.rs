//! Evaluators that give up on answer after answer: from the tenth case on that is the evaluator's own fault, and its suite's error.

use std::collections::BTreeMap;

use crate::model::TrialRecord;

/// Cases that an evaluator may give up on before that is its own fault.
const CASES: usize = 10;

/// On which cases evaluators gave up, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GivenUp(BTreeMap<String, BTreeMap<u32, String>>);

impl GivenUp {
    /// Takes a trial; an evaluator that is only reported ends nothing.
    pub fn take(&mut self, trial: &TrialRecord) {
        let counts = trial
            .scores
            .iter()
            .filter(|score| score.gave_up && (score.critical || score.weight != 0.0));
        for score in counts {
            let cases = self.0.entry(score.name.clone()).or_default();
            cases.insert(trial.trial.case, score.reason.clone());
            // The first ones are enough, whichever trial ended first.
            if cases.len() > CASES {
                cases.pop_last();
            }
        }
    }

    /// The evaluator that gave up on so many cases that nothing is decided, with its reason in the first of them.
    pub fn hopeless(&self) -> Option<String> {
        let mut all = self.0.iter();
        let (name, cases) = all.find(|(_, cases)| cases.len() >= CASES)?;
        let why = cases.values().next().map_or("", String::as_str);
        Some(format!(
            "evaluator `{name}` gave up on {CASES} cases, so no further one is asked: {why}"
        ))
    }
}
