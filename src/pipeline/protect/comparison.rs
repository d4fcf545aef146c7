//! The two sides that are compared, what is found, and how it is worded.

use std::collections::BTreeSet;
use std::path::Path;

use crate::load::{AtCommit, Changes};
use crate::text::excerpt::clipped;

/// Names that are listed before the rest is counted.
const NAMED: usize = 5;

/// A project in a commit and in the tree, and what was found to be weaker.
pub(super) struct Comparison<'a> {
    pub(super) root: &'a Path,
    pub(super) before: AtCommit,
    pub(super) changed: &'a Changes,
    pub(super) found: BTreeSet<(String, String)>,
}

impl Comparison<'_> {
    pub(super) fn add(&mut self, file: &str, what: impl Into<String>) {
        self.found.insert((file.to_owned(), what.into()));
    }
}

/// What could not be compared is said, too.
pub(super) fn incomparable(why: &str) -> String {
    format!("cannot be compared with the merge base: {}", clipped(why))
}

/// A name out of a file, in backticks.
pub(super) fn named(name: &str) -> String {
    format!("`{}`", clipped(name))
}

/// The first names, and how many more there are.
pub(super) fn listed(names: &[String]) -> String {
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
