//! Writes a move: evidence, then history, then `family.yaml`, whose renaming is the moment from which it counts.

use std::path::Path;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::edit::{self, EntryChange};
use super::history::{Action, HISTORY_FILE, History, HistoryLine};
use super::{FAMILY_FILE, PROMPTS, RegistryError, includes, proof};
use crate::fsx;
use crate::model::{Family, Problem, PromptVersion, Status, Version};
use crate::source::Source;

/// The summary of a passing run that allows a move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvidence {
    /// Path of the file, relative to the project.
    pub path: String,
    /// What is written there, before anything else.
    pub contents: Vec<u8>,
    /// Hash of the version's file that passed.
    pub sha256: String,
}

impl NewEvidence {
    /// Hash of the file as it is written: what history and `family.yaml` hold.
    fn file_hash(&self) -> String {
        fsx::sha256_lf(&self.contents)
    }
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
    pub(super) evidence: Option<&'a NewEvidence>,
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
        let has_reason = || {
            proof::has_reason(root, family, &step.version, history)
                || proof::is_kept_by_hand(family, &step.version, history)
        };
        let rests = Rests::of(step, family, why, has_reason);
        lines.push(HistoryLine {
            time,
            ..line(family, step, why, &rests, recorded.get("sha256"))
        });
        changes.push(change(family, step, &rests, recorded));
    }
    // Everything that can be refused is refused before the first byte is written.
    let path = format!("{PROMPTS}/{}/{FAMILY_FILE}", family.name);
    let (source, mark) = read(root, &path)?;
    let text = edit::set_entries(&source, &changes)?;

    let failed = |path: &str| {
        let path = path.to_owned();
        move |source| RegistryError::Io { path, source }
    };
    proof::recover(root, family);
    if let Some(evidence) = why.evidence {
        let file = root.join(&evidence.path);
        file.parent().map(fsx::remove_pending);
        // Until family.yaml names the new file, the old one is what counts.
        let kept = steps
            .iter()
            .try_for_each(|step| proof::keep(root, family, &step.version));
        kept.and_then(|()| fsx::replace(&file, &evidence.contents))
            .map_err(failed(&evidence.path))?;
    }
    let history_path = format!("{PROMPTS}/{}/{HISTORY_FILE}", family.name);
    history
        .append(root, &family.name, &lines)
        .map_err(failed(&history_path))?;
    let bytes = [mark, text.as_bytes()].concat();
    fsx::replace(&root.join(&path), &bytes).map_err(failed(&path))?;
    for step in steps {
        proof::forget(root, family, &step.version);
    }
    Ok(lines)
}

/// `family.yaml` and its byte order mark; an empty text where there is none yet.
fn read(root: &Path, path: &str) -> Result<(Source, &'static [u8]), RegistryError> {
    const MARK: &[u8] = b"\xEF\xBB\xBF";
    let file = root.join(path);
    let bytes = if fsx::exists(&file) {
        fsx::read_text(&file).map_err(|source| RegistryError::Io {
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
    let found = includes::includes_of_version(root, version);
    match found.iter().find(|(_, hash)| hash.is_empty()) {
        Some((path, _)) => Err(includes::missing(root, version, path)),
        None => Ok(found),
    }
}

fn line(
    family: &Family,
    step: &Step,
    why: &Why<'_>,
    rests: &Rests,
    sha256: Option<&Value>,
) -> HistoryLine {
    let entry = family.entries.get(&step.version);
    let known = sha256.and_then(Value::as_str).map(str::to_owned);
    let reason = step.reason.as_deref().or(why.reason);
    let from = family.status(&step.version);
    let evidence = why.evidence.filter(|_| rests.evidence().is_some());
    HistoryLine {
        time: why.at,
        action: Some(why.action),
        version: step.version.clone(),
        from: if from == step.to { before(from) } else { from },
        to: step.to,
        traffic: step.traffic,
        by: why.by.to_owned(),
        reason: reason.map(str::to_owned),
        evidence: evidence.map(|evidence| evidence.path.clone()),
        evidence_sha256: rests.evidence().map(str::to_owned),
        override_reason: rests.override_reason().map(str::to_owned),
        sha256: known.or_else(|| entry.and_then(|entry| entry.sha256.clone())),
    }
}

/// Where a version that was set by hand is taken to come from: the history knows no move that leads nowhere.
fn before(adopted: Status) -> Status {
    match adopted {
        Status::Production => Status::Canary,
        _ => Status::Testing,
    }
}

/// What an entry names as its reason after a step.
enum Rests {
    /// What it named before.
    AsBefore,
    /// These, or nothing.
    On {
        evidence: Option<String>,
        override_reason: Option<String>,
    },
}

impl Rests {
    /// A reason stays as long as the version lives on what it allowed: as canary, in production, and after.
    fn of(step: &Step, family: &Family, why: &Why<'_>, has_reason: impl Fn() -> bool) -> Self {
        let from = family.status(&step.version);
        let on = |evidence: Option<String>, reason: Option<&str>| Self::On {
            evidence,
            override_reason: reason.map(str::to_owned),
        };
        let path = proof::evidence_path(&proof::id(family, &step.version));
        let evidence = why.evidence.filter(|evidence| evidence.path == path);
        match step.to {
            Status::Canary | Status::Production if why.action == Action::Promote => {
                on(evidence.map(NewEvidence::file_hash), why.override_reason)
            }
            // A way back is always open, and what it leads to has a reason as well: the one for going back.
            Status::Production if !has_reason() => on(None, why.reason),
            Status::Production | Status::Deprecated => Self::AsBefore,
            Status::Archived if from == Status::Deprecated => Self::AsBefore,
            _ => on(None, None),
        }
    }

    fn evidence(&self) -> Option<&str> {
        match self {
            Self::AsBefore => None,
            Self::On { evidence, .. } => evidence.as_deref(),
        }
    }

    fn override_reason(&self) -> Option<&str> {
        match self {
            Self::AsBefore => None,
            Self::On {
                override_reason, ..
            } => override_reason.as_deref(),
        }
    }

    /// The entry's keys, null for one that goes; none where they stay.
    fn fields(&self) -> Vec<(&'static str, Value)> {
        let value = |text: Option<&str>| text.map_or(Value::Null, Value::from);
        match self {
            Self::AsBefore => Vec::new(),
            Self::On { .. } => vec![
                ("evidence", value(self.evidence())),
                ("override", value(self.override_reason())),
            ],
        }
    }
}

/// What the entry says after the step; what is not named here stays.
fn change(
    family: &Family,
    step: &Step,
    rests: &Rests,
    mut recorded: Map<String, Value>,
) -> EntryChange {
    let draft = step.to == Status::Draft;
    let mut fields = Map::new();
    fields.insert("status".to_owned(), step.to.as_str().into());
    for key in ["sha256", "traffic", "includes"] {
        let value = match key {
            "traffic" => Some(step.traffic.map_or(Value::Null, |share| json!(share))),
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
    let reason = rests.fields().into_iter();
    fields.extend(reason.map(|(key, value)| (key.to_owned(), value)));
    EntryChange {
        version: step.version.clone(),
        fields,
    }
}
