//! What a report may be written over: nothing, or an older report of its kind. Never what the project reads.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::project::Place;
use crate::cli::error::CliError;
use crate::fsx;
use crate::load::{self, PROJECT_FILE};
use crate::registry::PROMPTS;

/// Bytes of a file by which its kind is told.
const HEAD: u64 = 4_096;

/// Refuses a path that holds something else than a report of this kind.
pub(super) fn refuse(place: &Place, kind: &str, path: &Path) -> Result<(), CliError> {
    let target = resolved(&place.cwd.join(path));
    let hint = "choose another name for the report".to_owned();
    if is_input(place, &target) {
        let message = format!(
            "{} is read by the project: `--{kind}` would write over it",
            path.display()
        );
        return Err(CliError::invalid(message).hint(hint));
    }
    let Ok(file) = fsx::open(&target) else {
        // Nothing is there, or nothing that can be written either.
        return Ok(());
    };
    let mut head = Vec::new();
    file.take(HEAD).read_to_end(&mut head)?;
    if !is_report(kind, &String::from_utf8_lossy(&head)) {
        let message = format!(
            "{} is there and no {kind} report: it is not written over",
            path.display()
        );
        return Err(CliError::invalid(message).hint(format!("{hint}, or remove the file")));
    }
    Ok(())
}

/// The file that a path leads to, be it there or not.
fn resolved(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    fsx::ways(&absolute).pop().unwrap_or(absolute)
}

/// Whether the project reads this file, or would once it is there.
fn is_input(place: &Place, target: &Path) -> bool {
    let root = resolved(&place.root);
    let folders = [
        PROMPTS.to_owned(),
        format!("{}/recordings", load::EVALS),
        format!("{}/evidence", load::EVALS),
        ".prompteval/runs".to_owned(),
        ".prompteval/cache".to_owned(),
    ];
    let is_in = |folder: &String| target.starts_with(resolved(&root.join(folder)));
    let is_suite = || {
        let ends = target
            .extension()
            .is_some_and(|end| end == "yaml" || end == "yml");
        ends && target.parent() == Some(&resolved(&root.join(load::EVALS)))
    };
    if target == resolved(&root.join(PROJECT_FILE)) || folders.iter().any(is_in) || is_suite() {
        return true;
    }
    let (project, _) = load::project(&place.root, &place.cwd, &[]);
    let mut datasets = project.suites.iter().map(|suite| &suite.dataset.value);
    datasets.any(|path| target == resolved(&root.join(path)))
}

/// Whether a file that begins so is a report of this kind, or nothing at all.
fn is_report(kind: &str, head: &str) -> bool {
    let head = head.trim_start_matches('\u{feff}').trim_start();
    let first = head.lines().next().unwrap_or_default();
    head.is_empty()
        || match kind {
            "json" => {
                head.starts_with('{')
                    && head.contains("\"schema_version\"")
                    && head.contains("\"run\"")
            }
            "junit" => head.starts_with('<') && head.contains("<testsuite"),
            "html" => first.eq_ignore_ascii_case("<!doctype html>") && head.contains("prompteval"),
            "markdown" => first.starts_with("## ") && first.contains(" prompteval: "),
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_reports_of_the_same_kind_are_written_over() {
        let heads = [
            ("json", "{\n  \"schema_version\": 1,\n  \"run\": {"),
            ("junit", "<?xml version=\"1.0\"?>\n<testsuites name=\"x\"/>"),
            ("html", "<!doctype html>\n<html><title>prompteval"),
            ("markdown", "## \u{274c} prompteval: BLOCKED\n"),
        ];
        for (kind, _) in heads {
            for (other, head) in heads {
                assert_eq!(is_report(kind, head), kind == other, "{kind}: {head}");
            }
            assert!(is_report(kind, " \n"));
            for foreign in ["{\"id\": \"a\"}\n", "version: 1\n", "# prompteval\n", "x"] {
                assert!(!is_report(kind, foreign), "{kind}: {foreign}");
            }
        }
    }
}
