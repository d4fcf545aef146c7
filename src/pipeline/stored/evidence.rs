//! The answers of a baseline out of the evidence it was promoted on: how each trial came out, without its text.

use super::answerers::{Answerers, Who};
use super::arm::{Answers, StoredArm};
use super::{StoredOutcome, fresh, is_its_own, trial_of};
use crate::evidence;
use crate::model::event::StoredFrom;
use crate::model::evidence::{Evidence, SuiteEvidence};
use crate::model::interner::Interner;
use crate::model::{TrialId, TrialRecord};
use crate::pipeline::{Checked, header};
use crate::plan::{Arm, SuitePlan};

/// The answers of a baseline, where there is evidence of it.
///
/// # Errors
/// Why the evidence is none for this suite as it is now.
pub(super) fn answers(
    checked: &Checked,
    (place, arm_place): (u32, u32),
) -> Result<Option<StoredArm>, String> {
    let plan = checked.plan.suites.get(place as usize);
    let Some((plan, arm)) = plan.and_then(|plan| Some((plan, plan.arms.get(arm_place as usize)?)))
    else {
        return Ok(None);
    };
    let found = evidence::read_at(&checked.root, checked.base.as_deref(), &arm.version.id)
        .map_err(|error| format!("its evidence cannot be read: {error}"))?;
    let Some(found) = found else {
        return Ok(None);
    };
    let at = same(checked, (plan, arm), &found)?;
    let from = StoredFrom {
        run: found.run.id,
        started_at: found.run.started_at,
    };
    let mut suites = found.suites;
    let outcomes = Outcomes::new(plan, suites.swap_remove(at), &from.run)?;
    let place = (place, arm_place);
    // Every one of them is looked at before anything is called.
    let mut who: Interner<Who> = Interner::default();
    for trial in outcomes.trials(plan, place, checked.plan.seed) {
        who.number(&Who::of(&trial?));
    }
    let mut then = Answerers::default();
    who.values().iter().for_each(|who| then.add(who));
    Ok(Some(StoredArm {
        place,
        from,
        repeats: outcomes.repeats,
        then,
        answers: Answers::Evidence(Box::new(outcomes)),
    }))
}

/// Place of the suite in the evidence, where everything is as it was.
fn same(
    checked: &Checked,
    (plan, arm): (&SuitePlan, &Arm),
    found: &Evidence,
) -> Result<usize, String> {
    // A version is compared with what it did when it was promoted, however long that is ago.
    if !is_its_own(plan, arm) {
        fresh(&found.run.started_at)?;
    }
    if found.sha256 != arm.version.sha256 {
        return Err("the version is not the one that the evidence is about".to_owned());
    }
    if found.model != arm.target.name {
        return Err(format!("the evidence is about {}", found.model));
    }
    if found.includes != header::includes(checked, &arm.version) {
        return Err("a template that the version includes has changed".to_owned());
    }
    let name = &plan.suite.name;
    let place = found.suites.iter().position(|suite| suite.name == *name);
    let place = place.ok_or("the evidence has no such suite")?;
    let suite = found.suites.get(place);
    let suite = suite.ok_or("the evidence has no such suite")?;
    if suite.dataset.sha256 != plan.dataset.sha256 {
        return Err("the dataset has changed".to_owned());
    }
    if suite.sha256 != header::suite_hash(checked, plan) {
        return Err("the suite has changed (evaluators, judge or gates)".to_owned());
    }
    Ok(place)
}

/// How the answers of a suite came out, as evidence keeps it.
#[derive(Debug)]
pub(super) struct Outcomes {
    suite: SuiteEvidence,
    why: String,
    cases: usize,
    repeats: u32,
}

impl Outcomes {
    /// Those of all cases that this run asks, as many repeats as there are of each.
    fn new(plan: &SuitePlan, suite: SuiteEvidence, run: &str) -> Result<Self, String> {
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

    pub(super) fn len(&self) -> usize {
        self.cases * self.repeats as usize
    }

    /// Every outcome as a trial of this run.
    pub(super) fn trials<'a>(
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
