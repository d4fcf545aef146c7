//! How many calls may be in flight, over all providers and to each, and how many requests and tokens a minute each takes.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// Most calls in flight over all providers.
#[derive(Debug)]
pub(super) struct Slots(Semaphore);

impl Slots {
    /// At least one slot, at most what the runtime can count.
    pub(super) fn new(count: usize) -> Self {
        Self(Semaphore::new(count.clamp(1, Semaphore::MAX_PERMITS)))
    }

    /// Waits for a slot; it is free again when the guard is dropped.
    pub(super) async fn take(&self) -> Option<SemaphorePermit<'_>> {
        // The semaphore is never closed, so that there is always a permit.
        self.0.acquire().await.ok()
    }
}

/// Requests and tokens a minute, spread evenly: a provider that counts in windows shorter than a minute is never surprised.
#[derive(Debug)]
pub(super) struct Pace {
    requests: Option<f64>,
    tokens: Option<f64>,
    /// When the next request may begin.
    next: Mutex<Option<Instant>>,
}

impl Pace {
    /// At most so many requests and tokens a minute.
    pub(super) fn new(requests: Option<u32>, tokens: Option<u64>) -> Self {
        Self {
            requests: requests.map(f64::from),
            tokens: tokens.map(|tokens| tokens as f64),
            next: Mutex::new(None),
        }
    }

    /// Waits until a request of about so many tokens may begin.
    pub(super) async fn wait(&self, tokens: u64) {
        if let Some(begin) = self.begin(tokens, Instant::now()) {
            tokio::time::sleep_until(begin).await;
        }
    }

    /// When the request may begin; the time it takes up is gone for the ones after it.
    fn begin(&self, tokens: u64, now: Instant) -> Option<Instant> {
        let by_requests = self.requests.map_or(0.0, |rate| 60.0 / rate);
        let by_tokens = self.tokens.map_or(0.0, |rate| 60.0 * tokens as f64 / rate);
        let seconds = by_requests.max(by_tokens);
        if seconds <= 0.0 {
            return None;
        }
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let begin = next.map_or(now, |next| next.max(now));
        *next = Some(begin + Duration::from_secs_f64(seconds));
        Some(begin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_and_tokens_are_spread_over_the_minute() {
        let now = Instant::now();
        let pace = Pace::new(Some(60), Some(6_000));
        let after = |tokens| {
            pace.begin(tokens, now)
                .unwrap()
                .duration_since(now)
                .as_secs_f64()
        };
        assert!(after(10).abs() < 1e-9);
        assert!((after(500) - 1.0).abs() < 1e-9, "one request a second");
        assert!(
            (after(10) - 6.0).abs() < 1e-9,
            "500 tokens take 5 seconds of 100 a second"
        );
        assert!(Pace::new(None, None).begin(1_000_000, now).is_none());
    }
}
