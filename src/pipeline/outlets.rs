//! Where a run's events go: the journal, the record, the progress.

use std::path::Path;

use super::batch::Batch;
use super::evidence::sealed;
use crate::aggregate::Fold;
use crate::model::event::RunEnd;
use crate::model::record::JournalOffset;
use crate::model::{RunEvent, TrialRecord};
use crate::observe::{Journal, JournalError, Progress};
use crate::seal::SigningKey;

/// Where events go, in this order: the journal (critical), the record, the progress (best effort).
#[derive(Debug)]
pub struct Outlets<'a> {
    /// The journal.
    pub journal: &'a mut Journal,
    /// The record.
    pub fold: &'a mut Fold,
    /// The progress.
    pub progress: &'a mut Progress,
    /// Who vouches for the run, where anyone does.
    pub key: Option<&'a SigningKey>,
}

impl Outlets<'_> {
    pub(super) fn sealed(&self, end: RunEnd, root: &Path) -> RunEnd {
        sealed(end, (self.journal, self.fold), root, self.key)
    }

    pub(super) fn event(&mut self, event: &RunEvent) -> Result<(), JournalError> {
        let at = self.journal.append(event)?;
        self.fold.apply(event, at);
        Ok(())
    }

    /// Writes trials whose lines are made already.
    pub(super) fn batch(&mut self, batch: &Batch) -> Result<(), JournalError> {
        let JournalOffset(begin) = self.journal.write(batch.lines())?;
        for (event, offset) in batch.events() {
            self.fold.apply(event, JournalOffset(begin + offset));
        }
        batch.trials().for_each(|trial| self.progress.trial(trial));
        Ok(())
    }

    pub(super) fn trial(&mut self, trial: TrialRecord) -> Result<(), JournalError> {
        self.batch(&Batch::of(trial)?)
    }
}
