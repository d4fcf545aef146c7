//! What a format's reader reads, and what it adds rows and problems to.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;

use crate::fsx::{self, LfHasher};
use crate::model::dataset::CaseIndex;
use crate::model::{Case, Location, Problem, Problems};

/// Problems shown of one dataset: beyond it, the file is of another shape altogether.
pub(super) const MAX_PROBLEMS: usize = 20;

/// Longest row, in bytes: the text of a million tokens takes a quarter of it.
pub(super) const LONGEST_ROW: usize = 16 << 20;

/// Bytes read at once.
const BUFFER: usize = 1 << 16;

/// What a format's reader adds rows and problems to.
#[derive(Debug)]
pub struct Builder {
    pub(super) path: Arc<str>,
    pub(super) index: CaseIndex,
    pub(super) problems: Problems,
}

impl Builder {
    /// No row yet of the dataset at this path.
    pub(super) fn new(path: &str) -> Self {
        Self {
            path: path.into(),
            index: CaseIndex::default(),
            problems: Problems::default(),
        }
    }

    /// The dataset's path as shown to users.
    pub fn path(&self) -> Arc<str> {
        Arc::clone(&self.path)
    }

    /// Whether so much is wrong that reading on would tell nothing new.
    pub(crate) fn is_hopeless(&self) -> bool {
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
            ..Location::file(self.path.to_string())
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
    pub(super) fn new(file: File) -> Self {
        Self {
            reader: BufReader::with_capacity(BUFFER, file),
            hasher: LfHasher::default(),
        }
    }

    pub(super) fn finish(mut self) -> io::Result<String> {
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
