//! One run out of the shards of `run --shard K/N`: their journals one after the other, under a plan that speaks of all cases.

use std::path::{Path, PathBuf};

use super::resume;
use crate::aggregate::Fold;
use crate::evidence::sealed;
use crate::model::event::{EndStatus, PoolFrom, RunEnd, RunHeader};
use crate::model::shard::Shard;
use crate::model::{RunEvent, TrialRecord};
use crate::observe::{Journal, JournalError, JournalFile};
use crate::seal::SigningKey;

/// Why runs cannot be merged.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// They are not the shards of one run.
    #[error("{0}")]
    Mismatch(String),
    /// A journal cannot be read or written.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// A shard: where its journal is, and what it says at its beginning and its end.
#[derive(Debug)]
pub struct Part {
    journal: JournalFile,
    path: PathBuf,
    header: RunHeader,
    shard: Shard,
}

/// Reads what each journal set out to do, and makes sure that together they are one run, each part of it once.
///
/// # Errors
/// What is missing, there twice, or different.
pub fn parts(journals: &[PathBuf]) -> Result<Vec<Part>, MergeError> {
    let mut parts = Vec::with_capacity(journals.len());
    for path in journals {
        let journal = JournalFile::open(path)?;
        let header = journal.header()?;
        let shard = header.run.shard.ok_or_else(|| {
            MergeError::Mismatch(format!(
                "{} is no shard: it is a run of its own",
                path.display()
            ))
        })?;
        parts.push(Part {
            journal,
            path: path.clone(),
            header,
            shard,
        });
    }
    parts.sort_by_key(|part| part.shard.index);
    let first = parts
        .first()
        .ok_or_else(|| mismatch("there is nothing to merge"))?;
    for part in &parts {
        part.require_same(first)?;
    }
    let count = first.shard.count;
    let with = |index: u32| parts.iter().filter(move |part| part.shard.index == index);
    if let Some(index) = (1..=count).find(|index| with(*index).count() > 1) {
        let names: Vec<String> = with(index)
            .map(|part| part.path.display().to_string())
            .collect();
        return Err(mismatch(format!(
            "shard {index}/{count} is there twice: {}",
            names.join(" and ")
        )));
    }
    let missing: Vec<String> = (1..=count)
        .filter(|index| with(*index).next().is_none())
        .map(|index| format!("{index}/{count}"))
        .collect();
    if !missing.is_empty() {
        return Err(mismatch(format!(
            "shards are missing: {}",
            missing.join(", ")
        )));
    }
    Ok(parts)
}

fn mismatch(text: impl Into<String>) -> MergeError {
    MergeError::Mismatch(text.into())
}

impl Part {
    fn require_same(&self, first: &Self) -> Result<(), MergeError> {
        let (own, other) = (&self.header.run, &first.header.run);
        let mut differences = resume::changes(&whole(&first.header), &whole(&self.header));
        if self.shard.count != first.shard.count {
            differences.push(format!(
                "one is of {} shards, the other of {}",
                first.shard.count, self.shard.count
            ));
        }
        if own.asked != other.asked || own.seed != other.seed || own.responses != other.responses {
            differences.push("they were run with other flags".to_owned());
        }
        if own.providers != other.providers {
            differences.push("they reached providers at other addresses".to_owned());
        }
        if self.header.prices_date != first.header.prices_date {
            differences.push("they were run with another price table".to_owned());
        }
        if differences.is_empty() {
            return Ok(());
        }
        Err(mismatch(format!(
            "{} and {} are not shards of one run: {}",
            first.path.display(),
            self.path.display(),
            differences.join("; ")
        )))
    }
}

/// A plan without what differs from shard to shard.
fn whole(header: &RunHeader) -> RunHeader {
    let mut header = header.clone();
    for suite in &mut header.suites {
        suite.selected = 0;
    }
    header
}

/// The plan of the whole run.
pub fn merged_header(parts: &[Part], id: String) -> Option<RunHeader> {
    let first = parts.first()?;
    let mut header = first.header.clone();
    for (place, suite) in header.suites.iter_mut().enumerate() {
        let selected = parts
            .iter()
            .filter_map(|part| part.header.suites.get(place));
        suite.selected = selected.map(|suite| suite.selected).sum();
        for (at, arm) in suite.arms.iter_mut().enumerate() {
            let pools = parts.iter().filter_map(|part| {
                let suite = part.header.suites.get(place)?;
                suite.arms.get(at)?.pool.as_ref()
            });
            arm.pool = joined(pools);
        }
    }
    // A flag that lets a change pass counts for the whole run only where every shard had it.
    header.run.gate_changes_block = parts.iter().any(|part| part.header.run.gate_changes_block);
    header.run.id = id;
    header.run.shard = None;
    header.run.partial.retain(|flag| flag != "--shard");
    // Runs are told apart to the second; the whole began with the first of them.
    let began = parts.iter().map(|part| &part.header.run.started_at);
    header.run.started_at = began.min().cloned().unwrap_or_default();
    Some(header)
}

