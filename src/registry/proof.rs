//! What production and canary rest on: evidence whose file is as it was, or an override, and the line of the history that
//! brought the version there.
//!
//! Lines that were written before hashes stood in them name evidence without `evidence_sha256`. They are never rewritten: such a
//! line is taken where the hash in `family.yaml` is that of the file.

use std::path::Path;

use super::family_file::evidence_hash;
use super::family_read::FamilyRead;
use super::history::{Action, HISTORY_FILE, History, HistoryLine};
use super::transition;
use super::{FAMILY_FILE, PROMPTS};
use crate::fsx;
use crate::model::prompt::VersionEntry;
use crate::model::{Family, Problem, PromptRef, Status, Version};
use crate::source::Source;

/// The folder of all evidence, below the project.
const EVIDENCE: &str = "evals/evidence";

/// Where the evidence of a version lies, relative to the project.
pub fn evidence_path(id: &PromptRef) -> String {
    format!("{EVIDENCE}/{}/{}.json", id.family, id.version)
}

/// The evidence that `family.yaml` still names while a writer puts other evidence in its place.
fn kept_path(id: &PromptRef) -> String {
    format!("{EVIDENCE}/{}/.{}.json.before", id.family, id.version)
}

/// The bytes of the evidence of a version that has this hash: nothing else that lies there says anything of it. `read` gives files by
/// their path below the project, those of the folder or of a commit.
pub fn pinned_evidence(
    id: &PromptRef,
    pin: &str,
    read: impl Fn(&str) -> Option<Vec<u8>>,
) -> Option<Vec<u8>> {
    let files = [evidence_path(id), kept_path(id)];
    let mut found = files.iter().filter_map(|path| read(path));
    found.find(|bytes| fsx::sha256_lf(bytes) == pin)
}

/// The hash of a version's evidence, out of the family.yaml that `read` gives.
pub fn evidence_pin(id: &PromptRef, read: impl Fn(&str) -> Option<Vec<u8>>) -> Option<String> {
    let path = format!("{PROMPTS}/{}/{FAMILY_FILE}", id.family);
    let source = Source::new(path.clone(), &read(&path)?).ok()?;
    evidence_hash(&source, &id.version)
}

fn hash_at(path: &Path) -> Option<String> {
    fsx::sha256_lf_of(path).ok()
}

/// Keeps the evidence that an entry names, before other evidence is written over it.
pub(super) fn keep(root: &Path, family: &Family, number: &Version) -> std::io::Result<()> {
    let (id, entry) = (id(family, number), family.entries.get(number));
    let Some(hash) = entry.and_then(|entry| entry.evidence.as_ref()) else {
        return Ok(());
    };
    let file = root.join(evidence_path(&id));
    if hash_at(&file).as_ref() != Some(hash) {
        return Ok(());
    }
    fsx::replace(&root.join(kept_path(&id)), &fsx::read(&file)?)
}

/// Takes away what was kept: the move counts.
pub(super) fn forget(root: &Path, family: &Family, number: &Version) {
    // What stays is taken away by the next writer.
    let _ = std::fs::remove_file(root.join(kept_path(&id(family, number))));
}

/// Puts evidence back that a killed writer wrote over before its move counted.
pub(super) fn recover(root: &Path, family: &Family) {
    for (number, entry) in &family.entries {
        let id = id(family, number);
        let kept = root.join(kept_path(&id));
        if !fsx::exists(&kept) {
            continue;
        }
        let file = root.join(evidence_path(&id));
        let named = entry.evidence.as_ref();
        let is_lost = hash_at(&file).as_ref() != named && hash_at(&kept).as_ref() == named;
        let is_back =
            !is_lost || fsx::read(&kept).is_ok_and(|bytes| fsx::replace(&file, &bytes).is_ok());
        if is_back {
            forget(root, family, number);
        }
    }
}

