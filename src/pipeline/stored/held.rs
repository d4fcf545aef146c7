//! Stored answers wait for the first new one: where another model answers under the same name now, they are compared with
//! nothing, and the baseline is asked again.

use std::collections::BTreeSet;

use super::StoredArm;
use crate::model::event::ArmRole;
use crate::model::{TrialId, TrialRecord};
use crate::pipeline::Prepared;
use crate::plan::SuitePlan;

/// Stored answers of which it is not known yet whether they count.
#[derive(Debug)]
pub(in crate::pipeline) struct Held {
    arms: Vec<StoredArm>,
}

/// What the first new answer has settled.
#[derive(Debug)]
pub(in crate::pipeline) enum Settled {
    /// The stored trials count.
    Take(Vec<TrialRecord>),
    /// These are asked instead.
    Ask(Vec<(TrialId, u32)>),
}

impl Held {
    /// What has to wait, and the trials that need not.
    pub(in crate::pipeline) fn new(prepared: &Prepared) -> (Self, Vec<TrialRecord>) {
        let waits = |one: &StoredArm| {
            let suite = prepared.plan.suites.get(one.place.0 as usize);
            suite.is_some_and(|suite| contradictable(suite, one))
        };
        let (arms, free): (Vec<StoredArm>, Vec<StoredArm>) =
            prepared.stored.iter().cloned().partition(waits);
        let free = free.into_iter().flat_map(|one| one.trials);
        (Self { arms }, free.collect())
    }

    /// What a new trial settles, if anything.
    pub(in crate::pipeline) fn after(
        &mut self,
        prepared: &Prepared,
        trial: &TrialRecord,
    ) -> Option<Settled> {
        let (suite, arm) = (trial.trial.suite, trial.trial.arm);
        let resolved = trial.answer.resolved_model.as_ref();
        let resolved = resolved.filter(|_| trial.answer.fallback.is_none())?;
        let plan = prepared.plan.suites.get(suite as usize)?;
        let at = self.arms.iter().position(|one| one.place.0 == suite)?;
        let baseline = plan.arms.get(self.arms.get(at)?.place.1 as usize)?;
        if plan.arms.get(arm as usize)?.target.name != baseline.target.name {
            return None;
        }
        let stored = self.arms.swap_remove(at);
        if models(&stored).contains(resolved.as_str()) {
            return Some(Settled::Take(stored.trials));
        }
        let again = prepared
            .plan
            .trials_of(suite as usize, vec![stored.place.1], 0..plan.repeats);
        Some(Settled::Ask(again.collect()))
    }

    /// What nothing has spoken against.
    pub(in crate::pipeline) fn rest(&mut self) -> Vec<TrialRecord> {
        let arms = std::mem::take(&mut self.arms);
        arms.into_iter().flat_map(|one| one.trials).collect()
    }
}

/// Whether a candidate may show that another model answers now. A version that is compared with itself is there to show just
/// that.
fn contradictable(suite: &SuitePlan, stored: &StoredArm) -> bool {
    let Some(baseline) = suite.arms.get(stored.place.1 as usize) else {
        return false;
    };
    let candidates = suite
        .arms
        .iter()
        .filter(|arm| arm.role == ArmRole::Candidate);
    let mut same = candidates.filter(|arm| arm.target.name == baseline.target.name);
    let all_new = same.all(|arm| arm.version.id != baseline.version.id);
    all_new && !models(stored).is_empty()
}

fn models(stored: &StoredArm) -> BTreeSet<&str> {
    let trials = stored.trials.iter();
    let models = trials.filter_map(|trial| trial.answer.resolved_model.as_deref());
    models.collect()
}
