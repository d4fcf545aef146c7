//! Whether and when a failed call is tried again: a pure policy, and the jitter that it needs.
//!
//! Tried again: 408, 409, 429 (but not a used-up quota), 5xx, a broken connection, a timeout, an unreadable body.
//! What the provider says wins: `Retry-After`, `retry-after-ms`, `x-should-retry`.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::exchange::Fault;
use crate::model::ErrorClass;

/// First wait; each further one is twice as long.
const FIRST_WAIT_S: f64 = 0.5;

/// Longest wait of our own choice.
const LONGEST_WAIT_S: f64 = 8.0;

/// Tries after a connection could not be made at all; with their waits they take at most 2 seconds.
const CONNECT_RETRIES: u32 = 2;

/// Waits after complaints about too many calls that do not say how long to wait: together more than the minute that gateways count
/// in.
const OVERLOAD_WAITS_S: [f64; 5] = [1.0, 2.5, 6.0, 15.0, 38.0];

/// A call whose lane is answered now and then, and that is refused itself each time, is given up after so many times its retries.
const REFUSED_AT_MOST: u32 = 4;

/// How far a call may go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct RetryLimits {
    /// How often a call is tried again.
    pub(super) max_retries: u32,
    /// Seconds that a provider may ask to wait; beyond, the call is given up at once.
    pub(super) longest_asked_s: f64,
}

/// What to do after a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Next {
    /// Try again after this time.
    Wait(Duration),
    /// Give up.
    Stop,
}

/// Decides after attempt number `attempt` (counted from 1) failed; `jitter` is in 0..1.
pub(super) fn after(attempt: u32, fault: &Fault, jitter: f64, limits: RetryLimits) -> Next {
    if attempt > limits.max_retries || !worth_retrying(fault) {
        return Next::Stop;
    }
    let backoff = backoff_s(attempt);
    if fault.error.class == ErrorClass::Connect {
        return if attempt > CONNECT_RETRIES {
            Next::Stop
        } else {
            // Never at once: a server that restarts needs the time.
            Next::Wait(Duration::from_secs_f64(backoff * (1.0 + jitter) / 2.0))
        };
    }
    match fault.error.retry_after_s {
        Some(asked) if asked > limits.longest_asked_s => Next::Stop,
        // A little later than asked, each call by another amount, so that they do not return as one.
        Some(asked) if asked > 0.0 => {
            Next::Wait(Duration::from_secs_f64(asked * (1.0 + 0.1 * jitter)))
        }
        _ => Next::Wait(Duration::from_secs_f64(backoff * jitter)),
    }
}

/// How often calls were refused.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refused {
    /// Complaints to the whole lane without an answer between them.
    pub(super) streak: u32,
    /// Attempts of this call.
    pub(super) attempt: u32,
}

/// Decides after a complaint about too many calls: what one call of a lane is told is true for all of them, so that the lane's
/// complaints count and not those of each call.
pub(super) fn after_overload(
    refused: Refused,
    fault: &Fault,
    jitter: f64,
    limits: RetryLimits,
) -> Next {
    let most = limits.max_retries;
    let is_last = refused.streak > most || refused.attempt > most * REFUSED_AT_MOST;
    if is_last || !worth_retrying(fault) {
        return Next::Stop;
    }
    match fault.error.retry_after_s {
        Some(asked) if asked > 0.0 => after(1, fault, jitter, limits),
        _ => {
            let place = refused.streak.saturating_sub(1) as usize;
            let longest = OVERLOAD_WAITS_S.last().copied().unwrap_or_default();
            let wait = OVERLOAD_WAITS_S.get(place).copied().unwrap_or(longest);
            if wait > limits.longest_asked_s {
                return Next::Stop;
            }
            Next::Wait(Duration::from_secs_f64(wait * (1.0 + 0.1 * jitter)))
        }
    }
}

fn worth_retrying(fault: &Fault) -> bool {
    use ErrorClass::{Auth, Connect, Content, Provider, Quota, RateLimit, Timeout, Transport};
    match fault.error.class {
        Auth | Quota | Content => false,
        RateLimit | Provider | Timeout | Connect | Transport => fault.should_retry != Some(false),
        _ => fault.should_retry == Some(true),
    }
}

/// Seconds before jitter: 0.5, 1, 2, 4, 8, 8, ...
fn backoff_s(attempt: u32) -> f64 {
    let doublings = attempt.saturating_sub(1).min(16);
    (FIRST_WAIT_S * f64::from(1_u32 << doublings)).min(LONGEST_WAIT_S)
}

