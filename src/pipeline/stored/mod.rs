//! A baseline that is not asked again: its trials are those of an earlier run, or of the evidence it was promoted on, where
//! everything that could change them is the same.

mod answerers;
mod arm;
mod evidence;
mod held;
mod journal;
mod outcome;

use std::path::Path;
use std::sync::Arc;

use super::Prepared;
use super::age::{days as age_days, fresh};
use super::trial::prompt_ask;
use crate::call::Client;
use crate::model::TrialId;
use crate::model::event::{ArmRole, StoredFrom};
use crate::observe::JournalError;
use crate::plan::{Arm, SuitePlan};

pub(super) use arm::StoredArm;
pub(super) use held::{Held, Settled};
pub(super) use outcome::{StoredOutcome, trial_of};

/// Where stored answers come from.
#[derive(Clone, Copy, Debug)]
pub enum From<'a> {
    /// An earlier run.
    Journal(&'a Path),
    /// The evidence of each baseline.
    Evidence,
    /// The evidence, where the baseline would have to be called otherwise.
    EvidenceIfCalled,
}

/// What became of the baselines of a run, a line each.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    /// What was taken over, and what is asked again for which reason.
    pub lines: Vec<String>,
    /// Versions that were to be compared with themselves and have nothing to be compared with.
    pub missing: Vec<String>,
}

/// Takes over the answers of baselines; says for each suite what was taken, or why it is asked again.
///
/// # Errors
/// When the journal cannot be read.
pub fn reuse_baseline(
    prepared: &mut Prepared,
    client: &Client,
    from: From<'_>,
) -> Result<Notes, JournalError> {
    let run = match from {
        From::Journal(path) => Some(journal::OldRun::read(path)?),
        From::Evidence | From::EvidenceIfCalled => None,
    };
    let mut notes = Notes::default();
    let mut stored = Vec::new();
    for (place, suite) in (0_u32..).zip(&prepared.plan.suites) {
        let Some((arm_place, arm)) = baseline_arm(suite) else {
            continue;
        };
        let at = (place, arm_place);
        let found = match (&run, from) {
            (Some(run), _) => run.answers(prepared, at),
            // Nobody asked for it: what is not there is no news.
            (None, From::EvidenceIfCalled)
                if !has_evidence(prepared, arm) || !is_called(prepared, client, at) =>
            {
                continue;
            }
            (None, _) => evidence::answers(prepared, at)
                .transpose()
                .unwrap_or_else(|| Err("there is no evidence of it".to_owned())),
        };
        let (name, version) = (&suite.suite.name, &arm.version.id);
        match found.and_then(|answers| can_be_shown(suite, arm, client).map(|()| answers)) {
            Ok(answers) => {
                notes.lines.push(format!(
                    "{name}: {} answers of the baseline {version} are those of run {}, {:.1} days old",
                    answers.len(),
                    answers.from.run,
                    age_days(&answers.from.started_at).unwrap_or_default(),
                ));
                stored.push(Arc::new(answers));
            }
            Err(reason) if is_its_own(suite, arm) => {
                notes.missing.push(format!("{name}: {version}: {reason}"));
            }
            Err(reason) => notes.lines.push(format!(
                "{name}: the baseline {version} is asked again: {reason}"
            )),
        }
    }
    prepared.stored = stored;
    Ok(notes)
}

impl Prepared {
    /// Where an arm's answers come from, where they are not asked for.
    pub(super) fn stored_from(&self, suite: usize, arm: usize) -> Option<&StoredFrom> {
        let mut stored = self.stored.iter();
        let place = (suite as u32, arm as u32);
        stored.find(|one| one.place == place).map(|one| &one.from)
    }

    /// Whether a baseline is not asked unless what is stored of it turns out to be of other models.
    pub fn has_stored(&self) -> bool {
        !self.stored.is_empty()
    }

    /// Whether a trial is taken over from an earlier run.
    pub(super) fn is_stored(&self, id: TrialId) -> bool {
        let mut stored = self.stored.iter();
        stored.any(|one| one.place == (id.suite, id.arm) && id.repeat < one.repeats)
    }
}

/// The baseline of a suite, and its place.
pub(super) fn baseline_arm(suite: &SuitePlan) -> Option<(u32, &Arm)> {
    (0_u32..)
        .zip(&suite.arms)
        .find(|(_, arm)| arm.role == ArmRole::Baseline)
}

/// Whether a candidate is compared with what it did itself at another time.
pub(super) fn is_its_own(suite: &SuitePlan, baseline: &Arm) -> bool {
    let mut candidates = suite
        .arms
        .iter()
        .filter(|arm| arm.role == ArmRole::Candidate);
    candidates
        .any(|arm| arm.version.id == baseline.version.id && arm.target.name == baseline.target.name)
}

/// Whether a candidate asks the model that the baseline asks.
fn asks_the_same(suite: &SuitePlan, baseline: &Arm) -> bool {
    let mut arms = suite.arms.iter();
    arms.any(|arm| arm.role == ArmRole::Candidate && arm.target.name == baseline.target.name)
}

/// Only a candidate of the same model can show that it is still the one that answered then; else the baseline is asked again, where it
/// can be.
fn can_be_shown(suite: &SuitePlan, baseline: &Arm, client: &Client) -> Result<(), String> {
    let model = &baseline.target.name;
    if asks_the_same(suite, baseline) || !client.can_call(&model.provider) {
        return Ok(());
    }
    Err(format!(
        "no candidate asks {model}, which would show whether the same model still answers"
    ))
}

fn has_evidence(prepared: &Prepared, arm: &Arm) -> bool {
    let found = super::evidence::read_at(&prepared.root, prepared.base.as_deref(), &arm.version.id);
    !matches!(found, Ok(None))
}

/// Whether any answer of the baseline would have to be called for.
fn is_called(prepared: &Prepared, client: &Client, (suite, arm): (u32, u32)) -> bool {
    let repeats = 0..prepared
        .plan
        .suites
        .get(suite as usize)
        .map_or(0, |suite| suite.repeats);
    let mut trials = prepared.plan.trials_of(suite as usize, vec![arm], repeats);
    trials.any(|(id, _)| {
        let plan = prepared.plan.suites.get(suite as usize);
        let case = plan.and_then(|plan| plan.dataset.case(id.case).ok());
        let ask = case.and_then(|case| prompt_ask(prepared, id, &case));
        ask.is_some_and(|ask| client.stored(&ask).is_none())
    })
}
