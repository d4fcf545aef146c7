//! A segment of the cache: a file of lines, one a response, appended to by one process.

use std::fs;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::call::key::ResponseKey;
use crate::fsx;
use crate::model::{Completion, ModelName};

/// What a line holds: read as its own, written as borrowed.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Entry<Model = ModelName, Response = Completion> {
    pub(super) key: ResponseKey,
    /// When it was got, seconds since 1970: files restored by a CI system have lost their own times.
    pub(super) at: i64,
    pub(super) model: Model,
    pub(super) latency_ms: Option<f64>,
    pub(super) response: Response,
}

/// How each line begins, so that an index needs no more of it than its first bytes.
const HEAD: &[u8] = b"{\"key\":\"";

/// Digits of a key.
const DIGITS: usize = 64;

/// A line of a segment: where it stands, and the key it begins with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    pub(super) key: ResponseKey,
    pub(super) offset: u64,
    /// The line without its end.
    pub(super) bytes: &'a [u8],
}

/// The segments of a folder, oldest first; a folder that is not there has none.
pub(super) fn list(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut segments = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "jsonl") && path.is_file() {
            segments.push(path);
        }
    }
    segments.sort();
    Ok(segments)
}

/// Hands over every whole line that begins as an entry does; a torn last line and alien ones are passed over, and what is too
/// long for an entry ends the segment. Returns how many alien ones there are.
pub(super) fn scan(path: &Path, mut take: impl FnMut(Line<'_>)) -> io::Result<usize> {
    let mut reader = BufReader::with_capacity(1 << 18, fsx::open(path)?);
    let (mut offset, mut bytes, mut alien) = (0, Vec::new(), 0);
    loop {
        let Some(read) = fsx::read_line(&mut reader, &mut bytes, fsx::LONGEST_LINE)? else {
            return Ok(alien + 1);
        };
        if bytes.pop_if(|byte| *byte == b'\n').is_none() {
            return Ok(alien);
        }
        if let Some(key) = key(&bytes) {
            take(Line {
                key,
                offset,
                bytes: &bytes,
            });
        } else {
            alien += 1;
        }
        offset += read as u64;
    }
}

fn key(line: &[u8]) -> Option<ResponseKey> {
    let digits = line.strip_prefix(HEAD)?.get(..DIGITS)?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}
