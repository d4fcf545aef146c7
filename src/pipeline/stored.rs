//! A baseline out of an earlier run: its trials are taken over where everything that could change them is the same.

use std::collections::HashMap;
use std::path::Path;

use super::Prepared;
use crate::model::event::{ArmRole, RunHeader, SuiteHeader};
use crate::model::{RunEvent, TrialId, TrialRecord};
use crate::observe::{JournalError, JournalFile};
use crate::plan::{Arm, SuitePlan};

/// Days after which a stored baseline is asked again: providers change models without changing names.
const MAX_AGE_DAYS: f64 = 30.0;

/// Takes over the baseline's trials of another run; says for each suite what was taken, or why it is asked again.
///
/// # Errors
/// When the journal cannot be read.
pub fn reuse_baseline(
    prepared: &mut Prepared,
    journal: &Path,
) -> Result<Vec<String>, JournalError> {
    let file = JournalFile::open(journal)?;
    let mut header: Option<RunHeader> = None;
    let mut trials: Vec<TrialRecord> = Vec::new();
    file.replay(|event, _| match event {
        RunEvent::Plan(plan) => header = Some((**plan).clone()),
        RunEvent::Trial(trial) => trials.push((**trial).clone()),
        RunEvent::End(_) => {}
    })?;
    let Some(header) = header else {
        return Ok(vec![
            "the stored run has no plan: the baseline is asked again".to_owned(),
        ]);
    };
    let mut notes = Vec::new();
    for place in 0..prepared.plan.suites.len() {
        let Some(suite) = prepared.plan.suites.get(place) else {
            continue;
        };
        let Some((arm_place, arm)) = baseline_arm(suite) else {
            continue;
        };
        let name = suite.suite.name.clone();
        let version = arm.version.id.to_string();
        match source(prepared, suite, arm, &header) {
            Err(reason) => notes.push(format!(
                "{name}: the baseline {version} is asked again: {reason}"
            )),
            Ok((old_suite, old_arm)) => {
                let taken = take(
                    suite,
                    prepared.plan.seed,
                    (place, arm_place),
                    &trials,
                    (old_suite, old_arm),
                );
                let days = age_days(&header).unwrap_or_default();
                notes.push(format!(
                    "{name}: {} answers of the baseline {version} are those of run {}, {days:.1} days old",
                    taken.len(),
                    header.run.id
                ));
                prepared.stored.extend(taken);
            }
        }
    }
    Ok(notes)
}

fn baseline_arm(suite: &SuitePlan) -> Option<(u32, &Arm)> {
    (0_u32..)
        .zip(&suite.arms)
        .find(|(_, arm)| arm.role == ArmRole::Baseline)
}

/// The suite and arm of the old run that answered the same questions; or what differs.
fn source(
    prepared: &Prepared,
    suite: &SuitePlan,
    arm: &Arm,
    old: &RunHeader,
) -> Result<(u32, u32), String> {
    let age = age_days(old).ok_or("the age of the stored run cannot be told")?;
    if age > MAX_AGE_DAYS {
        return Err(format!(
            "the stored run is {age:.0} days old, more than {MAX_AGE_DAYS:.0}"
        ));
    }
    let found = (0_u32..)
        .zip(&old.suites)
        .find(|(_, other)| other.name == suite.suite.name);
    let (old_place, other) = found.ok_or("the stored run has no such suite")?;
    same(prepared, suite, other)?;
    let same_arm = (0_u32..)
        .zip(&other.arms)
        .find(|(_, known)| known.sha256 == arm.version.sha256 && known.model == arm.target.name);
    let (place, known) = same_arm.ok_or("the stored run did not ask this version on this model")?;
    if known.includes != super::header::includes(prepared, &arm.version) {
        return Err("a template that the version includes has changed".to_owned());
    }
    Ok((old_place, place))
}

fn same(prepared: &Prepared, suite: &SuitePlan, other: &SuiteHeader) -> Result<(), String> {
    if other.dataset.sha256 != suite.dataset.sha256 {
        return Err("the dataset has changed".to_owned());
    }
    if other.sha256 != super::header::suite_hash(prepared, suite) {
        return Err("the suite has changed (evaluators, judge or gates)".to_owned());
    }
    Ok(())
}

/// The old trials under their places in this run.
fn take(
    suite: &SuitePlan,
    seed: u64,
    (place, arm): (usize, u32),
    trials: &[TrialRecord],
    (old_suite, old_arm): (u32, u32),
) -> Vec<TrialRecord> {
    let planned: HashMap<u32, u32> = suite.order(seed, place).into_iter().zip(0..).collect();
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
    trials
        .iter()
        .filter(usable)
        .filter(|trial| trial.trial.repeat < whole)
        // More repeats than any look reads would be no data of this run.
        .filter(|trial| trial.trial.repeat < suite.most_repeats())
        .filter_map(|trial| {
            let order = *planned.get(&trial.trial.case)?;
            Some(TrialRecord {
                trial: TrialId {
                    suite: place as u32,
                    arm,
                    ..trial.trial
                },
                order,
                spend: crate::model::trial::Spend {
                    calls: 0,
                    saved: 1,
                    paid_usd: 0.0,
                    ..trial.spend
                },
                ..trial.clone()
            })
        })
        .collect()
}

fn age_days(header: &RunHeader) -> Option<f64> {
    let then: jiff::Timestamp = header.run.started_at.parse().ok()?;
    let seconds = jiff::Timestamp::now().as_second() - then.as_second();
    Some(seconds as f64 / 86_400.0)
}
