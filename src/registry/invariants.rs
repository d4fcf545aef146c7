//! What must hold of a family on every load, and the status each version gets from `family.yaml`.

use std::path::Path;

use super::family_read::FamilyRead;
use super::includes;
use super::place::{PROMPTS, folder};
use super::transition::new_version;
use crate::fsx;
use crate::model::prompt::VersionEntry;
use crate::model::{Family, Location, Problem, Problems, PromptVersion, Status};

/// Gives versions their status and checks the invariants of the registry.
pub(super) fn apply(root: &Path, read: &mut FamilyRead) {
    let family = &mut read.family;
    let problems = &mut read.versions;
    for (number, entry) in &family.entries {
        match family.versions.get_mut(number) {
            Some(version) => {
                version.status = entry.status;
                hashes(root, version, entry, problems);
            }
            // A file that is there but could not be read has its own problems already.
            None if fsx::exists(&folder(root, &family.name).join(format!("{number}.yaml"))) => {}
            None => {
                let message = format!("version {number} has an entry but no file");
                problems.push(
                    Problem::error("missing-version", entry.at.clone(), message).hint(format!(
                        "restore `{PROMPTS}/{}/{number}.yaml`, or take the entry out",
                        family.name
                    )),
                );
            }
        }
    }
    for version in family.versions.values() {
        // What is out of use for good can neither be mended nor served.
        if version.status != Status::Archived {
            includes::computed(root, version, problems);
        }
    }
    changelogs(family, problems);
    segments(family, problems);
    for status in [Status::Production, Status::Canary] {
        at_most_one(&read.family, status, &mut read.pointers);
    }
}

/// A version past draft is the text whose hash was recorded, and so is what it includes.
pub(super) fn hashes(
    root: &Path,
    version: &PromptVersion,
    entry: &VersionEntry,
    problems: &mut Problems,
) {
    if entry.status == Status::Draft {
        return;
    }
    let id = &version.id;
    match &entry.sha256 {
        None => problems.push(
            Problem::error(
                "missing-hash",
                entry.at.clone(),
                format!("{id} is in {} and has no `sha256`", entry.status),
            )
            .hint(format!("write `sha256: {}`", version.sha256)),
        ),
        Some(hash) if *hash != version.sha256 => problems.push(
            Problem::error(
                "edited-version",
                entry.at.clone(),
                format!(
                    "{id} is in {} and was edited in place: its file has the hash {}, not {hash}",
                    entry.status, version.sha256
                ),
            )
            .hint(format!(
                "a released version never changes: take the edit into a new version with `{}`, then restore {}",
                new_version(id),
                version.path
            )),
        ),
        Some(_) => {}
    }
    included(root, version, entry, problems);
}

fn included(root: &Path, version: &PromptVersion, entry: &VersionEntry, problems: &mut Problems) {
    let id = &version.id;
    for (path, hash) in &entry.includes {
        let Some(now) = includes::hash(root, path) else {
            problems.push(includes::missing(root, version, path));
            continue;
        };
        if now != *hash {
            let message = format!(
                "{id} includes `{path}`, which was edited in place: its hash is {now}, not {hash}"
            );
            let hint = format!(
                "what a released version includes never changes: restore {PROMPTS}/{path}, put the edit into a new file, and include that in a new version: `{}`",
                new_version(id)
            );
            problems.push(Problem::error("edited-include", entry.at.clone(), message).hint(hint));
        }
    }
    for (path, hash) in includes::includes_of_version(root, version) {
        if hash.is_empty() {
            problems.push(includes::missing(root, version, &path));
        } else if !entry.includes.contains_key(&path) {
            let message = format!(
                "{id} is in {} and includes `{path}`, whose hash is not recorded",
                entry.status
            );
            let hint = format!("write `includes: {{{path}: {hash}}}` into its entry");
            problems.push(Problem::error("missing-hash", entry.at.clone(), message).hint(hint));
        }
    }
}

/// A segment whose version users must not get: one that may still change, that is out of use, or that nothing speaks for.
fn segments(family: &Family, problems: &mut Problems) {
    let has_reason = |number| {
        let entry = family.entries.get(number);
        entry.is_some_and(|entry| entry.evidence.is_some() || entry.override_reason.is_some())
    };
    for (segment, number) in &family.segments {
        let Some(version) = family.versions.get(number) else {
            continue;
        };
        let at = Location::file(format!("{PROMPTS}/{}/{}", family.name, super::FAMILY_FILE));
        let message = format!(
            "the segment `{segment}` gets {}, which is in {}",
            version.id, version.status
        );
        match version.status {
            Status::Archived => problems.push(
                Problem::error("bad-segment", at, message)
                    .hint("give the segment a version that is in use"),
            ),
            Status::Draft => problems
                .push(Problem::warning("bad-segment", at, message).hint(format!(
                "a draft may still change: `prompteval promote {} --to testing` records its hash",
                version.id
            ))),
            // What is in canary or production is held to what it rests on by itself.
            Status::Testing | Status::Shadow | Status::Deprecated if !has_reason(number) => {
                let message = format!("{message}: neither evidence nor an override says why");
                problems.push(Problem::warning("bad-segment", at, message).hint(format!(
                    "promote it to canary on evidence, or give `{segment}` a version that users get for a reason: `prompteval show {}`",
                    version.id
                )));
            }
            _ => {}
        }
    }
}

fn at_most_one(family: &Family, status: Status, problems: &mut Problems) {
    let holders: Vec<_> = family
        .entries
        .iter()
        .filter(|(_, entry)| entry.status == status)
        .collect();
    if let [.., (_, last)] = holders.as_slice()
        && holders.len() > 1
    {
        let numbers: Vec<String> = holders.iter().map(|(n, _)| n.to_string()).collect();
        problems.push(
            Problem::error(
                "two-pointers",
                last.at.clone(),
                format!(
                    "{} versions are in {status}: {}",
                    holders.len(),
                    numbers.join(", ")
                ),
            )
            .hint(format!("a family has at most one version in {status}")),
        );
    }
}

fn changelogs(family: &Family, problems: &mut Problems) {
    // The first version has nothing to explain a change from.
    for version in family.versions.values().skip(1) {
        if version.changelog.is_none() {
            problems.push(
                Problem::error(
                    "missing-changelog",
                    Location::file(version.path.clone()),
                    format!("{} has no `changelog`", version.id),
                )
                .hint("say in a line why the version exists"),
            );
        }
    }
}
