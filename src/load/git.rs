//! What git says of the project. The only place that runs git.

use std::collections::{BTreeSet, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::changes::{Changes, Watched};
use super::child_output::output;
use crate::fsx;
use crate::secrets;

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
    /// Files that were added, changed or removed, untracked ones included: paths relative to the project, and none outside of it.
    pub files: BTreeSet<String>,
    /// The same of the whole repository, to ask whether a path is concerned.
    pub changes: Changes,
}

/// The checked-out commit; `None` outside a repository or without git.
pub(crate) fn head_commit(root: &Path) -> Option<String> {
    let output = run(root, &["rev-parse", "--verify", "HEAD"]).ok()?;
    let hash = text(&output);
    (output.status.success() && !hash.is_empty()).then_some(hash)
}

/// The name that git would write into a commit; `None` where it knows none.
pub(crate) fn user_name(root: &Path) -> Option<String> {
    let output = run(root, &["config", "user.name"]).ok()?;
    Some(text(&output)).filter(|name| !name.is_empty())
}

/// What changed since this branch left `reference`.
///
/// # Errors
/// Outside a repository, for a name that git does not know, and where the common commit was not fetched.
pub(crate) fn changed_since(root: &Path, reference: &str) -> Result<Changed, GitError> {
    let inside = run(root, &["rev-parse", "--is-inside-work-tree"])?;
    if !inside.status.success() {
        return Err(fault("this is no git repository", None));
    }
    let base = merge_base(root, reference)?;
    let root_resolved = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let up = text(&run(root, &["rev-parse", "--show-cdup"])?);
    let top = fsx::ways(&root_resolved.join(up)).pop().unwrap_or_default();
    let differs = [
        "diff",
        "--name-only",
        "--no-renames",
        "--ignore-submodules=none",
        "-z",
        &base,
    ];
    let below_top = names(&top, &differs)?
        .into_iter()
        .map(|name| top.join(name));
    let others = names(root, &["ls-files", "--others", "--exclude-standard", "-z"])?;
    let others = others.into_iter().map(|name| root_resolved.join(name));
    let changed: HashSet<PathBuf> = below_top.chain(others).collect();
    let inside = changed
        .iter()
        .filter_map(|path| path.strip_prefix(&root_resolved).ok());
    let files = inside.map(|path| fsx::shown(Path::new(""), path)).collect();
    let watched = Watched {
        files: tracked(&top)?,
        top,
    };
    let changes = Changes::of_repository(root, &base, changed, watched);
    Ok(Changed {
        base,
        files,
        changes,
    })
}

/// Tracked files of a repository, but for those that git was told not to look at.
fn tracked(top: &Path) -> Result<HashSet<PathBuf>, GitError> {
    let listed = names(top, &["ls-files", "-v", "-z"])?;
    // `H` is a plain file; lower case is assumed unchanged, `S` is skipped in the working tree.
    let plain = listed.iter().filter_map(|name| name.strip_prefix("H "));
    Ok(plain.map(|name| top.join(name)).collect())
}

/// Names that git prints, each ended by a NUL.
fn names(root: &Path, command: &[&str]) -> Result<Vec<String>, GitError> {
    let output = run(root, command)?;
    if !output.status.success() {
        let message = format!("git {}: {}", command.join(" "), complaint(&output));
        return Err(fault(message, None));
    }
    let names = output.stdout.split(|byte| *byte == 0);
    let names = names.filter(|name| !name.is_empty());
    Ok(names
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .collect())
}

/// A file's bytes as they were in a commit; `None` where it was not there.
pub(crate) fn file_at(root: &Path, commit: &str, path: &str) -> Option<Vec<u8>> {
    let shown = format!("{commit}:./{path}");
    let output = printed(git(root).args(["show", &shown]), b"", fsx::LONGEST_FILE).ok()?;
    output.status.success().then_some(output.stdout)
}

