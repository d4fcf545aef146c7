//! Back to what was there before: the canary to testing, or production to the version it replaced.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::Timestamp;

use super::commit::{Step, Why, commit};
use super::family_read::FamilyRead;
use super::history::{Action, History, HistoryLine};
use super::lock::FamilyLock;
use super::transition::new_version;
use super::{RegistryError, invariants};
use crate::model::{Family, Problems, PromptRef, Status, Version};

/// A way back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollback {
    /// Which family.
    pub family: String,
    /// The version that production goes back to; where none is named, the history tells.
    pub to: Option<Version>,
    /// When.
    pub at: Timestamp,
    /// Who does it.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// Ends the canary, or brings back the production version before this one.
///
/// Needs no evidence, and nothing but the version it goes back to has to be in order: the one it leaves may be broken.
///
/// # Errors
/// When there is nothing to go back to, the version to go back to is not as it was released, another process changes the
/// family, or a file cannot be written. Nothing has changed then.
pub fn rollback(root: &Path, request: &Rollback) -> Result<Vec<HistoryLine>, RegistryError> {
    let name = &request.family;
    let _lock = FamilyLock::hold(root, name, &request.by, request.at)?;
    let read = FamilyRead::of(root, name)?;
    read.pointers_settled()?;
    let family = read.family;
    let history = History::read(root, &family)?;
    let steps = steps(&family, &history, request.to.as_ref())?;
    if let Some(target) = steps.iter().find(|step| step.to == Status::Production) {
        intact(root, &family, &target.version)?;
    }
    let why = Why {
        action: Action::Rollback,
        at: request.at,
        by: &request.by,
        reason: Some(&request.reason),
        evidence: None,
        override_reason: None,
    };
    commit(root, &family, &history, &steps, &why)
}

fn steps(
    family: &Family,
    history: &History,
    to: Option<&Version>,
) -> Result<Vec<Step>, RegistryError> {
    let target = match (to, entry_with(family, Status::Canary)) {
        (None, Some(canary)) => return Ok(vec![Step::new(canary, Status::Testing)]),
        (None, None) => before(family, history)?,
        (Some(version), _) => named(family, version)?,
    };
    let left = entry_with(family, Status::Production);
    let room = left.map(|left| Step::new(left, Status::Deprecated));
    let own = Step::new(target, Status::Production);
    Ok(room.into_iter().chain([own]).collect())
}

fn entry_with(family: &Family, status: Status) -> Option<&Version> {
    let mut entries = family.entries.iter();
    let found = entries.find(|(_, entry)| entry.status == status);
    found.map(|(version, _)| version)
}

/// The version that the one in production replaced, else the highest deprecated one; never one rolled back from.
fn before<'f>(family: &'f Family, history: &History) -> Result<&'f Version, RegistryError> {
    let changes = changes(&history.lines);
    let left = left_by_rollback(&changes);
    let fit = |version: &&Version| {
        family.status(version) == Status::Deprecated && !left.contains(version)
    };
    let now = entry_with(family, Status::Production);
    let replaced = changes.iter().rev().find_map(|change| {
        let own = !change.rollback && change.entered.is_some() && change.entered == now;
        let (version, _) = family.entries.get_key_value(change.left?)?;
        Some(version).filter(|version| own && fit(version))
    });
    let highest = || family.entries.keys().rev().find(fit);
    replaced
        .or_else(highest)
        .ok_or_else(|| nothing(family, &left))
}

/// A change of what is in production.
struct Change<'h> {
    left: Option<&'h Version>,
    entered: Option<&'h Version>,
    rollback: bool,
}

/// Every change of production, oldest first.
fn changes(lines: &[HistoryLine]) -> Vec<Change<'_>> {
    let mut changes: Vec<Change<'_>> = Vec::new();
    let mut rest = lines;
    while let Some((line, after)) = rest.split_first() {
        rest = after;
        let (leaves, enters) = (left(line), entered(line));
        if leaves.is_none() && enters.is_none() {
            continue;
        }
        // What left and what took its place stand side by side and have the same time.
        let other = after.first().filter(|next| {
            let makes_up = leaves.is_some() && entered(next).is_some()
                || enters.is_some() && left(next).is_some();
            makes_up && next.time == line.time && next.version != line.version
        });
        if other.is_some() {
            rest = after.get(1..).unwrap_or_default();
        }
        // What entered without another one leaving followed the one that was there last.
        let last = changes.last();
        let before = || last.and_then(|last| last.entered.or(last.left));
        changes.push(Change {
            left: leaves.or(other.and_then(left)).or_else(before),
            entered: enters.or(other.and_then(entered)),
            rollback: goes_back(line) || other.is_some_and(goes_back),
        });
    }
    changes
}

fn left(line: &HistoryLine) -> Option<&Version> {
    (line.from == Status::Production).then_some(&line.version)
}

fn entered(line: &HistoryLine) -> Option<&Version> {
    (line.to == Status::Production).then_some(&line.version)
}

fn goes_back(line: &HistoryLine) -> bool {
    match line.action {
        Some(action) => action == Action::Rollback,
        // Nothing else leads there.
        None => line.from == Status::Deprecated && line.to == Status::Production,
    }
}

/// Versions whose last way out of production was a rollback.
fn left_by_rollback<'h>(changes: &[Change<'h>]) -> BTreeSet<&'h Version> {
    let mut left = BTreeSet::new();
    for change in changes {
        if let Some(version) = change.left {
            if change.rollback {
                left.insert(version);
            } else {
                left.remove(version);
            }
        }
    }
    left
}

fn nothing(family: &Family, left: &BTreeSet<&Version>) -> RegistryError {
    let name = &family.name;
    let refusal = RegistryError::refused(format!("`{name}` has nothing to go back to"));
    let deprecated = |version: &&&Version| family.status(version) == Status::Deprecated;
    match left.iter().rev().find(deprecated) {
        Some(version) => refusal.hint(format!(
            "{version} was rolled back from; if it is meant all the same: `prompteval rollback {name} --to {version}`"
        )),
        None => refusal.hint("only a canary, or a version that another one replaced, can be undone"),
    }
}

fn named<'f>(family: &'f Family, version: &Version) -> Result<&'f Version, RegistryError> {
    let id = PromptRef {
        family: family.name.clone(),
        version: version.clone(),
    };
    if let Some((version, entry)) = family.entries.get_key_value(version)
        && entry.status == Status::Deprecated
    {
        return Ok(version);
    }
    super::find_in(family, version)?;
    let status = family.status(version);
    let hint = match status {
        Status::Production if entry_with(family, Status::Canary).is_some() => {
            format!("to end the canary: `prompteval rollback {}`", family.name)
        }
        Status::Production => "there is nothing to do".to_owned(),
        Status::Archived => format!("{status} is for good; a new version of its text: `{}`", new_version(&id)),
        _ => "only a version that was in production before can be brought back; `promote` moves others".to_owned(),
    };
    let message = format!("{id} is in {status}; rollback goes to a deprecated version");
    Err(RegistryError::refused(message).hint(hint))
}

/// The version must be the text that was in production, byte for byte.
fn intact(root: &Path, family: &Family, version: &Version) -> Result<(), RegistryError> {
    let found = super::find_in(family, version)?;
    let mut problems = Problems::default();
    if let Some(entry) = family.entries.get(version) {
        invariants::hashes(root, found, entry, &mut problems);
    }
    if problems.any_error() {
        return Err(RegistryError::Problems(problems));
    }
    Ok(())
}
