//! The answers of a baseline out of an earlier run's journal.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use super::age::fresh;
use super::answerers::{Answerers, Who};
use super::arm::{Answers, StoredArm};
use super::asker::Asker;
use super::lines::Lines;
use crate::load;
use crate::model::event::{RunHeader, StoredFrom, SuiteHeader};
use crate::model::interner::Interner;
use crate::model::record::JournalOffset;
use crate::model::{RunEvent, TrialId};
use crate::observe::{JournalError, JournalFile};
use crate::plan::{Arm, SuitePlan};

/// A run that was read to its end: where each of its decided trials stands.
#[derive(Debug)]
pub(crate) struct OldRun {
    file: Arc<JournalFile>,
    header: Option<RunHeader>,
    trials: Vec<OldTrial>,
    who: Interner<Who>,
}

#[derive(Clone, Copy, Debug)]
struct OldTrial {
    id: TrialId,
    at: JournalOffset,
    /// Number of who answered and judged.
    who: u32,
}

impl OldRun {
    /// Reads all of it.
    pub(crate) fn read(journal: &Path) -> Result<Self, JournalError> {
        let file = Arc::new(JournalFile::open(journal)?);
        let mut run = Self {
            file: Arc::clone(&file),
            header: None,
            trials: Vec::new(),
            who: Interner::default(),
        };
        file.replay(|event, at| match event {
            RunEvent::Plan(plan) => run.header = Some((**plan).clone()),
            RunEvent::Trial(trial) if trial.passed.is_some() => {
                let who = run.who.number(&Who::of(trial));
                let id = trial.trial;
                run.trials.push(OldTrial { id, at, who });
            }
            RunEvent::Trial(_) | RunEvent::End(_) => {}
        })?;
        Ok(run)
    }

    /// The answers of a baseline; or what differs.
    pub(crate) fn answers(
        &self,
        asker: &Asker<'_>,
        (place, arm_place): (u32, u32),
    ) -> Result<StoredArm, String> {
        let suite = asker.plan.suites.get(place as usize);
        let suite = suite.ok_or("the plan has no such suite")?;
        let arm = suite.arms.get(arm_place as usize);
        let arm = arm.ok_or("the plan has no such version")?;
        let header = self.header.as_ref().ok_or("the stored run has no plan")?;
        let old = source(asker, suite, arm, header)?;
        let order = suite.order(asker.plan.seed, place as usize);
        let here = order
            .into_iter()
            .zip(0..)
            .filter(|(case, _)| suite.holds(*case));
        let (repeats, taken) = self.take(suite, &here.collect(), old);
        if repeats == 0 {
            return Err("the stored run does not hold all cases".to_owned());
        }
        let mut then = Answerers::default();
        let mut numbers: Vec<u32> = taken.iter().map(|(trial, _)| trial.who).collect();
        numbers.sort_unstable();
        numbers.dedup();
        for who in numbers
            .into_iter()
            .filter_map(|number| self.who.get(number))
        {
            then.add(who);
        }
        Ok(StoredArm {
            place: (place, arm_place),
            from: StoredFrom {
                run: header.run.id.clone(),
                started_at: header.run.started_at.clone(),
            },
            repeats,
            then,
            answers: Answers::Journal(Lines {
                file: Arc::clone(&self.file),
                at: taken
                    .into_iter()
                    .map(|(trial, order)| (trial.at, order))
                    .collect(),
            }),
        })
    }

    /// How many repeats there are of each of the planned cases, whose places in the order are given, and the trials of these.
    fn take(
        &self,
        suite: &SuitePlan,
        planned: &HashMap<u32, u32>,
        old: (u32, u32),
    ) -> (u32, Vec<(OldTrial, u32)>) {
        let own = self
            .trials
            .iter()
            .filter(|trial| (trial.id.suite, trial.id.arm) == old);
        let usable = || {
            own.clone()
                .filter_map(|trial| Some((*trial, *planned.get(&trial.id.case)?)))
        };
        // Only whole repeats: every case has the same number of them.
        let mut counts: HashMap<u32, usize> = HashMap::new();
        for (trial, _) in usable() {
            *counts.entry(trial.id.repeat).or_default() += 1;
        }
        let whole = (0..u32::MAX)
            .take_while(|repeat| counts.get(repeat) == Some(&planned.len()))
            .count() as u32;
        // More repeats than any look reads would be no data of this run.
        let repeats = whole.min(suite.most_repeats());
        let taken = usable().filter(|(trial, _)| trial.id.repeat < repeats);
        (repeats, taken.collect())
    }
}

/// The suite and arm of the old run that answered the same questions; or what differs.
fn source(
    asker: &Asker<'_>,
    suite: &SuitePlan,
    arm: &Arm,
    old: &RunHeader,
) -> Result<(u32, u32), String> {
    fresh(&old.run.started_at)?;
    let found = (0_u32..)
        .zip(&old.suites)
        .find(|(_, other)| other.name == suite.suite.name);
    let (old_place, other) = found.ok_or("the stored run has no such suite")?;
    same(asker, suite, other)?;
    let same_arm = (0_u32..)
        .zip(&other.arms)
        .find(|(_, known)| known.sha256 == arm.version.sha256 && known.model == arm.target.name);
    let (place, known) = same_arm.ok_or("the stored run did not ask this version on this model")?;
    if known.includes != asker.includes(&arm.version) {
        return Err("a template that the version includes has changed".to_owned());
    }
    Ok((old_place, place))
}

fn same(asker: &Asker<'_>, suite: &SuitePlan, other: &SuiteHeader) -> Result<(), String> {
    if other.dataset.sha256 != suite.dataset.sha256 {
        return Err("the dataset has changed".to_owned());
    }
    if other.sha256 != load::suite_sha256(asker.root, &suite.suite) {
        return Err("the suite has changed (evaluators, judge or gates)".to_owned());
    }
    Ok(())
}
