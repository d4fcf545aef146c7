//! Which files a change is about: paths as the file system resolves them, so that no spelling and no link hides one.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use crate::fsx;

/// Files that changed, and what git would tell of if it changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The project's folder, links resolved.
    root: PathBuf,
    /// The commit that is compared with, where there is one.
    base: Option<String>,
    /// Absolute paths of files that were added, changed or removed; links are not followed.
    changed: HashSet<PathBuf>,
    /// What git watches over; `None` where it was not git that was asked.
    watched: Option<Watched>,
}

/// The files of a repository whose changes git would tell of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Watched {
    /// The repository's folder, links resolved.
    pub(super) top: PathBuf,
    /// Tracked files, by absolute path.
    pub(super) files: HashSet<PathBuf>,
}

impl Changes {
    /// Files that were seen to change: paths relative to the project.
    pub fn of(root: &Path, files: &BTreeSet<String>) -> Self {
        let root = resolved(root);
        let changed = files.iter().map(|file| root.join(file)).collect();
        Self {
            root,
            base: None,
            changed,
            watched: None,
        }
    }

    /// What git tells of a repository: absolute paths below its resolved folder.
    pub(super) fn of_repository(
        root: &Path,
        base: &str,
        changed: HashSet<PathBuf>,
        watched: Watched,
    ) -> Self {
        Self {
            root: resolved(root),
            base: Some(base.to_owned()),
            changed,
            watched: Some(watched),
        }
    }

    /// The commit that is compared with; none where files were only seen to be saved.
    pub fn base(&self) -> Option<&str> {
        self.base.as_deref()
    }

    /// Whether reading a file, named from the project, may give something else than before: it changed, or a link on the way to
    /// it did, or git cannot see it and so cannot say.
    pub fn touch(&self, path: impl AsRef<Path>) -> bool {
        let ways = fsx::ways(&self.root.join(path));
        let target = ways.len().saturating_sub(1);
        let mut ways = ways.iter().enumerate();
        ways.any(|(place, way)| self.changed.contains(way) || self.is_unseen(way, place == target))
    }

    /// Whether any file of a folder, named from the project, is concerned, those that were removed included.
    pub(crate) fn touch_below(&self, dir: impl AsRef<Path>) -> bool {
        let dir = dir.as_ref();
        let ways = fsx::ways(&self.root.join(dir));
        let is_below = |file: &PathBuf| ways.iter().any(|way| file.starts_with(way));
        let names = fsx::list(&self.root.join(dir)).unwrap_or_default();
        self.changed.iter().any(is_below) || names.iter().any(|name| self.touch(dir.join(name)))
    }

    /// Whether something is there that git does not watch. A link outside of the repository is the machine's and not the
    /// project's; a file there is one that nobody watches.
    fn is_unseen(&self, way: &Path, is_target: bool) -> bool {
        let Some(watched) = &self.watched else {
            return false;
        };
        let counts = is_target || way.starts_with(&watched.top);
        counts && fsx::is_there(way) && !watched.files.contains(way)
    }
}

/// A folder with every link resolved, where that can be done.
fn resolved(dir: &Path) -> PathBuf {
    dir.canonicalize().unwrap_or_else(|_| dir.to_owned())
}