/// Finds what the versions that users get rest on, and what is wrong with it.
pub(super) fn apply(root: &Path, read: &mut FamilyRead) {
    let family = &read.family;
    let concerns = |entry: &VersionEntry| {
        transition::needs_evidence(entry.status)
            || entry.status == Status::Deprecated && entry.evidence.is_some()
    };
    if !family.entries.values().any(concerns) {
        return;
    }
    let history = match History::read(root, family) {
        Ok(history) => history,
        Err(problem) => {
            read.versions.push(problem);
            return;
        }
    };
    for (number, entry) in family.entries.iter().filter(|(_, entry)| concerns(entry)) {
        let id = id(family, number);
        let changed = changed(root, &id, entry, &history);
        if entry.status == Status::Deprecated {
            // Nobody gets it: it is told, and a rollback to it does not rest on what cannot be checked.
            let told = changed.map(|(message, hint)| {
                Problem::warning("changed-evidence", entry.at.clone(), message).hint(hint)
            });
            read.versions.extend(told);
            continue;
        }
        let code = changed.as_ref().map_or("unproven", |_| "changed-evidence");
        let flaw = changed.or_else(|| unproven(root, &id, entry, &history));
        if let Some((message, hint)) = flaw {
            let problem = Problem::error(code, entry.at.clone(), message).hint(hint);
            read.flaws.insert(number.clone(), problem);
        }
    }
    let by_hand = read
        .flaws
        .keys()
        .filter(|number| is_kept_by_hand(family, number, &history));
    let by_hand = by_hand.cloned().collect();
    read.family.by_hand = by_hand;
}

/// Whether an entry names a reason, and evidence that it names is as it was.
pub(super) fn has_reason(
    root: &Path,
    family: &Family,
    number: &Version,
    history: &History,
) -> bool {
    let Some(entry) = family.entries.get(number) else {
        return false;
    };
    let named = entry.evidence.is_some() || entry.override_reason.is_some();
    named && changed(root, &id(family, number), entry, history).is_none()
}

/// Whether a version stands where it does from before the family's pointers were moved by commands: its entry names no reason,
/// no command ever moved it, and none ever moved another one to or from its status. Rollbacks do not count: they must leave a
/// family no worse than it was.
pub(super) fn is_kept_by_hand(family: &Family, number: &Version, history: &History) -> bool {
    let status = family.status(number);
    let entry = family.entries.get(number);
    let plain = |entry: &VersionEntry| entry.evidence.is_none() && entry.override_reason.is_none();
    let concerns = |one: Status| match status {
        Status::Canary => matches!(one, Status::Canary | Status::Production),
        _ => one == Status::Production,
    };
    let moved =
        |line: &HistoryLine| line.version == *number || concerns(line.from) || concerns(line.to);
    let by_promote = |line: &&HistoryLine| line.action != Some(Action::Rollback);
    entry.is_some_and(plain) && !history.lines.iter().filter(by_promote).any(moved)
}

/// The version of that number.
pub(super) fn id(family: &Family, number: &Version) -> PromptRef {
    PromptRef {
        family: family.name.clone(),
        version: number.clone(),
    }
}

/// What is wrong with a version, and what to do.
type Flaw = (String, String);

/// Evidence that is not what the version was promoted on.
fn changed(root: &Path, id: &PromptRef, entry: &VersionEntry, history: &History) -> Option<Flaw> {
    let hash = entry.evidence.as_ref()?;
    let path = evidence_path(id);
    let now = hash_at(&root.join(&path));
    let is_kept = || hash_at(&root.join(kept_path(id))).as_ref() == Some(hash);
    let restore = if entry.status == Status::Deprecated {
        format!("restore {path}: a rollback to it rests on it")
    } else {
        format!(
            "restore {path} as it was committed; or let it stay for a reason that stays visible: {}",
            adopting(id, entry.status)
        )
    };
    if now.as_ref() != Some(hash) && !is_kept() {
        let what = now.map_or_else(
            || "is not there".to_owned(),
            |now| format!("has changed: its hash is {now}, not {hash}"),
        );
        let message = format!("{id} is in {} on {path}, which {what}", entry.status);
        return Some((message, restore));
    }
    let line = newest(history, id, |line| line.evidence.is_some());
    let told = line.and_then(|line| line.evidence_sha256.as_ref());
    let other = told.filter(|told| *told != hash)?;
    let message = format!(
        "{id} is in {} on evidence with the hash {hash}, and {HISTORY_FILE} says {other}",
        entry.status
    );
    let hint = format!(
        "restore {path}, and its hash in {PROMPTS}/{}/{FAMILY_FILE}",
        id.family
    );
    Some((message, hint))
}

