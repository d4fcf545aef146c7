//! The text of a file, and places in it as messages show them.

use std::sync::{Arc, OnceLock};

use super::Mark;
use crate::model::{Location, Problem};

/// Longest line that is kept whole for messages, in bytes; of a longer one so many characters are.
const LONGEST_EXCERPT: usize = 1_000;

/// Longest line of which a part is kept, in bytes: that part has to be looked for.
const LONGEST_LINE: usize = 1 << 16;

/// A file's path as shown to users, and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Path relative to the project where it can be, with forward slashes.
    pub path: Arc<str>,
    /// The text without a byte order mark, line ends as they are.
    pub text: Arc<str>,
    /// Number of the text's first line in the file: more than 1 where the text is one row of a long file.
    pub first_line: usize,
    /// Where each line begins, once it is asked.
    begins: OnceLock<Arc<[usize]>>,
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
                begins: OnceLock::new(),
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
                    skipped: 0,
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
        let begins = self.begins.get_or_init(|| begins(&self.text));
        let place = line.saturating_sub(self.first_line);
        let Some(begin) = begins.get(place) else {
            return "";
        };
        let end = begins.get(place + 1).copied();
        let line = self.text.get(*begin..end.unwrap_or(self.text.len()));
        let line = line.unwrap_or_default();
        let line = line.strip_suffix('\n').unwrap_or(line);
        line.strip_suffix('\r').unwrap_or(line)
    }

    /// The place of a mark, with its line's text: of a long line the part around the mark, of a very long one nothing.
    pub fn location(&self, mark: Mark) -> Location {
        let line = self.line(mark.line);
        let (skipped, excerpt) = if line.len() <= LONGEST_EXCERPT {
            (0, line.to_owned())
        } else if line.len() <= LONGEST_LINE {
            let skipped = mark.column.saturating_sub(LONGEST_EXCERPT / 4);
            let part = line.chars().skip(skipped).take(LONGEST_EXCERPT);
            (skipped, part.collect())
        } else {
            (0, String::new())
        };
        let left = (excerpt.chars().count() + skipped + 1).saturating_sub(mark.column);
        Location {
            path: self.path.to_string(),
            line: mark.line,
            column: mark.column,
            length: mark.length.min(left).max(1),
            excerpt,
            skipped,
        }
    }

    /// A row of a long file as a text of its own.
    pub fn row(path: Arc<str>, text: &str, line: usize) -> Self {
        Self {
            path,
            text: text.into(),
            first_line: line,
            begins: OnceLock::new(),
        }
    }

    /// The file as a whole.
    pub fn whole(&self) -> Location {
        Location::file(self.path.to_string())
    }
}

/// The byte that each line begins with.
fn begins(text: &str) -> Arc<[usize]> {
    let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
    std::iter::once(0)
        .chain(ends.map(|(at, _)| at + 1))
        .collect()
}
