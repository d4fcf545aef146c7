//! Writes a move: evidence, then history, then `family.yaml`, whose renaming is the moment from which it counts.

use std::path::Path;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::edit::{self, EntryChange};
use super::history::{Action, HISTORY_FILE, History, HistoryLine};
use super::{FAMILY_FILE, PROMPTS, RegistryError, includes};
use crate::fsx;
use crate::model::{Family, Problem, PromptVersion, Status, Version};
use crate::source::Source;

/// The summary of a passing run that allows a move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Path of the file, relative to the project.
    pub path: String,
    /// What is written there, before anything else.
    pub contents: Vec<u8>,
    /// Hash of the version's file that passed.
    pub sha256: String,
}

/// One version that goes from its status to another.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Step {
    /// Which version.
    pub(super) version: Version,
    /// Where it goes.
    pub(super) to: Status,
    /// Share of the traffic in (0, 1), of a canary.
    pub(super) traffic: Option<f64>,
    /// Why, where the move as a whole has another reason: it makes room.
    pub(super) reason: Option<String>,
}

/// What all steps of a move have in common.
#[derive(Clone, Debug)]
pub(super) struct Why<'a> {
    pub(super) action: Action,
    pub(super) at: Timestamp,
    pub(super) by: &'a str,
    pub(super) reason: Option<&'a str>,
    pub(super) evidence: Option<&'a Evidence>,
    pub(super) override_reason: Option<&'a str>,
}

impl Step {
    /// A version goes there, for the reason of the whole move.
    pub(super) fn new(version: &Version, to: Status) -> Self {
        Self {
            version: version.clone(),
            to,
            traffic: None,
            reason: None,
        }
    }
}

/// Carries a move out: all of it, or nothing. The caller holds the family's lock.
pub(super) fn commit(
    root: &Path,
    family: &Family,
    history: &History,
    steps: &[Step],
    why: &Why<'_>,
) -> Result<Vec<HistoryLine>, RegistryError> {
    let mut changes = Vec::new();
    let mut lines = Vec::new();
    let time = history.time_of_next(why.at);
    for step in steps {
        let recorded = recorded(root, family, step)?;
        lines.push(HistoryLine {
            time,
            ..line(family, step, why, recorded.get("sha256"))
        });
        changes.push(change(family, step, why, recorded));
    }
    // Everything that can be refused is refused before the first byte is written.
    let path = format!("{PROMPTS}/{}/{FAMILY_FILE}", family.name);
    let (source, mark) = read(root, &path)?;
    let text = edit::set_entries(&source, &changes)?;

    let failed = |path: &str| {
        let path = path.to_owned();
        move |source| RegistryError::Io { path, source }
    };
    if let Some(evidence) = why.evidence {
        let file = root.join(&evidence.path);
        file.parent().map(fsx::remove_pending);
        fsx::replace(&file, &evidence.contents).map_err(failed(&evidence.path))?;
    }
    let history_path = format!("{PROMPTS}/{}/{HISTORY_FILE}", family.name);
    history
        .append(root, &family.name, &lines)
        .map_err(failed(&history_path))?;
    let bytes = [mark, text.as_bytes()].concat();
    fsx::replace(&root.join(&path), &bytes).map_err(failed(&path))?;
    Ok(lines)
}

/// `family.yaml` and its byte order mark; an empty text where there is none yet.
fn read(root: &Path, path: &str) -> Result<(Source, &'static [u8]), RegistryError> {
    const MARK: &[u8] = b"\xEF\xBB\xBF";
    let file = root.join(path);
    let bytes = if fsx::exists(&file) {
        fsx::read(&file).map_err(|source| RegistryError::Io {
            path: path.to_owned(),
            source,
        })?
    } else {
        Vec::new()
    };
    let mark = if bytes.starts_with(MARK) { MARK } else { b"" };
    Ok((Source::new(path, &bytes)?, mark))
}

/// The hashes that the entry has to hold once the version is past draft: none where it has them already.
fn recorded(root: &Path, family: &Family, step: &Step) -> Result<Map<String, Value>, Problem> {
    let mut fields = Map::new();
    if family.status(&step.version) != Status::Draft {
        return Ok(fields);
    }
    let Some(version) = family.versions.get(&step.version) else {
        return Ok(fields);
    };
    fields.insert("sha256".to_owned(), version.sha256.clone().into());
    let includes = included(root, version)?;
    if !includes.is_empty() {
        fields.insert("includes".to_owned(), json!(includes));
    }
    Ok(fields)
}

fn included(
    root: &Path,
    version: &PromptVersion,
) -> Result<std::collections::BTreeMap<String, String>, Problem> {
    let found = includes::of_version(root, version);
    match found.iter().find(|(_, hash)| hash.is_empty()) {
        Some((path, _)) => Err(includes::missing(version, path)),
        None => Ok(found),
    }
}

fn line(family: &Family, step: &Step, why: &Why<'_>, sha256: Option<&Value>) -> HistoryLine {
    let entry = family.entries.get(&step.version);
    let known = sha256.and_then(Value::as_str).map(str::to_owned);
    let reason = step.reason.as_deref().or(why.reason);
    // What makes room needs no evidence.
    let own = step.reason.is_none();
    HistoryLine {
        time: why.at,
        action: Some(why.action),
        version: step.version.clone(),
        from: family.status(&step.version),
        to: step.to,
        traffic: step.traffic,
        by: why.by.to_owned(),
        reason: reason.map(str::to_owned),
        evidence: why
            .evidence
            .filter(|_| own)
            .map(|evidence| evidence.path.clone()),
        override_reason: why.override_reason.filter(|_| own).map(str::to_owned),
        sha256: known.or_else(|| entry.and_then(|entry| entry.sha256.clone())),
    }
}

/// What the entry says after the step; what is not named here stays.
fn change(
    family: &Family,
    step: &Step,
    why: &Why<'_>,
    mut recorded: Map<String, Value>,
) -> EntryChange {
    let draft = step.to == Status::Draft;
    let mut fields = Map::new();
    fields.insert("status".to_owned(), step.to.as_str().into());
    for key in ["sha256", "traffic", "includes", "override"] {
        let value = match key {
            "traffic" => Some(step.traffic.map_or(Value::Null, |share| json!(share))),
            "override" => override_field(family, step, why),
            _ if draft => Some(Value::Null),
            // A draft's entry may hold a hash of long ago.
            _ if family.status(&step.version) == Status::Draft => {
                Some(recorded.remove(key).unwrap_or_default())
            }
            _ => None,
        };
        if let Some(value) = value {
            fields.insert(key.to_owned(), value);
        }
    }
    EntryChange {
        version: step.version.clone(),
        fields,
    }
}

/// An override stays as long as the version lives on what it allowed: as canary, in production, and after.
fn override_field(family: &Family, step: &Step, why: &Why<'_>) -> Option<Value> {
    let from_there = family.status(&step.version) == Status::Deprecated;
    match step.to {
        Status::Canary | Status::Production if why.action == Action::Promote => {
            Some(why.override_reason.map_or(Value::Null, Value::from))
        }
        Status::Production | Status::Deprecated => None,
        Status::Archived if from_there => None,
        _ => Some(Value::Null),
    }
}
