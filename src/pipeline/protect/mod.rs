//! What a change takes away from its own gate: the merge base against the tree, suite by suite. What is stricter now is no matter,
//! and what cannot be compared counts as weaker.

mod cases;
mod evaluators;
mod files;
mod gates;
mod pointers;
mod settings;
mod suites;

use std::collections::BTreeSet;
use std::path::Path;

use crate::load::{AtCommit, Changes, Project};
use crate::model::event::GateChange;
use crate::model::settings::Protect;
use crate::registry::Registry;
use crate::text::excerpt::clipped;

/// Names that are listed before the rest is counted.
const NAMED: usize = 5;

/// What a change takes away from its own gate, and what the project does about it.
#[derive(Debug, Default)]
pub(super) struct Weaker {
    /// One thing each, by file.
    pub(super) changes: Vec<GateChange>,
    /// The stricter of the merge base and the tree: no change turns its own protection off.
    pub(super) protect: Protect,
}

/// A project in a commit and in the tree, and what was found to be weaker.
struct Comparison<'a> {
    root: &'a Path,
    before: AtCommit,
    changed: &'a Changes,
    found: BTreeSet<(String, String)>,
}

impl Comparison<'_> {
    fn add(&mut self, file: &str, what: impl Into<String>) {
        self.found.insert((file.to_owned(), what.into()));
    }
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

/// What could not be compared is said, too.
fn incomparable(why: &str) -> String {
    format!("cannot be compared with the merge base: {}", clipped(why))
}

/// A name out of a file, in backticks.
fn named(name: &str) -> String {
    format!("`{}`", clipped(name))
}

/// The first names, and how many more there are.
fn listed(names: &[String]) -> String {
    let first: Vec<&str> = names.iter().take(NAMED).map(String::as_str).collect();
    match names.len().saturating_sub(NAMED) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_five_names_are_counted() {
        let names: Vec<String> = (0..7).map(|n| named(&n.to_string())).collect();
        assert_eq!(listed(&names), "`0`, `1`, `2`, `3`, `4` and 2 more");
        assert_eq!(listed(&names[..2]), "`0`, `1`");
    }
}
