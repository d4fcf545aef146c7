//! How many calls may be in flight: over all providers, to each of them, and to each model, where the provider itself has a say.

mod lane;
mod lanes;
mod learned;

pub(super) use lane::{Lane, Pass, Rates};
pub(super) use lanes::Lanes;

use tokio::sync::{Semaphore, SemaphorePermit};

/// A call in flight, of all that a run may have.
pub(super) type Slot<'a> = SemaphorePermit<'a>;

/// Most calls in flight over all providers.
#[derive(Debug)]
pub(super) struct Slots(Semaphore);

impl Slots {
    /// At least one slot, at most what the runtime can count.
    pub(super) fn new(count: usize) -> Self {
        Self(Semaphore::new(count.clamp(1, Semaphore::MAX_PERMITS)))
    }

    /// Waits for a slot; it is free again when the guard is dropped.
    pub(super) async fn take(&self) -> Option<Slot<'_>> {
        // The semaphore is never closed, so that there is always a permit.
        self.0.acquire().await.ok()
    }
}
