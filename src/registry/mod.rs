//! registry: prompts on disk, their pointers and history.
//!
//! Reads `prompts/`: one folder a family, one immutable file a version, `family.yaml` with what points where.

mod assign;
mod by_hand;
mod commit;
mod create;
mod edit;
mod error;
mod family_file;
mod family_read;
mod history;
mod includes;
mod invariants;
mod lock;
mod place;
mod promote;
mod proof;
mod read;
mod rollback;
mod same_text;
mod transition;
mod version_file;

pub use assign::{AssignError, Assignment, Because, Draw};
pub use by_hand::kept_by_hand;
pub use commit::NewEvidence;
pub use create::{Bump, Created, NewVersion, create};
pub use error::RegistryError;
pub use family_file::{entries, pointers};
pub use history::{Action, HISTORY_FILE, History, HistoryLine, unlike_history};
pub use includes::{engine, includes_of, includes_of_version};
pub use place::{FAMILY_FILE, PROMPTS};
pub use promote::{Move, may_move, promote};
pub use proof::{adopting, evidence_path, evidence_pin, pinned_evidence};
pub use rollback::{Rollback, rollback};
pub use same_text::{same_text, same_texts};
pub use transition::{DEFAULT_TRAFFIC, needs_evidence, next};

use std::collections::BTreeMap;
use std::path::Path;

use crate::model::{Family, Problems, PromptRef, PromptVersion, Version};
use crate::source::did_you_mean;
use family_read::FamilyRead;

/// The keys that each part of a file may have, by the part's name: schemas are held against them.
pub static KEYS: &[(&str, &[&str])] = &[
    ("version", version_file::KEYS),
    ("family", family_file::KEYS),
    ("entry", family_file::ENTRY_KEYS),
];

/// Every family of a project.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    /// Families by name.
    pub families: BTreeMap<String, Family>,
}

impl Registry {
    /// Reads `prompts/` below the project's root. What can be read is returned beside the problems.
    pub fn read(root: &Path) -> (Self, Problems) {
        let (families, problems) = read::all(root);
        let named = |family: Family| (family.name.clone(), family);
        let registry = Self {
            families: families.into_iter().map(named).collect(),
        };
        (registry, problems)
    }

    /// Reads one family and nothing of the others.
    ///
    /// # Errors
    /// When there is no family of that name, or it has problems.
    pub(crate) fn read_family(root: &Path, name: &str) -> Result<Self, RegistryError> {
        let read = FamilyRead::of(root, name)?;
        read.settled()?;
        let families = BTreeMap::from([(name.to_owned(), read.family)]);
        Ok(Self { families })
    }

    /// The version of that name.
    ///
    /// # Errors
    /// The message and a hint when the family or the version does not exist.
    pub fn find(&self, id: &PromptRef) -> Result<&PromptVersion, (String, Option<String>)> {
        find_in(self.family(&id.family)?, &id.version)
    }

    /// The family of that name.
    ///
    /// # Errors
    /// The message and a hint when it does not exist.
    pub fn family(&self, name: &str) -> Result<&Family, (String, Option<String>)> {
        let known = || self.families.keys().collect::<Vec<_>>();
        let found = self.families.get(name);
        found.ok_or_else(|| read::no_family(name, &known()))
    }
}

/// The history of a family, whatever else is wrong with it.
///
/// # Errors
/// When there is no such family, or its history cannot be read.
pub fn log(root: &Path, name: &str) -> Result<History, RegistryError> {
    let read = FamilyRead::of(root, name)?;
    Ok(History::read(root, &read.family)?)
}

/// A version of a family, or the message and a hint.
fn find_in<'f>(
    family: &'f Family,
    version: &Version,
) -> Result<&'f PromptVersion, (String, Option<String>)> {
    family.versions.get(version).ok_or_else(|| {
        let known: Vec<String> = family.versions.keys().map(ToString::to_string).collect();
        (
            format!("`{}` has no version {version}", family.name),
            did_you_mean(&version.to_string(), &known),
        )
    })
}