/// Machines may know of different earlier runs: the whole names all of them.
fn joined<'p>(pools: impl Iterator<Item = &'p PoolFrom>) -> Option<PoolFrom> {
    let mut all: Option<PoolFrom> = None;
    for pool in pools {
        let whole = all.get_or_insert_default();
        whole.models.extend(pool.models.iter().cloned());
        for (name, models) in &pool.judge_models {
            let own = whole.judge_models.entry(name.clone()).or_default();
            own.extend(models.iter().cloned());
        }
        for run in &pool.runs {
            if whole.runs.iter().all(|known| known.id != run.id) {
                whole.runs.push(run.clone());
            }
        }
    }
    all
}

/// Writes the journal of the whole run; returns its record so far.
///
/// # Errors
/// When a trial stands in two shards, or a journal cannot be read or written.
pub fn merge(
    parts: &[Part],
    header: RunHeader,
    journal: &mut Journal,
    (root, key): (&Path, Option<&SigningKey>),
) -> Result<Fold, MergeError> {
    let mut fold = Fold::default();
    append(journal, &mut fold, &RunEvent::Plan(Box::new(header)))?;
    let mut ends: Vec<RunEnd> = Vec::new();
    let mut in_flight: u32 = 0;
    for part in parts {
        let before = fold.done();
        let mut end = None;
        let mut fault = None;
        part.journal.replay(|event, _| {
            if fault.is_some() {
                return;
            }
            match event {
                RunEvent::Plan(_) => {}
                RunEvent::End(own) => {
                    in_flight = in_flight.saturating_add(own.in_flight);
                    end = Some(own.clone());
                }
                RunEvent::Trial(trial) if before.has(trial.trial) => {
                    fault = Some(overlap(part, trial));
                }
                RunEvent::Trial(_) => fault = append(journal, &mut fold, event).err(),
            }
        })?;
        if let Some(fault) = fault {
            return Err(fault);
        }
        ends.push(end.unwrap_or_else(|| cut_off(part)));
    }
    let mut end = worst(ends);
    end.in_flight = in_flight;
    if end.status == EndStatus::Complete {
        adds_up(parts, &fold)?;
    }
    let end = sealed(end, (journal, &fold), root, key);
    append(journal, &mut fold, &RunEvent::End(end))?;
    Ok(fold)
}

/// The cases of all shards together are those of the dataset: a shard that leaves some out would be missed by nobody. Where an evaluator
/// gave up, nothing is decided.
fn adds_up(parts: &[Part], fold: &Fold) -> Result<(), MergeError> {
    let Some(header) = merged_header(parts, String::new()) else {
        return Ok(());
    };
    let asked = &header.run.asked;
    let all = asked.tags.is_empty() && asked.cases.is_empty() && asked.limit.is_none();
    for (place, suite) in header.suites.iter().enumerate() {
        let (name, selected, cases) = (&suite.name, suite.selected, suite.dataset.cases);
        if all && selected != cases {
            return Err(mismatch(format!(
                "suite {name}: the shards speak of {selected} cases together, and {} has {cases}",
                suite.dataset.path
            )));
        }
        let arms = suite.arms.iter().enumerate();
        for (at, arm) in arms.filter(|_| fold.given_up(place).is_none()) {
            let there = fold.cases(place, at);
            if there != selected as usize {
                return Err(mismatch(format!(
                    "suite {name}: the shards hold {there} of {selected} cases of {}",
                    arm.version
                )));
            }
        }
    }
    Ok(())
}

/// The first shard that none of these keys signed: what signs the whole would vouch for it.
pub fn unsigned(parts: &[Part], keys: &[String]) -> Option<String> {
    let is_signed = |part: &&Part| {
        let signature = part.journal.end().and_then(|end| end.signature);
        signature.is_some_and(|signature| keys.contains(&signature.key))
    };
    let part = parts.iter().find(|part| !is_signed(part))?;
    Some(part.path.display().to_string())
}

fn append(journal: &mut Journal, fold: &mut Fold, event: &RunEvent) -> Result<(), MergeError> {
    let at = journal.append(event)?;
    fold.apply(event, at);
    Ok(())
}

fn overlap(part: &Part, trial: &TrialRecord) -> MergeError {
    mismatch(format!(
        "case `{}` of shard {} is in another shard, too",
        trial.id, part.shard
    ))
}

fn cut_off(part: &Part) -> RunEnd {
    let reason = format!("shard {} was cut off", part.shard);
    let at = part.header.run.started_at.clone();
    RunEnd::new(EndStatus::Stopped, at, Some(reason))
}

/// The whole is as complete as the least complete of its parts, and ended with the last.
fn worst(ends: Vec<RunEnd>) -> RunEnd {
    let finished_at = ends.iter().map(|end| end.finished_at.clone()).max();
    let incomplete = ends
        .into_iter()
        .find(|end| end.status != EndStatus::Complete);
    let status = incomplete.as_ref();
    let status = status.map_or(EndStatus::Complete, |end| end.status);
    let reason = incomplete.and_then(|end| end.reason);
    RunEnd::new(status, finished_at.unwrap_or_default(), reason)
}
