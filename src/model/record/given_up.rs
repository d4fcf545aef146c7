//! Evaluators that give up on answer after answer: from the tenth case on that is the evaluator's own fault, and its suite's error.

use std::collections::BTreeMap;

use crate::model::TrialRecord;

/// Cases that an evaluator may give up on before that is its own fault.
const CASES: usize = 10;

/// On which cases evaluators gave up, and why: the first ones in the seeded order, whichever trial ended first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GivenUp(BTreeMap<String, BTreeMap<Place, Reason>>);

/// A case's place in the seeded order, and in the dataset: journals of earlier versions number no cases.
type Place = (u32, u32);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Reason {
    /// Repeat and arm of the trial that says so.
    trial: (u32, u32),
    text: String,
}

/// An evaluator that gave up on so many cases that nothing is decided.
#[derive(Clone, Copy, Debug)]
pub struct Hopeless<'a> {
    name: &'a str,
    /// The place in the seeded order of the case that was one too many.
    pub at: u32,
    why: &'a str,
}

impl GivenUp {
    /// Takes a trial that counts; an evaluator that is only reported ends nothing, and one that could not be decided may be
    /// asked again.
    pub fn take(&mut self, trial: &TrialRecord) {
        if trial.passed.is_none() {
            return;
        }
        let counts = trial
            .scores
            .iter()
            .filter(|score| score.gave_up && (score.critical || score.weight != 0.0));
        let (id, place) = (trial.trial, (trial.order, trial.trial.case));
        for score in counts {
            let cases = self.0.entry(score.name.clone()).or_default();
            let reason = Reason {
                trial: (id.repeat, id.arm),
                text: score.reason.clone(),
            };
            match cases.get(&place) {
                Some(known) if known.trial <= reason.trial => {}
                _ => {
                    cases.insert(place, reason);
                }
            }
            if cases.len() > CASES {
                cases.pop_last();
            }
        }
    }

    /// The evaluator that gave up on too many cases, where one did; of several, the one that did so first.
    pub fn hopeless(&self) -> Option<Hopeless<'_>> {
        let all = self.0.iter().filter_map(|(name, cases)| {
            let (first, last) = cases.first_key_value().zip(cases.last_key_value())?;
            (cases.len() >= CASES).then_some(Hopeless {
                name,
                at: last.0.0,
                why: &first.1.text,
            })
        });
        all.min_by_key(|one| one.at)
    }
}

/// With its reason in the first of the cases.
impl std::fmt::Display for Hopeless<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, why, .. } = self;
        write!(
            f,
            "evaluator `{name}` gave up on {CASES} cases, so no further one is asked: {why}"
        )
    }
}
