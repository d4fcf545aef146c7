//! One suite's recordings: a file of lines, of which only the places are kept in memory.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::line::Recording;
use crate::call::kept::Kept;
use crate::call::key::ResponseKey;
use crate::fsx;
use crate::model::{Location, Problem, Problems};

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// One suite's recordings: where they stand, and those that were just made.
#[derive(Debug, Default)]
pub(super) struct SuiteFile {
    pub(super) index: HashMap<ResponseKey, Place>,
    /// Repeats that responses were recorded for.
    pub(super) repeats: BTreeSet<u32>,
    /// Lines, those of a key that is there twice included.
    pub(super) lines: usize,
    /// Open for reading, where it was there.
    read: Option<File>,
    /// Open for appending, once something is to be written.
    pub(super) file: Option<File>,
}

/// Where a response is.
#[derive(Debug)]
pub(super) enum Place {
    /// In the file.
    At { offset: u64, length: usize },
    /// Made by this process.
    Here(Box<Kept>),
}

impl SuiteFile {
    /// Goes through a file; lines that are none go to `problems`.
    pub(super) fn read(path: &Path, problems: &mut Problems) -> io::Result<Self> {
        let file = fsx::open(path)?;
        let mut own = Self::default();
        let mut reader = BufReader::with_capacity(1 << 16, &file);
        let (mut offset, mut number, mut bytes) = (0, 0, Vec::new());
        loop {
            number += 1;
            let read = match fsx::own_line(&mut reader, &mut bytes) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                    problems.push(bad_line(&bytes, 1, &error.to_string(), path, number));
                    break;
                }
                Err(error) => return Err(error),
            };
            let row = bytes.strip_prefix(BYTE_ORDER_MARK).filter(|_| offset == 0);
            let row = row.unwrap_or(&bytes);
            let before = bytes.len() - row.trim_ascii_start().len();
            own.line(
                row.trim_ascii(),
                offset + before as u64,
                (path, number),
                problems,
            );
            offset += read as u64;
        }
        own.read = Some(file);
        Ok(own)
    }

    fn line(&mut self, line: &[u8], offset: u64, at: (&Path, usize), problems: &mut Problems) {
        if line.is_empty() {
            return;
        }
        match serde_json::from_slice::<Recording>(line) {
            Ok(recording) => {
                self.lines += 1;
                self.repeats.insert(recording.repeat);
                // The first line of a key holds, as in the run that wrote it.
                let length = line.len();
                let place = Place::At { offset, length };
                self.index.entry(recording.key).or_insert(place);
            }
            Err(error) => {
                let text = error.to_string();
                let what = text.split(" at line ").next().unwrap_or_default();
                problems.push(bad_line(line, error.column(), what, at.0, at.1));
            }
        }
    }

    /// The response of a key, read back.
    pub(super) fn find(&self, key: ResponseKey) -> Option<Kept> {
        let (offset, length) = match self.index.get(&key)? {
            Place::Here(kept) => return Some(Kept::clone(kept)),
            Place::At { offset, length } => (*offset, *length),
        };
        let bytes = fsx::read_at(self.read.as_ref()?, offset, length).ok()?;
        let recording: Recording = serde_json::from_slice(&bytes).ok()?;
        // The file may have been written over in the meantime: then the response is gone.
        (recording.key == key).then_some(Kept {
            completion: recording.response,
            latency_ms: recording.latency_ms,
            fallback: recording.fallback,
            at: recording.at,
        })
    }
}

/// Opens a suite's file for appending, its last line ended.
pub(super) fn open(dir: &Path, suite: &str) -> io::Result<File> {
    fs::create_dir_all(dir)?;
    let path = dir.join(format!("{suite}.jsonl"));
    fsx::require_regular_or_none(&path)?;
    let mut file = OpenOptions::new()
        .create(true)
        .read(true)
        .append(true)
        .open(path)?;
    if file.seek(SeekFrom::End(0))? > 0 {
        let mut last = [0];
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            file.write_all(b"\n")?;
        }
    }
    Ok(file)
}

/// Removes the lines of a suite's file that answer for none of these keys, all of them or, where that fails, none.
pub(super) fn prune(dir: &Path, suite: &str, asked: &HashSet<ResponseKey>) -> io::Result<()> {
    let path = dir.join(format!("{suite}.jsonl"));
    let mut reader = BufReader::with_capacity(1 << 16, fsx::open(&path)?);
    let (mut line, mut kept) = (Vec::new(), HashSet::new());
    fsx::Pending::create(&path)?.finish(|out| {
        while fsx::own_line(&mut reader, &mut line)? > 0 {
            let row = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&line);
            let recording = serde_json::from_slice::<Recording>(row.trim_ascii());
            // A line that is none was an error when the file was loaded.
            let key = recording.map(|recording| recording.key);
            if key.is_ok_and(|key| asked.contains(&key) && kept.insert(key)) {
                out.write_all(row.trim_ascii_end())?;
                out.write_all(b"\n")?;
            }
        }
        Ok(())
    })?;
    if kept.is_empty() {
        fs::remove_file(&path)?;
    }
    Ok(())
}

fn bad_line(line: &[u8], column: usize, what: &str, path: &Path, number: usize) -> Problem {
    let head = line.get(..480).unwrap_or(line);
    let text: String = String::from_utf8_lossy(head).chars().take(120).collect();
    let location = Location {
        path: shown(path),
        line: number,
        column: column.clamp(1, text.chars().count().max(1)),
        length: 1,
        excerpt: text,
        skipped: 0,
    };
    Problem::error(
        "bad-recording",
        location,
        format!("this line is no recording: {what}"),
    )
    .hint("delete the line, then record it again with `--responses record`")
}

/// A path for people: from the project's root on where it is the usual one.
pub(super) fn shown(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    match text.rfind("evals/recordings") {
        Some(at) => text.get(at..).unwrap_or_default().to_owned(),
        None => text,
    }
}
