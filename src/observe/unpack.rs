//! Journals as artifacts carry them: packed with gzip.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

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
    let packed = MultiGzDecoder::new(BufReader::new(File::open(path)?));
    let mut file = tempfile::NamedTempFile::new()?;
    let written = io::copy(&mut packed.take(LONGEST + 1), &mut file)?;
    if written > LONGEST {
        return Err(io::Error::other("it holds more than 8 GiB"));
    }
    Ok(Unpacked {
        path: file.path().to_owned(),
        _file: Some(file),
    })
}
