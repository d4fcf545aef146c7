//! A family as it was read, and which of its problems stand in the way of what.

use std::collections::BTreeMap;

use super::RegistryError;
use crate::model::{Family, Problem, Problems, Version};

/// A family and what is wrong with it.
#[derive(Debug)]
pub(super) struct FamilyRead {
    /// What could be read.
    pub(super) family: Family,
    /// Problems of `family.yaml` itself: what points where is not certain.
    pub(super) pointers: Problems,
    /// Problems of versions, and of what `family.yaml` says of them.
    pub(super) versions: Problems,
    /// Versions that users get and that rest on nothing, or on what has changed.
    pub(super) flaws: BTreeMap<Version, Problem>,
}

impl FamilyRead {
    /// Refuses a family with any problem.
    pub(super) fn settled(&self) -> Result<(), RegistryError> {
        self.intact()?;
        refuse(self.blocking())
    }

    /// Refuses a family with any problem but those of what versions rest on.
    pub(super) fn intact(&self) -> Result<(), RegistryError> {
        refuse(self.pointers.iter().chain(&self.versions))
    }

    /// Refuses a family in which users would still get a version that rests on nothing once these have moved.
    pub(super) fn proven_without(&self, moved: &[&Version]) -> Result<(), RegistryError> {
        let left = self.flawed().filter(|(number, _)| !moved.contains(number));
        refuse(left.map(|(_, problem)| problem))
    }

    /// Versions that are wrong where they stand; what was always kept by hand is not.
    fn flawed(&self) -> impl Iterator<Item = (&Version, &Problem)> {
        let flaws = self.flaws.iter();
        flaws.filter(|(number, _)| !self.family.by_hand.contains(number))
    }

    fn blocking(&self) -> impl Iterator<Item = &Problem> {
        self.flawed().map(|(_, problem)| problem)
    }

    /// Refuses a family of which it is not certain what points where.
    pub(super) fn pointers_settled(&self) -> Result<(), RegistryError> {
        refuse(self.pointers.iter())
    }

    /// The family and all of its problems.
    pub(super) fn parts(self) -> (Family, Problems) {
        let blocking: Vec<Problem> = self.blocking().cloned().collect();
        let mut problems = self.pointers;
        problems.extend(self.versions);
        problems.extend(blocking);
        (self.family, problems)
    }
}

fn refuse<'p>(problems: impl Iterator<Item = &'p Problem>) -> Result<(), RegistryError> {
    let mut found = Problems::default();
    found.extend(problems.cloned());
    if found.any_error() {
        Err(RegistryError::Problems(found))
    } else {
        Ok(())
    }
}
