//! The answers of a baseline out of the evidence it was promoted on: how each trial came out, without its text.

use super::age::fresh;
use super::answerers::{Answerers, Who};
use super::arm::{Answers, StoredArm};
use super::asker::{Asker, is_its_own};
use super::outcomes::Outcomes;
use crate::evidence;
use crate::load;
use crate::model::event::StoredFrom;
use crate::model::evidence::Evidence;
use crate::model::interner::Interner;
use crate::plan::{Arm, SuitePlan};

/// The answers of a baseline, where there is evidence of it.
///
/// # Errors
/// Why the evidence is none for this suite as it is now.
pub(crate) fn answers(
    asker: &Asker<'_>,
    (place, arm_place): (u32, u32),
) -> Result<Option<StoredArm>, String> {
    let plan = asker.plan.suites.get(place as usize);
    let Some((plan, arm)) = plan.and_then(|plan| Some((plan, plan.arms.get(arm_place as usize)?)))
    else {
        return Ok(None);
    };
    let found = evidence::read_at(asker.root, asker.base, &arm.version.id)
        .map_err(|error| format!("its evidence cannot be read: {error}"))?;
    let Some(found) = found else {
        return Ok(None);
    };
    let at = same(asker, (plan, arm), &found)?;
    let from = StoredFrom {
        run: found.run.id,
        started_at: found.run.started_at,
    };
    let mut suites = found.suites;
    let outcomes = Outcomes::new(plan, suites.swap_remove(at), &from.run)?;
    let place = (place, arm_place);
    // Every one of them is looked at before anything is called.
    let mut who: Interner<Who> = Interner::default();
    for trial in outcomes.trials(plan, place, asker.plan.seed) {
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
    asker: &Asker<'_>,
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
    if found.includes != asker.includes(&arm.version) {
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
    if suite.sha256 != load::suite_sha256(asker.root, &plan.suite) {
        return Err("the suite has changed (evaluators, judge or gates)".to_owned());
    }
    Ok(place)
}