/// A pointer that no command set.
fn unproven(root: &Path, id: &PromptRef, entry: &VersionEntry, history: &History) -> Option<Flaw> {
    let status = entry.status;
    let adopt = || {
        format!(
            "versions are moved by `prompteval promote` and `rollback`; if it is meant to be there: {}",
            adopting(id, status)
        )
    };
    if history
        .last_of(&id.version)
        .is_none_or(|line| line.to != status)
    {
        let message =
            format!("{id} is in {status}, and no line of {HISTORY_FILE} brought it there");
        return Some((message, adopt()));
    }
    if entry.evidence.is_none() && entry.override_reason.is_none() {
        let message =
            format!("{id} is in {status}, and its entry names neither `evidence` nor `override`");
        return Some((
            message,
            missing_key(root, id, history).unwrap_or_else(adopt),
        ));
    }
    let lacks =
        |named: bool, has: fn(&HistoryLine) -> bool| named && newest(history, id, has).is_none();
    let key = if lacks(entry.evidence.is_some(), |line| line.evidence.is_some()) {
        "evidence"
    } else if lacks(entry.override_reason.is_some(), |line| {
        line.override_reason.is_some()
    }) {
        "override"
    } else {
        return None;
    };
    let message =
        format!("{id} is in {status} by an `{key}` that no line of {HISTORY_FILE} knows of");
    Some((message, adopt()))
}

/// What the entry has to say, where the history tells: families of before this rule lack the hash alone.
fn missing_key(root: &Path, id: &PromptRef, history: &History) -> Option<String> {
    let line = newest(history, id, |line| {
        line.evidence.is_some() || line.override_reason.is_some()
    })?;
    if let Some(reason) = &line.override_reason {
        return Some(format!("write `override: {reason:?}` into its entry"));
    }
    let of_file = || hash_at(&root.join(evidence_path(id)));
    let hash = line.evidence_sha256.clone().or_else(of_file)?;
    Some(format!("write `evidence: {hash}` into its entry"))
}

fn newest<'h>(
    history: &'h History,
    id: &PromptRef,
    is_meant: impl Fn(&HistoryLine) -> bool,
) -> Option<&'h HistoryLine> {
    let own = |line: &&HistoryLine| line.version == id.version && is_meant(line);
    history.lines.iter().rev().find(own)
}

/// The command by which a version that was set by hand is adopted.
pub fn adopting(id: &PromptRef, status: Status) -> String {
    format!("`prompteval promote {id} --to {status} --override \"REASON\"`")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::model::Location;

    #[test]
    fn evidence_that_is_written_over_counts_until_the_move_does() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        let number: Version = "1.0.0".parse().unwrap();
        let entry = VersionEntry {
            status: Status::Canary,
            sha256: None,
            traffic: None,
            includes: std::collections::BTreeMap::new(),
            evidence: Some(fsx::sha256_lf(b"old")),
            override_reason: None,
            at: Location::default(),
        };
        let mut family = Family {
            name: "f".into(),
            ..Family::default()
        };
        family.entries.insert(number.clone(), entry);
        let file = root.join(evidence_path(&id(&family, &number)));
        let counts = |family: &Family| has_reason(root, family, &number, &History::default());
        fsx::replace(&file, b"old").unwrap();
        keep(root, &family, &number).unwrap();
        fsx::replace(&file, b"new").unwrap();
        assert!(counts(&family));
        recover(root, &family);
        assert_eq!(fs::read(&file).unwrap(), b"old");
        assert!(counts(&family));
        // Nothing is kept that nobody rests on.
        fsx::replace(&file, b"other").unwrap();
        keep(root, &family, &number).unwrap();
        assert!(!counts(&family));
        assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);
    }
}
