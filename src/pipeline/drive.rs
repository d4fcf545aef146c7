//! The one concurrent loop: trials in flight up to the limit, each finished one into the journal, the record and to whoever looks on.

use std::sync::Arc;

use super::ending::{Deadline, End, asked_to_end};
use super::error::RunError;
use super::further::Further;
use super::held::Held;
use super::outlets::Outlets;
use super::queue::Queue;
use super::run::Event;
use super::stage::Stage;
use super::{Checked, Ready, pools};
use crate::call::Client;
use crate::model::event::{EndStatus, RunEnd, RunHeader};
use crate::model::{Ended, Interrupt, RunEvent, TrialId};
use crate::stored::StoredArm;

/// Runs every trial of the plan that is not decided already, the proof of broken cases, and further repeats while a gate is
/// undecided. `header` begins a
/// new journal; without it the run continues from what the record holds.
///
/// # Errors
/// When the journal cannot be written; what was written stays readable.
pub(super) async fn drive(
    ready: &Arc<Ready>,
    client: &Arc<Client>,
    (header, deadline): (Option<RunHeader>, Option<Deadline>),
    mut out: Outlets<'_>,
    interrupt: impl Future<Output = Interrupt>,
) -> Result<Ended, RunError> {
    if let Some(header) = header {
        out.event(&RunEvent::Plan(Box::new(header)))?;
        pools::write(ready, &mut out)?;
    }
    let mut interrupt = std::pin::pin!(interrupt);
    let (held, free) = Held::new(ready);
    let end = async || asked_to_end(deadline, interrupt.as_mut()).await;
    let early_end = take_all(ready, &free, &mut out, end).await?;
    let (sent, counted) = (client.calls_made(), out.fold.calls());
    let done = out.fold.done();
    let is_open = |(id, _): &(TrialId, u32)| !done.has(*id) && !ready.is_stored(*id);
    let mut stage = Stage::new(ready, client, out.fold, held, deadline);
    let plan = &ready.plan;
    let mut queues: Vec<Queue<'_>> = (0..plan.suites.len())
        .map(|place| Queue::new(plan.first_trials(place).filter(is_open)))
        .collect();
    let mut further = Further::default();
    let (ended, reason) = loop {
        if let Some(end) = early_end {
            break end;
        }
        let (ended, reason) = stage.run(queues, &mut out, interrupt.as_mut()).await?;
        let next = match ended {
            Ended::Complete => further.next(ready, client, out.fold),
            Ended::Interrupted(_) | Ended::Stopped => Vec::new(),
        };
        if next.is_empty() {
            break (ended, reason);
        }
        out.observer.event(&Event::Adds(next.len()));
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
    require_unchanged(ready)?;
    let status = match ended {
        Ended::Complete => EndStatus::Complete,
        Ended::Interrupted(_) => EndStatus::Interrupted,
        Ended::Stopped => EndStatus::Stopped,
    };
    let mut end = RunEnd::new(status, now(), reason);
    let (sent, counted) = (client.calls_made() - sent, out.fold.calls() - counted);
    end.in_flight = u32::try_from(sent.saturating_sub(counted)).unwrap_or(u32::MAX);
    out.event(&RunEvent::End(out.sealed(end, &ready.root)))?;
    Ok(ended)
}

/// Takes stored answers that need not wait, until `end` says how the run is to end.
async fn take_all(
    ready: &Ready,
    free: &[Arc<StoredArm>],
    out: &mut Outlets<'_>,
    mut end: impl AsyncFnMut() -> Option<End>,
) -> Result<Option<End>, RunError> {
    for stored in free {
        let take = |trial| out.trial(trial).map_err(RunError::from);
        if let Some(ended) = stored.each(&ready.asker(), take, &mut end).await? {
            return Ok(Some(ended));
        }
    }
    Ok(None)
}

/// A dataset that was changed while the run read it would be half of one and half of another.
pub(super) fn require_unchanged(checked: &Checked) -> Result<(), RunError> {
    for suite in &checked.plan.suites {
        let unchanged = suite.dataset.require_unchanged();
        unchanged.map_err(|error| RunError::dataset(suite, error))?;
    }
    Ok(())
}

fn now() -> String {
    jiff::Timestamp::now()
        .strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
        .to_string()
}
