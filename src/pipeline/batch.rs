//! Finished trials with their lines of the journal: tasks make both, so that the loop of a run only writes and counts.

use crate::model::{RunEvent, TrialRecord};
use crate::observe::{JOURNAL_FILE, JournalError, Lines};

/// Trials in the order in which they are written.
#[derive(Debug, Default)]
pub struct Batch {
    trials: Vec<RunEvent>,
    lines: Lines,
}

impl Batch {
    /// One trial.
    ///
    /// # Errors
    /// When its line is longer than a reader would take.
    pub(super) fn of(trial: TrialRecord) -> Result<Self, JournalError> {
        let mut batch = Self::default();
        batch.push(trial)?;
        Ok(batch)
    }

    /// Adds a trial.
    ///
    /// # Errors
    /// When its line is longer than a reader would take.
    pub(super) fn push(&mut self, trial: TrialRecord) -> Result<(), JournalError> {
        let event = RunEvent::Trial(Box::new(trial));
        let pushed = self.lines.push(&event);
        pushed.map_err(|error| JournalError::Io {
            path: JOURNAL_FILE.into(),
            error,
        })?;
        self.trials.push(event);
        Ok(())
    }

    /// The trials.
    pub fn trials(&self) -> impl Iterator<Item = &TrialRecord> {
        self.trials.iter().filter_map(|event| match event {
            RunEvent::Trial(trial) => Some(&**trial),
            RunEvent::Plan(_) | RunEvent::End(_) => None,
        })
    }

    /// Leaves the first trials.
    pub(super) fn truncate(&mut self, count: usize) {
        self.trials.truncate(count);
        self.lines.truncate(count);
    }

    /// Each event with the bytes before its line.
    pub(super) fn events(&self) -> impl Iterator<Item = (&RunEvent, u64)> {
        let places = 0..;
        let events = self.trials.iter().zip(places);
        events.map(|(event, place)| (event, self.lines.offset(place)))
    }

    /// What is to be written.
    pub(super) fn lines(&self) -> &Lines {
        &self.lines
    }
}
