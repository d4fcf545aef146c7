//! Text of a user's file and places in it: YAML with the position of every value, typed reading that collects problems, and
//! "did you mean".

mod check;
mod nearest;
mod outside;
mod target;
mod yaml;

pub use check::{Check, Fields};
pub use nearest::{did_you_mean, nearest};
pub use outside::{ALLOW_OUTSIDE, allows_outside, outside};
pub use target::{model_target, read_params};
pub use yaml::{Mark, Node, Yaml};

use std::sync::Arc;

use crate::model::{Location, Problem};

/// A file's path as shown to users, and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Path relative to the project where it can be, with forward slashes.
    pub path: Arc<str>,
    /// The text without a byte order mark, line ends as they are.
    pub text: Arc<str>,
    /// Number of the text's first line in the file: more than 1 where the text is one row of a long file.
    pub first_line: usize,
}

impl Source {
    /// Takes a file's bytes as text.
    ///
    /// # Errors
    /// A problem that names the first line that is not UTF-8.
    pub fn new(path: impl Into<Arc<str>>, bytes: &[u8]) -> Result<Self, Problem> {
        let path = path.into();
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Self {
                path,
                text: text.into(),
                first_line: 1,
            }),
            Err(error) => {
                let good =
                    String::from_utf8_lossy(bytes.get(..error.valid_up_to()).unwrap_or_default());
                let line = good.matches('\n').count() + 1;
                let column = good.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
                let at = Location {
                    path: path.to_string(),
                    line,
                    column,
                    length: 1,
                    excerpt: String::new(),
                };
                Err(
                    Problem::error("not-utf8", at, "the file is not UTF-8 from here on")
                        .hint("save it as UTF-8"),
                )
            }
        }
    }

    /// A line's text, counted from 1, without its line end.
    pub fn line(&self, line: usize) -> &str {
        self.text
            .split('\n')
            .nth(line.saturating_sub(self.first_line))
            .map(|line| line.strip_suffix('\r').unwrap_or(line))
            .unwrap_or_default()
    }

    /// The place of a mark, with its line's text.
    pub fn location(&self, mark: Mark) -> Location {
        let excerpt = self.line(mark.line);
        let left = (excerpt.chars().count() + 1).saturating_sub(mark.column);
        Location {
            path: self.path.to_string(),
            line: mark.line,
            column: mark.column,
            length: mark.length.min(left).max(1),
            excerpt: excerpt.to_owned(),
        }
    }

    /// A row of a long file as a text of its own.
    pub fn row(path: Arc<str>, text: &str, line: usize) -> Self {
        Self {
            path,
            text: text.into(),
            first_line: line,
        }
    }

    /// The file as a whole.
    pub fn whole(&self) -> Location {
        Location::file(self.path.to_string())
    }

    /// Reads the text as one YAML document.
    ///
    /// # Errors
    /// A problem with its place when the text is no valid YAML, has two documents, repeats a key or grows beyond the budget
    /// that guards against alias bombs.
    pub fn yaml(&self) -> Result<Node, Problem> {
        yaml::parse(self)
    }
}
