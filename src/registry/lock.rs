//! One writer a family: a file that is locked as long as the process lives, however it ends.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::place::folder;
use super::{RegistryError, read};
use crate::fsx;

/// The project's folder for what is not committed, and the locks in it.
const STATE: &str = ".prompteval";
const LOCKS: &str = "locks";

/// How long another writer is waited for. A move takes some milliseconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// Time between two tries.
const PAUSE: Duration = Duration::from_millis(10);

/// The right to change a family, until it is dropped.
#[derive(Debug)]
pub(super) struct FamilyLock {
    file: File,
}

impl FamilyLock {
    /// Waits for the lock of a family that exists, writes down who has it, and clears away what killed writers left.
    pub(super) fn hold(
        root: &Path,
        family: &str,
        by: &str,
        now: Timestamp,
    ) -> Result<Self, RegistryError> {
        read::require(root, family)?;
        let path = root.join(STATE).join(LOCKS).join(format!("{family}.lock"));
        let failed = |source| RegistryError::Io {
            path: fsx::shown(root, &path),
            source,
        };
        let mut file = open(root, &path).map_err(failed)?;
        let began = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if began.elapsed() < PATIENCE => thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => {
                    return Err(RegistryError::Locked {
                        family: family.to_owned(),
                        holder: holder(&mut file),
                    });
                }
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
        }
        let note = format!("process {} ({by}) since {now}", std::process::id());
        write_note(&mut file, &note).map_err(failed)?;
        fsx::remove_pending(&folder(root, family));
        Ok(Self { file })
    }
}

impl Drop for FamilyLock {
    fn drop(&mut self) {
        // What stays behind is only read while another process has the lock, and that one writes its own.
        let _ = self.file.set_len(0);
    }
}

fn open(root: &Path, path: &Path) -> io::Result<File> {
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir)?;
    }
    let ignore = root.join(STATE).join(".gitignore");
    if !ignore.exists() {
        fs::write(&ignore, "*\n")?;
    }
    fsx::require_regular_or_none(path)?;
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
}

fn write_note(file: &mut File, note: &str) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(note.as_bytes())
}

fn holder(file: &mut File) -> String {
    let mut note = String::new();
    // On Windows a locked file cannot be read.
    match file.rewind().and_then(|()| file.read_to_string(&mut note)) {
        Ok(_) if !note.is_empty() => note,
        _ => "another process".to_owned(),
    }
}
