//! The folder of runs: `.prompteval/runs/RUN/`. It ignores itself in git and keeps the newest runs.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::journal::{JOURNAL_FILE, JournalFile};
use crate::fsx;
use crate::model::event::RunHeader;

/// Name of the file that is locked while a run goes on.
const LOCK_FILE: &str = "lock";

/// How many runs are kept.
const KEPT: usize = 20;

/// The project's folder for what is not committed.
pub(crate) fn state_dir(root: &Path) -> PathBuf {
    root.join(".prompteval")
}

/// The folder of a run that this process writes to; no other process may until it is dropped.
#[derive(Debug)]
pub struct RunDir {
    /// The folder.
    pub path: PathBuf,
    /// Locked, and let go when the process ends, however it ends.
    _lock: fs::File,
}

impl RunDir {
    /// Takes hold of a run's folder.
    ///
    /// # Errors
    /// When another process writes to it, or it cannot be written.
    pub fn hold(path: PathBuf) -> io::Result<Self> {
        let file = path.join(LOCK_FILE);
        fsx::require_regular_or_none(&file)?;
        let lock = fs::OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(file)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path, _lock: lock }),
            Err(fs::TryLockError::WouldBlock) => Err(io::Error::new(
                io::ErrorKind::WouldBlock,
                "another process is at work on this run",
            )),
            Err(fs::TryLockError::Error(error)) => Err(error),
        }
    }

    fn is_held(path: &Path) -> bool {
        let lock = fsx::open(&path.join(LOCK_FILE));
        lock.is_ok_and(|lock| matches!(lock.try_lock(), Err(fs::TryLockError::WouldBlock)))
    }
}

/// Makes the folder of a new run, and removes the oldest ones beyond the 20 newest.
///
/// # Errors
/// When the folder cannot be made, or a run of that id exists.
pub fn create(root: &Path, id: &str) -> io::Result<RunDir> {
    let state = state_dir(root);
    let runs = state.join("runs");
    fs::create_dir_all(&runs)?;
    let ignore = state.join(".gitignore");
    if !ignore.exists() {
        fs::write(&ignore, "*\n")?;
    }
    let dir = runs.join(id);
    fs::create_dir(&dir)?;
    let held = RunDir::hold(dir)?;
    let ids = list(root);
    for old in ids.iter().take(ids.len().saturating_sub(KEPT)) {
        // A run that goes on, or cannot be removed now, is removed by a later one.
        if !RunDir::is_held(&runs.join(old)) {
            let _ = fs::remove_dir_all(runs.join(old));
        }
    }
    Ok(held)
}

/// Ids of the runs that have a journal, oldest first, with the one just made.
pub fn list(root: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(state_dir(root).join("runs")) else {
        return Vec::new();
    };
    let mut ids: Vec<String> = entries
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    ids.sort();
    ids
}

/// Where a kept run has its journal.
pub fn journal(root: &Path, id: &str) -> PathBuf {
    state_dir(root).join("runs").join(id).join(JOURNAL_FILE)
}

/// The journal of the newest run that did not finish and that no process is at work on.
///
/// # Errors
/// When there is none, with a hint.
pub(crate) fn newest_incomplete(root: &Path) -> Result<PathBuf, (String, Option<String>)> {
    let runs = state_dir(root).join("runs");
    let newest_first = list(root).into_iter().rev();
    for dir in newest_first.map(|id| runs.join(id)) {
        let journal = dir.join(JOURNAL_FILE);
        let is_complete = JournalFile::open(&journal).is_ok_and(|journal| journal.is_complete());
        if journal.is_file() && !is_complete && !RunDir::is_held(&dir) {
            return Ok(journal);
        }
    }
    Err((
        "there is no run to resume: every run has finished".to_owned(),
        Some("start one: `prompteval run`".to_owned()),
    ))
}

/// Runs that came to their end, newest first: the journal and what each set out to do.
pub fn complete(root: &Path) -> impl Iterator<Item = (PathBuf, RunHeader)> {
    let runs = state_dir(root).join("runs");
    let newest_first = list(root).into_iter().rev();
    newest_first.filter_map(move |id| {
        let path = runs.join(id).join(JOURNAL_FILE);
        let journal = JournalFile::open(&path).ok()?;
        let header = journal.is_complete().then(|| journal.header().ok())??;
        Some((path, header))
    })
}

/// The journal that a user means by `name`: a run's id, the beginning of one, `last`, a run's folder or a journal's path.
///
/// # Errors
/// What is wrong with the name, and a hint.
pub fn find(root: &Path, from: &Path, name: &str) -> Result<PathBuf, (String, Option<String>)> {
    let path = from.join(name);
    if let Err(error) = fsx::require_regular_or_none(&path) {
        return Err((format!("{name} is no run: {error}"), None));
    }
    if path.is_file() {
        return Ok(path);
    }
    if path.join(JOURNAL_FILE).is_file() {
        return Ok(path.join(JOURNAL_FILE));
    }
    let packed = path.join(format!("{JOURNAL_FILE}.gz"));
    if packed.is_file() {
        return Ok(packed);
    }
    let ids = list(root);
    let found: Vec<&String> = match name {
        "last" => ids.last().into_iter().collect(),
        _ if ids.iter().any(|id| id == name) => ids.iter().filter(|id| *id == name).collect(),
        _ => ids.iter().filter(|id| id.starts_with(name)).collect(),
    };
    match found.as_slice() {
        [id] => Ok(journal(root, id)),
        [] if ids.is_empty() => Err((
            "there is no run yet".to_owned(),
            Some("make one: `prompteval run`".to_owned()),
        )),
        [] => {
            let newest: Vec<&str> = ids.iter().rev().take(3).map(String::as_str).collect();
            let hint = format!("newest first: {}; or `last`", newest.join(", "));
            Err((format!("there is no run `{name}`"), Some(hint)))
        }
        several => Err((
            format!("{} runs begin with `{name}`", several.len()),
            Some("write more of the id".to_owned()),
        )),
    }
}
