//! Whether the repeats that an undecided gate would ask for are available, known before the first look.

use std::collections::BTreeSet;

use super::Checked;
use super::trial::{answer, judge_ask, prompt_ask};
use crate::call::Client;
use crate::model::looks::{ALPHA, Look};
use crate::model::{Responses, Sample, TrialId};

/// What was found out of a run's suites before their first look.
pub(super) struct Settled {
    /// Those whose first look comes wholly from recordings: they ask for nothing.
    pub(super) replays: BTreeSet<usize>,
    /// Those of them that are looked at once for that, by name.
    pub(super) recorded: Vec<String>,
}

/// A suite whose repeats can neither be called nor are recorded is looked at once, at the whole error rate. Under `auto` one that
/// replays as a whole calls for none, whether a key is there or not.
pub(super) fn settle(checked: &mut Checked, client: &Client) -> Settled {
    let mut settled = Settled {
        replays: BTreeSet::new(),
        recorded: Vec::new(),
    };
    for place in 0..checked.plan.suites.len() {
        let Some(suite) = checked.plan.suites.get(place) else {
            continue;
        };
        let several = suite.looks.len() > 1;
        let asks_more = several || suite.proof_cases.is_some();
        let is_auto = client.mode() == Responses::Auto;
        let replays = asks_more && is_auto && replays(checked, client, place);
        if replays {
            settled.replays.insert(place);
        }
        if !several || can_repeat(checked, client, place, replays) {
            continue;
        }
        if let Some(suite) = checked.plan.suites.get_mut(place) {
            suite.looks = vec![Look {
                repeats: suite.repeats,
                alpha: ALPHA,
            }];
            let why = if replays {
                settled.recorded.push(suite.suite.name.clone());
                "because no repeats are recorded: `--responses record` asks for them"
            } else {
                "because no repeats are available"
            };
            suite.looks_note = Some(format!("looked at once at 5 %, {why}"));
        }
    }
    settled
}

/// Whether every answer of the first look is recorded.
fn replays(checked: &Checked, client: &Client, place: usize) -> bool {
    let mut first = checked.plan.first_trials(place);
    first.all(|(id, _)| is_recorded(checked, client, id).is_some())
}

/// Without calls only what is recorded is a repeat: a cache is warm on one machine and cold on another, and they would decide
/// differently.
fn can_repeat(checked: &Checked, client: &Client, place: usize, replays: bool) -> bool {
    let (Some(suite), Some(evaluators)) = (
        checked.plan.suites.get(place),
        checked.evaluators.get(place),
    ) else {
        return false;
    };
    let index = &suite.dataset.index;
    if suite.cases.iter().any(|place| index.is_logged(*place)) {
        return false;
    }
    let targets = suite.arms.iter().map(|arm| &arm.target);
    let callable = |name: &str| client.can_call(name);
    if !replays
        && targets
            .chain(evaluators.judges())
            .all(|target| callable(&target.name.provider))
    {
        return true;
    }
    let most = suite.most_repeats();
    let mut further = checked.plan.trials_of(place, suite.all_arms(), 1..most);
    further.all(|(id, _)| is_recorded(checked, client, id).is_some())
}

/// Whether a trial can be answered from recordings alone, judges included.
pub(super) fn is_recorded(checked: &Checked, client: &Client, id: TrialId) -> Option<()> {
    let (plan, arm, evaluators) = checked.parts(id).ok()?;
    let case = plan.dataset.case(id.case).ok()?;
    let reply = client.recorded(&prompt_ask(checked, id, &case)?)?;
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
