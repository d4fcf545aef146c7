//! Opening what is read: regular files alone, up to a length, whole or a line at a time. No other module opens a file to read it.

use std::fs::{self, File};
use std::io::{self, BufRead, Read};
use std::path::Path;

use super::hash::LfHasher;
use crate::model::{Location, Problem};

/// Longest file that is read whole, in bytes: evidence, histories.
pub(crate) const LONGEST_FILE: u64 = 64 << 20;

/// Longest file that people write by hand: settings, suites, versions, templates, YAML datasets.
pub(crate) const LONGEST_TEXT: u64 = 8 << 20;

/// Longest line of the files that this program writes: journals, recordings, segments of the cache.
pub(crate) const LONGEST_LINE: usize = 64 << 20;

/// Opens a file for reading.
///
/// # Errors
/// When it cannot be opened, or is a pipe, a device or a socket: those could be waited for, or read, without end.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    require_regular(path)?;
    File::open(path)
}

/// A file's bytes.
///
/// # Errors
/// When it cannot be read, is no regular file, or is longer than 64 MiB.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    read_up_to(path, LONGEST_FILE)
}

/// A file's bytes, of a file that people write.
///
/// # Errors
/// When it cannot be read, is no regular file, or is longer than [`LONGEST_TEXT`].
pub(crate) fn read_text(path: &Path) -> io::Result<Vec<u8>> {
    read_up_to(path, LONGEST_TEXT)
}

fn read_up_to(path: &Path, longest: u64) -> io::Result<Vec<u8>> {
    let length = require_regular(path)?;
    if length > longest {
        return Err(too_long(longest));
    }
    // A registry is tens of thousands of small files: the length is known, and need not be asked for or probed again.
    let mut bytes = vec![0; usize::try_from(length).map_err(io::Error::other)?];
    let mut file = File::open(path)?;
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read(rest) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(filled);
    if length == 0 {
        // Some systems' own files tell no length.
        file.take(longest + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > longest {
            return Err(too_long(longest));
        }
    }
    Ok(bytes)
}

/// The hash of a file's bytes, CRLF read as LF, whatever its length.
///
/// # Errors
/// When it cannot be read, or is no regular file.
pub(crate) fn sha256_lf_of(path: &Path) -> io::Result<String> {
    let mut file = open(path)?;
    let (mut hasher, mut bytes) = (LfHasher::default(), vec![0; 1 << 16]);
    loop {
        match file.read(&mut bytes) {
            Ok(0) => return Ok(hasher.finish()),
            Ok(read) => hasher.update(bytes.get(..read).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Makes sure that what is about to be written to is a regular file, or not there yet.
///
/// # Errors
/// When it is anything else: opening a pipe waits until somebody reads from it.
pub(crate) fn require_regular_or_none(path: &Path) -> io::Result<()> {
    match require_regular(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other.map(drop),
    }
}

/// The length of what is read, and no pipe.
fn require_regular(path: &Path) -> io::Result<u64> {
    let metadata = fs::metadata(path)?;
    let kind = metadata.file_type();
    if !kind.is_file() && !kind.is_dir() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "it is no regular file",
        ));
    }
    Ok(metadata.len())
}

/// Opens a file for reading that has to be read whole.
///
/// # Errors
/// When it cannot be opened, is no regular file, or is longer than so many bytes.
pub(crate) fn open_up_to(path: &Path, longest: u64) -> io::Result<File> {
    if require_regular(path)? > longest {
        return Err(too_long(longest));
    }
    File::open(path)
}

/// A file that cannot be read, and why.
pub(crate) fn unreadable(path: impl Into<String>, error: &io::Error) -> Problem {
    let hint = match error.kind() {
        io::ErrorKind::FileTooLarge => Some(format!(
            "files that are written by hand have at most {}: data belongs into a dataset in JSON Lines, which is read row by row",
            mebibytes(LONGEST_TEXT)
        )),
        io::ErrorKind::InvalidInput => {
            Some("pipes and devices are not read: put the file itself there".to_owned())
        }
        _ => None,
    };
    let message = format!("it cannot be read: {error}");
    Problem::error("unreadable", Location::file(path), message).maybe_hint(hint)
}

/// Everything that a stream gives.
///
/// # Errors
/// When it cannot be read, or gives more than `longest` bytes.
pub(crate) fn read_stream(from: impl Read, longest: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(longest.saturating_add(1))
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > longest {
        return Err(too_long(longest));
    }
    Ok(bytes)
}

fn too_long(longest: u64) -> io::Error {
    let text = format!("it is longer than {}", mebibytes(longest));
    io::Error::new(io::ErrorKind::FileTooLarge, text)
}

/// A length for people.
pub(crate) fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", bytes >> 20)
}

/// Reads a line, its end included, into a buffer that is emptied before; the bytes read, 0 at the end of the file. `None` where the
/// line is longer than `longest`: the buffer holds its beginning, and the rest is unread.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn read_line(
    reader: &mut impl BufRead,
    line: &mut Vec<u8>,
    longest: usize,
) -> io::Result<Option<usize>> {
    line.clear();
    let mut limited = reader.take(longest as u64 + 1);
    let read = limited.read_until(b'\n', line)?;
    let is_whole = read <= longest || line.ends_with(b"\n");
    Ok(is_whole.then_some(read))
}

