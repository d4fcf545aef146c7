//! A run that could not go on.

use std::path::PathBuf;

/// A run that could not go on. What is in the journal stays readable, and the run can be resumed.
#[derive(Debug, thiserror::Error)]
#[error("{why}")]
pub struct Cut {
    /// What happened.
    pub why: String,
    /// The journal, where there is one.
    pub journal: Option<PathBuf>,
}

impl Cut {
    /// Before anything was written.
    pub(super) fn early(why: String) -> Self {
        Self { why, journal: None }
    }
}
