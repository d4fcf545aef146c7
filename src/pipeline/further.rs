//! What a run asks after its first look: the proof of broken cases, then repeats while a gate is undecided.

use super::{Ready, escalate, proof};
use crate::aggregate::Fold;
use crate::call::Client;
use crate::model::TrialId;

/// How far a run has come after its first look.
#[derive(Debug, Default)]
pub(super) struct Further {
    /// Whether the proof was asked for; what came back in error is not asked again by the same run.
    proved: bool,
    /// Looks that are over.
    looks: usize,
}

impl Further {
    /// The trials of the next stage; none when the run is at its end. The proof comes first: a candidate that is proven broken
    /// needs no repeats.
    pub(super) fn next(
        &mut self,
        ready: &Ready,
        client: &Client,
        fold: &Fold,
    ) -> Vec<(TrialId, u32)> {
        if !std::mem::replace(&mut self.proved, true) {
            let mut trials = proof::trials(ready, client, fold);
            trials.retain(|(id, _)| fold.given_up(id.suite as usize).is_none());
            if !trials.is_empty() {
                return trials;
            }
        }
        self.looks += 1;
        escalate::next_trials(ready, fold, self.looks)
    }
}