/// Reads a line of a file that this program writes, as [`read_line`] does.
///
/// # Errors
/// When it cannot be read, or is longer than [`LONGEST_LINE`].
pub(crate) fn own_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<usize> {
    read_line(reader, line, LONGEST_LINE)?.ok_or_else(line_too_long)
}

/// Makes sure that a line can be read back by [`own_line`].
///
/// # Errors
/// When it is longer than [`LONGEST_LINE`].
pub(crate) fn require_own_line(line: &[u8]) -> io::Result<()> {
    if line.len() < LONGEST_LINE {
        Ok(())
    } else {
        Err(line_too_long())
    }
}

fn line_too_long() -> io::Error {
    let text = format!("it is longer than {}", mebibytes(LONGEST_LINE as u64));
    io::Error::new(io::ErrorKind::FileTooLarge, text)
}

/// Bytes of a file from a place on, as many as there are up to `length`; the file's own position is of no matter.
pub(crate) fn read_at(file: &File, offset: u64, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        #[cfg(unix)]
        let read = std::os::unix::fs::FileExt::read_at(file, rest, offset + filled as u64);
        #[cfg(windows)]
        let read = std::os::windows::fs::FileExt::seek_read(file, rest, offset + filled as u64);
        match read {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_up_to_its_limit_and_no_further() {
        let mut text: &[u8] = b"abc\nabcd\nlonger\nend";
        let mut line = Vec::new();
        let mut next = |line: &mut Vec<u8>| read_line(&mut text, line, 4).unwrap();
        assert_eq!((next(&mut line), &*line), (Some(4), &b"abc\n"[..]));
        assert_eq!((next(&mut line), &*line), (Some(5), &b"abcd\n"[..]));
        assert_eq!((next(&mut line), &*line), (None, &b"longe"[..]));
        assert_eq!((next(&mut line), &*line), (Some(2), &b"r\n"[..]));
        assert_eq!((next(&mut line), &*line), (Some(3), &b"end"[..]));
        assert_eq!(next(&mut line), Some(0));
    }

    #[test]
    fn what_is_too_long_or_no_file_is_not_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("long");
        let file = File::create(&path).unwrap();
        file.set_len(LONGEST_TEXT).unwrap();
        assert_eq!(read_text(&path).unwrap().len() as u64, LONGEST_TEXT);
        file.set_len(LONGEST_TEXT + 1).unwrap();
        let error = read_text(&path).unwrap_err().to_string();
        assert_eq!(error, "it is longer than 8 MiB");
        if cfg!(unix) {
            let device = Path::new("/dev/zero");
            assert!(open(device).is_err() && require_regular_or_none(device).is_err());
        }
        assert!(require_regular_or_none(&dir.path().join("new")).is_ok());
    }
}
