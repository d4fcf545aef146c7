//! Requests in flight: the same question is asked once, and everyone who waits for its answer gets it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OnceCell;

use super::kept;
use super::key::ResponseKey;
use crate::model::CallError;

/// What a call came to.
type Landed = Result<kept::Landed, CallError>;

/// Calls in flight, by the key of their response.
#[derive(Debug, Default)]
pub(super) struct Flights(Mutex<HashMap<ResponseKey, Flight>>);

#[derive(Debug, Default)]
struct Flight {
    /// Where its outcome will be.
    cell: Arc<OnceCell<Landed>>,
    seats: usize,
}

/// A place in a flight, of the one who makes the call or of one who waits for it. However it is left, the last one out removes
/// the flight.
struct Seat<'f> {
    flights: &'f Flights,
    key: ResponseKey,
    cell: Arc<OnceCell<Landed>>,
}

impl Flights {
    /// The outcome of `call`, or of the one that is in flight already; says whether it was made here. Where the one in flight is
    /// given up by its own asker, one of those who wait makes it.
    pub(super) async fn once(
        &self,
        key: ResponseKey,
        call: impl Future<Output = Landed>,
    ) -> (Landed, bool) {
        let seat = self.board(key);
        let mut own = false;
        let landed = seat
            .cell
            .get_or_init(|| async {
                own = true;
                call.await
            })
            .await
            .clone();
        (landed, own)
    }

    fn board(&self, key: ResponseKey) -> Seat<'_> {
        let mut flights = self.lock();
        let flight = flights.entry(key).or_default();
        flight.seats += 1;
        Seat {
            flights: self,
            key,
            cell: Arc::clone(&flight.cell),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ResponseKey, Flight>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let mut flights = self.flights.lock();
        let Entry::Occupied(mut entry) = flights.entry(self.key) else {
            return;
        };
        let flight = entry.get_mut();
        // One that has landed is gone already, and the same question may be in flight again.
        if !Arc::ptr_eq(&flight.cell, &self.cell) {
            return;
        }
        flight.seats -= 1;
        if flight.seats == 0 || self.cell.initialized() {
            entry.remove();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use super::super::kept::Kept;
    use super::super::key::Keys;
    use super::*;
    use crate::model::{Completion, ErrorClass};

    async fn answer(made: &AtomicU32) -> Landed {
        tokio::time::sleep(Duration::from_secs(1)).await;
        made.fetch_add(1, Ordering::Relaxed);
        Ok(kept::Landed {
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

    #[tokio::test(start_paused = true)]
    async fn whoever_leaves_last_takes_the_flight_along() {
        let (flights, made) = (Flights::default(), AtomicU32::new(0));
        let mut first = Box::pin(flights.once(key(), answer(&made)));
        let mut second = Box::pin(flights.once(key(), answer(&made)));
        assert!(futures::poll!(&mut first).is_pending());
        assert!(futures::poll!(&mut second).is_pending());
        drop(first);
        assert_eq!(flights.lock().len(), 1, "one waits still");
        drop(second);
        assert!(flights.lock().is_empty());
        let panics = async { panic!("the asker has a bug") };
        let panics = std::panic::AssertUnwindSafe(flights.once(key(), panics));
        assert!(futures::FutureExt::catch_unwind(panics).await.is_err());
        assert!(flights.lock().is_empty());
        assert_eq!(made.load(Ordering::Relaxed), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn one_who_leaves_a_flight_that_has_landed_leaves_the_next_one_alone() {
        let (flights, made) = (Flights::default(), AtomicU32::new(0));
        let mut waits = Box::pin(flights.once(key(), answer(&made)));
        let mut late = Box::pin(flights.once(key(), answer(&made)));
        assert!(futures::poll!(&mut waits).is_pending());
        assert!(futures::poll!(&mut late).is_pending());
        (&mut waits).await.0.unwrap();
        let mut next = Box::pin(flights.once(key(), answer(&made)));
        assert!(futures::poll!(&mut next).is_pending());
        drop(late);
        assert_eq!(flights.lock().len(), 1, "the next one is in flight");
        next.await.0.unwrap();
        assert!(flights.lock().is_empty());
    }
}
