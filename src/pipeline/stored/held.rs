//! Stored answers wait for the first new ones: where another model answers or judges under the same name now, they are compared
//! with nothing, and the baseline is asked again.

use std::collections::BTreeSet;

use super::{StoredArm, is_its_own};
use crate::model::event::ArmRole;
use crate::model::record::JudgeModels;
use crate::model::{TrialId, TrialRecord};
use crate::pipeline::Prepared;
use crate::plan::{Arm, SuitePlan};

/// Stored answers of which it is not known yet whether they count.
#[derive(Debug)]
pub(in crate::pipeline) struct Held {
    arms: Vec<HeldArm>,
}

/// What the first new answers have settled.
#[derive(Debug)]
pub(in crate::pipeline) enum Settled {
    /// The stored trials count.
    Take(Vec<TrialRecord>),
    /// These are asked instead.
    Ask(Vec<(TrialId, u32)>),
}

/// One baseline, and who would have to answer again.
#[derive(Debug)]
struct HeldArm {
    stored: StoredArm,
    /// Models that answered; empty where no candidate can show that they still do, or one has.
    models: BTreeSet<String>,
    /// Models that judged, by evaluator.
    judges: JudgeModels,
    /// Evaluators whose judge has not been met again yet.
    unmet: BTreeSet<String>,
}

impl Held {
    /// What has to wait, and the trials that need not.
    pub(in crate::pipeline) fn new(prepared: &Prepared) -> (Self, Vec<TrialRecord>) {
        let (mut arms, mut free) = (Vec::new(), Vec::new());
        for stored in prepared.stored.iter().cloned() {
            let suite = prepared.plan.suites.get(stored.place.0 as usize);
            match suite.and_then(|suite| waiting(suite, &stored)) {
                Some((models, judges)) => arms.push(HeldArm {
                    unmet: judges.keys().cloned().collect(),
                    models,
                    judges,
                    stored,
                }),
                None => free.extend(stored.trials),
            }
        }
        (Self { arms }, free)
    }

    /// What a new trial settles, if anything.
    pub(in crate::pipeline) fn after(
        &mut self,
        prepared: &Prepared,
        trial: &TrialRecord,
    ) -> Option<Settled> {
        let suite = trial.trial.suite;
        let plan = prepared.plan.suites.get(suite as usize)?;
        let own = |one: &HeldArm| one.stored.place.0 == suite;
        let at = self.arms.iter().position(own)?;
        let still = self.arms.get_mut(at)?.meet(plan, trial)?;
        let stored = self.arms.swap_remove(at).stored;
        if still {
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
        arms.into_iter().flat_map(|one| one.stored.trials).collect()
    }
}

impl HeldArm {
    /// Whether a new trial shows that all are still the same, or that somebody is not; `None` while neither is known.
    fn meet(&mut self, plan: &SuitePlan, trial: &TrialRecord) -> Option<bool> {
        let target = |arm: u32| plan.arms.get(arm as usize).map(|arm| &arm.target.name);
        let resolved = trial.answer.resolved_model.as_ref();
        let same_name = target(trial.trial.arm) == target(self.stored.place.1);
        if let Some(model) = resolved.filter(|_| same_name && trial.answer.fallback.is_none())
            && !self.models.is_empty()
        {
            if !self.models.contains(model) {
                return Some(false);
            }
            self.models.clear();
        }
        for score in &trial.scores {
            let Some(known) = self.judges.get(&score.name) else {
                continue;
            };
            if score
                .judge_models
                .iter()
                .any(|model| !known.contains(model))
            {
                return Some(false);
            }
            // A judge's answer out of the cache may be as old as the stored ones: it shows nothing of who answers now.
            if trial.spend.saved == 0 && !score.judge_models.is_empty() {
                self.unmet.remove(&score.name);
            }
        }
        (self.models.is_empty() && self.unmet.is_empty()).then_some(true)
    }
}

/// Models and judges that new answers may show to be others now; `None` where none can. A version that is compared with itself
/// is there to show just that.
fn waiting(suite: &SuitePlan, stored: &StoredArm) -> Option<(BTreeSet<String>, JudgeModels)> {
    let baseline = suite.arms.get(stored.place.1 as usize)?;
    if is_its_own(suite, baseline) {
        return None;
    }
    let is_asked =
        |arm: &Arm| arm.role == ArmRole::Candidate && arm.target.name == baseline.target.name;
    let trials = || stored.trials.iter();
    let models = trials().filter_map(|trial| trial.answer.resolved_model.clone());
    let models: BTreeSet<String> = if suite.arms.iter().any(is_asked) {
        models.collect()
    } else {
        BTreeSet::new()
    };
    let mut judges = JudgeModels::new();
    for score in trials().flat_map(|trial| &trial.scores) {
        for model in &score.judge_models {
            let known = judges.entry(score.name.clone()).or_default();
            known.insert(model.clone());
        }
    }
    (!models.is_empty() || !judges.is_empty()).then_some((models, judges))
}
