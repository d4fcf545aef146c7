//! Where families lie, and what lies outside of the project.

use std::path::{Path, PathBuf};

use crate::fsx;
use crate::model::{Location, Problem};
use crate::source::{allows_outside, outside};

/// The folder of all families, below the project.
pub const PROMPTS: &str = "prompts";

/// Name of the file that holds a family's pointers.
pub const FAMILY_FILE: &str = "family.yaml";

/// The folder of a family.
pub(super) fn folder(root: &Path, name: &str) -> PathBuf {
    root.join(PROMPTS).join(name)
}

/// Whether a name is that of a folder right below `prompts/`.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', '\0', ':'])
}

/// A file or a folder that lies outside of the project.
pub(super) fn refused(root: &Path, path: &Path) -> Option<Problem> {
    let target = fsx::outside(root, path, allows_outside)?;
    let shown = fsx::shown(root, path);
    Some(outside(Location::file(shown.clone()), &shown, &target))
}
