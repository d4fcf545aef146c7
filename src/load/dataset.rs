//! A dataset: rows read one by one, ids unique, bytes hashed.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use super::formats;
use crate::fsx;
use crate::model::{Case, Dataset, Location, Problem, Problems};

/// Problems shown of one dataset: beyond it, the file is of another shape altogether.
const MAX_PROBLEMS: usize = 20;

/// Takes rows from a format's reader and keeps what must hold across rows.
#[derive(Debug)]
pub struct Rows {
    path: Arc<str>,
    cases: Vec<Arc<Case>>,
    lines: HashMap<String, usize>,
    problems: Problems,
}

impl Rows {
    fn new(path: Arc<str>) -> Self {
        Self {
            path,
            cases: Vec::new(),
            lines: HashMap::new(),
            problems: Problems::default(),
        }
    }

    /// The dataset's path as shown to users.
    pub fn path(&self) -> Arc<str> {
        Arc::clone(&self.path)
    }

    /// How many rows there are so far, counted with those that are wrong.
    pub fn is_hopeless(&self) -> bool {
        self.problems.len() >= MAX_PROBLEMS
    }

    /// Adds what is wrong with a row.
    pub fn problems(&mut self, problems: impl IntoIterator<Item = Problem>) {
        self.problems.extend(problems);
    }

    /// Adds a row; its id must be new.
    pub fn case(&mut self, case: Case, at: impl FnOnce() -> Location) {
        if let Some(first) = self.lines.insert(case.id.clone(), case.line) {
            let message = format!("the id `{}` stands on line {first} already", case.id);
            self.problems.push(
                Problem::error("duplicate-id", at(), message)
                    .hint("an id names one row: reports, repeats and comparisons join on it"),
            );
        }
        self.cases.push(Arc::new(case));
    }
}

/// Reads a dataset of the project.
pub fn read(root: &Path, path: &str, problems: &mut Problems) -> Option<Dataset> {
    let file = root.join(path);
    let shown: Arc<str> = path.into();
    let whole = || Location::file(path.to_owned());
    let Some(format) = formats::by_path(path) else {
        let known: Vec<&str> = formats::FORMATS
            .iter()
            .flat_map(|f| f.extensions)
            .copied()
            .collect();
        problems.push(
            Problem::error(
                "unknown-format",
                whole(),
                "this is no dataset format known here",
            )
            .hint(format!("known: .{}", known.join(", ."))),
        );
        return None;
    };
    let bytes = match fsx::read(&file) {
        Ok(bytes) => bytes,
        Err(error) => {
            let message = format!("it cannot be read: {error}");
            problems.push(Problem::error("unreadable", whole(), message));
            return None;
        }
    };
    let mut rows = Rows::new(Arc::clone(&shown));
    (format.read)(&bytes, &mut rows);
    if rows.cases.is_empty() && rows.problems.is_empty() {
        rows.problems.push(
            Problem::error("empty-dataset", whole(), "the dataset has no row")
                .hint("a gate over nothing would pass without having tested anything"),
        );
    }
    let failed = rows.problems.any_error();
    problems.extend(rows.problems);
    (!failed).then(|| Dataset {
        path: shown,
        sha256: fsx::sha256_lf(&bytes),
        cases: rows.cases,
    })
}
