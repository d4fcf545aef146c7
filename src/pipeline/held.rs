//! Stored answers wait for the new ones: where another model answers or judges under the same name now, they are compared with
//! nothing, and the baseline is asked again.

use std::sync::Arc;

use super::Ready;
use crate::model::event::ArmRole;
use crate::model::{Source, TrialId, TrialRecord};
use crate::plan::SuitePlan;
use crate::stored::{Answerers, StoredArm, asks_the_same, is_its_own};

/// Stored answers of which it is not known yet whether they count.
#[derive(Debug)]
pub(super) struct Held {
    arms: Vec<HeldArm>,
}

/// Stored answers of which it is known now.
#[derive(Debug)]
pub(super) enum Settled {
    /// The stored trials count.
    Take(Arc<StoredArm>),
    /// These are asked instead.
    Ask(Vec<(TrialId, u32)>),
}

/// One baseline, and who has to answer again.
#[derive(Debug)]
struct HeldArm {
    stored: Arc<StoredArm>,
    /// Who does now: of answers that this run called for.
    live: Answerers,
    /// Who did in all answers that are compared.
    all: Answerers,
    /// Whether a candidate asks the same model.
    is_met: bool,
}

impl Held {
    /// What has to wait, and what need not.
    pub(super) fn new(ready: &Ready) -> (Self, Vec<Arc<StoredArm>>) {
        let (mut arms, mut free) = (Vec::new(), Vec::new());
        for stored in &ready.stored {
            let suite = ready.plan.suites.get(stored.place.0 as usize);
            match suite.and_then(|suite| HeldArm::new(suite, stored)) {
                Some(arm) => arms.push(arm),
                None => free.push(Arc::clone(stored)),
            }
        }
        (Self { arms }, free)
    }

    /// Takes note of a new trial; what is to be asked at once, because it shows that somebody is another one.
    pub(super) fn after(&mut self, ready: &Ready, trial: &TrialRecord) -> Vec<(TrialId, u32)> {
        let Some(plan) = ready.plan.suites.get(trial.trial.suite as usize) else {
            return Vec::new();
        };
        let mut again = Vec::new();
        self.arms.retain_mut(|one| {
            let is_own = one.stored.place.0 == trial.trial.suite;
            let holds = !is_own || one.meet(plan, trial);
            if !holds {
                again.extend(one.again(ready));
            }
            holds
        });
        again
    }

    /// What every new answer together says: stored ones count where the very same models answered and judged.
    pub(super) fn rest(&mut self, ready: &Ready) -> Vec<Settled> {
        let arms = std::mem::take(&mut self.arms).into_iter();
        arms.map(|one| {
            if one.is_the_same() {
                Settled::Take(one.stored)
            } else {
                Settled::Ask(one.again(ready))
            }
        })
        .collect()
    }
}

impl HeldArm {
    /// A baseline whose answers have to wait; a version that is compared with itself is there to show what has changed.
    fn new(suite: &SuitePlan, stored: &Arc<StoredArm>) -> Option<Self> {
        let baseline = suite.arms.get(stored.place.1 as usize)?;
        if is_its_own(suite, baseline) {
            return None;
        }
        Some(Self {
            live: Answerers::default(),
            all: Answerers::default(),
            is_met: asks_the_same(suite, baseline),
            stored: Arc::clone(stored),
        })
    }

    /// Notes who answered a new trial; whether all of them did so then, too.
    fn meet(&mut self, plan: &SuitePlan, trial: &TrialRecord) -> bool {
        let arm = |place: u32| plan.arms.get(place as usize);
        let Some(asked) = arm(trial.trial.arm).filter(|arm| arm.role == ArmRole::Candidate) else {
            return true;
        };
        let baseline = arm(self.stored.place.1).map(|arm| &arm.target.name);
        let answer = &trial.answer;
        if let Some(model) = &answer.resolved_model
            && baseline == Some(&asked.target.name)
            && answer.fallback.is_none()
        {
            if !self.stored.then.models.contains(model) {
                return false;
            }
            self.all.models.insert(model.clone());
            if answer.source == Some(Source::Live) {
                self.live.models.insert(model.clone());
            }
        }
        for score in &trial.scores {
            let known = self.stored.then.judges.get(&score.name);
            let is_known = |model| known.is_some_and(|known| known.contains(model));
            if !score.judge_models.iter().all(is_known) {
                return false;
            }
            self.all.judged(&score.name, &score.judge_models);
            let live = score.replies.iter();
            let live = live.filter(|reply| reply.source == Source::Live);
            let live: Vec<String> = live.filter_map(|reply| reply.model.clone()).collect();
            self.live.judged(&score.name, &live);
        }
        true
    }

    /// Whether the very same models answer and judge. What was kept tells only where nothing was called for: then it is no answer of
    /// today that is compared.
    fn is_the_same(&self) -> bool {
        let models = if self.live.models.is_empty() {
            &self.all.models
        } else {
            &self.live.models
        };
        let judges = self.all.judges.iter().map(|(name, all)| {
            let live = self.live.judges.get(name);
            (name, live.unwrap_or(all))
        });
        // Nobody can show it where no candidate asks the same model and nothing can be called: see `can_be_shown`.
        let same_models = !self.is_met || *models == self.stored.then.models;
        same_models && judges.eq(self.stored.then.judges.iter())
    }

    fn again(&self, ready: &Ready) -> Vec<(TrialId, u32)> {
        let (suite, arm) = self.stored.place;
        let plan = ready.plan.suites.get(suite as usize);
        let repeats = 0..plan.map_or(0, |plan| plan.repeats);
        let trials = ready.plan.trials_of(suite as usize, vec![arm], repeats);
        trials.collect()
    }
}
