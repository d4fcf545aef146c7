//! The journal: a line for each event, written to the kernel as it happens, flushed to the disk every 100 ms.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::model::event::JOURNAL_VERSION;
use crate::model::record::{JournalSpan, Outputs};
use crate::model::{RunEvent, TrialRecord};

/// How much a power loss can take: what was written in this time.
const SYNC_EVERY: Duration = Duration::from_millis(100);

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
    /// A line in the middle is no event.
    #[error("{path}:{line}: this is no line of a journal: {message}")]
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

/// A journal being written.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: Arc<File>,
    offset: u64,
    line: Vec<u8>,
    sync: Option<Sync>,
}

/// The thread that flushes to the disk, so that the run never waits for it.
#[derive(Debug)]
struct Sync {
    dirty: Arc<AtomicBool>,
    stop: SyncSender<()>,
    thread: JoinHandle<()>,
}

impl Journal {
    /// Begins a journal in a run's folder.
    ///
    /// # Errors
    /// When it exists already or cannot be written.
    pub fn create(dir: &Path) -> Result<Self, JournalError> {
        let path = dir.join(JOURNAL_FILE);
        let open = OpenOptions::new().append(true).create_new(true).open(&path);
        let file = open.map_err(|error| JournalError::Io {
            path: path.clone(),
            error,
        })?;
        let file = Arc::new(file);
        Ok(Self {
            sync: Sync::start(&file),
            path,
            file,
            offset: 0,
            line: Vec::new(),
        })
    }

    /// Where the journal is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes one event; a `kill -9` after it loses nothing of it.
    ///
    /// # Errors
    /// When the disk is full or the file is gone.
    pub fn append(&mut self, event: &RunEvent) -> Result<JournalSpan, JournalError> {
        self.line.clear();
        let written = serde_json::to_writer(&mut self.line, event)
            .map_err(io::Error::from)
            .and_then(|()| {
                self.line.push(b'\n');
                (&*self.file).write_all(&self.line)
            });
        written.map_err(|error| self.io(error))?;
        let span = JournalSpan {
            offset: self.offset,
            length: (self.line.len() - 1) as u32,
        };
        self.offset += self.line.len() as u64;
        if let Some(sync) = &self.sync {
            sync.dirty.store(true, Ordering::Release);
        }
        Ok(span)
    }

    /// Flushes to the disk and ends.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn finish(mut self) -> Result<(), JournalError> {
        if let Some(sync) = self.sync.take() {
            sync.end();
        }
        self.file.sync_all().map_err(|error| self.io(error))
    }

    fn io(&self, error: io::Error) -> JournalError {
        JournalError::Io {
            path: self.path.clone(),
            error,
        }
    }
}

impl Sync {
    /// Without a thread (none can be had) the journal is only flushed at its end.
    fn start(file: &Arc<File>) -> Option<Self> {
        let dirty = Arc::new(AtomicBool::new(false));
        let (stop, stopped) = sync_channel(1);
        let (file, flag) = (Arc::clone(file), Arc::clone(&dirty));
        let thread = std::thread::Builder::new()
            .name("journal-sync".to_owned())
            .spawn(move || Self::run(&file, &flag, &stopped))
            .ok()?;
        Some(Self {
            dirty,
            stop,
            thread,
        })
    }

    fn run(file: &File, dirty: &AtomicBool, stopped: &Receiver<()>) {
        while stopped.recv_timeout(SYNC_EVERY) == Err(RecvTimeoutError::Timeout) {
            if dirty.swap(false, Ordering::AcqRel) {
                // A failure shows at the next write or at the end.
                let _ = file.sync_data();
            }
        }
    }

    fn end(self) {
        let _ = self.stop.send(());
        let _ = self.thread.join();
    }
}

/// A journal being read back.
#[derive(Debug)]
pub struct JournalFile {
    path: PathBuf,
    file: Mutex<File>,
}

impl JournalFile {
    /// Opens a journal.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let file = File::open(path).map_err(|error| JournalError::Io {
            path: path.to_owned(),
            error,
        })?;
        Ok(Self {
            path: path.to_owned(),
            file: Mutex::new(file),
        })
    }

    /// Hands over every event with its place; returns whether the last line was torn off by a crash.
    ///
    /// # Errors
    /// When a line in the middle is no event, or the journal is of a newer version.
    pub fn replay(
        &self,
        mut take: impl FnMut(&RunEvent, JournalSpan),
    ) -> Result<bool, JournalError> {
        let io = |error| JournalError::Io {
            path: self.path.clone(),
            error,
        };
        let file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let mut file = file.try_clone().map_err(io)?;
        file.seek(SeekFrom::Start(0)).map_err(io)?;
        let mut reader = BufReader::with_capacity(1 << 16, file);
        let (mut offset, mut number, mut line) = (0_u64, 0_usize, Vec::new());
        loop {
            line.clear();
            let read = reader.read_until(b'\n', &mut line).map_err(io)?;
            if read == 0 {
                break;
            }
            number += 1;
            if line.pop_if(|byte| *byte == b'\n').is_none() {
                return Ok(true);
            }
            let event = self.event(&line, number)?;
            let span = JournalSpan {
                offset,
                length: line.len() as u32,
            };
            take(&event, span);
            offset += read as u64;
        }
        if number == 0 {
            return Err(self.unusable("the journal is empty"));
        }
        Ok(false)
    }

    fn event(&self, line: &[u8], number: usize) -> Result<RunEvent, JournalError> {
        let event = serde_json::from_slice(line).map_err(|error| JournalError::Damaged {
            path: self.path.clone(),
            line: number,
            message: error.to_string(),
        })?;
        match &event {
            RunEvent::Plan(header) if header.journal > JOURNAL_VERSION => Err(self.unusable(
                "the journal was written by a newer prompteval: install that version to read it",
            )),
            RunEvent::Plan(_) => Ok(event),
            _ if number == 1 => Err(self.unusable("the journal does not begin with a plan")),
            _ => Ok(event),
        }
    }

    fn unusable(&self, message: &str) -> JournalError {
        JournalError::Unusable {
            path: self.path.clone(),
            message: message.to_owned(),
        }
    }
}

impl Outputs for JournalFile {
    fn trial(&self, at: JournalSpan) -> io::Result<TrialRecord> {
        let mut line = vec![0; at.length as usize];
        {
            let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            file.seek(SeekFrom::Start(at.offset))?;
            file.read_exact(&mut line)?;
        }
        match serde_json::from_slice(&line)? {
            RunEvent::Trial(trial) => Ok(*trial),
            _ => Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "this line of the journal is no trial",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::{EndStatus, RunEnd, RunHeader, RunInfo};

    fn plan() -> RunEvent {
        RunEvent::Plan(Box::new(RunHeader {
            journal: JOURNAL_VERSION,
            run: RunInfo {
                id: "r".into(),
                started_at: "2026-11-20T00:00:00Z".into(),
                git_commit: None,
                responses: "auto".into(),
                seed: 1,
                prompteval: "0.0.0".into(),
                partial: vec![],
            },
            prices_date: "2026-11-12".into(),
            suites: vec![],
        }))
    }

    fn end() -> RunEvent {
        RunEvent::End(RunEnd {
            status: EndStatus::Complete,
            finished_at: "2026-11-20T00:00:01Z".into(),
            reason: None,
        })
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
