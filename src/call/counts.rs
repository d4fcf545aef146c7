//! What one run has sent, and how often the models it asked wanted fewer calls.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::model::ModelName;

/// Counts of a run, whoever else uses the same lanes.
#[derive(Debug, Default)]
pub(super) struct Counts {
    sent: AtomicU64,
    /// By model: how often it was slowed down, and fewest calls at once that it came to.
    slowdowns: Mutex<BTreeMap<ModelName, (u32, usize)>>,
}

impl Counts {
    /// A request goes out.
    pub(super) fn sent(&self) {
        self.sent.fetch_add(1, Ordering::Relaxed);
    }

    /// A request did not go out after all: nobody was there to send it to.
    pub(super) fn unsent(&self) {
        self.sent.fetch_sub(1, Ordering::Relaxed);
    }

    /// A model asked for fewer calls, and so many at once are aimed for.
    pub(super) fn slowed(&self, model: &ModelName, at_once: usize) {
        let mut slowdowns = self
            .slowdowns
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let (count, lowest) = slowdowns.entry(model.clone()).or_insert((0, at_once));
        *count += 1;
        *lowest = at_once.min(*lowest);
    }

    /// Requests sent so far, those in flight included.
    pub(super) fn all_sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Models that asked for fewer calls: how often, and how few calls at once they came to.
    pub(super) fn slowdowns(&self) -> Vec<(ModelName, u32, usize)> {
        let slowdowns = self
            .slowdowns
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let slowed = slowdowns.iter();
        slowed
            .map(|(model, (count, lowest))| (model.clone(), *count, *lowest))
            .collect()
    }
}
