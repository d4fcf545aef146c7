//! Makes a new version out of one that is there.

use std::path::Path;

use jiff::Timestamp;

use super::edit::set_changelog;
use super::family_read::FamilyRead;
use super::lock::FamilyLock;
use super::place::folder;
use super::{PROMPTS, RegistryError, find_in};
use crate::fsx;
use crate::model::{Family, PromptRef, PromptVersion, Version};
use crate::source::Source;

/// Which number of a version is raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bump {
    /// Callers have to change: other variables, another form of the answer.
    Major,
    /// More than before.
    Minor,
    /// The same, better said.
    Patch,
}

/// A version to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewVersion {
    /// Its family.
    pub family: String,
    /// The version whose text is copied; where none is named, production, else the newest.
    pub from: Option<Version>,
    /// Which of that version's numbers is raised.
    pub bump: Bump,
    /// Why it exists.
    pub changelog: String,
    /// When.
    pub at: Timestamp,
    /// Who makes it.
    pub by: String,
}

/// A version that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Created {
    /// The new version, a draft.
    pub id: PromptRef,
    /// The version it was copied from.
    pub from: Version,
    /// Path of the file, relative to the project.
    pub path: String,
}

/// Copies a version's bytes under the next number and sets nothing but `changelog`.
///
/// A released version that was edited in place is copied as it is now: that is how the edit is kept.
///
/// # Errors
/// When the family has no version, the number is taken, the changelog is empty, or a file cannot be read or written.
pub fn create(root: &Path, request: &NewVersion) -> Result<Created, RegistryError> {
    if request.changelog.trim().is_empty() {
        let refusal = RegistryError::refused("the changelog is empty");
        return Err(refusal.hint("say in a line why the version exists"));
    }
    let name = &request.family;
    let _lock = FamilyLock::hold(root, name, &request.by, request.at)?;
    let read = FamilyRead::of(root, name)?;
    if request.from.is_none() {
        read.pointers_settled()?;
    }
    let family = &read.family;
    let source = choose(&read, request.from.as_ref())?;
    let from = &source.id.version;
    let version = raised(from, request.bump)
        .ok_or_else(|| RegistryError::refused(format!("there is no number after {from}")))?;
    let id = PromptRef {
        family: name.clone(),
        version,
    };
    let path = format!("{PROMPTS}/{name}/{}.yaml", id.version);
    let file = folder(root, name).join(format!("{}.yaml", id.version));
    if fsx::exists(&file) {
        return Err(taken(family, &id, from));
    }
    let bytes = fsx::read_text(&root.join(&source.path)).map_err(|error| RegistryError::Io {
        path: source.path.clone(),
        source: error,
    })?;
    let text = with_changelog(&source.path, &bytes, &request.changelog)?;
    fsx::create_new(&file, &text).map_err(|source| RegistryError::Io {
        path: path.clone(),
        source,
    })?;
    Ok(Created {
        id,
        from: from.clone(),
        path,
    })
}

fn choose<'r>(
    read: &'r FamilyRead,
    from: Option<&Version>,
) -> Result<&'r PromptVersion, RegistryError> {
    let family = &read.family;
    let name = &family.name;
    if let Some(version) = from {
        return Ok(find_in(family, version)?);
    }
    let newest = || family.versions.values().next_back();
    family.production().or_else(newest).ok_or_else(|| {
        if read.versions.any_error() {
            // Its files are there and cannot be read.
            return RegistryError::Problems(read.versions.clone());
        }
        RegistryError::refused(format!("`{name}` has no version to copy")).hint(format!(
            "write the first one yourself: `{PROMPTS}/{name}/1.0.0.yaml` with `model:` and `user:`"
        ))
    })
}

/// The next number; of a pre-release the number it leads to, where that is a bump of this kind.
fn raised(from: &Version, bump: Bump) -> Option<Version> {
    let (major, minor, patch) = (from.major, from.minor, from.patch);
    let leads = !from.pre.is_empty();
    Some(match bump {
        Bump::Patch if leads => Version::new(major, minor, patch),
        Bump::Patch => Version::new(major, minor, patch.checked_add(1)?),
        Bump::Minor if leads && patch == 0 => Version::new(major, minor, 0),
        Bump::Minor => Version::new(major, minor.checked_add(1)?, 0),
        Bump::Major if leads && patch == 0 && minor == 0 => Version::new(major, 0, 0),
        Bump::Major => Version::new(major.checked_add(1)?, 0, 0),
    })
}

fn taken(family: &Family, id: &PromptRef, from: &Version) -> RegistryError {
    let refusal = RegistryError::refused(format!("{id} is there already"));
    let newest = family.versions.keys().next_back();
    match newest.filter(|newest| *newest != from) {
        Some(newest) => refusal.hint(format!(
            "another `--bump`, or the next after the newest: `--from {newest}`"
        )),
        None => refusal.hint("another `--bump` gives another number"),
    }
}

/// A version's bytes with another changelog, all else as it is: the byte order mark, too.
fn with_changelog(path: &str, bytes: &[u8], changelog: &str) -> Result<Vec<u8>, RegistryError> {
    let source = Source::new(path, bytes)?;
    let mark = bytes.len() - source.text.len();
    let text = set_changelog(&source, changelog)?;
    let mark = bytes.get(..mark).unwrap_or_default();
    Ok([mark, text.as_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_raised_as_semantic_versions_are() {
        for (from, bump, to) in [
            ("1.2.3", Bump::Patch, "1.2.4"),
            ("1.2.3", Bump::Minor, "1.3.0"),
            ("1.2.3", Bump::Major, "2.0.0"),
            ("1.2.3+build", Bump::Patch, "1.2.4"),
            ("2.0.0-rc.1", Bump::Major, "2.0.0"),
            ("2.0.0-rc.1", Bump::Patch, "2.0.0"),
            ("2.1.0-rc.1", Bump::Major, "3.0.0"),
            ("2.1.1-rc.1", Bump::Minor, "2.2.0"),
        ] {
            let raised = raised(&from.parse().unwrap(), bump).unwrap();
            assert_eq!(raised.to_string(), to, "{from} {bump:?}");
        }
        assert_eq!(raised(&Version::new(1, 0, u64::MAX), Bump::Patch), None);
    }
}
