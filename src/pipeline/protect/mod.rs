//! What a change takes away from its own gate: the merge base against the tree, suite by suite. What is stricter now is no matter,
//! and what cannot be compared counts as weaker.

mod cases;
mod comparison;
mod evaluators;
mod files;
mod gates;
mod pointers;
mod settings;
mod suites;

use std::collections::BTreeSet;

use comparison::Comparison;

use crate::load::{AtCommit, Changes, Project};
use crate::model::event::GateChange;
use crate::model::settings::Protect;
use crate::registry::Registry;

/// What a change takes away from its own gate, and what the project does about it.
#[derive(Debug, Default)]
pub(super) struct Weaker {
    /// One thing each, by file.
    pub(super) changes: Vec<GateChange>,
    /// The stricter of the merge base and the tree: no change turns its own protection off.
    pub(super) protect: Protect,
}

/// Compares all of the project with the commit that a change is compared with; nothing where there is none.
pub(super) fn weaker(project: &Project, registry: &Registry, changed: &Changes) -> Weaker {
    let Some(base) = changed.base() else {
        return Weaker::default();
    };
    let mut comparison = Comparison {
        root: &project.root,
        before: AtCommit::new(&project.root, base),
        changed,
        found: BTreeSet::new(),
    };
    let protect = settings::compare(&mut comparison, &project.settings);
    suites::compare(&mut comparison, &project.suites);
    files::compare(&mut comparison);
    pointers::compare(&mut comparison, registry.families.values());
    let found = comparison.found.into_iter();
    Weaker {
        changes: found
            .map(|(file, what)| GateChange { file, what })
            .collect(),
        protect,
    }
}
