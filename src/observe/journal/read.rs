//! Reading a journal: from its beginning, or a single line of it.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::JournalError;
use super::bounds::Bounds;
use super::root::Root;
use crate::fsx;
use crate::model::event::{EndStatus, RunEnd, RunHeader};
use crate::model::record::{JournalOffset, Outputs};
use crate::model::{RunEvent, TrialRecord};

/// Bytes read ahead where single lines are read: about as long as a line.
const LINE_BUFFER: usize = 4096;

/// Longest end of a run: it holds a signature for each candidate.
const LONGEST_END: usize = 1 << 18;

/// A journal being read back.
#[derive(Debug)]
pub struct JournalFile {
    path: PathBuf,
    lines: Mutex<Lines>,
}

/// Lines at any place; reading on from where the last one ended costs no seek.
#[derive(Debug)]
struct Lines {
    reader: BufReader<File>,
    position: u64,
}

impl Lines {
    fn at(&mut self, at: JournalOffset) -> io::Result<Vec<u8>> {
        let ahead = at.0.wrapping_sub(self.position).cast_signed();
        self.reader.seek_relative(ahead)?;
        self.position = at.0;
        let mut line = Vec::new();
        let read = fsx::own_line(&mut self.reader, &mut line);
        self.position += line.len() as u64;
        read.map(|_| line)
    }
}

impl JournalFile {
    /// Opens a journal.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let file = fsx::open(path).map_err(|error| JournalError::Io {
            path: path.to_owned(),
            error,
        })?;
        Ok(Self {
            path: path.to_owned(),
            lines: Mutex::new(Lines {
                reader: BufReader::with_capacity(LINE_BUFFER, file),
                position: 0,
            }),
        })
    }

    /// Hands over every event with its place; returns whether the last line was torn off by a crash.
    ///
    /// # Errors
    /// When a line in the middle is no event, speaks of what the plan does not have, or is not the one that was written; or the
    /// journal is of another version.
    pub fn replay(
        &self,
        mut take: impl FnMut(&RunEvent, JournalOffset),
    ) -> Result<bool, JournalError> {
        let io = |error| JournalError::Io {
            path: self.path.clone(),
            error,
        };
        let file = fsx::open(&self.path).map_err(io)?;
        let mut reader = BufReader::with_capacity(1 << 16, file);
        let (mut offset, mut number, mut line) = (0_u64, 0_usize, Vec::new());
        let (mut bounds, mut root) = (Bounds::default(), Root::default());
        loop {
            number += 1;
            let read = fsx::own_line(&mut reader, &mut line);
            let read = read.map_err(|error| self.unread(number, error))?;
            if read == 0 {
                break;
            }
            if line.pop_if(|byte| *byte == b'\n').is_none() {
                return Ok(true);
            }
            let event = self.event(&line, number)?;
            let fits = bounds.take(&event).and_then(|()| root.take(&event, &line));
            fits.map_err(|message| self.damaged(number, message))?;
            take(&event, JournalOffset(offset));
            offset += read as u64;
        }
        if number == 1 {
            return Err(self.unusable("the journal is empty"));
        }
        Ok(false)
    }

    /// What the run set out to do.
    ///
    /// # Errors
    /// When the first line is no plan that this program can read.
    pub fn header(&self) -> Result<RunHeader, JournalError> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let line = lines.at(JournalOffset::default());
        drop(lines);
        let line = line.map_err(|error| self.unread(1, error))?;
        let event = self.event(&line, 1)?;
        let fits = Bounds::default().take(&event);
        fits.map_err(|message| self.damaged(1, message))?;
        match event {
            RunEvent::Plan(header) => Ok(*header),
            _ => Err(self.unusable("the journal does not begin with a plan")),
        }
    }

    /// Whether the run finished.
    pub fn is_complete(&self) -> bool {
        let end = self.end();
        end.is_some_and(|end| end.status == EndStatus::Complete)
    }

    /// How the run ended; `None` where the last line is no end.
    pub fn end(&self) -> Option<RunEnd> {
        let line = self.last_line().ok().flatten()?;
        match serde_json::from_slice(&line).ok()? {
            RunEvent::End(end) => Some(end),
            _ => None,
        }
    }

    /// The last line, where it is whole and no longer than that of an end.
    fn last_line(&self) -> io::Result<Option<Vec<u8>>> {
        let file = fsx::open(&self.path)?;
        let length = file.metadata()?.len();
        let begin = length.saturating_sub(LONGEST_END as u64);
        let tail = fsx::read_at(&file, begin, LONGEST_END)?;
        let Some(lines) = tail.strip_suffix(b"\n") else {
            return Ok(None);
        };
        Ok(lines
            .rsplit(|byte| *byte == b'\n')
            .next()
            .map(<[u8]>::to_vec))
    }

    fn event(&self, line: &[u8], number: usize) -> Result<RunEvent, JournalError> {
        serde_json::from_slice(line)
            .map_err(|error| self.damaged(number, format!("this is no line of a journal: {error}")))
    }

    fn unread(&self, line: usize, error: io::Error) -> JournalError {
        if error.kind() == io::ErrorKind::FileTooLarge {
            return self.damaged(line, format!("this is no line of a journal: {error}"));
        }
        JournalError::Io {
            path: self.path.clone(),
            error,
        }
    }

    fn damaged(&self, line: usize, message: String) -> JournalError {
        JournalError::Damaged {
            path: self.path.clone(),
            line,
            message,
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
    fn trial(&self, at: JournalOffset) -> io::Result<TrialRecord> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let line = lines.at(at)?;
        drop(lines);
        match serde_json::from_slice(&line)? {
            RunEvent::Trial(trial) => Ok(*trial),
            _ => Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "this line of the journal is no trial",
            )),
        }
    }
}
