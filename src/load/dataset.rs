//! A dataset: every row read and checked once, ids unique, bytes hashed; what is kept is an index, and the way back to each row.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, Write};
use std::path::Path;
use std::sync::Arc;

use super::formats::{self, FormatEntry};
use crate::fsx::unreadable;
use crate::fsx::{self, LfHasher};
use crate::model::dataset::{CaseIndex, Rows};
use crate::model::{Case, Dataset, Location, Problem, Problems};
use crate::source::{allows_outside, outside};

/// Problems shown of one dataset: beyond it, the file is of another shape altogether.
const MAX_PROBLEMS: usize = 20;

/// Longest row, in bytes: the text of a million tokens takes a quarter of it.
pub(super) const LONGEST_ROW: usize = 16 << 20;

/// Bytes read at once.
const BUFFER: usize = 1 << 16;

/// What a format's reader adds rows and problems to.
#[derive(Debug)]
pub struct Builder {
    path: Arc<str>,
    index: CaseIndex,
    problems: Problems,
}

impl Builder {
    /// The dataset's path as shown to users.
    pub fn path(&self) -> Arc<str> {
        Arc::clone(&self.path)
    }

    /// Whether so much is wrong that reading on would tell nothing new.
    pub fn is_hopeless(&self) -> bool {
        self.problems.len() >= MAX_PROBLEMS
    }

    /// Adds what is wrong with the file.
    pub fn problems(&mut self, problems: impl IntoIterator<Item = Problem>) {
        self.problems.extend(problems);
    }

    /// A row, or what stands in the place of one, is longer than any may be: reading ends there.
    pub(super) fn too_long(&mut self, line: usize) {
        let at = Location {
            line,
            column: 1,
            length: 1,
            ..whole(&self.path)
        };
        let longest = fsx::mebibytes(LONGEST_ROW as u64);
        let message = format!("the row that begins here is longer than {longest}");
        self.problems.push(
            Problem::error("too-long", at, message)
                .hint("a row is one case: shorten it, or make it several"),
        );
    }

    /// Adds a row that cannot be read, and what is wrong with it.
    pub fn broken(&mut self, problems: impl IntoIterator<Item = Problem>) {
        self.index.push_unreadable();
        self.problems.extend(problems);
    }

    /// Adds a row.
    pub fn case(&mut self, case: &Case) {
        self.index.push(case);
    }
}

/// A file that hashes itself while it is read.
#[derive(Debug)]
pub struct Hashed {
    reader: BufReader<File>,
    hasher: LfHasher,
}

impl Hashed {
    fn new(file: File) -> Self {
        Self {
            reader: BufReader::with_capacity(BUFFER, file),
            hasher: LfHasher::default(),
        }
    }

    fn finish(mut self) -> io::Result<String> {
        io::copy(&mut self, &mut io::sink())?;
        Ok(self.hasher.finish())
    }
}

impl Read for Hashed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.hasher.update(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }
}

impl BufRead for Hashed {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.reader.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        let buffer = self.reader.buffer();
        self.hasher.update(buffer.get(..count).unwrap_or(buffer));
        self.reader.consume(count);
    }
}

/// Reads a dataset of the project.
pub fn read(root: &Path, path: &str, problems: &mut Problems) -> Option<Dataset> {
    let format = formats::by_path(path).ok_or_else(|| unknown_format(path));
    let opened = format.and_then(|format| {
        if let Some(target) = fsx::outside(root, &root.join(path), allows_outside) {
            return Err(outside(Location::file(path), path, &target));
        }
        let file = fsx::open(&root.join(path)).map_err(|error| unreadable(path, &error))?;
        Ok((format, file))
    });
    match opened {
        Ok((format, file)) => read_file(path, format, file, problems),
        Err(problem) => {
            problems.push(problem);
            None
        }
    }
}

/// Reads a dataset whose bytes come from elsewhere than the project's folder. They stay in a file of the system's, as those of
/// any dataset stay in theirs.
pub(super) fn read_bytes(path: &str, bytes: &[u8], problems: &mut Problems) -> Option<Dataset> {
    let kept = || {
        let mut file = tempfile::tempfile()?;
        file.write_all(bytes)?;
        file.rewind()?;
        Ok(file)
    };
    let format = formats::by_path(path).ok_or_else(|| unknown_format(path));
    let file = format.and_then(|format| {
        let file = kept().map_err(|error: io::Error| unreadable(path, &error))?;
        Ok((format, file))
    });
    match file {
        Ok((format, file)) => read_file(path, format, file, problems),
        Err(problem) => {
            problems.push(problem);
            None
        }
    }
}

fn read_file(
    path: &str,
    format: &FormatEntry,
    file: File,
    problems: &mut Problems,
) -> Option<Dataset> {
    let mut builder = Builder {
        path: path.into(),
        index: CaseIndex::default(),
        problems: Problems::default(),
    };
    let outcome = read_rows(format, file, &mut builder);
    let Builder {
        path: shown,
        index,
        problems: mut found,
    } = builder;
    let mut dataset = None;
    match outcome {
        Ok((sha256, rows)) => {
            if index.is_empty() && found.is_empty() {
                found.push(empty(path));
            }
            let read = Dataset {
                path: shown,
                sha256,
                index,
                rows,
            };
            duplicates(&read, &mut found);
            dataset = Some(read);
        }
        Err(error) => found.push(unreadable(path, &error)),
    }
    let failed = found.any_error();
    problems.extend(found);
    dataset.filter(|_| !failed)
}

fn read_rows(
    format: &FormatEntry,
    file: File,
    builder: &mut Builder,
) -> io::Result<(String, Arc<dyn Rows>)> {
    let kept = file.try_clone()?;
    let mut hashed = Hashed::new(file);
    let rows = (format.read)(&mut hashed, kept, builder)?;
    // What is refused needs no hash.
    let hash = if builder.problems.any_error() {
        String::new()
    } else {
        hashed.finish()?
    };
    Ok((hash, rows))
}

/// An id names one row: reports, repeats and comparisons join on it.
fn duplicates(dataset: &Dataset, problems: &mut Problems) {
    for (first, again) in dataset.index.same_keys().into_iter().take(MAX_PROBLEMS) {
        let excerpt = dataset.rows.text(again).unwrap_or_default();
        let (Ok(first), Ok(again)) = (dataset.rows.row(first), dataset.rows.row(again)) else {
            continue;
        };
        if first.id != again.id {
            continue;
        }
        let at = Location {
            path: dataset.path.to_string(),
            line: again.line,
            column: 1,
            length: 1,
            excerpt,
            skipped: 0,
        };
        let message = format!("the id `{}` is already on line {}", again.id, first.line);
        problems.push(
            Problem::error("duplicate-id", at, message)
                .hint("an id names one row: reports, repeats and comparisons join on it"),
        );
    }
}

fn whole(path: &str) -> Location {
    Location::file(path.to_owned())
}

fn unknown_format(path: &str) -> Problem {
    let formats = formats::FORMATS.iter();
    let known: Vec<&str> = formats.flat_map(|f| f.extensions).copied().collect();
    let message = "this is no dataset format known here";
    Problem::error("unknown-format", whole(path), message)
        .hint(format!("known: .{}", known.join(", .")))
}

fn empty(path: &str) -> Problem {
    Problem::error("empty-dataset", whole(path), "the dataset has no row")
        .hint("a gate over nothing would pass without having tested anything")
}
