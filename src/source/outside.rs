//! Files that a project names and that lie outside of it: refused, unless `prompteval.yaml` allows it.

use std::path::Path;

use super::{Source, Yaml};
use crate::model::{Location, Problem};

/// The key of `prompteval.yaml` that lets a project read files from anywhere.
pub(crate) const ALLOW_OUTSIDE: &str = "allow_outside";

/// Whether the text of a `prompteval.yaml` lets the project read files from anywhere.
pub(crate) fn allows_outside(settings: &[u8]) -> bool {
    let Ok(source) = Source::new("", settings) else {
        return false;
    };
    let root = source.yaml();
    let Ok(Yaml::Map(entries)) = root.as_ref().map(|root| &root.value) else {
        return false;
    };
    entries
        .iter()
        .any(|(key, _, node)| key == ALLOW_OUTSIDE && node.value == Yaml::Bool(true))
}

/// A file that lies outside of the project.
pub(crate) fn outside(at: Location, path: &str, target: &Path) -> Problem {
    let message = format!("`{path}` leads out of the project, to {}", target.display());
    Problem::error("outside-project", at, message).hint(
        "copy the file into the project; `allow_outside: true` in prompteval.yaml reads files from anywhere",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_key_itself_allows_it() {
        for yes in ["version: 1\nallow_outside: true\n", "{allow_outside: true}"] {
            assert!(allows_outside(yes.as_bytes()), "{yes}");
        }
        for no in [
            "",
            "version: 1",
            "allow_outside: false",
            "allow_outside: yes please",
            "defaults: {allow_outside: true}",
            "# allow_outside: true",
            "version: |\n  allow_outside: true",
            "\u{0}",
            "[",
        ] {
            assert!(!allows_outside(no.as_bytes()), "{no}");
        }
    }
}
