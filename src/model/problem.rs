//! What is wrong in a user's files, where it stands and how to fix it. Problems are collected, never thrown.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The code of a problem that is a key in a file: the file's lines are not repeated then.
pub(crate) const LITERAL_KEY: &str = "literal-key";

/// Problems of one kind that are kept with their places; of the others it is known how many there are.
const MOST_KEPT: usize = 100;

/// Problems of one kind that are shown.
const MOST_SHOWN: usize = 10;
/// The code of a warning that something decides nothing.
pub(crate) const GATES_NOTHING: &str = "gates-nothing";

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
    /// The text of the line, without its line end; of a long one the part around the column.
    pub excerpt: String,
    /// Characters of the line that stand before that part.
    pub skipped: usize,
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
    /// How many more of its kind there are that are not kept.
    pub more: usize,
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
            more: 0,
        }
    }

    /// A problem that is only pointed out.
    pub fn warning(code: &'static str, location: Location, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, location, message)
        }
    }

    /// The same problem with a line that says how to fix it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same problem with a hint where there is one.
    #[must_use]
    pub(crate) fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint.or(self.hint);
        self
    }
}

/// A growing list of problems. Of one kind only so many are kept, however many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    list: Vec<Problem>,
    kinds: BTreeMap<Kind, Kept>,
}

/// What makes problems alike.
type Kind = (Severity, &'static str);

/// Problems of a kind that are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Kept {
    count: usize,
    /// Where the last of them stands in the list.
    last: usize,
}

impl Problems {
    /// Adds one.
    pub fn push(&mut self, problem: Problem) {
        let kept = self.kinds.entry((problem.severity, problem.code));
        let kept = kept.or_default();
        // Which files hold a key has to be known of all of them.
        if kept.count < MOST_KEPT || problem.code == LITERAL_KEY {
            kept.count += 1;
            kept.last = self.list.len();
            self.list.push(problem);
        } else if let Some(last) = self.list.get_mut(kept.last) {
            last.more += 1 + problem.more;
        }
    }

    /// Counts an error where enough of its kind are kept; false where it has to be added.
    pub(crate) fn only_count(&mut self, code: &'static str) -> bool {
        let kept = self.kinds.get(&(Severity::Error, code));
        let Some(kept) = kept.filter(|kept| kept.count >= MOST_KEPT && code != LITERAL_KEY) else {
            return false;
        };
        if let Some(last) = self.list.get_mut(kept.last) {
            last.more += 1;
        }
        true
    }

    /// Adds all of another list.
    pub fn extend(&mut self, other: impl IntoIterator<Item = Problem>) {
        other.into_iter().for_each(|problem| self.push(problem));
    }

    /// The same, where what decides nothing is no warning but a mistake.
    #[must_use]
    pub fn strict(self) -> Self {
        let mut strict = Self::default();
        strict.extend(self.list.into_iter().map(|mut problem| {
            if problem.code == GATES_NOTHING {
                problem.severity = Severity::Error;
            }
            problem
        }));
        strict
    }

    /// Whether any of them stops the command.
    pub fn any_error(&self) -> bool {
        self.list.iter().any(|p| p.severity == Severity::Error)
    }

    /// The first that stops the command.
    pub fn first_error(&self) -> Option<&Problem> {
        let mut all = self.list.iter();
        all.find(|problem| problem.severity == Severity::Error)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The problems by file and place, each once, and of one kind the first ten: the last of them says how many more there are. Of a
    /// file that holds a key no line is shown.
    pub fn sorted(mut self) -> Vec<Problem> {
        let keys = self.list.iter().filter(|p| p.code == LITERAL_KEY);
        let secret: BTreeSet<String> = keys.map(|p| p.location.path.clone()).collect();
        for problem in &mut self.list {
            if secret.contains(&problem.location.path) {
                problem.location.excerpt.clear();
            }
        }
        self.list.sort_by(|a, b| {
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
        self.list.dedup();
        few_of_each(self.list)
    }

    /// The problems in the order they were found.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.list.iter()
    }
}

/// The first of each kind, the last of which says how many more there are.
fn few_of_each(list: Vec<Problem>) -> Vec<Problem> {
    let mut few: Vec<Problem> = Vec::new();
    let mut kinds: BTreeMap<Kind, (usize, usize)> = BTreeMap::new();
    for mut problem in list {
        let (count, more) = kinds.entry((problem.severity, problem.code)).or_default();
        *count += 1;
        *more += std::mem::take(&mut problem.more);
        if *count <= MOST_SHOWN {
            few.push(problem);
        } else {
            *more += 1;
        }
    }
    for problem in few.iter_mut().rev() {
        let kind = kinds.get_mut(&(problem.severity, problem.code));
        problem.more = kind.map_or(0, |(_, more)| std::mem::take(more));
    }
    few
}

impl IntoIterator for Problems {
    type Item = Problem;
    type IntoIter = std::vec::IntoIter<Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: usize) -> Location {
        Location {
            line,
            ..Location::file("x.yaml")
        }
    }

    #[test]
    fn many_of_one_kind_are_a_few_and_a_number() {
        let mut problems = Problems::default();
        let mut other = Problems::default();
        for line in (1..=100_000).rev() {
            let to = if line % 2 == 0 {
                &mut problems
            } else {
                &mut other
            };
            if !to.only_count("a") {
                to.push(Problem::error("a", at(line), "bad"));
            }
        }
        problems.push(Problem::error("b", at(7), "other"));
        problems.push(Problem::warning("a", at(8), "milder"));
        problems.extend(other);
        assert!(problems.len() < 250, "{}", problems.len());
        let shown = problems.sorted();
        assert_eq!(shown.len(), MOST_SHOWN + 2);
        let more: Vec<usize> = shown.iter().map(|problem| problem.more).collect();
        assert_eq!(more.iter().sum::<usize>(), 100_000 - MOST_SHOWN);
        let last = shown
            .iter()
            .rposition(|problem| problem.code == "a" && problem.severity == Severity::Error);
        assert_eq!(more[last.unwrap()], 100_000 - MOST_SHOWN);
    }

    #[test]
    fn every_file_that_holds_a_key_is_known() {
        let mut problems = Problems::default();
        for file in 0..200 {
            let at = |line| Location {
                line,
                excerpt: "key".into(),
                ..Location::file(format!("{file}.yaml"))
            };
            problems.push(Problem::error(LITERAL_KEY, at(1), "a key"));
            problems.push(Problem::error("z", at(2), "bad"));
        }
        let shown = problems.sorted();
        assert!(
            shown
                .iter()
                .all(|problem| problem.location.excerpt.is_empty())
        );
    }
}
