//! Evaluations that may take long, done aside: signals, deadlines and answers that arrive are looked at meanwhile.

use std::sync::LazyLock;
use std::thread::available_parallelism;

use tokio::sync::Semaphore;
use tokio::task::{block_in_place, yield_now};

use crate::model::{Completion, Sample, Score};
use crate::score::Prepared;

/// One for each processor, so that no more threads are left behind than that when a run ends; each ends by itself, after the steps
/// that its evaluator may take.
static PLACES: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(available_parallelism().map_or(2, usize::from)));

/// What an evaluator says of a sample.
pub(super) async fn score(
    evaluator: &Prepared,
    sample: &Sample<'_>,
    replies: &[Completion],
) -> Score {
    if evaluator.is_quick(sample) {
        return evaluator.score(sample, replies);
    }
    // A trial that needs no call is tried where signals are waited for: here it is told that it is no such trial.
    yield_now().await;
    let place = PLACES.acquire().await;
    let score = block_in_place(|| evaluator.score(sample, replies));
    drop(place);
    score
}
