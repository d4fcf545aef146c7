//! What does not agree between a journal and what its answers and the files say.

use std::fmt;

use crate::model::Problems;
use crate::observe::JournalError;

/// Differences that are kept; the others are counted.
const SHOWN: usize = 10;

/// Why a run cannot be derived again.
#[derive(Debug, thiserror::Error)]
pub enum DeriveError {
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The project's files have mistakes.
    #[error("the project has mistakes")]
    Problems(Problems),
    /// What the journal says is not what its answers and the files come to.
    #[error("{0}")]
    Differs(Differences),
}

/// What does not agree, a line each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    lines: Vec<String>,
    more: usize,
    /// Whether files have changed since: the run may have been right when it was made.
    pub(super) outdated: bool,
}

impl Differences {
    /// Notes one.
    pub(in crate::pipeline) fn push(&mut self, line: String) {
        if self.lines.len() < SHOWN {
            self.lines.push(line);
        } else {
            self.more += 1;
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The first of them, and how many more there are.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = self.lines.clone();
        if self.more > 0 {
            lines.push(format!("and {} more", self.more));
        }
        lines
    }

    /// Whether nothing but files that have changed since keeps the run from being derived.
    pub fn is_outdated(&self) -> bool {
        self.outdated
    }
}

impl fmt::Display for Differences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines().join("\n"))
    }
}
