//! The one concurrent loop: trials in flight up to the limit, each finished one into the journal, the record and the progress.

use futures::StreamExt;
use futures::stream;

use super::{Prepared, trial};
use crate::aggregate::Fold;
use crate::call::Client;
use crate::model::event::{EndStatus, RunEnd, RunHeader};
use crate::model::{ErrorClass, RunEvent, TrialRecord};
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
}

/// Runs every trial of the plan.
///
/// # Errors
/// When the journal cannot be written; what was written stays readable.
pub async fn run(
    prepared: &Prepared,
    client: &Client,
    header: RunHeader,
    concurrency: usize,
    mut out: Outlets<'_>,
    interrupt: impl Future<Output = Interrupt>,
) -> Result<Ended, RunError> {
    out.event(&RunEvent::Plan(Box::new(header)))?;
    let mut trials = stream::iter(prepared.plan.trials())
        .map(|id| trial::run(prepared, client, id))
        .buffer_unordered(concurrency);
    let mut interrupt = std::pin::pin!(interrupt);
    let (ended, reason) = loop {
        tokio::select! {
            // Finished trials first: what is done is kept before a signal is looked at.
            biased;
            next = trials.next() => match next {
                None => break (Ended::Complete, None),
                Some(None) => {}
                Some(Some(trial)) => {
                    let stop = budget_reached(&trial);
                    out.trial(trial)?;
                    if let Some(reason) = stop {
                        break (Ended::Stopped, Some(reason));
                    }
                }
            },
            signal = &mut interrupt => {
                let name = match signal {
                    Interrupt::Interrupt => "SIGINT",
                    Interrupt::Terminate => "SIGTERM",
                };
                break (Ended::Interrupted(signal), Some(format!("interrupted by {name}")));
            }
        }
    };
    drop(trials);
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
