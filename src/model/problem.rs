//! What is wrong in a user's files, where it stands and how to mend it. Problems are collected, never thrown.

use std::collections::BTreeSet;
use std::fmt;

/// The code of a problem that is a key in a file: the file's lines are not repeated then.
pub const LITERAL_KEY: &str = "literal-key";

/// The code of a warning that something decides nothing.
pub const GATES_NOTHING: &str = "gates-nothing";

/// Whether a problem stops the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The project cannot be used as it is: exit code 2.
    Error,
    /// Suspicious, but it can be used.
    Warning,
}

/// A place in a file, with the line that stands there so that it can be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Location {
    /// Path as shown to the user, relative to the project where it can be.
    pub path: String,
    /// Line, counted from 1; 0 when the problem concerns the file as a whole.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// How many characters to underline (at least 1 where `line` is set).
    pub length: usize,
    /// The text of the line, without its line end.
    pub excerpt: String,
}

impl Location {
    /// A place that is a whole file (missing, unreadable, of the wrong name).
    pub fn file(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            ..Self::default()
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            f.write_str(&self.path)
        } else {
            write!(f, "{}:{}:{}", self.path, self.line, self.column)
        }
    }
}

/// One mistake in a user's file or command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Stable short name, such as `unknown-key`.
    pub code: &'static str,
    /// Whether it stops the command.
    pub severity: Severity,
    /// Where it stands; boxed, for a problem is rare and results are many.
    pub location: Box<Location>,
    /// What is wrong, as a sentence fragment in lower case.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Problem {
    /// A problem that stops the command.
    pub fn error(code: &'static str, location: Location, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            location: Box::new(location),
            message: message.into(),
            hint: None,
        }
    }

    /// A problem that is only pointed out.
    pub fn warning(code: &'static str, location: Location, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, location, message)
        }
    }

    /// The same problem with a line that says how to mend it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same problem with a hint where there is one.
    #[must_use]
    pub fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint.or(self.hint);
        self
    }
}

/// A growing list of problems.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Adds one.
    pub fn push(&mut self, problem: Problem) {
        self.0.push(problem);
    }

    /// Adds all of another list.
    pub fn extend(&mut self, other: impl IntoIterator<Item = Problem>) {
        self.0.extend(other);
    }

    /// The same, where what decides nothing is no warning but a mistake.
    #[must_use]
    pub fn strict(mut self) -> Self {
        let idle = self.0.iter_mut().filter(|p| p.code == GATES_NOTHING);
        idle.for_each(|problem| problem.severity = Severity::Error);
        self
    }

    /// Whether any of them stops the command.
    pub fn any_error(&self) -> bool {
        self.0.iter().any(|p| p.severity == Severity::Error)
    }

    /// The first that stops the command.
    pub fn first_error(&self) -> Option<&Problem> {
        let mut all = self.0.iter();
        all.find(|problem| problem.severity == Severity::Error)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The problems by file and place, each once. Of a file that holds a key no line is shown.
    pub fn sorted(mut self) -> Vec<Problem> {
        let keys = self.0.iter().filter(|p| p.code == LITERAL_KEY);
        let secret: BTreeSet<String> = keys.map(|p| p.location.path.clone()).collect();
        for problem in &mut self.0 {
            if secret.contains(&problem.location.path) {
                problem.location.excerpt.clear();
            }
        }
        self.0.sort_by(|a, b| {
            let key = |p: &Problem| {
                (
                    p.severity,
                    p.location.path.clone(),
                    p.location.line,
                    p.location.column,
                    p.message.clone(),
                )
            };
            key(a).cmp(&key(b))
        });
        self.0.dedup();
        self.0
    }

    /// The problems in the order they were found.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }
}

impl IntoIterator for Problems {
    type Item = Problem;
    type IntoIter = std::vec::IntoIter<Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}
