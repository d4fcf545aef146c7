//! `history.jsonl`: a line for every version that was moved, only ever added to.
//!
//! Lines are written before `family.yaml`, whose renaming is what makes a move count. A writer that is killed between the two
//! leaves lines at the end that `family.yaml` does not show: readers leave them out, the next writer takes them away.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp, Unit};
use serde::{Deserialize, Serialize};

use super::place::{PROMPTS, refused};
use crate::fsx;
use crate::model::{Family, Location, Problem, Status, Version};

/// Name of the file beside a family's versions.
pub const HISTORY_FILE: &str = "history.jsonl";

/// By which command a version was moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// On its way through life.
    Promote,
    /// Back to what was there before.
    Rollback,
}

impl Action {
    /// The word that stands in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Promote => "promote",
            Self::Rollback => "rollback",
        }
    }
}

/// One version that was moved. Versions that were moved in one step have the same time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HistoryLine {
    /// When.
    pub time: Timestamp,
    /// By which command; lines that people wrote need not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<Action>,
    /// Which version.
    pub version: Version,
    /// Where it was.
    pub from: Status,
    /// Where it is since.
    pub to: Status,
    /// Share of the traffic in (0, 1), of a canary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traffic: Option<f64>,
    /// Who moved it.
    #[serde(default)]
    pub by: String,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
    /// Path of the evidence, relative to the project.
    #[serde(default)]
    pub evidence: Option<String>,
    /// SHA-256 of that file, CRLF read as LF; lines of before families held it do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence_sha256: Option<String>,
    /// Why it was moved without evidence.
    #[serde(default, rename = "override", skip_serializing_if = "Option::is_none")]
    pub override_reason: Option<String>,
    /// The version's hash at that time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// What `history.jsonl` says of a family, as far as `family.yaml` shows it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// The moves, oldest first.
    pub lines: Vec<HistoryLine>,
    /// Bytes of the file that these lines take.
    length: u64,
    /// Whether the last of these bytes is no line end.
    open: bool,
}

impl History {
    /// Reads the history of a family; none where nothing was ever moved.
    ///
    /// # Errors
    /// When the file cannot be read, or a line before its end is none.
    pub fn read(root: &Path, family: &Family) -> Result<Self, Problem> {
        let (lines, places) = rows(root, &family.name)?;
        let mut history = Self {
            lines,
            ..Self::default()
        };
        let shown = history.lines.len() - pending(&history.lines, family);
        history.lines.truncate(shown);
        (history.length, history.open) = places.get(shown).copied().unwrap_or_default();
        Ok(history)
    }

    /// A time for the next step that no line has: a step is told from the next one by it.
    pub(super) fn time_of_next(&self, now: Timestamp) -> Timestamp {
        let now = now.round(Unit::Millisecond).unwrap_or(now);
        match self.lines.last() {
            Some(last) if last.time == now => now + SignedDuration::from_millis(1),
            _ => now,
        }
    }

    /// The newest line of a version.
    pub fn last_of(&self, version: &Version) -> Option<&HistoryLine> {
        self.lines
            .iter()
            .rev()
            .find(|line| line.version == *version)
    }

    /// Adds lines, and takes away what the file holds beyond the ones read. On the disk when it returns.
    pub(super) fn append(
        &self,
        root: &Path,
        family: &str,
        lines: &[HistoryLine],
    ) -> io::Result<()> {
        let path = path(root, family);
        let mut text = Vec::new();
        if self.open {
            text.push(b'\n');
        }
        for line in lines {
            serde_json::to_writer(&mut text, line)?;
            text.push(b'\n');
        }
        fsx::require_regular_or_none(&path)?;
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)?;
        if file.metadata()?.len() > self.length {
            file.set_len(self.length)?;
        }
        file.seek(SeekFrom::Start(self.length))?;
        let written = file.write_all(&text).and_then(|()| file.sync_all());
        if written.is_err() {
            // A full disk: what got there is no move. What stays nevertheless is left out by every reader.
            let _ = file.set_len(self.length);
        }
        written?;
        path.parent().map_or(Ok(()), fsx::sync_dir)
    }
}

/// The path of a family's history.
pub(super) fn path(root: &Path, family: &str) -> PathBuf {
    root.join(PROMPTS).join(family).join(HISTORY_FILE)
}

/// Bytes up to the end of a line, and whether no line end stands there.
type Place = (u64, bool);

/// Every line of a family's history, and where each ends; the first place is the file's beginning.
fn rows(root: &Path, family: &str) -> Result<(Vec<HistoryLine>, Vec<Place>), Problem> {
    let path = path(root, family);
    let (mut lines, mut places) = (Vec::new(), vec![(0, false)]);
    if let Some(problem) = refused(root, &path) {
        return Err(problem);
    }
    let bytes = match fsx::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((lines, places)),
        Err(error) => return Err(at(root, &path, 0, format!("it cannot be read: {error}"))),
    };
    let mut here = 0;
    for (number, row) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        here += row.len() as u64;
        let open = !row.ends_with(b"\n");
        match serde_json::from_slice(row) {
            Ok(line) => lines.push(line),
            Err(_) if row.trim_ascii().is_empty() => continue,
            // A writer was killed in the middle of this one.
            Err(_) if open => break,
            Err(error) => {
                let message = format!("this is no line of a history: {error}");
                return Err(at(root, &path, number + 1, message));
            }
        }
        places.push((here, open));
    }
    Ok((lines, places))
}

/// Versions that stand elsewhere than their newest line says, a line each. A killed writer leaves that, too, and readers live with
/// it; in what is committed it is as likely a status that was set by hand.
///
/// # Errors
/// When the history cannot be read.
pub fn unlike_history(root: &Path, family: &Family) -> Result<Vec<String>, Problem> {
    let (lines, _) = rows(root, &family.name)?;
    let newest: BTreeMap<&Version, &HistoryLine> =
        lines.iter().map(|line| (&line.version, line)).collect();
    let unlike = newest.into_iter().filter_map(|(number, line)| {
        let status = family.status(number);
        (status != line.to).then(|| {
            format!(
                "{}@{number} is in {status}, and the newest line of {HISTORY_FILE} about it brought it to {}",
                family.name, line.to
            )
        })
    });
    Ok(unlike.collect())
}

/// How many lines at the end belong to a move that never came to count.
fn pending(lines: &[HistoryLine], family: &Family) -> usize {
    let Some((last, before)) = lines.split_last() else {
        return 0;
    };
    let same_step = |line: &&HistoryLine| line.time == last.time;
    let step = 1 + before.iter().rev().take_while(same_step).count();
    let unmoved = |line: &HistoryLine| family.status(&line.version) == line.from;
    if lines.iter().rev().take(step).all(unmoved) {
        step
    } else {
        0
    }
}

fn at(root: &Path, path: &Path, line: usize, message: String) -> Problem {
    let mut at = Location::file(fsx::shown(root, path));
    if line > 0 {
        (at.line, at.column, at.length) = (line, 1, 1);
    }
    Problem::error("bad-history", at, message).hint("restore the file: its lines are only added to")
}
