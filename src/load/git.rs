//! What git says of the project. The only place that runs git.

use std::path::Path;
use std::process::Command;

/// The checked-out commit; `None` outside a repository or without git.
pub fn head_commit(root: &Path) -> Option<String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(["rev-parse", "--verify", "HEAD"])
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let hash = text.trim();
    (output.status.success() && !hash.is_empty()).then(|| hash.to_owned())
}
