//! What must hold of a family on every load, and the status each version gets from `family.yaml`.

use std::path::Path;

use super::{PROMPTS, includes};
use crate::fsx;
use crate::model::prompt::VersionEntry;
use crate::model::{Family, Location, Problem, Problems, PromptVersion, Status};

/// Gives versions their status and checks the invariants of the registry.
pub(super) fn apply(root: &Path, family: &mut Family, problems: &mut Problems) {
    let folder = root.join(PROMPTS).join(&family.name);
    for (number, entry) in &family.entries {
        match family.versions.get_mut(number) {
            Some(version) => {
                version.status = entry.status;
                check_hashes(root, version, entry, problems);
            }
            // A file that is there but could not be read has its own problems already.
            None if fsx::exists(&folder.join(format!("{number}.yaml"))) => {}
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
    for status in [Status::Production, Status::Canary] {
        at_most_one(family, status, problems);
    }
    changelogs(family, problems);
}

fn check_hashes(
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
                "a released version never changes: restore {}, and put the new text into a new version",
                version.path
            )),
        ),
        Some(_) => {}
    }
    for (path, hash) in &entry.includes {
        let now = includes::hash(root, path);
        if now.as_deref() != Some(hash.as_str()) {
            let message = match now {
                None => format!("{id} includes `{path}`, which does not exist"),
                Some(now) => {
                    format!("{id} includes `{path}`, which was edited in place: its hash is {now}")
                }
            };
            problems.push(Problem::error("edited-include", entry.at.clone(), message));
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
