//! The journal: a line for each event, the one source of every report.

mod bounds;
mod lines;
mod read;
mod root;
mod write;

pub use lines::Lines;
pub use read::JournalFile;
pub use write::Journal;

use std::io;
use std::path::PathBuf;

/// Name of the journal in a run's folder.
pub const JOURNAL_FILE: &str = "journal.jsonl";

/// What is wrong with a journal.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// It cannot be read or written.
    #[error("{path}: {error}")]
    Io {
        /// The journal.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A line is no event, or none that belongs here.
    #[error("{path}:{line}: {message}")]
    Damaged {
        /// The journal.
        path: PathBuf,
        /// Line, counted from 1.
        line: usize,
        /// What is wrong with it.
        message: String,
    },
    /// It has no plan, or one of a newer version.
    #[error("{path}: {message}")]
    Unusable {
        /// The journal.
        path: PathBuf,
        /// Why.
        message: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RunEvent;
    use crate::model::event::{EndStatus, JOURNAL_VERSION, RunEnd, RunHeader, RunInfo};

    fn plan() -> RunEvent {
        RunEvent::Plan(Box::new(RunHeader {
            journal: JOURNAL_VERSION,
            run: RunInfo {
                id: "r".into(),
                started_at: "2026-11-20T00:00:00Z".into(),
                responses: "auto".into(),
                seed: 1,
                ..RunInfo::default()
            },
            prices_date: "2026-11-12".into(),
            suites: vec![],
        }))
    }

    fn end() -> RunEvent {
        let at = "2026-11-20T00:00:01Z".into();
        RunEvent::End(RunEnd::new(EndStatus::Complete, at, None))
    }

    #[test]
    fn what_is_written_is_read_back_and_a_torn_tail_is_left_out() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = Journal::create(dir.path()).unwrap();
        journal.append(&plan()).unwrap();
        journal.append(&end()).unwrap();
        let path = journal.path().to_owned();
        journal.finish().unwrap();
        let read = || {
            let mut events = Vec::new();
            let torn = JournalFile::open(&path)
                .unwrap()
                .replay(|event, _| events.push(event.clone()));
            (events, torn)
        };
        let (events, torn) = read();
        assert_eq!((events, torn.unwrap()), (vec![plan(), end()], false));
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() - 3]).unwrap();
        let (events, torn) = read();
        assert_eq!((events, torn.unwrap()), (vec![plan()], true));
        std::fs::write(&path, b"{}\n").unwrap();
        assert!(matches!(
            read().1,
            Err(JournalError::Damaged { line: 1, .. })
        ));
    }
}
