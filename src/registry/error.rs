//! Why the registry was not changed.

use std::io;

use crate::model::{Problem, Problems};

/// Why the registry was not changed. Whatever it is, nothing was.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// Mistakes in the family's files.
    #[error("the family has problems; nothing was changed")]
    Problems(Problems),
    /// The rules do not allow it.
    #[error("{message}")]
    Refused {
        /// What is not allowed, in lower case.
        message: String,
        /// What to do instead.
        hint: Option<String>,
    },
    /// Another process is changing the family and does not come to an end.
    #[error("`{family}` is being changed by {holder}; nothing was changed")]
    Locked {
        /// The family.
        family: String,
        /// Who changes it, as far as that is known.
        holder: String,
    },
    /// A file cannot be read or written.
    #[error("{path} cannot be written: {source}")]
    Io {
        /// Which one, relative to the project.
        path: String,
        /// Why not.
        source: io::Error,
    },
}

impl RegistryError {
    /// The rules do not allow it.
    pub(super) fn refused(message: impl Into<String>) -> Self {
        Self::Refused {
            message: message.into(),
            hint: None,
        }
    }

    /// The same refusal with what to do instead.
    #[must_use]
    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        match self {
            Self::Refused { message, .. } => Self::Refused {
                message,
                hint: Some(hint.into()),
            },
            other => other,
        }
    }
}

impl From<Problem> for RegistryError {
    fn from(problem: Problem) -> Self {
        let mut problems = Problems::default();
        problems.push(problem);
        Self::Problems(problems)
    }
}

impl From<(String, Option<String>)> for RegistryError {
    fn from((message, hint): (String, Option<String>)) -> Self {
        Self::Refused { message, hint }
    }
}
