//! The folder of runs: `.prompteval/runs/RUN/`. It ignores itself in git and keeps the newest runs.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::journal::JOURNAL_FILE;

/// How many runs are kept.
const KEPT: usize = 20;

/// The project's folder for what is not committed.
pub fn state_dir(root: &Path) -> PathBuf {
    root.join(".prompteval")
}

/// Makes the folder of a new run, and removes the oldest ones beyond the 20 newest.
///
/// # Errors
/// When the folder cannot be made, or a run of that id exists.
pub fn create(root: &Path, id: &str) -> io::Result<PathBuf> {
    let state = state_dir(root);
    let runs = state.join("runs");
    fs::create_dir_all(&runs)?;
    let ignore = state.join(".gitignore");
    if !ignore.exists() {
        fs::write(&ignore, "*\n")?;
    }
    let dir = runs.join(id);
    fs::create_dir(&dir)?;
    let ids = list(root);
    for old in ids.iter().take(ids.len().saturating_sub(KEPT)) {
        // A run that cannot be removed now is removed by a later one.
        let _ = fs::remove_dir_all(runs.join(old));
    }
    Ok(dir)
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

/// The journal that a user means by `name`: a run's id, the beginning of one, `last`, a run's folder or a journal's path.
///
/// # Errors
/// What is wrong with the name, and a hint.
pub fn find(root: &Path, from: &Path, name: &str) -> Result<PathBuf, (String, Option<String>)> {
    let path = from.join(name);
    if path.is_file() {
        return Ok(path);
    }
    if path.join(JOURNAL_FILE).is_file() {
        return Ok(path.join(JOURNAL_FILE));
    }
    let ids = list(root);
    let journal = |id: &str| state_dir(root).join("runs").join(id).join(JOURNAL_FILE);
    let found: Vec<&String> = match name {
        "last" => ids.last().into_iter().collect(),
        _ if ids.iter().any(|id| id == name) => ids.iter().filter(|id| *id == name).collect(),
        _ => ids.iter().filter(|id| id.starts_with(name)).collect(),
    };
    match found.as_slice() {
        [id] => Ok(journal(id)),
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
