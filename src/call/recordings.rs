//! Recordings: committed responses, one JSON line each, in one file a suite. They replay without a network or a key.

mod file;
mod line;

pub use line::Recording;

use crate::model::Responses;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use file::{Place, SuiteFile, shown};

use super::kept::Kept;
use super::key::ResponseKey;
use crate::fsx;
use crate::model::{Location, Problem, Problems};

/// All recordings of a project.
#[derive(Debug)]
pub struct Recordings {
    dir: PathBuf,
    suites: Mutex<BTreeMap<String, SuiteFile>>,
}

impl Recordings {
    /// What is recorded in a folder, as far as a mode reads it. A run reads it anew: people edit these files.
    pub fn of(mode: Responses, dir: &Path, problems: &mut Problems) -> Self {
        match mode {
            Responses::Live => Self::none(dir),
            Responses::Auto | Responses::Replay | Responses::Record => Self::load(dir, problems),
        }
    }

    /// No recordings: for a mode that never reads them.
    fn none(dir: &Path) -> Self {
        Self {
            dir: dir.to_owned(),
            suites: Mutex::default(),
        }
    }

    /// Reads every `SUITE.jsonl` of a folder, which need not exist. Lines that are none go to `problems`.
    fn load(dir: &Path, problems: &mut Problems) -> Self {
        let mut suites = BTreeMap::new();
        for path in jsonl_files(dir, problems) {
            let name = path
                .file_stem()
                .map(|stem| stem.to_string_lossy().into_owned());
            match SuiteFile::read(&path, problems) {
                Ok(file) => {
                    suites.insert(name.unwrap_or_default(), file);
                }
                Err(error) => problems.push(unreadable(&path, &error)),
            }
        }
        Self {
            dir: dir.to_owned(),
            suites: Mutex::new(suites),
        }
    }

    /// The response of a key out of the suite's own file: what stands in another one, nobody recorded for this suite.
    pub(super) fn find(&self, key: ResponseKey, suite: &str) -> Option<Kept> {
        let suites = self.suites.lock().unwrap_or_else(PoisonError::into_inner);
        suites.get(suite)?.find(key)
    }

    /// Whether a suite has recordings, and the repeats that they are for.
    pub fn repeats(&self, suite: &str) -> Option<BTreeSet<u32>> {
        let suites = self.suites.lock().unwrap_or_else(PoisonError::into_inner);
        Some(suites.get(suite)?.repeats.clone())
    }

    /// How many lines a suite's file has, and how many of them answer for none of these keys.
    pub fn stale(&self, suite: &str, asked: &HashSet<ResponseKey>) -> (usize, usize) {
        let suites = self.suites.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(own) = suites.get(suite) else {
            return (0, 0);
        };
        let used = own.index.keys().filter(|key| asked.contains(key)).count();
        (own.lines, own.lines - used)
    }

    /// Removes the lines of a suite's file that answer for none of these keys, all of them or, where that fails, none.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn prune(&self, suite: &str, asked: &HashSet<ResponseKey>) -> io::Result<()> {
        let mut suites = self.suites.lock().unwrap_or_else(PoisonError::into_inner);
        file::prune(&self.dir, suite, asked)?;
        suites.remove(suite);
        Ok(())
    }

    /// Adds a line to a suite's file, unless it holds the key already.
    pub(super) fn append(&self, suite: &str, recording: &Recording) -> io::Result<()> {
        let mut suites = self.suites.lock().unwrap_or_else(PoisonError::into_inner);
        let own = suites.entry(suite.to_owned()).or_default();
        if own.index.contains_key(&recording.key) {
            return Ok(());
        }
        let mut line = serde_json::to_vec(recording)?;
        fsx::require_own_line(&line)?;
        line.push(b'\n');
        let file = match &mut own.file {
            Some(file) => file,
            empty => empty.insert(file::open(&self.dir, suite)?),
        };
        // One write a line, so that two processes never mix theirs.
        file.write_all(&line)?;
        let kept = Kept {
            completion: recording.response.clone(),
            latency_ms: recording.latency_ms,
            fallback: recording.fallback.clone(),
            at: recording.at,
        };
        own.index.insert(recording.key, Place::Here(Box::new(kept)));
        Ok(())
    }
}

