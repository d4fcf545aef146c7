//! Repeats that are added while a gate is undecided: whether they are available, and which trials they are.

use std::collections::BTreeSet;

use super::Prepared;
use super::trial::{answer, judge_ask, prompt_ask};
use crate::aggregate::Fold;
use crate::call::{Client, Mode};
use crate::gate;
use crate::model::event::{ArmRole, BaselineLink};
use crate::model::looks::{ALPHA, Look};
use crate::model::{Sample, TrialId};

/// Before the first look: a suite whose repeats can neither be called nor are recorded is looked at once, at the whole error rate.
/// Under `auto` one that replays as a whole calls for none, whether a key is there or not. Names those that are looked at once for
/// that.
pub fn settle_looks(prepared: &mut Prepared, client: &Client) -> Vec<String> {
    let mut recorded = Vec::new();
    for place in 0..prepared.plan.suites.len() {
        let Some(suite) = prepared.plan.suites.get(place) else {
            continue;
        };
        let several = suite.looks.len() > 1;
        let asks_more = several || suite.proof_cases.is_some();
        let replays = asks_more && client.mode() == Mode::Auto && replays(prepared, client, place);
        if replays {
            prepared.replays.insert(place);
        }
        if !several || can_repeat(prepared, client, place) {
            continue;
        }
        if let Some(suite) = prepared.plan.suites.get_mut(place) {
            suite.looks = vec![Look {
                repeats: suite.repeats,
                alpha: ALPHA,
            }];
            let why = if replays {
                recorded.push(suite.suite.name.clone());
                "because no repeats are recorded: `--responses record` asks for them"
            } else {
                "because no repeats are available"
            };
            suite.looks_note = Some(format!("looked at once at 5 %, {why}"));
        }
    }
    recorded
}

/// Whether every answer of the first look is recorded.
fn replays(prepared: &Prepared, client: &Client, place: usize) -> bool {
    let mut first = prepared.plan.first_trials(place);
    first.all(|(id, _)| is_recorded(prepared, client, id).is_some())
}

/// Without calls only what is recorded is a repeat: a cache is warm on one machine and cold on another, and they would decide
/// differently.
fn can_repeat(prepared: &Prepared, client: &Client, place: usize) -> bool {
    let (Some(suite), Some(evaluators)) = (
        prepared.plan.suites.get(place),
        prepared.evaluators.get(place),
    ) else {
        return false;
    };
    let index = &suite.dataset.index;
    if suite.cases.iter().any(|place| index.is_logged(*place)) {
        return false;
    }
    let targets = suite.arms.iter().map(|arm| &arm.target);
    let callable = |name: &str| client.can_call(name);
    let may_call = !prepared.replays.contains(&place);
    if may_call
        && targets
            .chain(evaluators.judges())
            .all(|target| callable(&target.name.provider))
    {
        return true;
    }
    let most = suite.most_repeats();
    let mut further = prepared.plan.trials_of(place, suite.all_arms(), 1..most);
    further.all(|(id, _)| is_recorded(prepared, client, id).is_some())
}

/// Whether a trial can be answered from recordings alone, judges included.
pub(super) fn is_recorded(prepared: &Prepared, client: &Client, id: TrialId) -> Option<()> {
    let (plan, arm, evaluators) = prepared.parts(id).ok()?;
    let case = plan.dataset.case(id.case).ok()?;
    let reply = client.recorded(&prompt_ask(prepared, id, &case)?)?;
    if evaluators.judges().next().is_none() {
        return Some(());
    }
    let sample = Sample {
        case: &case,
        completion: &reply.completion,
        latency_ms: reply.latency_ms,
        cost_usd: reply.cost_usd,
    };
    let own = evaluators.own(&case).ok()?;
    let judges = evaluators.all.iter().chain(&own);
    for judge in judges.filter(|one| one.asks()) {
        // A judge that cannot be asked for reasons of its own is the trial's error, wherever it runs.
        judge.consult(&sample, |question| {
            let reply = client.recorded(&judge_ask(plan, arm, &case, judge, question))?;
            Some(answer(&reply))
        })?;
    }
    Some(())
}

/// The trials that the next look needs: all cases of the arms that are still undecided.
pub(super) fn next_trials(prepared: &Prepared, fold: &Fold, look: usize) -> Vec<(TrialId, u32)> {
    let suites = prepared.plan.suites.iter().enumerate();
    let escalating: Vec<_> = suites
        .filter_map(|(place, suite)| {
            let (before, next) = (
                suite.looks.get(look.checked_sub(1)?)?,
                suite.looks.get(look)?,
            );
            Some((place, before.repeats..next.repeats))
        })
        .collect();
    // A record of everything so far is made only where there is something to decide.
    let record = if escalating.is_empty() {
        None
    } else {
        fold.clone().finish()
    };
    let Some(record) = record else {
        return Vec::new();
    };
    let undecided = gate::undecided(&record);
    let mut trials = Vec::new();
    for (place, repeats) in escalating {
        // A resumed run may have been cut off in the middle of these repeats: then it has decided to ask them.
        let mut arms = begun(prepared, fold, place, repeats.start);
        if arms.is_empty() {
            let open = undecided.get(place).into_iter().flatten();
            arms = open.copied().collect();
        }
        if !arms.is_empty() {
            trials.extend(prepared.plan.trials_of(place, arms, repeats));
        }
    }
    trials
}

/// Candidates that were asked this repeat of any case, and what they are compared with. A stored baseline alone has begun nothing.
fn begun(prepared: &Prepared, fold: &Fold, place: usize, repeat: u32) -> Vec<u32> {
    let mut arms = BTreeSet::new();
    let suite = prepared.plan.suites.get(place);
    for at in fold.arms_with(place, repeat) {
        let arm = suite.and_then(|suite| suite.arms.get(at as usize));
        let Some(arm) = arm.filter(|arm| arm.role == ArmRole::Candidate) else {
            continue;
        };
        arms.insert(at);
        if let BaselineLink::Arm(baseline) = arm.baseline {
            arms.insert(baseline);
        }
    }
    arms.into_iter().collect()
}
