//! Who is at work in the cache: runs share it, tidying has it alone.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

use crate::fsx;

/// Name of the file that is locked. What it holds is of no matter.
pub(super) const LOCK_FILE: &str = "lock";

/// Held while a process reads and writes responses. The system lets go of it however the process ends.
#[derive(Debug)]
pub(super) struct Shared {
    _file: File,
}

impl Shared {
    /// Takes part; `None` where there is no folder yet, or none that can be written, and so none that could be tidied.
    pub(super) fn take(dir: &Path) -> Option<Self> {
        let file = open(dir).ok()?;
        // Tidying takes moments, and nobody else locks the file alone.
        file.lock_shared().ok()?;
        Some(Self { _file: file })
    }
}

/// Held while segments are moved or removed.
#[derive(Debug)]
pub(super) struct Alone {
    _file: File,
}

impl Alone {
    /// Has the cache alone; `None` while a run is at work in it.
    pub(super) fn take(dir: &Path) -> io::Result<Option<Self>> {
        let file = open(dir)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(error)) => Err(error),
        }
    }
}

fn open(dir: &Path) -> io::Result<File> {
    let file = dir.join(LOCK_FILE);
    fsx::require_regular_or_none(&file)?;
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(file)
}
