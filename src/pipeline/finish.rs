//! From a journal to a record and a verdict.

use std::path::Path;

use crate::aggregate::Fold;
use crate::gate;
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

fn close(fold: Fold, journal: JournalFile, torn: bool) -> Option<Finished> {
    let record = fold.finish()?;
    let verdict = gate::decide(&record);
    Some(Finished {
        record,
        verdict,
        journal,
        torn,
    })
}
