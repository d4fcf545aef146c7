//! The one concurrent loop: trials in flight up to the limit, each finished one into the journal, the record and the progress.

use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::task::{JoinError, JoinSet};

use super::early::Early;
use super::error::RunError;
use super::further::Further;
use super::outlets::Outlets;
use super::queue::Queue;
use super::stored::{Held, Settled};
use super::{Prepared, trial};
use crate::aggregate::Fold;
use crate::call::Client;
use crate::model::event::{EndStatus, RunEnd, RunHeader};
use crate::model::{ErrorClass, RunEvent, TrialId, TrialRecord};
use crate::observe::JournalError;

/// Which signal ended a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interrupt {
    /// SIGINT: someone pressed Ctrl-C.
    Interrupt,
    /// SIGTERM: the CI system cancelled the job.
    Terminate,
}

/// When a run ends, whatever is not done by then.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    /// The moment.
    pub at: Instant,
    /// How long the run was given.
    pub after: Duration,
}

/// How the loop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Everything planned is done.
    Complete,
    /// A signal came.
    Interrupted(Interrupt),
    /// It had to stop (budget, deadline).
    Stopped,
}

/// Runs every trial of the plan that is not decided already, the proof of broken cases, and further repeats while a gate is
/// undecided. `header` begins a
/// new journal; without it the run continues from the record.
///
/// # Errors
/// When the journal cannot be written; what was written stays readable.
pub async fn run(
    prepared: &Arc<Prepared>,
    client: &Arc<Client>,
    header: Option<RunHeader>,
    deadline: Option<Deadline>,
    mut out: Outlets<'_>,
    interrupt: impl Future<Output = Interrupt>,
) -> Result<Ended, RunError> {
    if let Some(header) = header {
        out.event(&RunEvent::Plan(Box::new(header)))?;
        prepared.write_pools(&mut out)?;
    }
    let (held, free) = Held::new(prepared);
    for stored in free {
        stored.each(prepared, |trial| Ok(out.trial(trial)?))?;
    }
    let (sent, counted) = (client.calls_made(), out.fold.calls());
    let done = out.fold.done();
    let is_open = |(id, _): &(TrialId, u32)| !done.has(*id) && !prepared.is_stored(*id);
    let mut interrupt = std::pin::pin!(interrupt);
    let mut stage = Stage {
        prepared: Arc::clone(prepared),
        client: Arc::clone(client),
        early: Early::new(&prepared.plan, out.fold),
        held,
        deadline,
        stopped: None,
    };
    let plan = &prepared.plan;
    let mut queues: Vec<Queue<'_>> = (0..plan.suites.len())
        .map(|place| Queue::new(plan.first_trials(place).filter(is_open)))
        .collect();
    let mut further = Further::default();
    let (ended, reason) = loop {
        let (ended, reason) = stage.run(queues, &mut out, interrupt.as_mut()).await?;
        let next = match ended {
            Ended::Complete => further.next(prepared, client, out.fold),
            Ended::Interrupted(_) | Ended::Stopped => Vec::new(),
        };
        if next.is_empty() {
            break (ended, reason);
        }
        out.progress.add(next.len());
        // Those that were asked in place of stored ones are done, too.
        let done = out.fold.done();
        queues = (0..plan.suites.len())
            .map(|place| {
                let own = move |(id, _): &(TrialId, u32)| id.suite as usize == place;
                let next = next.clone().into_iter().filter(own);
                let open: Vec<_> = next.filter(|(id, _)| !done.has(*id)).collect();
                Queue::new(open.into_iter())
            })
            .collect();
    };
    require_unchanged(prepared)?;
    let status = match ended {
        Ended::Complete => EndStatus::Complete,
        Ended::Interrupted(_) => EndStatus::Interrupted,
        Ended::Stopped => EndStatus::Stopped,
    };
    let mut end = RunEnd::new(status, now(), reason);
    let (sent, counted) = (client.calls_made() - sent, out.fold.calls() - counted);
    end.in_flight = u32::try_from(sent.saturating_sub(counted)).unwrap_or(u32::MAX);
    out.event(&RunEvent::End(out.sealed(end, &prepared.root)))?;
    Ok(ended)
}

