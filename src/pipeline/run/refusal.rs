//! Why a run does not begin, and what was found by then.

use crate::model::{Problem, Problems};

/// What is worth telling of a run before its first trial, in the order in which it was found.
#[derive(Clone, Debug)]
pub enum Told {
    /// Warnings about the project's files.
    Warnings(Problems),
    /// A sentence, in lower case and without a full stop.
    Note(String),
}

/// Everything that was told so far.
#[derive(Clone, Debug, Default)]
pub(in crate::pipeline) struct Telling(pub(in crate::pipeline) Vec<Told>);

impl Telling {
    pub(in crate::pipeline) fn note(&mut self, text: impl Into<String>) {
        self.0.push(Told::Note(text.into()));
    }

    pub(in crate::pipeline) fn notes(&mut self, texts: Vec<String>) {
        self.0.extend(texts.into_iter().map(Told::Note));
    }

    pub(in crate::pipeline) fn warnings(&mut self, problems: Problems) {
        if !problems.is_empty() {
            self.0.push(Told::Warnings(problems));
        }
    }
}

/// A run that does not begin: nothing was called, and nothing was written.
#[derive(Debug, thiserror::Error)]
#[error("{why}")]
pub struct Refusal {
    /// What was told by then.
    pub told: Vec<Told>,
    /// Why it does not begin.
    pub why: Why,
}

/// Why a run does not begin.
#[derive(Debug, thiserror::Error)]
pub enum Why {
    /// The project's files hold mistakes.
    #[error("the project's files hold mistakes: {}", first(.0))]
    Problems(Problems),
    /// What is asked for does not fit the project.
    #[error("{message}")]
    Invalid {
        /// What is wrong, in lower case.
        message: String,
        /// What to do about it.
        hint: Option<String>,
    },
    /// The filters leave nothing to run.
    #[error("{message}")]
    Nothing {
        /// What is missing, in lower case.
        message: String,
        /// What to do about it.
        hint: Option<String>,
    },
    /// A disk or a socket failed.
    #[error("{0}")]
    System(String),
}

impl Why {
    pub(in crate::pipeline) fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid {
            message: message.into(),
            hint: None,
        }
    }

    pub(in crate::pipeline) fn nothing(message: impl Into<String>) -> Self {
        Self::Nothing {
            message: message.into(),
            hint: None,
        }
    }

    /// The same with a way to fix it; mistakes in files carry their own, and a disk has none.
    pub(in crate::pipeline) fn hint(mut self, text: impl Into<String>) -> Self {
        if let Self::Invalid { hint, .. } | Self::Nothing { hint, .. } = &mut self {
            *hint = Some(text.into());
        }
        self
    }
}

impl From<(String, Option<String>)> for Why {
    fn from((message, hint): (String, Option<String>)) -> Self {
        Self::Invalid { message, hint }
    }
}

fn first(problems: &Problems) -> String {
    let first = problems.clone().sorted().into_iter().next();
    first.map_or_else(String::new, |problem: Problem| problem.message)
}
