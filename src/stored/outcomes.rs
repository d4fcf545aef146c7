//! How the answers of a suite came out, as evidence keeps it.

use super::outcome::{StoredOutcome, trial_of};
use crate::model::evidence::SuiteEvidence;
use crate::model::{TrialId, TrialRecord};
use crate::plan::SuitePlan;

/// How the answers of a suite came out, as evidence keeps it.
#[derive(Debug)]
pub(crate) struct Outcomes {
    suite: SuiteEvidence,
    why: String,
    cases: usize,
    pub(crate) repeats: u32,
}

impl Outcomes {
    /// Those of all cases that this run asks, as many repeats as there are of each.
    pub(crate) fn new(plan: &SuitePlan, suite: SuiteEvidence, run: &str) -> Result<Self, String> {
        let mut whole = usize::MAX;
        let mut cases = 0;
        for place in plan.cases.iter().filter(|place| plan.holds(**place)) {
            let case = plan.dataset.case(*place);
            let id = case.map_err(|error| error.to_string())?.id;
            let outcomes = suite.cases.get(&id);
            let outcomes = outcomes.ok_or_else(|| format!("the evidence lacks the case {id}"))?;
            whole = whole.min(outcomes.trials.len());
            cases += 1;
        }
        // More repeats than any look reads would be no data of this run.
        let repeats = (whole.min(u32::MAX as usize) as u32).min(plan.most_repeats());
        if cases == 0 || repeats == 0 {
            return Err("the evidence has no case".to_owned());
        }
        Ok(Self {
            suite,
            why: format!("as in the evidence of run {run}"),
            cases,
            repeats,
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.cases * self.repeats as usize
    }

    /// Every outcome as a trial of this run.
    pub(crate) fn trials<'a>(
        &'a self,
        plan: &'a SuitePlan,
        at: (u32, u32),
        seed: u64,
    ) -> impl Iterator<Item = Result<TrialRecord, String>> + 'a {
        // Each case keeps the place it has among all of them, in whatever part of the run it is.
        let order = (0_u32..).zip(plan.order(seed, at.0 as usize));
        let here = order.filter(|(_, place)| plan.holds(*place));
        here.flat_map(move |(order, place)| {
            let trials = self.of_case(plan, at, (order, place));
            match trials {
                Ok(trials) => trials.into_iter().map(Ok).collect::<Vec<_>>(),
                Err(reason) => vec![Err(reason)],
            }
        })
    }

    fn of_case(
        &self,
        plan: &SuitePlan,
        (suite, arm): (u32, u32),
        (order, place): (u32, u32),
    ) -> Result<Vec<TrialRecord>, String> {
        let case = plan.dataset.case(place);
        let case = case.map_err(|error| error.to_string())?;
        let outcomes = self.suite.cases.get(&case.id);
        let outcomes =
            outcomes.ok_or_else(|| format!("the evidence lacks the case {}", case.id))?;
        let repeats = (0..self.repeats).zip(&outcomes.trials);
        let trials = repeats.map(|(repeat, outcome)| {
            let id = TrialId {
                suite,
                arm,
                case: place,
                repeat,
            };
            let outcome = StoredOutcome {
                answer: outcome,
                evaluators: &self.suite.evaluators,
                models: &self.suite.resolved_models,
                judges: Some(&self.suite.judge_models),
                why: &self.why,
            };
            trial_of((id, order), &case, &outcome)
        });
        trials.collect()
    }
}
