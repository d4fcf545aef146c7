//! Trials that may run in any order: begun up to the limits, each finished one kept.

use std::ops::ControlFlow;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::Ready;
use super::batch::Batch;
use super::early::Early;
use super::ending::{Deadline, End, asked_to_end, overdue, passed, signalled};
use super::error::RunError;
use super::halt::halt;
use super::held::{Held, Settled};
use super::local::{Chunk, Local};
use super::outlets::Outlets;
use super::queue::Queue;
use super::task::{landed, trial};
use crate::aggregate::Fold;
use crate::call::Client;
use crate::model::{Ended, ErrorClass, Interrupt, TrialId, TrialRecord};
use crate::observe::JournalError;

/// Trials that may run in any order.
pub(super) struct Stage {
    ready: Arc<Ready>,
    client: Arc<Client>,
    /// Which suites are decided before their end.
    early: Early,
    /// Stored answers of which it is not known yet whether they count.
    held: Held,
    deadline: Option<Deadline>,
    /// Why nothing new is begun.
    stopped: Option<String>,
}

/// A finished trial with its line of the journal.
type Outcome = Result<Batch, RunError>;

/// What is in flight, in tasks of their own, so that all processors share the work; dropping them ends them.
#[derive(Default)]
struct Flying {
    /// Trials that call.
    calls: JoinSet<Outcome>,
    /// Trials that need no call.
    local: Local,
}

impl Stage {
    /// Nothing is in flight yet.
    pub(super) fn new(
        ready: &Arc<Ready>,
        client: &Arc<Client>,
        fold: &Fold,
        held: Held,
        deadline: Option<Deadline>,
    ) -> Self {
        Self {
            ready: Arc::clone(ready),
            client: Arc::clone(client),
            early: Early::new(&ready.plan, fold),
            held,
            deadline,
            stopped: None,
        }
    }

    /// Runs what the queues hold.
    ///
    /// # Errors
    /// When the journal cannot be written or a row cannot be read.
    pub(super) async fn run<I: Future<Output = Interrupt>>(
        &mut self,
        mut queues: Vec<Queue<'_>>,
        out: &mut Outlets<'_>,
        mut interrupt: std::pin::Pin<&mut I>,
    ) -> Result<End, RunError> {
        let mut flying = Flying::default();
        loop {
            self.begin(&mut queues, &mut flying, out.fold);
            if flying.calls.is_empty() && flying.local.is_empty() {
                match self
                    .settle_held(&mut queues, out, interrupt.as_mut())
                    .await?
                {
                    ControlFlow::Break(end) => return Ok(end),
                    ControlFlow::Continue(true) => continue,
                    ControlFlow::Continue(false) => {}
                }
                let reason = self.stopped.take();
                let ended = if reason.is_some() {
                    Ended::Stopped
                } else {
                    Ended::Complete
                };
                return Ok((ended, reason));
            }
            tokio::select! {
                biased;
                after = passed(self.deadline) => {
                    self.halt(flying, &mut queues, out).await?;
                    return Ok(overdue(after));
                }
                signal = &mut interrupt => {
                    self.halt(flying, &mut queues, out).await?;
                    return Ok(signalled(signal));
                }
                Some(next) = flying.calls.join_next() => {
                    self.take(&landed(next)?, &mut queues, out)?;
                }
                Some(chunk) = flying.local.take() => {
                    self.take_chunk(chunk?, &mut queues, out)?;
                }
            }
            // What else is done is kept before a signal is looked at.
            for _ in 0..AT_ONCE {
                let Some(next) = flying.calls.try_join_next() else {
                    break;
                };
                self.take(&landed(next)?, &mut queues, out)?;
            }
            if let Some(chunk) = flying.local.try_take() {
                self.take_chunk(chunk?, &mut queues, out)?;
            }
        }
    }