/// A stream of numbers in 0..1 (`SplitMix64`), the same for the same seed.
#[derive(Debug)]
pub(super) struct Jitter(AtomicU64);

impl Jitter {
    /// A stream that starts at `seed`.
    pub(super) fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// The next number.
    pub(super) fn draw(&self) -> f64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut z = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        (z >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::CallError;

    const LIMITS: RetryLimits = RetryLimits {
        max_retries: 5,
        longest_asked_s: 120.0,
    };

    fn fault(class: ErrorClass) -> Fault {
        Fault {
            error: CallError::new(class, "x"),
            should_retry: None,
            took: None,
        }
    }

    fn seconds(next: Next) -> Option<f64> {
        match next {
            Next::Wait(wait) => Some(wait.as_secs_f64()),
            Next::Stop => None,
        }
    }

    #[test]
    fn the_wait_doubles_up_to_eight_seconds_and_ends_after_the_retries() {
        let waits: Vec<_> = (1..=7)
            .map(|n| seconds(after(n, &fault(ErrorClass::Provider), 1.0, LIMITS)))
            .collect();
        let some = [0.5, 1.0, 2.0, 4.0, 8.0].map(Some);
        assert_eq!(waits[..5], some);
        assert_eq!(waits[5..], [None, None]);
        assert_eq!(
            seconds(after(3, &fault(ErrorClass::Timeout), 0.0, LIMITS)),
            Some(0.0)
        );
    }

    #[test]
    fn what_the_caller_did_wrong_is_not_tried_again() {
        use ErrorClass::{Auth, BadRequest, Budget, Content, NotFound, Quota};
        for class in [Auth, BadRequest, Budget, Content, NotFound, Quota] {
            assert_eq!(after(1, &fault(class), 0.5, LIMITS), Next::Stop, "{class}");
        }
    }

    #[test]
    fn the_provider_decides_when_and_whether() {
        let mut limited = fault(ErrorClass::RateLimit);
        limited.error.retry_after_s = Some(3.0);
        assert_eq!(seconds(after(1, &limited, 0.0, LIMITS)), Some(3.0));
        limited.error.retry_after_s = Some(121.0);
        assert_eq!(after(1, &limited, 0.0, LIMITS), Next::Stop);
        limited.error.retry_after_s = Some(0.0);
        assert_eq!(seconds(after(1, &limited, 0.5, LIMITS)), Some(0.25));
        let mut refused = fault(ErrorClass::Provider);
        refused.should_retry = Some(false);
        assert_eq!(after(1, &refused, 0.5, LIMITS), Next::Stop);
        let mut invited = fault(ErrorClass::BadRequest);
        invited.should_retry = Some(true);
        assert!(matches!(after(1, &invited, 0.5, LIMITS), Next::Wait(_)));
    }

    #[test]
    fn complaints_without_a_word_are_waited_out_for_a_minute() {
        let limited = fault(ErrorClass::RateLimit);
        let after = |streak, attempt| {
            let refused = Refused { streak, attempt };
            seconds(after_overload(refused, &limited, 0.0, LIMITS))
        };
        let total: f64 = (1..=5).filter_map(|streak| after(streak, 1)).sum();
        assert!((60.0..70.0).contains(&total), "{total}");
        assert_eq!((after(6, 1), after(1, 21)), (None, None));
        assert_eq!(after(1, 20), Some(1.0));
        let mut asking = fault(ErrorClass::Provider);
        asking.error.retry_after_s = Some(7.0);
        let refused = Refused {
            streak: 5,
            attempt: 9,
        };
        assert_eq!(
            seconds(after_overload(refused, &asking, 0.0, LIMITS)),
            Some(7.0)
        );
    }

    #[test]
    fn a_dead_provider_is_given_up_within_two_seconds() {
        let dead = fault(ErrorClass::Connect);
        let total: f64 = (1..=2)
            .filter_map(|n| seconds(after(n, &dead, 1.0, LIMITS)))
            .sum();
        assert!((0.7..=2.0).contains(&total), "{total}");
        assert_eq!(after(3, &dead, 1.0, LIMITS), Next::Stop);
    }

    #[test]
    fn jitter_is_spread_over_the_unit_interval_and_reproducible() {
        let (a, b) = (Jitter::new(7), Jitter::new(7));
        let draws: Vec<f64> = (0..1000).map(|_| a.draw()).collect();
        assert!(draws.iter().all(|x| (0.0..1.0).contains(x)));
        let mean = draws.iter().sum::<f64>() / 1000.0;
        assert!((0.45..0.55).contains(&mean), "{mean}");
        assert_eq!(draws[0].to_bits(), b.draw().to_bits());
    }
}
