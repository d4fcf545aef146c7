//! Which baselines of a run are not asked again, because what an earlier run or their evidence knows of them answers for them.

use std::path::Path;
use std::sync::Arc;

use super::Checked;
use super::trial::prompt_ask;
use crate::call::Client;
use crate::evidence;
use crate::observe::JournalError;
use crate::plan::{Arm, SuitePlan};
use crate::stored::{
    self, Asker, OldRun, StoredArm, age_days, asks_the_same, baseline_arm, is_its_own,
};

/// Where stored answers come from.
#[derive(Clone, Copy, Debug)]
pub(super) enum From<'a> {
    /// An earlier run.
    Journal(&'a Path),
    /// The evidence of each baseline.
    Evidence,
    /// The evidence, where the baseline would have to be called otherwise.
    EvidenceIfCalled,
}

/// What became of the baselines of a run, a line each.
#[derive(Clone, Debug, Default)]
pub(super) struct Notes {
    /// What was taken over, and what is asked again for which reason.
    pub(super) lines: Vec<String>,
    /// Versions that were to be compared with themselves and have nothing to be compared with.
    pub(super) missing: Vec<String>,
}

/// Answers of baselines that are taken over.
#[derive(Debug, Default)]
pub(super) struct TakenOver {
    /// Their trials.
    pub(super) arms: Vec<Arc<StoredArm>>,
    /// What became of every baseline.
    pub(super) notes: Notes,
}

/// Takes over the answers of baselines; says for each suite what was taken, or why it is asked again.
///
/// # Errors
/// When the journal cannot be read.
pub(super) fn reuse_baseline(
    checked: &Checked,
    client: &Client,
    from: From<'_>,
) -> Result<TakenOver, JournalError> {
    let run = match from {
        From::Journal(path) => Some(OldRun::read(path)?),
        From::Evidence | From::EvidenceIfCalled => None,
    };
    let asker = checked.asker();
    let TakenOver {
        mut arms,
        mut notes,
    } = TakenOver::default();
    for (place, suite) in (0_u32..).zip(&checked.plan.suites) {
        let Some((arm_place, arm)) = baseline_arm(suite) else {
            continue;
        };
        let at = (place, arm_place);
        let found = match (&run, from) {
            (Some(run), _) => run.answers(&asker, at),
            // Nobody asked for it: what is not there is no news.
            (None, From::EvidenceIfCalled)
                if !has_evidence(&asker, arm) || !is_called(checked, client, at) =>
            {
                continue;
            }
            (None, _) => stored::of_evidence(&asker, at)
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
                arms.push(Arc::new(answers));
            }
            Err(reason) if is_its_own(suite, arm) => {
                notes.missing.push(format!("{name}: {version}: {reason}"));
            }
            Err(reason) => notes.lines.push(format!(
                "{name}: the baseline {version} is asked again: {reason}"
            )),
        }
    }
    Ok(TakenOver { arms, notes })
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

fn has_evidence(asker: &Asker<'_>, arm: &Arm) -> bool {
    let found = evidence::read_at(asker.root, asker.base, &arm.version.id);
    !matches!(found, Ok(None))
}

/// Whether any answer of the baseline would have to be called for.
fn is_called(checked: &Checked, client: &Client, (suite, arm): (u32, u32)) -> bool {
    let repeats = 0..checked
        .plan
        .suites
        .get(suite as usize)
        .map_or(0, |suite| suite.repeats);
    let mut trials = checked.plan.trials_of(suite as usize, vec![arm], repeats);
    trials.any(|(id, _)| {
        let plan = checked.plan.suites.get(suite as usize);
        let case = plan.and_then(|plan| plan.dataset.case(id.case).ok());
        let ask = case.and_then(|case| prompt_ask(checked, id, &case));
        ask.is_some_and(|ask| client.stored(&ask).is_none())
    })
}