fn jsonl_files(dir: &Path, problems: &mut Problems) -> Vec<PathBuf> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            problems.push(unreadable(dir, &error));
            return Vec::new();
        }
    };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut files: Vec<PathBuf> = paths
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "jsonl")
        })
        .collect();
    files.sort();
    files
}

fn unreadable(path: &Path, error: &io::Error) -> Problem {
    let location = Location::file(shown(path));
    Problem::error(
        "unreadable-recordings",
        location,
        format!("cannot be read: {error}"),
    )
}

#[cfg(test)]
mod tests {
    use super::super::key::Keys;
    use super::*;
    use crate::model::Completion;

    fn recording(repeat: u32, text: &str) -> Recording {
        Recording {
            key: Keys::new("openai", "", repeat, "{}", &[]).recording,
            version: "support@1.0.0".into(),
            case: "c".into(),
            evaluator: None,
            repeat,
            model: "openai/gpt-6-luna".parse().unwrap(),
            fallback: None,
            latency_ms: Some(2.0),
            at: None,
            response: Completion {
                content: text.into(),
                ..Completion::default()
            },
        }
    }

    fn load(dir: &Path) -> (Recordings, Vec<Problem>) {
        let mut problems = Problems::default();
        let recordings = Recordings::load(dir, &mut problems);
        (recordings, problems.sorted())
    }

    fn content(recordings: &Recordings, repeat: u32, suite: &str) -> Option<String> {
        let kept = recordings.find(recording(repeat, "").key, suite)?;
        Some(kept.completion.content)
    }

    #[test]
    fn only_a_suites_own_recordings_answer_for_it() {
        let dir = tempfile::tempdir().unwrap();
        let (recordings, _) = load(dir.path());
        recordings.append("a", &recording(0, "of a")).unwrap();
        recordings.append("b", &recording(0, "of b")).unwrap();
        recordings.append("a", &recording(1, "only a")).unwrap();
        let (read, problems) = load(dir.path());
        assert_eq!(problems, []);
        assert_eq!(content(&read, 0, "b").as_deref(), Some("of b"));
        assert_eq!(content(&read, 0, "new"), None);
        assert_eq!(content(&read, 1, "a").as_deref(), Some("only a"));
        assert_eq!(content(&read, 1, "b"), None);
        assert_eq!(content(&read, 2, "b"), None);
    }

    #[test]
    fn a_key_is_written_once_and_a_missing_line_end_is_mended() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.jsonl");
        let line = serde_json::to_string(&recording(0, "x")).unwrap();
        fs::write(&path, &line).unwrap();
        let (recordings, _) = load(dir.path());
        recordings.append("a", &recording(0, "y")).unwrap();
        recordings.append("a", &recording(1, "z")).unwrap();
        recordings.append("a", &recording(1, "z")).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 2);
        assert!(text.starts_with(&line) && text.ends_with('\n'));
    }

    #[test]
    fn a_bad_line_is_named_and_the_others_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("evals/recordings");
        fs::create_dir_all(&root).unwrap();
        let line = serde_json::to_string(&recording(0, "x")).unwrap();
        fs::write(
            root.join("a.jsonl"),
            format!("{line}\r\n\n{{\"key\": 1}}\n"),
        )
        .unwrap();
        let (recordings, problems) = load(&root);
        assert_eq!(content(&recordings, 0, "a").as_deref(), Some("x"));
        let place: Vec<String> = problems.iter().map(|p| p.location.to_string()).collect();
        assert!(
            place[0].starts_with("evals/recordings/a.jsonl:3:"),
            "{place:?}"
        );
        assert!(
            problems[0]
                .message
                .starts_with("this line is no recording: invalid type")
        );
    }
}
