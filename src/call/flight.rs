//! Requests in flight: the same question is asked once, and everyone who waits for its answer gets it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::store::{self, ResponseKey};
use crate::model::CallError;

/// What a call came to.
type Landed = Result<store::Landed, CallError>;

/// Calls in flight, by the key of their response.
#[derive(Debug, Default)]
pub(super) struct Flights(Mutex<HashMap<ResponseKey, Arc<OnceCell<Landed>>>>);

impl Flights {
    /// The outcome of `call`, or of the one that is in flight already; says whether it was made here. Where the one in flight is
    /// given up by its own asker, one of those who wait makes it.
    pub(super) async fn once(
        &self,
        key: ResponseKey,
        call: impl Future<Output = Landed>,
    ) -> (Landed, bool) {
        let cell = Arc::clone(self.lock().entry(key).or_default());
        let mut own = false;
        let landed = cell
            .get_or_init(|| async {
                own = true;
                call.await
            })
            .await
            .clone();
        if own {
            self.lock().remove(&key);
        }
        (landed, own)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<ResponseKey, Arc<OnceCell<Landed>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use super::super::store::{Kept, Keys};
    use super::*;
    use crate::model::{Completion, ErrorClass};

    async fn answer(made: &AtomicU32) -> Landed {
        tokio::time::sleep(Duration::from_secs(1)).await;
        made.fetch_add(1, Ordering::Relaxed);
        Ok(store::Landed {
            keys: Keys::new("openai", "http://a", 0, "{}", &[]),
            kept: Kept {
                completion: Completion::default(),
                latency_ms: None,
                fallback: None,
                at: None,
            },
        })
    }

    fn key() -> ResponseKey {
        Keys::new("openai", "http://a", 0, "{}", &[]).cache
    }

    #[tokio::test(start_paused = true)]
    async fn one_of_those_who_ask_at_once_makes_the_call() {
        let (flights, made) = (Flights::default(), AtomicU32::new(0));
        let asks = (0..5).map(|_| flights.once(key(), answer(&made)));
        let landed = futures::future::join_all(asks).await;
        assert_eq!(landed.iter().filter(|(_, own)| *own).count(), 1);
        assert_eq!(made.load(Ordering::Relaxed), 1);
        flights.once(key(), answer(&made)).await.0.unwrap();
        assert_eq!(
            made.load(Ordering::Relaxed),
            2,
            "what has landed is no longer in flight"
        );
        assert!(flights.lock().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_is_given_up_is_made_by_one_who_waits() {
        let (flights, made) = (Arc::new(Flights::default()), Arc::new(AtomicU32::new(0)));
        let first = {
            let (flights, made) = (Arc::clone(&flights), Arc::clone(&made));
            tokio::spawn(async move { flights.once(key(), answer(&made)).await })
        };
        tokio::time::sleep(Duration::from_millis(100)).await;
        let second = {
            let (flights, made) = (Arc::clone(&flights), Arc::clone(&made));
            tokio::spawn(async move { flights.once(key(), answer(&made)).await })
        };
        tokio::time::sleep(Duration::from_millis(100)).await;
        first.abort();
        let (landed, own) = second.await.unwrap();
        assert!(landed.is_ok() && own);
        assert_eq!(made.load(Ordering::Relaxed), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_fault_is_shared_too() {
        let flights = Flights::default();
        let fail = || async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Err(CallError::new(ErrorClass::Provider, "down"))
        };
        let (a, b) = tokio::join!(flights.once(key(), fail()), flights.once(key(), fail()));
        assert!(a.0.is_err() && b.0.is_err() && a.1 != b.1);
    }
}
