//! The one concurrent loop: trials in flight up to the limit, each finished one into the journal, the record and the progress.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::StreamExt;
use futures::stream;

use super::{Prepared, escalate, trial};
use crate::aggregate::Fold;
use crate::call::Client;
use crate::gate;
use crate::model::event::{EndStatus, RunEnd, RunHeader};
use crate::model::{ErrorClass, RunEvent, TrialId, TrialRecord};
use crate::observe::{Journal, JournalError, Progress};

/// Which signal ended a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interrupt {
    /// SIGINT: someone pressed Ctrl-C.
    Interrupt,
    /// SIGTERM: the CI system cancelled the job.
    Terminate,
}

/// How the loop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Everything planned is done.
    Complete,
    /// A signal came.
    Interrupted(Interrupt),
    /// It had to stop (budget).
    Stopped,
}

/// What keeps a run from going on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The journal cannot be written: a result that is not kept does not count.
    #[error("the journal cannot be written: {0}")]
    Journal(#[from] JournalError),
    /// A row cannot be read any more.
    #[error("{path} cannot be read any more: {error}")]
    Dataset {
        /// The dataset.
        path: String,
        /// What happened.
        error: io::Error,
    },
}

/// Runs every trial of the plan that is not decided already, and further repeats while a gate is undecided. `header` begins a
/// new journal; without it the run goes on with what the record holds.
///
/// # Errors
/// When the journal cannot be written; what was written stays readable.
pub async fn run(
    prepared: &Prepared,
    client: &Client,
    header: Option<RunHeader>,
    mut out: Outlets<'_>,
    interrupt: impl Future<Output = Interrupt>,
) -> Result<Ended, RunError> {
    if let Some(header) = header {
        out.event(&RunEvent::Plan(Box::new(header)))?;
    }
    for trial in &prepared.stored {
        out.trial(trial.clone())?;
    }
    let done = out.fold.done();
    let is_open = |(id, _): &(TrialId, u32)| !done.has(*id);
    let mut interrupt = std::pin::pin!(interrupt);
    let stage = Stage {
        prepared,
        client,
        settled: prepared
            .plan
            .suites
            .iter()
            .map(|_| AtomicBool::new(false))
            .collect(),
    };
    let mut trials: Box<dyn Iterator<Item = (TrialId, u32)> + Send + '_> =
        Box::new(prepared.plan.trials().filter(is_open));
    let mut look = 0;
    let (ended, reason) = loop {
        let (ended, reason) = stage.run(trials, &mut out, interrupt.as_mut()).await?;
        look += 1;
        let next = match ended {
            Ended::Complete => escalate::next_trials(prepared, out.fold, look),
            Ended::Interrupted(_) | Ended::Stopped => Vec::new(),
        };
        if next.is_empty() {
            break (ended, reason);
        }
        out.progress.add(next.len());
        trials = Box::new(next.into_iter().filter(is_open));
    };
    let status = match ended {
        Ended::Complete => EndStatus::Complete,
        Ended::Interrupted(_) => EndStatus::Interrupted,
        Ended::Stopped => EndStatus::Stopped,
    };
    out.event(&RunEvent::End(RunEnd {
        status,
        finished_at: now(),
        reason,
    }))?;
    Ok(ended)
}

/// Trials that may run in any order.
struct Stage<'a> {
    prepared: &'a Prepared,
    client: &'a Client,
    /// Suites whose gates are all decided, so that no further case of them is asked.
    settled: Vec<AtomicBool>,
}

