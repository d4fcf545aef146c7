//! What keeps a run from going on.

use std::io;

use crate::observe::JournalError;
use crate::plan::SuitePlan;
use crate::stored::Gone;

/// What keeps a run from going on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The journal cannot be written: a result that is not kept does not count.
    #[error("the journal cannot be written: {0}")]
    Journal(#[from] JournalError),
    /// A row cannot be read any more.
    #[error("{path} cannot be relied on any more: {error}")]
    Dataset {
        /// The dataset.
        path: String,
        /// What happened.
        error: io::Error,
    },
    /// A stored answer cannot be read any more.
    #[error(transparent)]
    Stored(#[from] Gone),
}

impl RunError {
    pub(super) fn dataset(suite: &SuitePlan, error: io::Error) -> Self {
        Self::Dataset {
            path: suite.dataset.path.to_string(),
            error,
        }
    }
}
