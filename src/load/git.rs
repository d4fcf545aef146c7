//! What git says of the project. The only place that runs git.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

/// Why git could not tell what changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct GitError {
    /// What went wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// What is different between a commit and the working tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The commit that is compared with: where this branch left the other one.
    pub base: String,
    /// Files that were added, changed or removed, untracked ones included: paths relative to the project.
    pub files: BTreeSet<String>,
}

/// The checked-out commit; `None` outside a repository or without git.
pub fn head_commit(root: &Path) -> Option<String> {
    let output = run(root, &["rev-parse", "--verify", "HEAD"]).ok()?;
    let hash = text(&output);
    (output.status.success() && !hash.is_empty()).then_some(hash)
}

/// The name that git would write into a commit; `None` where it knows none.
pub fn user_name(root: &Path) -> Option<String> {
    let output = run(root, &["config", "user.name"]).ok()?;
    Some(text(&output)).filter(|name| !name.is_empty())
}

/// What changed since this branch left `reference`.
///
/// # Errors
/// Outside a repository, for a name that git does not know, and where the common commit was not fetched.
pub fn changed_since(root: &Path, reference: &str) -> Result<Changed, GitError> {
    let inside = run(root, &["rev-parse", "--is-inside-work-tree"])?;
    if !inside.status.success() {
        return Err(fault("this is no git repository", None));
    }
    let base = merge_base(root, reference)?;
    let mut files = BTreeSet::new();
    let lists: [&[&str]; 2] = [
        &[
            "diff",
            "--name-only",
            "--no-renames",
            "--relative",
            "-z",
            &base,
        ],
        &["ls-files", "--others", "--exclude-standard", "-z"],
    ];
    for list in lists {
        let output = run(root, list)?;
        if !output.status.success() {
            return Err(fault(
                format!("git {}: {}", list.join(" "), complaint(&output)),
                None,
            ));
        }
        let names = output.stdout.split(|byte| *byte == 0);
        let names = names.filter(|name| !name.is_empty());
        files.extend(names.map(|name| String::from_utf8_lossy(name).into_owned()));
    }
    Ok(Changed { base, files })
}

/// A file's bytes as they were in a commit; `None` where it was not there.
pub fn file_at(root: &Path, commit: &str, path: &str) -> Option<Vec<u8>> {
    let output = run(root, &["show", &format!("{commit}:./{path}")]).ok()?;
    output.status.success().then_some(output.stdout)
}

fn merge_base(root: &Path, reference: &str) -> Result<String, GitError> {
    let shallow = run(root, &["rev-parse", "--is-shallow-repository"])?;
    let hint = if text(&shallow) == "true" {
        "this is a shallow clone: fetch the whole history (actions/checkout: `fetch-depth: 0`)"
            .to_owned()
    } else {
        format!(
            "fetch it first: `git fetch origin`; known names: `git branch --all`, not `{reference}`"
        )
    };
    // A name that begins with a dash would be read as an option.
    let commit = format!("{reference}^{{commit}}");
    let known = run(
        root,
        &[
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &commit,
        ],
    )?;
    if !known.status.success() {
        return Err(fault(
            format!("git knows no commit `{reference}`"),
            Some(hint),
        ));
    }
    let found = run(root, &["merge-base", &text(&known), "HEAD"])?;
    if !found.status.success() {
        let message = format!("`{reference}` and HEAD have no commit in common here");
        return Err(fault(message, Some(hint)));
    }
    Ok(text(&found))
}

fn run(root: &Path, arguments: &[&str]) -> Result<Output, GitError> {
    let output = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(arguments)
        .output();
    output.map_err(|error| {
        fault(
            format!("git cannot be run: {error}"),
            Some("install git".into()),
        )
    })
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).trim().to_owned()
}

fn fault(message: impl Into<String>, hint: Option<String>) -> GitError {
    GitError {
        message: message.into(),
        hint,
    }
}
