//! Which suite a run was about: a hash that changes with all that decides what its cases are held to.

use std::path::Path;

use crate::fsx;
use crate::model::Suite;

/// SHA-256 of the suite's file: its evaluators, its judge and its gates; with what it takes from the project's settings of judges.
pub fn suite_sha256(root: &Path, suite: &Suite) -> String {
    let file = fsx::sha256_lf_of(&root.join(&suite.path)).unwrap_or_default();
    match &suite.settings_judge {
        Some(judge) if !file.is_empty() => fsx::sha256_lf(format!("{file}\n{judge}").as_bytes()),
        _ => file,
    }
}
