//! Trials that need no call, done many at a time by tasks of their own: a task for each would cost more than the trial does.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::Ready;
use super::batch::Batch;
use super::error::RunError;
use super::halt::halt;
use super::task::{landed, trial};
use crate::call::Client;
use crate::model::TrialId;

/// Trials that one task does.
const CHUNK: usize = 64;

/// Tasks begun and not taken: enough for every processor to have the next one, few enough to be held in memory.
const CHUNKS: usize = 32;

/// A trial's id and the place of its case in the plan.
type Next = (TrialId, u32);

/// What one task did.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    /// The trials that are done.
    pub(super) batch: Batch,
    /// Those that turned out to take longer than such trials should.
    pub(super) slow: Vec<Next>,
}

/// Tasks in flight. What they did is taken in the order in which they began, so that a suite that stops when it is decided ends
/// with the same trial on every machine.
#[derive(Debug, Default)]
pub(super) struct Local {
    tasks: JoinSet<(usize, Result<Chunk, RunError>)>,
    /// Done before it was their turn.
    done: BTreeMap<usize, Result<Chunk, RunError>>,
    begun: usize,
    taken: usize,
    /// Trials for the next task, all of one suite.
    next: Vec<Next>,
}

impl Local {
    /// Whether no further trial should be added.
    pub(super) fn is_full(&self) -> bool {
        self.begun - self.taken >= CHUNKS
    }

    /// Whether nothing is in flight.
    pub(super) fn is_empty(&self) -> bool {
        self.begun == self.taken
    }

    /// Adds a trial, and begins a task where there is enough for one.
    pub(super) fn add(&mut self, id: Next, ready: &Arc<Ready>, client: &Arc<Client>) {
        let of_another = self
            .next
            .first()
            .is_some_and(|first| first.0.suite != id.0.suite);
        if of_another {
            self.begin(ready, client);
        }
        self.next.push(id);
        if self.next.len() >= CHUNK {
            self.begin(ready, client);
        }
    }

    /// Begins a task with what there is.
    pub(super) fn begin(&mut self, ready: &Arc<Ready>, client: &Arc<Client>) {
        if self.next.is_empty() {
            return;
        }
        let ids = std::mem::take(&mut self.next);
        let (ready, client) = (Arc::clone(ready), Arc::clone(client));
        let place = self.begun;
        self.tasks
            .spawn(async move { (place, chunk(ready, client, ids).await) });
        self.begun += 1;
    }

    /// What the task did whose turn it is, once it is done; `None` where nothing is in flight.
    pub(super) async fn take(&mut self) -> Option<Result<Chunk, RunError>> {
        loop {
            if let Some(chunk) = self.done.remove(&self.taken) {
                self.taken += 1;
                return Some(chunk);
            }
            let (place, chunk) = landed(self.tasks.join_next().await?);
            self.done.insert(place, chunk);
        }
    }

    /// What the task did whose turn it is, where it is done already.
    pub(super) fn try_take(&mut self) -> Option<Result<Chunk, RunError>> {
        while let Some(next) = self.tasks.try_join_next() {
            let (place, chunk) = landed(next);
            self.done.insert(place, chunk);
        }
        let chunk = self.done.remove(&self.taken)?;
        self.taken += 1;
        Some(chunk)
    }

    /// Ends what has not begun, and gives what is done, in the order in which it began.
    pub(super) async fn halt(self) -> impl Iterator<Item = Result<Chunk, RunError>> {
        let mut done = self.done;
        done.extend(halt(self.tasks).await.into_iter().map(landed));
        done.into_values()
    }
}

async fn chunk(ready: Arc<Ready>, client: Arc<Client>, ids: Vec<Next>) -> Result<Chunk, RunError> {
    let mut chunk = Chunk::default();
    for id in ids {
        let trial = std::pin::pin!(trial(&ready, &client, id));
        match futures::poll!(trial) {
            std::task::Poll::Ready(trial) => chunk.batch.push(trial?)?,
            std::task::Poll::Pending => chunk.slow.push(id),
        }
    }
    Ok(chunk)
}
