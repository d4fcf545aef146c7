//! Where a run's events go: the journal, the record, whoever looks on.

use std::path::Path;

use super::batch::Batch;
use super::run::{Event, Observer};
use crate::aggregate::Fold;
use crate::evidence::sealed;
use crate::model::event::RunEnd;
use crate::model::record::JournalOffset;
use crate::model::{RunEvent, TrialRecord};
use crate::observe::{Journal, JournalError};
use crate::seal::SigningKey;

/// Where events go, in this order: the journal (critical), the record, whoever looks on.
pub(super) struct Outlets<'a> {
    /// The journal.
    pub(super) journal: &'a mut Journal,
    /// The record.
    pub(super) fold: &'a mut Fold,
    /// Whoever looks on.
    pub(super) observer: &'a mut dyn Observer,
    /// Who vouches for the run, where anyone does.
    pub(super) key: Option<&'a SigningKey>,
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
        self.observer.event(&Event::Ended(batch));
        Ok(())
    }

    pub(super) fn trial(&mut self, trial: TrialRecord) -> Result<(), JournalError> {
        self.batch(&Batch::of(trial)?)
    }
}