impl Stage<'_> {
    async fn run<I: Future<Output = Interrupt>>(
        &self,
        trials: impl Iterator<Item = (TrialId, u32)> + Send,
        out: &mut Outlets<'_>,
        mut interrupt: std::pin::Pin<&mut I>,
    ) -> Result<(Ended, Option<String>), RunError> {
        let settled = &self.settled;
        let is_open = |id: TrialId| {
            let suite = settled.get(id.suite as usize);
            suite.is_some_and(|settled| !settled.load(Ordering::Relaxed))
        };
        let mut trials = stream::iter(trials)
            .filter(|(id, _)| std::future::ready(is_open(*id)))
            .map(|id| self.trial(id))
            .buffer_unordered(self.client.concurrency());
        let mut finished = 0_usize;
        let mut stopped = None;
        loop {
            tokio::select! {
                // Finished trials first: what is done is kept before a signal is looked at.
                biased;
                next = trials.next() => match next {
                    None if stopped.is_some() => return Ok((Ended::Stopped, stopped)),
                    None => return Ok((Ended::Complete, None)),
                    Some(trial) => {
                        let trial = trial?;
                        let stop = budget_reached(&trial);
                        let suite = trial.trial.suite as usize;
                        out.trial(trial)?;
                        finished += 1;
                        if stop.is_some() {
                            // What is in flight is paid for: it is waited for, and nothing new is begun.
                            self.settled.iter().for_each(|suite| suite.store(true, Ordering::Relaxed));
                            stopped = stopped.or(stop);
                        }
                        self.settle(suite, finished, out);
                    }
                },
                signal = &mut interrupt => {
                    let name = match signal {
                        Interrupt::Interrupt => "SIGINT",
                        Interrupt::Terminate => "SIGTERM",
                    };
                    return Ok((Ended::Interrupted(signal), Some(format!("interrupted by {name}"))));
                }
            }
        }
    }

    async fn trial(&self, id: (TrialId, u32)) -> Result<TrialRecord, RunError> {
        let outcome = trial::run(self.prepared, self.client, id).await;
        outcome.map_err(|error| {
            let suite = self.prepared.plan.suites.get(id.0.suite as usize);
            RunError::Dataset {
                path: suite.map_or_else(String::new, |suite| suite.dataset.path.to_string()),
                error,
            }
        })
    }

    /// Looks whether a suite that stops when it is decided has come so far; not after every case of a large one.
    fn settle(&self, suite: usize, finished: usize, out: &Outlets<'_>) {
        let plan = self.prepared.plan.suites.get(suite);
        let Some(plan) = plan.filter(|plan| plan.stops_decided()) else {
            return;
        };
        let every = (plan.cases.len() * plan.arms.len() / LOOKS_PER_SUITE).max(1);
        if finished.is_multiple_of(every)
            && let Some(record) = out.fold.clone().finish()
            && gate::is_decided_early(&record, suite)
            && let Some(settled) = self.settled.get(suite)
        {
            settled.store(true, Ordering::Relaxed);
        }
    }
}

/// How often a suite that stops when it is decided looks whether it is.
const LOOKS_PER_SUITE: usize = 250;

fn budget_reached(trial: &TrialRecord) -> Option<String> {
    let error = trial.error.as_ref()?;
    (error.class == ErrorClass::Budget).then(|| error.message.clone())
}

fn now() -> String {
    jiff::Timestamp::now()
        .strftime("%Y-%m-%dT%H:%M:%SZ")
        .to_string()
}

/// Where events go, in this order: the journal (critical), the record, the progress (best effort).
#[derive(Debug)]
pub struct Outlets<'a> {
    /// The journal.
    pub journal: &'a mut Journal,
    /// The record.
    pub fold: &'a mut Fold,
    /// The progress.
    pub progress: &'a mut Progress,
}

impl Outlets<'_> {
    fn event(&mut self, event: &RunEvent) -> Result<(), JournalError> {
        let at = self.journal.append(event)?;
        self.fold.apply(event, at);
        Ok(())
    }

    fn trial(&mut self, trial: TrialRecord) -> Result<(), JournalError> {
        let event = RunEvent::Trial(Box::new(trial));
        self.event(&event)?;
        if let RunEvent::Trial(trial) = &event {
            self.progress.trial(trial);
        }
        Ok(())
    }
}
