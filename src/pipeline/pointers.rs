//! Pointers that a change moves by hand: what candidates are compared with is then what the merge base says, so that no change
//! chooses its own baseline.

use std::path::Path;

use crate::fsx;
use crate::load::{Changes, git};
use crate::model::prompt::{Pointers, VersionEntry};
use crate::model::{Family, Location, Problem, Problems, Status, Version};
use crate::registry::{self, Action, FAMILY_FILE, HISTORY_FILE, HistoryLine, PROMPTS, Registry};
use crate::source::Source;

/// Holds every family to the pointers of the merge base, where they are others now and the history does not say why.
pub(super) fn hold(
    root: &Path,
    registry: &mut Registry,
    changed: &Changes,
    problems: &mut Problems,
) {
    let Some(base) = changed.base() else { return };
    for family in registry.families.values_mut() {
        let path = format!("{PROMPTS}/{}/{FAMILY_FILE}", family.name);
        if !changed.touch(&path) {
            continue;
        }
        let before = git::file_at(root, base, &path);
        let source = before.and_then(|bytes| Source::new(path.clone(), &bytes).ok());
        let Some(before) = source.map(|source| registry::pointers(&source)) else {
            continue;
        };
        let moved = lines_since(root, base, &family.name);
        family.held = held(family, &before, &moved);
        if let Some(held) = &family.held {
            problems.push(warning(family, held, &path, base));
        }
    }
}

/// The pointers to compare by, where they are not those of the file.
fn held(family: &Family, before: &Pointers, moved: &[HistoryLine]) -> Option<Pointers> {
    let now = family.production().map(|version| &version.id.version);
    let explains = |line: &HistoryLine| match now {
        Some(now) => {
            let leads_there = line.version == *now && line.to == Status::Production;
            let entry = family.entries.get(now);
            leads_there && entry.is_some_and(|entry| has_reason(line, entry))
        }
        None => line.from == Status::Production,
    };
    let by_hand = before.production.is_some()
        && before.production.as_ref() != now
        && !moved.iter().any(explains);
    if !by_hand && before.segments == family.segments {
        return None;
    }
    Some(Pointers {
        production: if by_hand {
            before.production.clone()
        } else {
            now.cloned()
        },
        segments: before.segments.clone(),
    })
}

/// Whether a line gives the reason that `family.yaml` names, so that a line written by hand explains nothing. That evidence has the
/// hash which stands there, every load checks.
fn has_reason(line: &HistoryLine, entry: &VersionEntry) -> bool {
    let same = |told: &Option<String>, named: &Option<String>| named.is_some() && told == named;
    let is_way_back = line.action == Some(Action::Rollback);
    same(&line.evidence_sha256, &entry.evidence)
        || same(&line.override_reason, &entry.override_reason)
        || is_way_back && (entry.evidence.is_some() || entry.override_reason.is_some())
}

/// Lines that a change adds to a history; none where it changes those that were there.
fn lines_since(root: &Path, base: &str, family: &str) -> Vec<HistoryLine> {
    let path = format!("{PROMPTS}/{family}/{HISTORY_FILE}");
    let lines = |bytes: Vec<u8>| -> Vec<String> {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        text.lines().map(str::to_owned).collect()
    };
    let before = lines(git::file_at(root, base, &path).unwrap_or_default());
    let now = lines(fsx::read(&root.join(&path)).unwrap_or_default());
    let added = now.strip_prefix(before.as_slice()).unwrap_or_default();
    let added = added.iter();
    added
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

fn warning(family: &Family, held: &Pointers, path: &str, base: &str) -> Problem {
    let base: String = base.chars().take(10).collect();
    let number = |version: Option<&Version>| {
        version.map_or_else(|| "no version".to_owned(), ToString::to_string)
    };
    let now = family.production().map(|version| &version.id.version);
    let message = if held.production.as_ref() == now {
        format!(
            "`{}` gives a segment another version than in {base}: candidates are compared with what its users got there",
            family.name
        )
    } else {
        format!(
            "`{}` has {} in production, in {base} it was {}, and no line of {HISTORY_FILE} says why: candidates are compared with {}",
            family.name,
            number(now),
            number(held.production.as_ref()),
            number(held.production.as_ref()),
        )
    };
    Problem::warning("moved-by-hand", Location::file(path), message)
        .hint("move versions with `prompteval promote` and `rollback`: they write the history")
}