/// A file's bytes as reading it gave them in a commit: links within the repository are followed. `None` where it was not there,
/// led out of the repository, or has a name that cannot be asked for.
///
/// # Errors
/// When git cannot be run, or the file was longer than any that is read.
pub fn read_at(root: &Path, commit: &str, path: &str) -> Result<Option<Vec<u8>>, GitError> {
    if path.contains('\n') {
        return Ok(None);
    }
    let line = format!("{commit}:./{path}\n");
    let arguments = ["cat-file", "--batch", "--follow-symlinks"];
    // Beside the file stand its kind and its size.
    let longest = fsx::LONGEST_FILE + LONGEST_HEAD;
    let output = printed(git(root).args(arguments), line.as_bytes(), longest)?;
    Ok(blob(&output.stdout))
}

/// Longest line before a file's bytes.
const LONGEST_HEAD: u64 = 8 << 10;

/// The file in what `cat-file --batch` prints.
fn blob(printed: &[u8]) -> Option<Vec<u8>> {
    let end = printed.iter().position(|byte| *byte == b'\n')?;
    let (head, rest) = printed.split_at(end);
    let head = std::str::from_utf8(head).ok()?;
    let (kind, size) = head.rsplit_once(' ')?;
    let size: usize = size.parse().ok()?;
    let is_file = kind.ends_with(" blob");
    rest.get(1..=size).filter(|_| is_file).map(<[u8]>::to_vec)
}

/// Files below a folder of the project as they were in a commit, links not followed; paths relative to the project.
///
/// # Errors
/// When git cannot list them.
pub(crate) fn names_at(root: &Path, commit: &str, dir: &str) -> Result<Vec<String>, GitError> {
    let dir = format!("{dir}/");
    names(
        root,
        &["ls-tree", "-r", "-z", "--name-only", commit, "--", &dir],
    )
}

/// Files that git tracks below a folder of the project, and the folder itself where it is a tracked link; none outside of a
/// repository.
pub(crate) fn tracked_below(root: &Path, dir: &str) -> Vec<String> {
    names(root, &["ls-files", "-z", "--", dir]).unwrap_or_default()
}

/// Files of a pattern that lost lines, in a commit or since the last one; none where git cannot tell.
pub(crate) fn shortened(root: &Path, pattern: &str) -> BTreeSet<String> {
    let pattern = format!(":(glob){pattern}");
    let common = ["--no-renames", "--relative", "--numstat", "-z", "--format="];
    // A merge adds to each of its parents, and takes from none.
    let log = [&["log", "-m"], &common[..], &["--", &pattern]].concat();
    let unsaved = [&["diff"], &common[..4], &["HEAD", "--", &pattern]].concat();
    let mut found = BTreeSet::new();
    for command in [log, unsaved] {
        let Ok(output) = run(root, &command) else {
            continue;
        };
        let lines = text(&output);
        let counts = lines.split(['\0', '\n']);
        found.extend(counts.filter_map(|line| {
            let mut fields = line.splitn(3, '\t');
            let (removed, path) = (fields.nth(1)?, fields.next()?);
            (removed != "0").then(|| path.to_owned())
        }));
    }
    found
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

/// Longest list of names that git may print: a repository of millions of files.
const LONGEST_LIST: u64 = 256 << 20;

fn run(root: &Path, arguments: &[&str]) -> Result<Output, GitError> {
    printed(git(root).args(arguments), b"", LONGEST_LIST)
}

fn git(root: &Path) -> Command {
    let mut command = secrets::command("git");
    command.arg("-C").arg(root);
    command
}

fn printed(command: &mut Command, input: &[u8], longest: u64) -> Result<Output, GitError> {
    output(command, input, longest).map_err(|error| {
        if error.kind() != io::ErrorKind::FileTooLarge {
            let message = format!("git cannot be run: {error}");
            return fault(message, Some("install git".into()));
        }
        let arguments = command.get_args().skip(2).map(|one| one.to_string_lossy());
        let arguments: Vec<_> = arguments.collect();
        let longest = fsx::mebibytes(longest);
        fault(
            format!("git {} prints more than {longest}", arguments.join(" ")),
            Some("compare with a later commit, or keep large files out of git".into()),
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
