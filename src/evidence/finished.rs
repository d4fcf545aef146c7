//! From a journal to a record and a verdict.

use std::collections::BTreeSet;
use std::path::Path;

use crate::aggregate::Fold;
use crate::gate;
use crate::model::Ended;
use crate::model::verdict::Decision;
use crate::model::{RunRecord, Verdict};
use crate::observe::{JournalError, JournalFile};

/// A run that can be reported.
#[derive(Debug)]
pub struct Finished {
    /// What was measured.
    pub record: RunRecord,
    /// What the gates decided.
    pub verdict: Verdict,
    /// Where full outputs are read from.
    pub journal: JournalFile,
    /// Whether the journal's last line was torn off.
    pub torn: bool,
    /// How the run ended, where this process ran it.
    pub ended: Option<Ended>,
}

/// Ends a live run: the fold was fed while it went on.
///
/// # Errors
/// When the journal cannot be opened for reading.
pub fn finish(fold: Fold, journal: &Path) -> Result<Option<Finished>, JournalError> {
    let journal = JournalFile::open(journal)?;
    Ok(close(fold, journal, false))
}

/// Reads a journal from its beginning.
///
/// # Errors
/// When it cannot be read or is damaged.
pub fn replay(journal: &Path) -> Result<Option<Finished>, JournalError> {
    let journal = JournalFile::open(journal)?;
    let mut fold = Fold::default();
    let torn = journal.replay(|event, at| fold.apply(event, at))?;
    Ok(close(fold, journal, torn))
}

pub(crate) fn close(fold: Fold, journal: JournalFile, torn: bool) -> Option<Finished> {
    let record = fold.finish()?;
    let mut verdict = gate::decide(&record);
    block_untested(&record, &mut verdict);
    block_weaker(&record, &mut verdict);
    Some(Finished {
        record,
        verdict,
        journal,
        torn,
        ended: None,
    })
}

/// A change that brings a version which nothing tests does not pass, whatever the gates of others say.
fn block_untested(record: &RunRecord, verdict: &mut Verdict) {
    let untested = &record.header.run.untested;
    if untested.is_empty() || verdict.decision == Decision::Interrupted {
        return;
    }
    let (what, family) = match untested.as_slice() {
        [one] => ("it", one.split('@').next().unwrap_or_default()),
        _ => ("them", "FAMILY"),
    };
    let problem = format!(
        "{} changed, and no suite tests {what}: add a suite with `prompt: {family}`, or let it pass with `--allow-untested`",
        untested.join(", ")
    );
    block(verdict, problem);
}

/// A change that weakens its own gate does not pass where the project asks for a second person.
fn block_weaker(record: &RunRecord, verdict: &mut Verdict) {
    let run = &record.header.run;
    if !run.gate_changes_block || verdict.decision == Decision::Interrupted {
        return;
    }
    let files: BTreeSet<&str> = run
        .gate_changes
        .iter()
        .map(|one| one.file.as_str())
        .collect();
    let files: Vec<&str> = files.into_iter().collect();
    let shown = match files.as_slice() {
        [] => "a file".to_owned(),
        [one] => (*one).to_owned(),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
    };
    block(
        verdict,
        format!(
            "this change weakens its own gate ({shown}), and `protect: block` asks for a second person: restore it, or let it pass with `--allow-weaker` once somebody has agreed"
        ),
    );
}

fn block(verdict: &mut Verdict, problem: String) {
    verdict.decision = Decision::Fail;
    verdict.problem = Some(match verdict.problem.take() {
        Some(other) => format!("{problem}; {other}"),
        None => problem,
    });
}