    /// Begins what may begin.
    fn begin(&self, queues: &mut [Queue<'_>], flying: &mut Flying, fold: &Fold) {
        let Flying { calls, local } = flying;
        while let Some((id, is_local)) = self.next(queues, local, fold) {
            if is_local {
                local.add(id, &self.ready, &self.client);
            } else {
                self.spawn(id, calls);
            }
        }
        local.begin(&self.ready, &self.client);
    }

    fn spawn(&self, id: (TrialId, u32), calls: &mut JoinSet<Outcome>) {
        let (ready, client) = (Arc::clone(&self.ready), Arc::clone(&self.client));
        calls.spawn(async move {
            let trial = trial(&ready, &client, id).await?;
            Ok(Batch::of(trial)?)
        });
    }

    /// The next trial to begin, and whether it needs no call. Every suite may have as many in flight as the run: one whose provider
    /// is slow does not hold up the others, and how many calls are really made at once is for the client to say.
    fn next(
        &self,
        queues: &mut [Queue<'_>],
        local: &Local,
        fold: &Fold,
    ) -> Option<((TrialId, u32), bool)> {
        if self.stopped.is_some() {
            return None;
        }
        (0..).zip(queues).find_map(|(suite, queue)| {
            if self.early.is_decided(suite) {
                return None;
            }
            if let Some(last) = fold.given_up(suite) {
                // Up to there all are asked, so that the verdict depends on no order in which trials end.
                queue.end_at(last);
            }
            let has_room = queue.flying < self.client.concurrency();
            if queue.flying < SLOW_AT_ONCE
                && let Some(next) = has_room.then(|| queue.slow.pop_front()).flatten()
            {
                queue.flying += 1;
                return Some((next, false));
            }
            let is_local = self.ready.is_local(queue.trials.peek()?.0);
            let is_open = if is_local { !local.is_full() } else { has_room };
            let next = is_open.then(|| queue.trials.next()).flatten()?;
            queue.flying += usize::from(!is_local);
            Some((next, is_local))
        })
    }

    /// Keeps a trial that called.
    fn take(
        &mut self,
        batch: &Batch,
        queues: &mut [Queue<'_>],
        out: &mut Outlets<'_>,
    ) -> Result<(), RunError> {
        for trial in batch.trials() {
            if let Some(queue) = queues.get_mut(trial.trial.suite as usize) {
                queue.flying -= 1;
            }
            // What is in flight is paid for: it is waited for, and nothing new is begun.
            let stop = budget_reached(trial);
            self.stopped = self.stopped.take().or(stop);
            self.early.take(trial);
        }
        self.write(batch, queues, out)
    }

    /// Keeps trials that needed no call, up to the one with which their suite is decided. What takes longer is begun by itself.
    fn take_chunk(
        &mut self,
        chunk: Chunk,
        queues: &mut [Queue<'_>],
        out: &mut Outlets<'_>,
    ) -> Result<(), RunError> {
        let Chunk { batch, slow } = chunk;
        self.take_quick(batch, queues, out)?;
        for id in slow {
            if let Some(queue) = queues.get_mut(id.0.suite as usize) {
                queue.slow.push_back(id);
            }
        }
        Ok(())
    }

    fn take_quick(
        &mut self,
        mut batch: Batch,
        queues: &mut [Queue<'_>],
        out: &mut Outlets<'_>,
    ) -> Result<(), RunError> {
        let mut kept = 0;
        for trial in batch.trials() {
            let suite = trial.trial.suite as usize;
            let is_late = out
                .fold
                .given_up(suite)
                .is_some_and(|last| trial.order > last);
            if is_late || self.early.is_decided(suite) {
                break;
            }
            self.early.take(trial);
            kept += 1;
        }
        batch.truncate(kept);
        self.write(&batch, queues, out)
    }

    fn write(
        &mut self,
        batch: &Batch,
        queues: &mut [Queue<'_>],
        out: &mut Outlets<'_>,
    ) -> Result<(), RunError> {
        out.batch(batch)?;
        for trial in batch.trials() {
            let again = self.held.after(&self.ready, trial);
            if let Some(queue) = queues.get_mut(trial.trial.suite as usize) {
                queue.add(again);
            }
        }
        Ok(())
    }

    /// At the end, every answer that could show who answers now is there; whether something is left to ask, unless the run is to end
    /// before all of it is read.
    async fn settle_held<I: Future<Output = Interrupt>>(
        &mut self,
        queues: &mut [Queue<'_>],
        out: &mut Outlets<'_>,
        mut interrupt: std::pin::Pin<&mut I>,
    ) -> Result<ControlFlow<End, bool>, RunError> {
        let deadline = self.deadline;
        let mut asks = false;
        for settled in self.held.rest(&self.ready) {
            match settled {
                Settled::Take(stored) => {
                    let ready = Arc::clone(&self.ready);
                    let take = |trial| self.keep(trial, out).map_err(RunError::from);
                    let end = async || asked_to_end(deadline, interrupt.as_mut()).await;
                    if let Some(end) = stored.each(&ready.asker(), take, end).await? {
                        return Ok(ControlFlow::Break(end));
                    }
                }
                Settled::Ask(trials) => {
                    let suite = trials
                        .first()
                        .map_or(usize::MAX, |(id, _)| id.suite as usize);
                    if let Some(queue) = queues.get_mut(suite).filter(|_| self.stopped.is_none()) {
                        queue.add(trials);
                        asks = true;
                    }
                }
            }
        }
        Ok(ControlFlow::Continue(asks))
    }

    /// Ends what is in flight, so that nothing is sent once it is counted what was, and keeps what is done by then; what is busy is not
    /// waited for.
    async fn halt(
        &mut self,
        flying: Flying,
        queues: &mut [Queue<'_>],
        out: &mut Outlets<'_>,
    ) -> Result<(), RunError> {
        let Flying { calls, local } = flying;
        for next in halt(calls).await {
            self.take(&landed(next)?, queues, out)?;
        }
        for chunk in local.halt().await {
            self.take_quick(chunk?.batch, queues, out)?;
        }
        Ok(())
    }

    fn keep(&mut self, trial: TrialRecord, out: &mut Outlets<'_>) -> Result<(), JournalError> {
        self.early.take(&trial);
        out.trial(trial)
    }
}

impl Ready {
    /// Whether a trial needs no call: a logged answer without a judge. A task of its own would cost more than it does.
    fn is_local(&self, id: TrialId) -> bool {
        self.parts(id).is_ok_and(|(plan, _, evaluators)| {
            plan.dataset.index.is_logged(id.case) && evaluators.judges().next().is_none()
        })
    }
}

/// Trials that take long and are in flight at once: more would only wait for a processor.
const SLOW_AT_ONCE: usize = 4;

/// Trials that are taken before a signal or a deadline is looked for.
const AT_ONCE: usize = 64;

fn budget_reached(trial: &TrialRecord) -> Option<String> {
    let error = trial.error.as_ref()?;
    (error.class == ErrorClass::Budget).then(|| error.message.clone())
}
