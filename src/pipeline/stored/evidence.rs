//! The answers of a baseline out of the evidence it was promoted on: how each trial came out, without its text.

use super::{StoredArm, StoredOutcome, fresh, is_its_own, trial_of};
use crate::model::event::StoredFrom;
use crate::model::evidence::{Evidence, SuiteEvidence};
use crate::model::{TrialId, TrialRecord};
use crate::pipeline::{Prepared, evidence, header};
use crate::plan::{Arm, SuitePlan};

/// The answers of a baseline, where there is evidence of it.
///
/// # Errors
/// Why the evidence is none for this suite as it is now.
pub(super) fn answers(
    prepared: &Prepared,
    (place, arm_place): (u32, u32),
) -> Result<Option<StoredArm>, String> {
    let plan = prepared.plan.suites.get(place as usize);
    let Some((plan, arm)) = plan.and_then(|plan| Some((plan, plan.arms.get(arm_place as usize)?)))
    else {
        return Ok(None);
    };
    let found = evidence::read_at(&prepared.root, prepared.base.as_deref(), &arm.version.id)
        .map_err(|error| format!("its evidence cannot be read: {error}"))?;
    let Some(found) = found else {
        return Ok(None);
    };
    let suite = same(prepared, (plan, arm), &found)?;
    let trials = Taking {
        plan,
        suite,
        run: &found.run.id,
        at: (place, arm_place),
        seed: prepared.plan.seed,
    };
    let (repeats, trials) = trials.all()?;
    Ok(Some(StoredArm {
        place: (place, arm_place),
        from: StoredFrom {
            run: found.run.id.clone(),
            started_at: found.run.started_at.clone(),
        },
        repeats,
        trials,
    }))
}

/// The suite in the evidence, where everything is as it was.
fn same<'e>(
    prepared: &Prepared,
    (plan, arm): (&SuitePlan, &Arm),
    found: &'e Evidence,
) -> Result<&'e SuiteEvidence, String> {
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
    if found.includes != header::includes(prepared, &arm.version) {
        return Err("a template that the version includes has changed".to_owned());
    }
    let name = &plan.suite.name;
    let suite = found.suites.iter().find(|suite| suite.name == *name);
    let suite = suite.ok_or("the evidence has no such suite")?;
    if suite.dataset.sha256 != plan.dataset.sha256 {
        return Err("the dataset has changed".to_owned());
    }
    if suite.sha256 != header::suite_hash(prepared, plan) {
        return Err("the suite has changed (evaluators, judge or gates)".to_owned());
    }
    Ok(suite)
}

/// Turns outcomes into trials.
struct Taking<'a> {
    plan: &'a SuitePlan,
    suite: &'a SuiteEvidence,
    run: &'a str,
    at: (u32, u32),
    seed: u64,
}

impl Taking<'_> {
    /// Every trial of the cases that this run asks, and how many repeats of each there are.
    fn all(&self) -> Result<(u32, Vec<TrialRecord>), String> {
        let mut cases = Vec::new();
        let order = self.plan.order(self.seed, self.at.0 as usize);
        // Each case keeps the place it has among all of them, in whatever part of the run it is.
        let here = (0_u32..).zip(order);
        for (order, place) in here.filter(|(_, place)| self.plan.holds(*place)) {
            let case = self
                .plan
                .dataset
                .case(place)
                .map_err(|error| error.to_string())?;
            let outcomes = self.suite.cases.get(&case.id);
            let outcomes =
                outcomes.ok_or_else(|| format!("the evidence lacks the case {}", case.id))?;
            cases.push((order, place, case, outcomes));
        }
        let whole = cases
            .iter()
            .map(|(.., outcomes)| outcomes.trials.len())
            .min();
        let most = self.plan.most_repeats();
        // More repeats than any look reads would be no data of this run.
        let repeats = (whole.unwrap_or(0) as u32).min(most);
        if repeats == 0 {
            return Err("the evidence has no case".to_owned());
        }
        let mut trials = Vec::new();
        for (order, place, case, outcomes) in cases {
            for (repeat, outcome) in (0..repeats).zip(&outcomes.trials) {
                let id = TrialId {
                    suite: self.at.0,
                    arm: self.at.1,
                    case: place,
                    repeat,
                };
                let outcome = StoredOutcome {
                    answer: outcome,
                    evaluators: &self.suite.evaluators,
                    models: &self.suite.resolved_models,
                    judges: Some(&self.suite.judge_models),
                    why: &format!("as in the evidence of run {}", self.run),
                };
                trials.push(trial_of((id, order), &case, &outcome)?);
            }
        }
        Ok((repeats, trials))
    }
}
