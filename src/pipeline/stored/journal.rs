//! The answers of a baseline out of an earlier run's journal.

use std::collections::HashMap;
use std::path::Path;

use super::{StoredArm, fresh};
use crate::model::event::{RunHeader, StoredFrom, SuiteHeader};
use crate::model::trial::AnswerFacts;
use crate::model::{RunEvent, Source, TrialId, TrialRecord};
use crate::observe::{JournalError, JournalFile};
use crate::pipeline::{Prepared, header};
use crate::plan::{Arm, SuitePlan};

/// A run that was read to its end.
#[derive(Debug)]
pub(super) struct OldRun {
    header: Option<RunHeader>,
    trials: Vec<TrialRecord>,
}

impl OldRun {
    /// Reads all of it.
    pub(super) fn read(journal: &Path) -> Result<Self, JournalError> {
        let file = JournalFile::open(journal)?;
        let mut run = Self {
            header: None,
            trials: Vec::new(),
        };
        file.replay(|event, _| match event {
            RunEvent::Plan(plan) => run.header = Some((**plan).clone()),
            RunEvent::Trial(trial) => run.trials.push((**trial).clone()),
            RunEvent::End(_) => {}
        })?;
        Ok(run)
    }

    /// The answers of a baseline; or what differs.
    pub(super) fn answers(
        &self,
        prepared: &Prepared,
        (place, arm_place): (u32, u32),
    ) -> Result<StoredArm, String> {
        let suite = prepared.plan.suites.get(place as usize);
        let suite = suite.ok_or("the plan has no such suite")?;
        let arm = suite.arms.get(arm_place as usize);
        let arm = arm.ok_or("the plan has no such version")?;
        let header = self.header.as_ref().ok_or("the stored run has no plan")?;
        let old = source(prepared, suite, arm, header)?;
        let (repeats, trials) = take(
            suite,
            prepared.plan.seed,
            (place, arm_place),
            &self.trials,
            old,
        );
        if repeats == 0 {
            return Err("the stored run does not hold all cases".to_owned());
        }
        Ok(StoredArm {
            place: (place, arm_place),
            from: StoredFrom {
                run: header.run.id.clone(),
                started_at: header.run.started_at.clone(),
            },
            repeats,
            trials,
        })
    }
}

/// The suite and arm of the old run that answered the same questions; or what differs.
fn source(
    prepared: &Prepared,
    suite: &SuitePlan,
    arm: &Arm,
    old: &RunHeader,
) -> Result<(u32, u32), String> {
    fresh(&old.run.started_at)?;
    let found = (0_u32..)
        .zip(&old.suites)
        .find(|(_, other)| other.name == suite.suite.name);
    let (old_place, other) = found.ok_or("the stored run has no such suite")?;
    same(prepared, suite, other)?;
    let same_arm = (0_u32..)
        .zip(&other.arms)
        .find(|(_, known)| known.sha256 == arm.version.sha256 && known.model == arm.target.name);
    let (place, known) = same_arm.ok_or("the stored run did not ask this version on this model")?;
    if known.includes != header::includes(prepared, &arm.version) {
        return Err("a template that the version includes has changed".to_owned());
    }
    Ok((old_place, place))
}

fn same(prepared: &Prepared, suite: &SuitePlan, other: &SuiteHeader) -> Result<(), String> {
    if other.dataset.sha256 != suite.dataset.sha256 {
        return Err("the dataset has changed".to_owned());
    }
    if other.sha256 != header::suite_hash(prepared, suite) {
        return Err("the suite has changed (evaluators, judge or gates)".to_owned());
    }
    Ok(())
}

/// The old trials under their places in this run.
fn take(
    suite: &SuitePlan,
    seed: u64,
    (place, arm): (u32, u32),
    trials: &[TrialRecord],
    (old_suite, old_arm): (u32, u32),
) -> (u32, Vec<TrialRecord>) {
    let order = suite.order(seed, place as usize).into_iter().zip(0..);
    let here = order.filter(|(case, _)| suite.holds(*case));
    let planned: HashMap<u32, u32> = here.collect();
    let usable = |trial: &&TrialRecord| {
        trial.trial.suite == old_suite
            && trial.trial.arm == old_arm
            && trial.passed.is_some()
            && planned.contains_key(&trial.trial.case)
    };
    // Only whole repeats: every case has the same number of them.
    let mut counts: HashMap<u32, usize> = HashMap::new();
    for trial in trials.iter().filter(usable) {
        *counts.entry(trial.trial.repeat).or_default() += 1;
    }
    let whole = (0..u32::MAX)
        .take_while(|repeat| counts.get(repeat) == Some(&planned.len()))
        .count() as u32;
    // More repeats than any look reads would be no data of this run.
    let repeats = whole.min(suite.most_repeats());
    let taken = trials
        .iter()
        .filter(usable)
        .filter(|trial| trial.trial.repeat < repeats)
        .filter_map(|trial| {
            let order = *planned.get(&trial.trial.case)?;
            Some(TrialRecord {
                trial: TrialId {
                    suite: place,
                    arm,
                    ..trial.trial
                },
                order,
                answer: AnswerFacts {
                    source: Some(Source::Stored),
                    ..trial.answer.clone()
                },
                spend: crate::model::trial::Spend {
                    calls: 0,
                    saved: 1,
                    paid_usd: 0.0,
                    unpriced: 0,
                    ..trial.spend
                },
                ..trial.clone()
            })
        });
    (repeats, taken.collect())
}
