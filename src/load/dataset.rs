//! A dataset: every row read and checked once, ids unique, bytes hashed; what is kept is an index, and the way back to each row.

use std::fs::File;
use std::io::{self, Seek, Write};
use std::path::Path;
use std::sync::Arc;

use super::builder::{Builder, Hashed, MAX_PROBLEMS};
use super::formats::{self, FormatEntry};
use crate::fsx::{self, unreadable};
use crate::model::dataset::Rows;
use crate::model::{Dataset, Location, Problem, Problems};
use crate::source::{allows_outside, outside};

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
    let mut builder = Builder::new(path);
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
