//! The run that asks what earlier ones know, and which of its versions are compared with what.

use std::collections::BTreeMap;
use std::path::Path;

use crate::model::PromptVersion;
use crate::model::event::ArmRole;
use crate::plan::{Arm, Plan, SuitePlan};
use crate::registry;

/// The run that asks what earlier ones know.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asker<'a> {
    /// The project's folder.
    pub(crate) root: &'a Path,
    /// The commit whose evidence is read; `None` for that of the folder.
    pub(crate) base: Option<&'a str>,
    /// What the run sets out to do.
    pub(crate) plan: &'a Plan,
}

impl Asker<'_> {
    /// Hashes of the templates that a version includes.
    pub(crate) fn includes(&self, version: &PromptVersion) -> BTreeMap<String, String> {
        registry::includes_of_version(self.root, version)
    }
}

/// The baseline of a suite, and its place.
pub(crate) fn baseline_arm(suite: &SuitePlan) -> Option<(u32, &Arm)> {
    (0_u32..)
        .zip(&suite.arms)
        .find(|(_, arm)| arm.role == ArmRole::Baseline)
}

/// Whether a candidate is compared with what it did itself at another time.
pub(crate) fn is_its_own(suite: &SuitePlan, baseline: &Arm) -> bool {
    let mut candidates = suite
        .arms
        .iter()
        .filter(|arm| arm.role == ArmRole::Candidate);
    candidates
        .any(|arm| arm.version.id == baseline.version.id && arm.target.name == baseline.target.name)
}

/// Whether a candidate asks the model that the baseline asks.
pub(crate) fn asks_the_same(suite: &SuitePlan, baseline: &Arm) -> bool {
    let mut arms = suite.arms.iter();
    arms.any(|arm| arm.role == ArmRole::Candidate && arm.target.name == baseline.target.name)
}
