//! Which committed answers were edited: rows of recordings, and evidence. What is added is what `--responses record` and `promote`
//! do; a recording that is gone is asked for again, and never a pass.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

use super::comparison::{Comparison, incomparable, listed, named};
use crate::call::Recording;
use crate::fsx;
use crate::load;

/// Compares every recordings file and every evidence file that the merge base had.
pub(super) fn compare(comparison: &mut Comparison<'_>) {
    let recordings = fsx::shown(Path::new(""), &load::recordings_dir(Path::new("")));
    let evidence = format!("{}/evidence", load::EVALS);
    for path in changed_below(comparison, &recordings) {
        compare_recordings(comparison, &path);
    }
    for path in changed_below(comparison, &evidence) {
        compare_evidence(comparison, &path);
    }
}

/// Files that a folder had and that are concerned.
fn changed_below(comparison: &mut Comparison<'_>, dir: &str) -> Vec<String> {
    match comparison.before.below(dir) {
        Ok(mut paths) => {
            paths.retain(|path| comparison.changed.touch(path));
            paths
        }
        Err(error) => {
            comparison.add(dir, incomparable(&error.message));
            Vec::new()
        }
    }
}

fn compare_recordings(comparison: &mut Comparison<'_>, path: &str) {
    let Some(before) = comparison.before.bytes(path) else {
        comparison.add(path, incomparable("git does not show what it was"));
        return;
    };
    let mut before = rows(&before);
    let now = fsx::open(&comparison.root.join(path));
    let held = match now {
        // One that is gone is asked for again.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return,
        now => now.and_then(|file| keep_edited(&mut before, file)),
    };
    if let Err(error) = held {
        let message = format!("it cannot be read: {error}");
        comparison.add(path, incomparable(&message));
        return;
    }
    let edited = before.iter();
    let names: Vec<String> = edited.map(|(key, row)| case_of(key, row)).collect();
    if !names.is_empty() {
        comparison.add(path, format!("recorded answers edited: {}", listed(&names)));
    }
}

/// Rows by the key that they answer, however it is spelled; the first of a key is the one that does.
fn rows(bytes: &[u8]) -> BTreeMap<String, Recording> {
    let mut rows = BTreeMap::new();
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    for line in bytes.split(|byte| *byte == b'\n') {
        // A line that is none ends every run.
        if let Ok(row) = serde_json::from_slice::<Recording>(line.trim_ascii()) {
            rows.entry(row.key.to_string()).or_insert(row);
        }
    }
    rows
}

/// Leaves the rows that a file answers with other ones; those that it does not have are asked for again.
fn keep_edited(before: &mut BTreeMap<String, Recording>, file: File) -> io::Result<()> {
    let mut reader = BufReader::new(file);
    let (mut line, mut met, mut edited) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    let mut first = true;
    while fsx::own_line(&mut reader, &mut line)? > 0 {
        let mark = line.strip_prefix(b"\xef\xbb\xbf").filter(|_| first);
        first = false;
        let row = serde_json::from_slice::<Recording>(mark.unwrap_or(&line).trim_ascii());
        let Ok(row) = row else { continue };
        let key = row.key.to_string();
        // The first of a key is the one that answers.
        if let Some(was) = before.get(&key)
            && met.insert(key.clone())
            && *was != row
        {
            edited.insert(key);
        }
    }
    before.retain(|key, _| edited.contains(key));
    Ok(())
}

/// What a row is an answer to, for people.
fn case_of(key: &str, row: &Recording) -> String {
    named(if row.case.is_empty() { key } else { &row.case })
}

fn compare_evidence(comparison: &mut Comparison<'_>, path: &str) {
    let before = comparison.before.bytes(path);
    let before = before.map(|bytes| fsx::sha256_lf(&bytes));
    let now = fsx::sha256_lf_of(&comparison.root.join(path)).ok();
    match (before, now) {
        (None, _) => comparison.add(path, incomparable("git does not show what it was")),
        (Some(_), None) => comparison.add(path, "evidence removed"),
        (Some(before), Some(now)) if before != now => comparison.add(path, "evidence edited"),
        (Some(_), Some(_)) => {}
    }
}
