//! Files: reading, listing, hashing and writing in one step (temporary file, then rename).

mod fence;
mod hash;
mod input;

pub(crate) use fence::{PROJECT_FILE, outside};
pub(crate) use hash::{LfHasher, hex, sha256_lf};
pub(crate) use input::{
    LONGEST_FILE, LONGEST_LINE, LONGEST_TEXT, mebibytes, open, open_up_to, own_line, read, read_at,
    read_line, read_stream, read_text, require_own_line, require_regular_or_none, sha256_lf_of,
    unreadable,
};

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Component, Path, PathBuf};

/// Whether something is there.
pub(crate) fn exists(path: &Path) -> bool {
    path.exists()
}

/// Whether a folder is there.
pub(crate) fn is_dir(path: &Path) -> bool {
    path.is_dir()
}

/// Names of a folder's entries, sorted; hidden ones left out. A missing folder has none.
pub(crate) fn list(dir: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Whether something has this name, be it a link that leads nowhere.
pub(crate) fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// Links that are followed on the way to one file, as many as systems do.
const MOST_LINKS: usize = 40;

/// What reading an absolute path depends on: every symbolic link on the way, and at the end the file itself. `.`, `..` and
/// doubled slashes are gone, and nothing needs to exist.
pub(crate) fn ways(path: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut here = PathBuf::new();
    let mut rest: Vec<PathBuf> = parts_backwards(path);
    while let Some(part) = rest.pop() {
        match part.components().next() {
            Some(Component::Normal(name)) => {
                let next = here.join(name);
                let target = fs::read_link(&next).ok();
                let Some(target) = target.filter(|_| found.len() < MOST_LINKS) else {
                    here = next;
                    continue;
                };
                found.push(next);
                if target.is_absolute() {
                    here = PathBuf::new();
                }
                rest.extend(parts_backwards(&target));
            }
            Some(Component::ParentDir) => {
                here.pop();
            }
            Some(Component::CurDir) | None => {}
            Some(Component::Prefix(_) | Component::RootDir) => here.push(part),
        }
    }
    found.push(here);
    found
}

fn parts_backwards(path: &Path) -> Vec<PathBuf> {
    let parts = path
        .components()
        .map(|part| PathBuf::from(part.as_os_str()));
    let mut parts: Vec<PathBuf> = parts.collect();
    parts.reverse();
    parts
}

/// A path as users see it: relative to `root` where it lies below it, with forward slashes.
pub(crate) fn shown(root: &Path, path: &Path) -> String {
    let path = path.strip_prefix(root).unwrap_or(path);
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '\\' {
        text.replace('\\', "/")
    } else {
        text.into_owned()
    }
}

/// What the names of files begin with that are not complete yet.
const PENDING: &str = ".prompteval-";

/// Gives a file other contents in one step that is on the disk when this returns.
///
/// # Errors
/// When the folder cannot be made or written; the file, if there was one, is then as it was.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    Pending::create(path)?.finish(|out| out.write_all(bytes))?;
    path.parent().map_or(Ok(()), sync_dir)
}

/// Makes a file that must not be there yet, in one step that is on the disk when this returns.
///
/// # Errors
/// When there is a file of that name, or the folder cannot be written.
pub(crate) fn create_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut pending = Pending::create(path)?;
    pending.file.write_all(bytes)?;
    pending.file.as_file().sync_all()?;
    pending.file.persist_noclobber(&pending.path)?;
    path.parent().map_or(Ok(()), sync_dir)
}

/// Flushes a folder's names to the disk: what was made, renamed and removed in it.
pub(crate) fn sync_dir(dir: &Path) -> io::Result<()> {
    if cfg!(unix) {
        fs::File::open(dir)?.sync_all()?;
    }
    Ok(())
}

/// Removes what processes that were killed have left of files in a folder. What cannot be removed stays.
pub(crate) fn remove_pending(dir: &Path) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(PENDING) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// A file that appears under its name only when it is complete.
///
/// Made before the work that fills it, so that a path that cannot be written is known in the first second.
#[derive(Debug)]
pub(crate) struct Pending {
    file: tempfile::NamedTempFile,
    path: PathBuf,
}

impl Pending {
    /// Opens a temporary file beside `path`, making its folder where needed.
    ///
    /// # Errors
    /// When the folder cannot be made or written, or `path` is a folder.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        // A link is followed: what it points to is what the user means.
        let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if path.exists() && !path.is_file() && !path.is_dir() {
            let error = "it is no regular file";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, error));
        }
        let dir = match path.parent() {
            Some(dir) if !dir.as_os_str().is_empty() => dir,
            _ => Path::new("."),
        };
        if path.is_dir() {
            return Err(io::Error::new(
                io::ErrorKind::IsADirectory,
                "it is a folder",
            ));
        }
        fs::create_dir_all(dir)?;
        let mut builder = tempfile::Builder::new();
        builder.prefix(PENDING);
        #[cfg(unix)]
        {
            // A report is an ordinary file for others to read, unlike what temporary files are by default.
            use std::os::unix::fs::PermissionsExt;
            let before = fs::metadata(path).map(|file| file.permissions());
            builder.permissions(before.unwrap_or(fs::Permissions::from_mode(0o644)));
        }
        Ok(Self {
            file: builder.tempfile_in(dir)?,
            path: path.to_owned(),
        })
    }

    /// Writes the contents, flushes them to the disk and gives the file its name.
    ///
    /// # Errors
    /// When writing fails; the file of that name, if there was one, is then as it was.
    pub(crate) fn finish(
        self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut out = BufWriter::new(self.file);
        write(&mut out)?;
        out.flush()?;
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_of_windows_do_not_change_the_hash() {
        assert_eq!(sha256_lf(b"a\r\nb\r\n"), sha256_lf(b"a\nb\n"));
        assert_ne!(sha256_lf(b"a\rb"), sha256_lf(b"ab"));
        assert!(sha256_lf(b"").starts_with("e3b0c442"));
    }

    #[test]
    fn a_pending_file_that_fails_leaves_the_old_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sub/report.json");
        Pending::create(&path)
            .unwrap()
            .finish(|out| out.write_all(b"old"))
            .unwrap();
        let failed = Pending::create(&path)
            .unwrap()
            .finish(|_| Err(io::Error::other("no")));
        assert!(failed.is_err());
        assert_eq!(read(&path).unwrap(), b"old");
        assert_eq!(list(&dir.path().join("sub")).unwrap(), ["report.json"]);
    }
}
