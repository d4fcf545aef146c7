//! Where the rows of a dataset are read from while a run needs them: the file, by place, or memory for formats that have no places.

use std::fs::File;
use std::io;
use std::time::SystemTime;

use super::builder::LONGEST_ROW;
use crate::fsx::{self, LfHasher};
use crate::model::Case;
use crate::model::column::Column;
use crate::model::dataset::Rows;
use crate::model::offsets::Offsets;

/// Bytes read at once where the whole file is hashed again.
const HASHED_AT_ONCE: usize = 1 << 16;

/// Bytes in which a row begins after the empty lines before it.
const LINE_ENDS_READ: usize = 4096;

/// Bytes of a row that are kept for messages.
const SHOWN: usize = 4096;

/// Reads one row: its bytes, the line it starts on, and its number counted from 1.
pub(super) type Parse = Box<dyn Fn(&[u8], usize, usize) -> Option<Case> + Send + Sync>;

/// Rows of a file, found by where each begins.
pub(super) struct Indexed {
    file: File,
    begins: Offsets,
    /// How far the line of a row is ahead of its number: the same for all rows of most files.
    ahead: Column<usize>,
    parse: Parse,
    /// When the file was changed last, as far as the system tells.
    modified: Option<SystemTime>,
}

impl std::fmt::Debug for Indexed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Indexed")
            .field("rows", &self.begins.len())
            .finish_non_exhaustive()
    }
}

impl Indexed {
    /// No row yet.
    pub(super) fn new(file: File, parse: Parse) -> Self {
        Self {
            modified: modified(&file),
            file,
            begins: Offsets::default(),
            ahead: Column::default(),
            parse,
        }
    }

    /// Adds a row that begins so many bytes into the file, on this line.
    pub(super) fn push(&mut self, begin: u64, line: usize) {
        self.begins.push(begin);
        self.ahead.push(line.saturating_sub(self.begins.len()));
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.begins.len()
    }

    /// The line a row starts on. CSV's reader takes line ends and empty lines before a row for part of it.
    pub(super) fn line(&self, place: usize) -> io::Result<usize> {
        let begin = self.begins.get(place).unwrap_or_default();
        let head = fsx::read_at(&self.file, begin, LINE_ENDS_READ)?;
        Ok(self.line_after(place, &head))
    }

    fn line_after(&self, place: usize, bytes: &[u8]) -> usize {
        let line_ends = bytes
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'));
        let skipped = line_ends.filter(|byte| **byte == b'\n').count();
        self.ahead.get(place).unwrap_or_default() + place + 1 + skipped
    }

    fn bytes(&self, place: usize) -> io::Result<Vec<u8>> {
        let gone = || io::Error::other("there is no such row");
        let begin = self.begins.get(place).ok_or_else(gone)?;
        let end = match self.begins.get(place + 1) {
            Some(end) => end,
            None => self.file.metadata()?.len(),
        };
        // No row was longer when the file was loaded; empty lines may follow it.
        let length = end.saturating_sub(begin).min(LONGEST_ROW as u64 + 1);
        let mut bytes = fsx::read_at(&self.file, begin, length as usize)?;
        // Other white space at the end may be part of a value.
        while bytes.pop_if(|byte| matches!(byte, b'\r' | b'\n')).is_some() {}
        Ok(bytes)
    }
}

impl Rows for Indexed {
    fn row(&self, place: u32) -> io::Result<Case> {
        let place = place as usize;
        let bytes = self.bytes(place)?;
        let line = self.line_after(place, &bytes);
        // Every row was read when the file was loaded.
        let changed =
            || io::Error::other(format!("line {line} was changed while the file was in use"));
        (self.parse)(&bytes, line, place + 1).ok_or_else(changed)
    }

    fn text(&self, place: u32) -> io::Result<String> {
        let begin = self.begins.get(place as usize).unwrap_or_default();
        let bytes = fsx::read_at(&self.file, begin, SHOWN)?;
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_start_matches(['\r', '\n']);
        Ok(text.lines().next().unwrap_or_default().to_owned())
    }

    fn has_hash(&self, sha256: &str) -> io::Result<bool> {
        if self.modified.is_some() && modified(&self.file) == self.modified {
            return Ok(true);
        }
        // Saved again, and perhaps the same.
        let (mut hasher, mut offset) = (LfHasher::default(), 0);
        loop {
            let bytes = fsx::read_at(&self.file, offset, HASHED_AT_ONCE)?;
            if bytes.is_empty() {
                return Ok(hasher.finish() == sha256);
            }
            hasher.update(&bytes);
            offset += bytes.len() as u64;
        }
    }
}

fn modified(file: &File) -> Option<SystemTime> {
    file.metadata()
        .and_then(|metadata| metadata.modified())
        .ok()
}

/// Rows of a format that can only be read whole.
#[derive(Debug, Default)]
pub(super) struct InMemory(pub(super) Vec<Case>);

impl Rows for InMemory {
    fn row(&self, place: u32) -> io::Result<Case> {
        let case = self.0.get(place as usize).cloned();
        case.ok_or_else(|| io::Error::other("there is no such row"))
    }

    fn text(&self, _: u32) -> io::Result<String> {
        Ok(String::new())
    }

    fn has_hash(&self, _: &str) -> io::Result<bool> {
        Ok(true)
    }
}
