//! One trial as a task, and what comes of a task.

use tokio::task::JoinError;

use super::error::RunError;
use super::{Ready, trial};
use crate::call::Client;
use crate::model::{TrialId, TrialRecord};

/// Runs one trial.
///
/// # Errors
/// When its row cannot be read any more.
pub(super) async fn trial(
    ready: &Ready,
    client: &Client,
    id: (TrialId, u32),
) -> Result<TrialRecord, RunError> {
    let outcome = trial::run(ready, client, id).await;
    outcome.map_err(|error| match ready.plan.suites.get(id.0.suite as usize) {
        Some(suite) => RunError::dataset(suite, error),
        None => RunError::Dataset {
            path: String::new(),
            error,
        },
    })
}

/// A task's outcome; its panic is a panic here.
pub(super) fn landed<T>(next: Result<T, JoinError>) -> T {
    next.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}
