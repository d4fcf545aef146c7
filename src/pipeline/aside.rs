//! Evaluations that may take long, done aside: signals, deadlines and answers that arrive are looked at meanwhile.

use std::sync::LazyLock;
use std::thread::available_parallelism;

use tokio::sync::Semaphore;
use tokio::task::{block_in_place, yield_now};

use crate::model::{Sample, Score};
use crate::score::{Answer, Prepared, Step};

/// One for each processor, so that no more threads are left behind than that when a run ends; each ends by itself, after the steps
/// that its evaluator may take.
static PLACES: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(available_parallelism().map_or(2, usize::from)));

/// An evaluator's next step.
pub(super) async fn step(
    evaluator: &Prepared,
    sample: &Sample<'_>,
    answers: &[Answer],
) -> Step<Score> {
    if evaluator.is_quick(sample) {
        return evaluator.step(sample, answers);
    }
    // A trial that needs no call is tried where signals are waited for: here it is told that it is no such trial.
    yield_now().await;
    let place = PLACES.acquire().await;
    let step = block_in_place(|| evaluator.step(sample, answers));
    drop(place);
    step
}
