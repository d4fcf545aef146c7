//! What ends a run before it is done: a signal or its deadline.

use std::time::{Duration, Instant};

use crate::model::{Ended, Interrupt};

/// When a run ends, whatever is not done by then.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline {
    /// The moment.
    pub at: Instant,
    /// How long the run was given.
    pub after: Duration,
}

/// How the loop ended, and why.
pub(super) type End = (Ended, Option<String>);

/// How the run is to end, where a signal came or the deadline passed; neither is waited for.
pub(super) async fn asked_to_end<I: Future<Output = Interrupt>>(
    deadline: Option<Deadline>,
    interrupt: std::pin::Pin<&mut I>,
) -> Option<End> {
    tokio::select! {
        biased;
        after = passed(deadline) => Some(overdue(after)),
        signal = interrupt => Some(signalled(signal)),
        () = tokio::task::yield_now() => None,
    }
}

/// The end of a run whose deadline passed.
pub(super) fn overdue(after: Duration) -> End {
    let reason = format!("the run's deadline of {} s passed", after.as_secs_f64());
    (Ended::Stopped, Some(reason))
}

/// The end of a run that a signal asked to end.
pub(super) fn signalled(signal: Interrupt) -> End {
    let name = match signal {
        Interrupt::Interrupt => "SIGINT",
        Interrupt::Terminate => "SIGTERM",
    };
    let reason = format!("interrupted by {name}");
    (Ended::Interrupted(signal), Some(reason))
}

/// Resolves when the deadline passes; never without one.
pub(super) async fn passed(deadline: Option<Deadline>) -> Duration {
    let Some(deadline) = deadline else {
        return std::future::pending().await;
    };
    tokio::time::sleep_until(deadline.at.into()).await;
    deadline.after
}
