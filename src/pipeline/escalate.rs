//! Repeats that are added while a gate is undecided.

use std::collections::BTreeSet;

use super::Ready;
use crate::aggregate::Fold;
use crate::gate;
use crate::model::TrialId;
use crate::model::event::{ArmRole, BaselineLink};

/// The trials that the next look needs: all cases of the arms that are still undecided.
pub(super) fn next_trials(ready: &Ready, fold: &Fold, look: usize) -> Vec<(TrialId, u32)> {
    let suites = ready.plan.suites.iter().enumerate();
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
        let mut arms = begun(ready, fold, place, repeats.start);
        if arms.is_empty() {
            let open = undecided.get(place).into_iter().flatten();
            arms = open.copied().collect();
        }
        if !arms.is_empty() {
            trials.extend(ready.plan.trials_of(place, arms, repeats));
        }
    }
    trials
}

/// Candidates that were asked this repeat of any case, and what they are compared with. A stored baseline alone has begun nothing.
fn begun(ready: &Ready, fold: &Fold, place: usize, repeat: u32) -> Vec<u32> {
    let mut arms = BTreeSet::new();
    let suite = ready.plan.suites.get(place);
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