/// A dataset that was changed while the run read it would be half of one and half of another.
pub(super) fn require_unchanged(prepared: &Prepared) -> Result<(), RunError> {
    for suite in &prepared.plan.suites {
        let unchanged = suite.dataset.require_unchanged();
        unchanged.map_err(|error| RunError::dataset(suite, error))?;
    }
    Ok(())
}

/// Trials that may run in any order.
struct Stage {
    prepared: Arc<Prepared>,
    client: Arc<Client>,
    /// Which suites are decided before their end.
    early: Early,
    /// Stored answers of which it is not known yet whether they count.
    held: Held,
    deadline: Option<Deadline>,
    /// Why nothing new is begun.
    stopped: Option<String>,
}

/// The result of one trial.
type Outcome = Result<TrialRecord, RunError>;

impl Stage {
    async fn run<I: Future<Output = Interrupt>>(
        &mut self,
        mut queues: Vec<Queue<'_>>,
        out: &mut Outlets<'_>,
        mut interrupt: std::pin::Pin<&mut I>,
    ) -> Result<(Ended, Option<String>), RunError> {
        // Tasks of their own, so that all processors share the work; dropping the set ends them.
        let mut flying: JoinSet<Outcome> = JoinSet::new();
        loop {
            let local = self.begin(&mut queues, &mut flying, out).await?;
            if flying.is_empty() && local == 0 {
                if self.settle_held(&mut queues, out)? {
                    continue;
                }
                let reason = self.stopped.take().or_else(|| self.given_up(out.fold));
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
                    let reason = format!("the run's deadline of {} s passed", after.as_secs_f64());
                    return Ok((Ended::Stopped, Some(reason)));
                }
                signal = &mut interrupt => {
                    self.halt(flying, &mut queues, out).await?;
                    let name = match signal {
                        Interrupt::Interrupt => "SIGINT",
                        Interrupt::Terminate => "SIGTERM",
                    };
                    return Ok((Ended::Interrupted(signal), Some(format!("interrupted by {name}"))));
                }
                () = std::future::ready(()), if local > 0 => {}
                Some(next) = flying.join_next() => {
                    self.take(landed(next)?, &mut queues, out)?;
                }
            }
        }
    }

    /// Begins what may begin and takes what is done, which is kept before a signal is looked at; how many trials that were.
    async fn begin(
        &mut self,
        queues: &mut [Queue<'_>],
        flying: &mut JoinSet<Outcome>,
        out: &mut Outlets<'_>,
    ) -> Result<usize, RunError> {
        let mut local = 0;
        let began = Instant::now();
        while local < LOCAL_AT_ONCE
            && began.elapsed() < LOCAL_FOR
            && let Some(id) = self.next(queues, out.fold)
        {
            let trial = trial(Arc::clone(&self.prepared), Arc::clone(&self.client), id);
            if !self.prepared.is_local(id.0) {
                flying.spawn(trial);
                continue;
            }
            let mut trial = Box::pin(trial);
            match futures::poll!(trial.as_mut()) {
                Poll::Ready(trial) => {
                    local += 1;
                    self.take(trial?, queues, out)?;
                }
                // It takes longer than it looked.
                Poll::Pending => {
                    flying.spawn(trial);
                }
            }
        }
        while let Some(next) = flying.try_join_next() {
            self.take(landed(next)?, queues, out)?;
            local += 1;
        }
        Ok(local)
    }

    /// The next trial to begin. Every suite may have as many in flight as the run: one whose provider is slow does not hold up
    /// the others, and how many calls are really made at once is for the client to say.
    fn next(&self, queues: &mut [Queue<'_>], fold: &Fold) -> Option<(TrialId, u32)> {
        if self.stopped.is_some() {
            return None;
        }
        let mut open = (0..).zip(queues).filter(|(suite, queue)| {
            let ended = self.early.is_decided(*suite) || fold.given_up(*suite).is_some();
            queue.flying < self.client.concurrency() && !ended
        });
        open.find_map(|(_, queue)| {
            let next = queue.trials.next()?;
            queue.flying += 1;
            Some(next)
        })
    }

    /// Why the run decides nothing, where an evaluator gave up.
    fn given_up(&self, fold: &Fold) -> Option<String> {
        let mut suites = self.prepared.plan.suites.iter().enumerate();
        suites.find_map(|(place, plan)| {
            let why = fold.given_up(place)?;
            Some(format!("suite {}: {why}", plan.suite.name))
        })
    }

    fn take(
        &mut self,
        trial: TrialRecord,
        queues: &mut [Queue<'_>],
        out: &mut Outlets<'_>,
    ) -> Result<(), RunError> {
        if let Some(queue) = queues.get_mut(trial.trial.suite as usize) {
            queue.flying -= 1;
        }
        // What is in flight is paid for: it is waited for, and nothing new is begun.
        let stop = budget_reached(&trial);
        self.stopped = self.stopped.take().or(stop);
        let suite = trial.trial.suite as usize;
        let again = self.held.after(&self.prepared, &trial);
        self.keep(trial, out)?;
        if let Some(queue) = queues.get_mut(suite) {
            queue.add(again);
        }
        Ok(())
    }

    /// At the end, every answer that could show who answers now is there; whether something is left to ask.
    fn settle_held(
        &mut self,
        queues: &mut [Queue<'_>],
        out: &mut Outlets<'_>,
    ) -> Result<bool, RunError> {
        let mut asks = false;
        for settled in self.held.rest(&self.prepared) {
            match settled {
                Settled::Take(stored) => {
                    let prepared = Arc::clone(&self.prepared);
                    stored.each(&prepared, |trial| Ok(self.keep(trial, out)?))?;
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
        Ok(asks)
    }

    /// Ends what is in flight, so that nothing is sent once it is counted what was, and keeps what is done by then; what is busy is not
    /// waited for.
    async fn halt(
        &mut self,
        mut flying: JoinSet<Outcome>,
        queues: &mut [Queue<'_>],
        out: &mut Outlets<'_>,
    ) -> Result<(), RunError> {
        flying.abort_all();
        let end = tokio::time::Instant::now() + HALT;
        while let Ok(Some(next)) = tokio::time::timeout_at(end, flying.join_next()).await {
            match next {
                Err(ended) if ended.is_cancelled() => {}
                next => self.take(landed(next)?, queues, out)?,
            }
        }
        Ok(())
    }

    fn keep(&mut self, trial: TrialRecord, out: &mut Outlets<'_>) -> Result<(), JournalError> {
        self.early.take(&trial);
        out.trial(trial)
    }
}

/// Resolves when the deadline passes; never without one.
async fn passed(deadline: Option<Deadline>) -> Duration {
    let Some(deadline) = deadline else {
        return std::future::pending().await;
    };
    tokio::time::sleep_until(deadline.at.into()).await;
    deadline.after
}

impl Prepared {
    /// Whether a trial needs no call: a logged answer without a judge. A task of its own would cost more than it does.
    fn is_local(&self, id: TrialId) -> bool {
        self.parts(id).is_ok_and(|(plan, _, evaluators)| {
            plan.dataset.index.is_logged(id.case) && evaluators.judges().next().is_none()
        })
    }
}

/// How long they may take, and the last of them a bit more.
const LOCAL_FOR: Duration = Duration::from_millis(20);

async fn trial(prepared: Arc<Prepared>, client: Arc<Client>, id: (TrialId, u32)) -> Outcome {
    let outcome = trial::run(&prepared, &client, id).await;
    outcome.map_err(
        |error| match prepared.plan.suites.get(id.0.suite as usize) {
            Some(suite) => RunError::dataset(suite, error),
            None => RunError::Dataset {
                path: String::new(),
                error,
            },
        },
    )
}

/// A task's outcome; its panic is a panic here.
fn landed(next: Result<Outcome, JoinError>) -> Outcome {
    next.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}

/// Trials without a call that are done before a signal or a deadline is looked for.
const LOCAL_AT_ONCE: usize = 64;

/// How long trials in flight have to notice that they are ended.
const HALT: Duration = Duration::from_millis(50);

fn budget_reached(trial: &TrialRecord) -> Option<String> {
    let error = trial.error.as_ref()?;
    (error.class == ErrorClass::Budget).then(|| error.message.clone())
}

fn now() -> String {
    jiff::Timestamp::now()
        .strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
        .to_string()
}
