//! Where a project ends: a path that a link, `..` or its own beginning leads out of it is found before it is read.
//!
//! A project is its folder, and the git work tree around it, so that projects of one repository may share files. What git itself
//! keeps there (`.git`) is no part of it: a checkout's configuration may hold a token.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::ways;

/// Name of the file that makes a folder a project.
pub(crate) const PROJECT_FILE: &str = "prompteval.yaml";

/// What git keeps to itself, and what a work tree is known by.
const GIT: &str = ".git";

/// Where a path leads when that is out of the project, and what the project's settings say does not allow it.
pub(crate) fn outside(root: &Path, path: &Path, allows: fn(&[u8]) -> bool) -> Option<PathBuf> {
    // Where no way can be told, none leads inside.
    let target = leads_out(root, path).unwrap_or_else(|_| Some(path.to_owned()))?;
    let settings = super::read_text(&root.join(PROJECT_FILE)).unwrap_or_default();
    (!allows(&settings)).then_some(target)
}

fn leads_out(root: &Path, path: &Path) -> io::Result<Option<PathBuf>> {
    if is_plain(root, path) {
        return Ok(None);
    }
    let root = root.canonicalize()?;
    let absolute = std::path::absolute(path)?;
    // What does not exist leads somewhere as well.
    let target = match absolute.canonicalize() {
        Ok(target) => target,
        Err(_) => ways(&absolute).pop().unwrap_or(absolute),
    };
    let inside = target.strip_prefix(work_tree(&root)).ok();
    let is_in = inside.is_some_and(|rest| rest.iter().all(|part| part != GIT));
    Ok((!is_in).then_some(target))
}

/// Whether a path goes down from the project's folder, over no link: most do, and nothing needs to be resolved for them.
fn is_plain(root: &Path, path: &Path) -> bool {
    let Ok(below) = path.strip_prefix(root) else {
        return false;
    };
    let mut here = root.to_owned();
    below.components().all(|part| match part {
        Component::Normal(name) if name != GIT => {
            here.push(name);
            match fs::symlink_metadata(&here) {
                Ok(found) => !found.is_symlink(),
                // Nothing below it is there either.
                Err(error) => error.kind() == io::ErrorKind::NotFound,
            }
        }
        _ => false,
    })
}

/// The folder of the repository around a project, or its own.
fn work_tree(root: &Path) -> &Path {
    let mut above = root.ancestors();
    above
        .find(|dir| fs::symlink_metadata(dir.join(GIT)).is_ok())
        .unwrap_or(root)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn whatever_way_a_path_takes_it_ends_inside_or_outside() {
        use std::os::unix::fs::symlink;
        let dir = tempfile::tempdir().unwrap();
        let (top, root) = (dir.path().join("top"), dir.path().join("top/app"));
        for folder in ["top/.git", "top/app/sub", "top/data", "other"] {
            fs::create_dir_all(dir.path().join(folder)).unwrap();
        }
        for (target, link) in [
            ("../data", "in"),
            ("../../other", "out"),
            ("/proc/self/environ", "environ"),
            ("../.git/config", "git"),
            ("loop", "loop"),
            ("nowhere", "dangling"),
        ] {
            symlink(target, root.join(link)).unwrap();
        }
        let is_out = |path: &str| leads_out(&root, &root.join(path)).unwrap().is_some();
        for inside in [
            "sub/x",
            "./sub/../x",
            "../data/x",
            "in/x",
            "dangling",
            "loop",
        ] {
            assert!(!is_out(inside), "{inside}");
        }
        for outside in [
            "../../other/x",
            "out/x",
            "environ",
            "git",
            "../.git/config",
            "/etc/passwd",
            "in/../../other",
        ] {
            assert!(is_out(outside), "{outside}");
        }
        // Without a repository around it, the folder alone is the project.
        fs::remove_dir(top.join(GIT)).unwrap();
        assert!(is_out("../data/x") && !is_out("sub/x"));
    }
}
