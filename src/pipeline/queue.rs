//! What is still to begin of a suite, and how much of it is in flight.

use crate::model::TrialId;

/// Trials of one suite that are still to begin.
pub(super) struct Queue<'a> {
    pub(super) trials: Box<dyn Iterator<Item = (TrialId, u32)> + Send + 'a>,
    pub(super) flying: usize,
}

impl<'a> Queue<'a> {
    pub(super) fn new(trials: impl Iterator<Item = (TrialId, u32)> + Send + 'a) -> Self {
        Self {
            trials: Box::new(trials),
            flying: 0,
        }
    }

    pub(super) fn add(&mut self, more: Vec<(TrialId, u32)>) {
        let now = std::mem::replace(&mut self.trials, Box::new(std::iter::empty()));
        self.trials = Box::new(now.chain(more));
    }
}
