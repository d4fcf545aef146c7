//! Outcomes without a text, which a run took over: they have to be those of the evidence, or of the runs, that it names.

use std::collections::HashMap;
use std::io;

use super::subject::Subject;
use crate::evidence::{self, TrialOutcomes};
use crate::model::event::RunHeader;
use crate::model::evidence::Ids;
use crate::model::looks::POOL_REPEATS;
use crate::model::{TrialId, TrialRecord};
use crate::stored;

/// The outcomes that a run may have taken over, read when the first of them is met.
pub(super) struct TakenOver<'a> {
    subject: &'a Subject,
    header: &'a RunHeader,
    /// By suite and arm: what each case and repeat came to, or why nobody knows.
    known: HashMap<(u32, u32, bool), Result<TrialOutcomes, String>>,
}

impl<'a> TakenOver<'a> {
    pub(super) fn new(subject: &'a Subject, header: &'a RunHeader) -> Self {
        Self {
            subject,
            header,
            known: HashMap::new(),
        }
    }

    /// Compares a trial with the outcome that it was taken over from.
    ///
    /// # Errors
    /// What does not agree, or why it cannot be told.
    pub(super) fn compare(&mut self, trial: &TrialRecord) -> Result<(), String> {
        let TrialId {
            suite, arm, repeat, ..
        } = trial.trial;
        let pooled = POOL_REPEATS.contains(&repeat);
        let (subject, header) = (self.subject, self.header);
        let known = self
            .known
            .entry((suite, arm, pooled))
            .or_insert_with(|| outcomes(subject, header, (suite, arm), pooled));
        let known = known.as_ref().map_err(Clone::clone)?;
        let repeat = if pooled {
            repeat - POOL_REPEATS.start
        } else {
            repeat
        };
        let outcome = known.of(&trial.id, repeat);
        let outcome = outcome.ok_or("the answers it was taken over from do not hold it")?;
        evidence::agree(&outcome, trial)
    }
}

fn outcomes(
    subject: &Subject,
    header: &RunHeader,
    (suite, arm): (u32, u32),
    pooled: bool,
) -> Result<TrialOutcomes, String> {
    let nowhere = || "the plan has no such version".to_owned();
    let planned = header.suites.get(suite as usize).ok_or_else(nowhere)?;
    let planned_arm = planned.arms.get(arm as usize).ok_or_else(nowhere)?;
    let id = planned_arm.version.to_string();
    let id = id.parse().map_err(|_| nowhere())?;
    if pooled {
        let pool = planned_arm.pool.as_ref();
        let pool = pool.ok_or("the plan pools no earlier answers")?;
        let cases = cases(subject, suite).map_err(|error| error.to_string())?;
        return stored::outcomes(&subject.root, &id, (planned, planned_arm), (pool, cases));
    }
    let stored = planned_arm.stored.as_ref();
    let stored = stored.ok_or("the plan takes no answers over")?;
    evidence::stored_outcomes(&subject.root, &id, &planned.name, stored)
}

/// Ids of the cases that a suite was to ask.
fn cases(subject: &Subject, suite: u32) -> io::Result<Ids> {
    let plan = subject.plan.suites.get(suite as usize);
    let plan = plan.ok_or_else(|| io::Error::other("the plan has no such suite"))?;
    let here = plan.cases.iter().filter(|place| plan.holds(**place));
    here.map(|place| Ok(plan.dataset.case(*place)?.id))
        .collect()
}
