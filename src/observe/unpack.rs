//! Journals as artifacts carry them: packed with gzip.

use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use crate::fsx;

/// Longest journal that is unpacked, in bytes: a small file may claim to hold any length.
const LONGEST: u64 = 8 << 30;

/// A journal that can be read at any place.
#[derive(Debug)]
pub struct Unpacked {
    /// Where it is.
    pub path: PathBuf,
    /// Holds what was unpacked until it is no longer needed.
    _file: Option<tempfile::NamedTempFile>,
}

/// Unpacks a file whose name ends in `.gz`; any other is taken as it is.
///
/// # Errors
/// When it cannot be read, is no gzip, or is longer than 8 GiB.
pub fn unpacked(path: &Path) -> io::Result<Unpacked> {
    if !path
        .extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("gz"))
    {
        return Ok(Unpacked {
            path: path.to_owned(),
            _file: None,
        });
    }
    let packed = MultiGzDecoder::new(BufReader::new(fsx::open(path)?));
    let mut file = tempfile::NamedTempFile::new()?;
    let mut packed = BufReader::with_capacity(1 << 16, packed.take(LONGEST + 1));
    let (mut written, mut line) = (0, Vec::new());
    let mut out = BufWriter::new(&mut file);
    // Line by line: what holds none that a journal could have is not unpacked to its end.
    loop {
        let read = fsx::own_line(&mut packed, &mut line)?;
        if read == 0 {
            break;
        }
        out.write_all(&line)?;
        written += read as u64;
    }
    if written > LONGEST {
        return Err(io::Error::other("it holds more than 8 GiB"));
    }
    out.flush()?;
    drop(out);
    Ok(Unpacked {
        path: file.path().to_owned(),
        _file: Some(file),
    })
}
