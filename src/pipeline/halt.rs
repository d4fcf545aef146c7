//! The end of trials in flight: what is done by then is kept, and nothing that is busy is waited for.

use std::time::Duration;

use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, timeout_at};

/// How long trials in flight have to notice that they are ended.
const HALT: Duration = Duration::from_millis(50);

/// Ends tasks, and gives what those came to that were done.
pub(super) async fn halt<T: Send + 'static>(mut flying: JoinSet<T>) -> Vec<Result<T, JoinError>> {
    flying.abort_all();
    let (end, mut done) = (Instant::now() + HALT, Vec::new());
    while let Ok(Some(next)) = timeout_at(end, flying.join_next()).await {
        match next {
            Err(ended) if ended.is_cancelled() => {}
            next => done.push(next),
        }
    }
    done
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn what_is_done_is_kept_and_what_is_not_is_ended() {
        let mut flying = JoinSet::new();
        for number in 0..3 {
            flying.spawn(async move { number });
        }
        flying.spawn(std::future::pending());
        // All but the last are done, and nobody has taken them.
        tokio::task::yield_now().await;
        let done = halt(flying).await;
        let mut kept: Vec<u32> = done.into_iter().map(Result::unwrap).collect();
        kept.sort_unstable();
        assert_eq!(kept, [0, 1, 2]);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_is_busy_is_not_waited_for() {
        let (told, waits) = mpsc::channel::<()>();
        let (begins, began) = mpsc::channel::<()>();
        let mut flying = JoinSet::new();
        flying.spawn(async { 1 });
        flying.spawn(async move {
            let _ = begins.send(());
            // Blocks its thread, as a long evaluation does, until the test is over.
            let _ = waits.recv();
            2
        });
        let _ = began.recv();
        while flying.len() == 2 {
            if let Some(first) = flying.try_join_next() {
                assert_eq!(first.unwrap(), 1);
            }
            tokio::task::yield_now().await;
        }
        assert!(halt(flying).await.is_empty());
        drop(told);
    }

    #[tokio::test]
    async fn a_panic_is_no_answer() {
        let mut flying = JoinSet::new();
        flying.spawn(async { panic!("on purpose") });
        tokio::task::yield_now().await;
        let done: Vec<Result<(), _>> = halt(flying).await;
        assert!(
            done.into_iter()
                .all(|one| one.is_err_and(|why| why.is_panic()))
        );
    }
}
