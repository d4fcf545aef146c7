//! Fresh answers that prove single cases broken: which trials are asked for them, and whether they are available.

use std::collections::BTreeSet;

use super::{Ready, looks};
use crate::aggregate::Fold;
use crate::call::Client;
use crate::gate::{self, Flipped};
use crate::model::event::{ArmRole, BaselineLink};
use crate::model::looks::PROOF_REPEATS;
use crate::model::record::{ArmRecord, RunRecord};
use crate::model::{Source, TrialId};
use crate::plan::SuitePlan;

/// A trial and the place of its case in the seeded order.
type Placed = (TrialId, u32);

/// The trials that gates on broken cases need and that are not there: of each case that went from pass to fail, both versions
/// in turn, one fresh answer after the other.
pub(super) fn trials(ready: &Ready, client: &Client, fold: &Fold) -> Vec<Placed> {
    let suites = (0..).zip(&ready.plan.suites);
    let wanting: Vec<u32> = suites
        .filter(|(_, suite)| suite.proof_cases.is_some())
        .map(|(place, _)| place)
        .collect();
    // A record of everything so far is made only where there is something to prove.
    if wanting.is_empty() {
        return Vec::new();
    }
    let Some(record) = fold.clone().finish() else {
        return Vec::new();
    };
    let done = fold.done();
    let mut asked = BTreeSet::new();
    let mut trials = Vec::new();
    for place in wanting {
        let live = can_ask(ready, client, &record, place as usize);
        for flipped in gate::flipped(&record, place as usize) {
            let cases = cases(&record, place, &flipped).into_iter();
            let answerable: Vec<[Placed; 2]> = cases
                .filter(|pair| live || is_recorded(ready, client, &done, pair))
                .collect();
            let all = PROOF_REPEATS.flat_map(|repeat| {
                let pairs = answerable.iter().flatten();
                pairs.map(move |(id, order)| (TrialId { repeat, ..*id }, *order))
            });
            // Candidates that are compared with the same baseline share its answers.
            trials.extend(all.filter(|(id, _)| !done.has(*id) && asked.insert(*id)));
        }
    }
    trials
}

/// The first fresh answer of both versions to each case, candidate first.
fn cases(record: &RunRecord, suite: u32, flipped: &Flipped) -> Vec<[Placed; 2]> {
    let table = record.suites.get(suite as usize).map(|suite| &suite.cases);
    let infos = flipped.cases.iter();
    let infos = infos.filter_map(|case| table?.get(*case as usize));
    let of = |arm, case| TrialId {
        suite,
        arm,
        case,
        repeat: PROOF_REPEATS.start,
    };
    let pairs = infos.map(|info| {
        [flipped.candidate, flipped.baseline].map(|arm| (of(arm, info.index), info.order))
    });
    pairs.collect()
}

/// Whether providers may be asked for the proof of a suite: all of them can be called, and under `auto` the first look did not
/// come from recordings alone. What replays as a whole asks nothing live, whether a key is there or not.
fn can_ask(ready: &Ready, client: &Client, record: &RunRecord, place: usize) -> bool {
    let suite = ready.plan.suites.get(place);
    let Some((suite, evaluators)) = suite.zip(ready.evaluators.get(place)) else {
        return false;
    };
    let arms = suite.arms.iter().map(|arm| &arm.target);
    let mut targets = arms.chain(evaluators.judges());
    targets.all(|target| client.can_call(&target.name.provider))
        && !ready.replays.contains(&place)
        && !is_replay(record, place)
}

fn is_replay(record: &RunRecord, place: usize) -> bool {
    let arms = record.suites.get(place).map(|suite| &suite.arms);
    let mut trials = arms
        .into_iter()
        .flatten()
        .flat_map(|arm: &ArmRecord| arm.trials.iter());
    let taken = |source| matches!(source, Some(Source::Recording | Source::Stored));
    record.header.run.responses == "auto" && trials.all(|trial| taken(trial.source))
}

/// Whether every fresh answer to a case is there without a call, what judges say of it included.
fn is_recorded(
    ready: &Ready,
    client: &Client,
    done: &crate::aggregate::Done,
    pair: &[Placed; 2],
) -> bool {
    let ids = pair
        .iter()
        .flat_map(|(id, _)| PROOF_REPEATS.map(move |repeat| TrialId { repeat, ..*id }));
    let mut ids = ids.filter(|id| !done.has(*id));
    ids.all(|id| looks::is_recorded(ready, client, id).is_some())
}

impl Ready {
    /// The trials that proofs of a suite take at most: as many cases as may be asked again, of every candidate that is compared
    /// with another version.
    pub(super) fn most_proofs(&self, place: usize, suite: &SuitePlan) -> Vec<TrialId> {
        let cases = suite.order(self.plan.seed, place).into_iter();
        let cases: Vec<u32> = cases
            .filter(|case| suite.holds(*case))
            .take(suite.proof_cases.unwrap_or_default() as usize)
            .collect();
        let mut arms = BTreeSet::new();
        let compared = (0_u32..).zip(&suite.arms);
        for (at, arm) in compared.filter(|(_, arm)| arm.role == ArmRole::Candidate) {
            if let BaselineLink::Arm(baseline) = arm.baseline {
                arms.extend([at, baseline]);
            }
        }
        let trial = |arm, case, repeat| TrialId {
            suite: place as u32,
            arm,
            case,
            repeat,
        };
        let each = arms.iter().flat_map(|arm| {
            let cases = cases.iter();
            cases.flat_map(move |case| PROOF_REPEATS.map(move |repeat| trial(*arm, *case, repeat)))
        });
        each.collect()
    }
}
