//! registry: prompts on disk, their pointers and history.
//!
//! Reads `prompts/`: one folder a family, one immutable file a version, `family.yaml` with what points where.

mod family_file;
mod includes;
mod invariants;

mod version_file;

pub use includes::{engine, includes_of};

use std::collections::BTreeMap;
use std::path::Path;

use crate::fsx;
use crate::model::{Family, Location, Problem, Problems, PromptRef, PromptVersion, Version};
use crate::source::{Source, did_you_mean};

/// The folder of all families, below the project.
pub const PROMPTS: &str = "prompts";

/// Name of the file that holds a family's pointers.
pub const FAMILY_FILE: &str = "family.yaml";

/// Every family of a project.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    /// Families by name.
    pub families: BTreeMap<String, Family>,
}

impl Registry {
    /// Reads `prompts/` below the project's root. What can be read is returned beside the problems.
    pub fn read(root: &Path) -> (Self, Problems) {
        let mut registry = Self::default();
        let mut problems = Problems::default();
        let prompts = root.join(PROMPTS);
        let names = fsx::list(&prompts).unwrap_or_else(|error| {
            problems.push(unreadable(root, &prompts, &error));
            Vec::new()
        });
        for name in names {
            let dir = prompts.join(&name);
            if fsx::is_dir(&dir)
                && let Some(family) = read_family(root, &dir, &name, &mut problems)
            {
                registry.families.insert(name, family);
            }
        }
        (registry, problems)
    }

    /// The version of that name.
    ///
    /// # Errors
    /// The message and a hint when the family or the version does not exist.
    pub fn find(&self, id: &PromptRef) -> Result<&PromptVersion, (String, Option<String>)> {
        let family = self.family(&id.family)?;
        family.versions.get(&id.version).ok_or_else(|| {
            let known: Vec<String> = family.versions.keys().map(ToString::to_string).collect();
            (
                format!("`{}` has no version {}", id.family, id.version),
                did_you_mean(&id.version.to_string(), &known),
            )
        })
    }

    /// The family of that name.
    ///
    /// # Errors
    /// The message and a hint when it does not exist.
    pub fn family(&self, name: &str) -> Result<&Family, (String, Option<String>)> {
        self.families.get(name).ok_or_else(|| {
            let hint = if self.families.is_empty() {
                Some(format!(
                    "there is no family yet: make `{PROMPTS}/{name}/1.0.0.yaml`"
                ))
            } else {
                did_you_mean(name, self.families.keys())
            };
            (format!("there is no family `{name}`"), hint)
        })
    }
}

fn unreadable(root: &Path, path: &Path, error: &std::io::Error) -> Problem {
    let at = Location::file(fsx::shown(root, path));
    Problem::error("unreadable", at, format!("it cannot be read: {error}"))
}

/// Reads one folder; `None` where it is no family (it may hold templates to include).
fn read_family(root: &Path, dir: &Path, name: &str, problems: &mut Problems) -> Option<Family> {
    let files = match fsx::list(dir) {
        Ok(files) => files,
        Err(error) => {
            problems.push(unreadable(root, dir, &error));
            return None;
        }
    };
    let stems: Vec<&str> = files
        .iter()
        .filter_map(|file| file.strip_suffix(".yaml"))
        .collect();
    let versions = stems.iter().filter(|stem| stem.parse::<Version>().is_ok());
    // A folder of templates to include is no family; one whose files are numbered was meant as one.
    let meant = |stem: &&str| {
        let number = stem.trim_start_matches('v');
        number.starts_with(|first: char| first.is_ascii_digit())
    };
    if versions.count() == 0
        && !files.iter().any(|file| file == FAMILY_FILE)
        && !stems.iter().any(meant)
    {
        return None;
    }
    let mut family = Family {
        name: name.to_owned(),
        ..Family::default()
    };
    for stem in stems.into_iter().filter(|stem| *stem != "family") {
        let path = dir.join(format!("{stem}.yaml"));
        let Ok(version) = stem.parse::<Version>() else {
            let at = Location::file(fsx::shown(root, &path));
            let message = format!("`{stem}` is no semantic version");
            problems.push(
                Problem::error("bad-version", at, message)
                    .hint("name the file MAJOR.MINOR.PATCH.yaml, for example 1.2.0.yaml"),
            );
            continue;
        };
        let id = PromptRef {
            family: name.to_owned(),
            version: version.clone(),
        };
        if let Some(read) = read_version(root, &path, id, problems) {
            family.versions.insert(version, read);
        }
    }
    let path = dir.join(FAMILY_FILE);
    if fsx::exists(&path)
        && let Some(source) = read_source(root, &path, problems)
    {
        family_file::read(&source, &mut family, problems);
    }
    invariants::apply(root, &mut family, problems);
    Some(family)
}

fn read_source(root: &Path, path: &Path, problems: &mut Problems) -> Option<Source> {
    let shown = fsx::shown(root, path);
    let read = fsx::read(path)
        .map_err(|error| unreadable(root, path, &error))
        .and_then(|bytes| Source::new(shown, &bytes));
    read.map_err(|problem| problems.push(problem)).ok()
}

fn read_version(
    root: &Path,
    path: &Path,
    id: PromptRef,
    problems: &mut Problems,
) -> Option<PromptVersion> {
    let bytes = fsx::read(path)
        .map_err(|error| problems.push(unreadable(root, path, &error)))
        .ok()?;
    let source = Source::new(fsx::shown(root, path), &bytes)
        .map_err(|problem| problems.push(problem))
        .ok()?;
    version_file::read(&source, id, fsx::sha256_lf(&bytes), problems)
}
