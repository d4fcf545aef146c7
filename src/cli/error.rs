//! What keeps a command from its work, with a hint and the exit code it means.

use std::fmt;
use std::io;

use super::Exit;
use crate::model::number::count;
use crate::model::{Problems, Severity};
use crate::pipeline::Why;
use crate::registry::RegistryError;

/// Why a command ended early.
#[derive(Debug)]
pub(super) struct CliError {
    kind: Kind,
    /// What went wrong, in lower case.
    pub(super) message: String,
    /// What to do about it.
    pub(super) hint: Option<String>,
    /// Mistakes in the project's files.
    pub(super) problems: Problems,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Invalid,
    Nothing,
    System,
}

impl CliError {
    /// The project or the command line is wrong.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::of(Kind::Invalid, message)
    }

    /// A filter matched nothing.
    pub(super) fn nothing(message: impl Into<String>) -> Self {
        Self::of(Kind::Nothing, message)
    }

    /// A disk or a socket failed.
    pub(super) fn system(message: impl Into<String>) -> Self {
        Self::of(Kind::System, message)
    }

    /// Mistakes in the project's files.
    pub(super) fn problems(problems: Problems) -> Self {
        Self::problems_and(problems, "nothing was called")
    }

    /// Mistakes in the project's files, and what they kept from being done.
    fn problems_and(problems: Problems, outcome: &str) -> Self {
        // Of those that are shown: the same mistake found by two readers is one.
        let shown = problems.clone().sorted();
        let errors = shown
            .iter()
            .filter(|p| p.severity == Severity::Error)
            .map(|p| 1 + p.more)
            .sum::<usize>();
        let plural = if errors == 1 { "" } else { "s" };
        let errors = count(errors as f64);
        Self {
            problems,
            ..Self::invalid(format!("{errors} problem{plural} found; {outcome}"))
        }
    }

    fn of(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
            problems: Problems::default(),
        }
    }

    /// The same error with a way to fix it.
    #[must_use]
    pub(super) fn hint(mut self, hint: impl Into<Option<String>>) -> Self {
        self.hint = hint.into();
        self
    }

    /// The exit code it means.
    pub(super) fn exit(&self) -> Exit {
        match self.kind {
            Kind::Invalid => Exit::Invalid,
            Kind::Nothing => Exit::Nothing,
            Kind::System => Exit::Undecided,
        }
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        Self::system(error.to_string())
    }
}

impl From<(String, Option<String>)> for CliError {
    fn from((message, hint): (String, Option<String>)) -> Self {
        Self::invalid(message).hint(hint)
    }
}

impl From<Why> for CliError {
    fn from(why: Why) -> Self {
        match why {
            Why::Problems(problems) => Self::problems(problems),
            Why::Invalid { message, hint } => Self::invalid(message).hint(hint),
            Why::Nothing { message, hint } => Self::nothing(message).hint(hint),
            Why::System(message) => Self::system(message),
        }
    }
}

impl From<RegistryError> for CliError {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::Problems(problems) => {
                Self::problems_and(problems, "nothing was changed")
            }
            RegistryError::Refused { message, hint } => Self::invalid(message).hint(hint),
            RegistryError::Locked { .. } | RegistryError::Io { .. } => {
                Self::system(error.to_string())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Location, Problem};

    #[test]
    fn a_mistake_that_is_found_twice_is_counted_once() {
        let mut problems = Problems::default();
        let one = || Problem::error("missing", Location::file("x.yaml"), "it is missing");
        problems.push(one());
        problems.push(one());
        let warning = Problem::warning("idle", Location::file("x.yaml"), "it does nothing");
        problems.push(warning);
        let error = CliError::problems(problems.clone());
        assert_eq!(error.message, "1 problem found; nothing was called");
        problems.push(Problem::error(
            "missing",
            Location::file("y.yaml"),
            "it is missing",
        ));
        let error = CliError::problems(problems);
        assert_eq!(error.message, "2 problems found; nothing was called");
    }
}
