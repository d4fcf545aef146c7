//! Writing a journal: to the kernel as each event happens, to the disk every 100 ms.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use super::{JOURNAL_FILE, JournalError};
use crate::fsx;
use crate::model::RunEvent;
use crate::model::record::JournalOffset;
use crate::seal::Chain;

/// How much a power loss can take: what was written in this time.
const SYNC_EVERY: Duration = Duration::from_millis(100);

/// A journal being written.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: Arc<File>,
    offset: u64,
    line: Vec<u8>,
    chain: Chain,
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
            chain: Chain::default(),
        })
    }

    /// Continues a journal; a last line that was cut off by a crash is removed. Returns whether there was one.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn resume(path: &Path) -> Result<(Self, bool), JournalError> {
        let io = |error| JournalError::Io {
            path: path.to_owned(),
            error,
        };
        fsx::require_regular_or_none(path).map_err(io)?;
        let open = OpenOptions::new().append(true).read(true).open(path);
        let file = open.map_err(io)?;
        let length = file.metadata().map_err(io)?.len();
        let whole = whole_lines(&file, length).map_err(io)?;
        if whole < length {
            file.set_len(whole).map_err(io)?;
        }
        let chain = chain(&file, whole).map_err(io)?;
        let file = Arc::new(file);
        let journal = Self {
            sync: Sync::start(&file),
            path: path.to_owned(),
            file,
            offset: whole,
            line: Vec::new(),
            chain,
        };
        Ok((journal, whole < length))
    }

    /// Where the journal is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes one event; a `kill -9` after it loses nothing of it.
    ///
    /// # Errors
    /// When the disk is full or the file is gone.
    pub fn append(&mut self, event: &RunEvent) -> Result<JournalOffset, JournalError> {
        self.line.clear();
        let written = serde_json::to_writer(&mut self.line, event)
            .map_err(io::Error::from)
            .and_then(|()| {
                // What no reader would take must not be written.
                fsx::require_own_line(&self.line)?;
                self.line.push(b'\n');
                (&*self.file).write_all(&self.line)
            });
        written.map_err(|error| self.io(error))?;
        self.chain
            .take(self.line.strip_suffix(b"\n").unwrap_or(&self.line));
        let at = JournalOffset(self.offset);
        self.offset += self.line.len() as u64;
        if let Some(sync) = &self.sync {
            sync.dirty.store(true, Ordering::Release);
        }
        Ok(at)
    }

    /// Root of the hash chain over the lines so far.
    pub fn root(&self) -> String {
        self.chain.root()
    }

    /// Flushes to the disk and ends.
    ///
    /// # Errors
    /// When the disk refuses, or the file is not what was written: somebody else was at it.
    pub fn finish(mut self) -> Result<(), JournalError> {
        if let Some(sync) = self.sync.take() {
            sync.end();
        }
        self.file.sync_all().map_err(|error| self.io(error))?;
        let there = fsx::open(&self.path).and_then(|file| chain(&file, self.offset + 1));
        match there {
            Ok(there) if there == self.chain => Ok(()),
            Ok(_) => Err(self.touched()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(self.touched()),
            Err(error) => Err(self.io(error)),
        }
    }

    fn touched(&self) -> JournalError {
        JournalError::Unusable {
            path: self.path.clone(),
            message: "the journal was changed by another process while the run wrote it".to_owned(),
        }
    }

    fn io(&self, error: io::Error) -> JournalError {
        JournalError::Io {
            path: self.path.clone(),
            error,
        }
    }
}

/// The hash chain over the lines in the first so many bytes.
fn chain(file: &File, length: u64) -> io::Result<Chain> {
    let mut reader = BufReader::with_capacity(1 << 16, file).take(length);
    let (mut chain, mut line) = (Chain::default(), Vec::new());
    while fsx::own_line(&mut reader, &mut line)? > 0 {
        chain.take(line.strip_suffix(b"\n").unwrap_or(&line));
    }
    Ok(chain)
}

/// Bytes up to the end of the last whole line.
fn whole_lines(file: &File, length: u64) -> io::Result<u64> {
    const STEP: u64 = 1 << 16;
    let mut end = length;
    while end > 0 {
        let begin = end.saturating_sub(STEP);
        let bytes = fsx::read_at(file, begin, (end - begin) as usize)?;
        if let Some(at) = bytes.iter().rposition(|byte| *byte == b'\n') {
            return Ok(begin + at as u64 + 1);
        }
        end = begin;
    }
    Ok(0)
}

impl Sync {
    /// Without a thread (none could be started) the journal is only flushed at its end.
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
