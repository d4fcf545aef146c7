//! What happens while a run goes on, told as it happens: for progress on a terminal, for a server's log, for a test.

use crate::model::TrialRecord;
use crate::pipeline::batch::Batch;
use crate::plan::Plan;

/// Something that happened.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'e> {
    /// An earlier run is resumed.
    Resumes {
        /// Its id.
        run: &'e str,
        /// Trials that it has.
        done: usize,
        /// Trials of them that are in error and asked again.
        open: usize,
        /// Whether the last line of its journal was cut off, and is removed.
        torn: bool,
    },
    /// The first trial is about to begin.
    Begins {
        /// What is planned.
        plan: &'e Plan,
        /// Trials that are not there yet.
        trials: usize,
    },
    /// So many trials were added: repeats while a gate is open, or the proof of broken cases.
    Adds(usize),
    /// Trials ended; they are in the journal.
    Ended(&'e Batch),
}

/// Whoever wants to know.
pub trait Observer: Send {
    /// Takes note; the run waits until it returns.
    fn event(&mut self, event: &Event<'_>);
}

/// Nobody wants to know.
impl Observer for () {
    fn event(&mut self, _: &Event<'_>) {}
}

impl Event<'_> {
    /// The trials that ended with this event.
    pub fn trials(&self) -> impl Iterator<Item = &TrialRecord> {
        let batch = match self {
            Self::Ended(batch) => Some(batch),
            _ => None,
        };
        batch.into_iter().flat_map(|batch| batch.trials())
    }
}
