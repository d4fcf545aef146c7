//! Reads families: one folder each, many at a time.

use std::collections::BTreeMap;
use std::path::Path;
use std::thread;

use super::family_read::FamilyRead;
use super::place::{FAMILY_FILE, PROMPTS, folder, is_name, refused};
use super::{RegistryError, family_file, invariants, proof, version_file};
use crate::fsx;
use crate::model::{Family, Location, Problem, Problems, PromptRef, PromptVersion, Version};
use crate::source::{Source, did_you_mean};

/// Threads that read families. More than there are processors: what they wait for is the disk.
const READERS: usize = 16;

impl FamilyRead {
    /// Reads one family.
    ///
    /// # Errors
    /// When there is none of that name.
    pub(super) fn of(root: &Path, name: &str) -> Result<Self, RegistryError> {
        let dir = folder(root, name);
        let mut problems = Problems::default();
        let read = is_name(name)
            .then(|| read_family(root, &dir, name, &mut problems))
            .flatten();
        if problems.any_error() && read.is_none() {
            return Err(RegistryError::Problems(problems));
        }
        read.ok_or_else(|| unknown(root, name))
    }
}

/// Refuses a name that no family has.
pub(super) fn require(root: &Path, name: &str) -> Result<(), RegistryError> {
    if is_name(name) && fsx::is_dir(&folder(root, name)) {
        Ok(())
    } else {
        Err(unknown(root, name))
    }
}

fn unknown(root: &Path, name: &str) -> RegistryError {
    let names = fsx::list(&root.join(PROMPTS)).unwrap_or_default();
    let folders: Vec<&String> = names
        .iter()
        .filter(|name| fsx::is_dir(&folder(root, name)))
        .collect();
    no_family(name, &folders).into()
}

/// The message for a family that does not exist, and a hint.
pub(super) fn no_family<S: AsRef<str>>(name: &str, known: &[S]) -> (String, Option<String>) {
    let hint = if known.is_empty() {
        Some(format!(
            "there is no family yet: make `{PROMPTS}/{name}/1.0.0.yaml`"
        ))
    } else {
        let known: Vec<&str> = known.iter().map(AsRef::as_ref).collect();
        did_you_mean(name, known.iter().copied())
    };
    (format!("there is no family `{name}`"), hint)
}

/// Every family below `prompts/`, by name, and problems in the order of names.
pub(super) fn all(root: &Path) -> (Vec<Family>, Problems) {
    let prompts = root.join(PROMPTS);
    let mut problems = Problems::default();
    if let Some(problem) = refused(root, &prompts) {
        problems.push(problem);
        return (Vec::new(), problems);
    }
    let names = fsx::list(&prompts).unwrap_or_else(|error| {
        problems.push(unreadable(root, &prompts, &error));
        Vec::new()
    });
    let share = names.len().div_ceil(READERS).max(1);
    let read = |names: &[String]| {
        let mut problems = Problems::default();
        let families: Vec<Family> = names
            .iter()
            .filter_map(|name| {
                let dir = prompts.join(name);
                let read = fsx::is_dir(&dir)
                    .then(|| read_family(root, &dir, name, &mut problems))
                    .flatten()?;
                let (family, more) = read.parts();
                problems.extend(more);
                Some(family)
            })
            .collect();
        (families, problems)
    };
    let mut families = Vec::new();
    thread::scope(|scope| {
        let parts: Vec<_> = names
            .chunks(share)
            .map(|names| (names, scope.spawn(move || read(names))))
            .collect();
        for (names, part) in parts {
            // A reader that panicked is a bug; what it has not read is read here, where the panic shows.
            let (more, found) = part.join().unwrap_or_else(|_| read(names));
            families.extend(more);
            problems.extend(found);
        }
    });
    (families, problems)
}

fn unreadable(root: &Path, path: &Path, error: &std::io::Error) -> Problem {
    fsx::unreadable(fsx::shown(root, path), error)
}

/// Reads one folder; `None` where it is no family (it may hold templates to include).
fn read_family(root: &Path, dir: &Path, name: &str, problems: &mut Problems) -> Option<FamilyRead> {
    if let Some(problem) = refused(root, dir) {
        problems.push(problem);
        return None;
    }
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
    let mut read = FamilyRead {
        family: Family {
            name: name.to_owned(),
            ..Family::default()
        },
        pointers: Problems::default(),
        versions: Problems::default(),
        flaws: BTreeMap::new(),
    };
    read_versions(root, dir, &stems, &mut read);
    let path = dir.join(FAMILY_FILE);
    if fsx::exists(&path)
        && let Some(source) = read_source(root, &path, &mut read.pointers)
    {
        family_file::read(&source, &mut read.family, &mut read.pointers);
    }
    invariants::apply(root, &mut read);
    proof::apply(root, &mut read);
    Some(read)
}

fn read_versions(root: &Path, dir: &Path, stems: &[&str], read: &mut FamilyRead) {
    for stem in stems.iter().filter(|stem| **stem != "family") {
        let path = dir.join(format!("{stem}.yaml"));
        let Ok(version) = stem.parse::<Version>() else {
            let at = Location::file(fsx::shown(root, &path));
            let message = format!("`{stem}` is no semantic version");
            read.versions.push(
                Problem::error("bad-version", at, message)
                    .hint("name the file MAJOR.MINOR.PATCH.yaml, for example 1.2.0.yaml"),
            );
            continue;
        };
        let id = PromptRef {
            family: read.family.name.clone(),
            version: version.clone(),
        };
        match read_version(root, &path, id, &mut read.versions) {
            Some(found) => {
                read.family.versions.insert(version, found);
            }
            None => {
                read.family.unread.insert(version);
            }
        }
    }
}

/// The bytes of a file of the project.
fn read_bytes(root: &Path, path: &Path) -> Result<Vec<u8>, Problem> {
    match refused(root, path) {
        Some(problem) => Err(problem),
        None => fsx::read_text(path).map_err(|error| unreadable(root, path, &error)),
    }
}

fn read_source(root: &Path, path: &Path, problems: &mut Problems) -> Option<Source> {
    let shown = fsx::shown(root, path);
    let read = read_bytes(root, path).and_then(|bytes| Source::new(shown, &bytes));
    read.map_err(|problem| problems.push(problem)).ok()
}

fn read_version(
    root: &Path,
    path: &Path,
    id: PromptRef,
    problems: &mut Problems,
) -> Option<PromptVersion> {
    let bytes = read_bytes(root, path)
        .map_err(|problem| problems.push(problem))
        .ok()?;
    let source = Source::new(fsx::shown(root, path), &bytes)
        .map_err(|problem| problems.push(problem))
        .ok()?;
    version_file::read(&source, id, fsx::sha256_lf(&bytes), problems)
}
