//! The way to one provider: as many calls at once as it takes. Additive increase, multiplicative decrease, as TCP does it
//! (Chiu and Jain 1989; slow start after a loss, RFC 5681).

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::learned::{Learned, learn};
use crate::call::exchange::Headers;

/// How far ahead places are given where calls are spread. Nearer ones keep the rate exact, though a timer is late by a
/// millisecond; farther ones would hold calls to a limit that has changed meanwhile.
const AHEAD: Duration = Duration::from_millis(250);

/// Requests and tokens a minute, as configured.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(in crate::call) struct Rates {
    pub(in crate::call) rpm: Option<u32>,
    pub(in crate::call) tpm: Option<u64>,
}

/// How often a provider asked for less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::call) struct Slowdowns {
    /// How often the window was cut.
    pub(in crate::call) count: u32,
    /// Fewest calls in flight that it came to.
    pub(in crate::call) lowest: usize,
}

/// The lane of one provider.
#[derive(Debug)]
pub(in crate::call) struct Lane {
    rates: Rates,
    most: f64,
    state: Mutex<State>,
    freed: Notify,
}

#[derive(Debug)]
struct State {
    /// Calls that may be in flight.
    window: f64,
    /// Below it the window grows by one with each answer, above it by one with each round of answers.
    threshold: f64,
    in_flight: usize,
    /// Those of them that wait for their moment.
    ahead: usize,
    /// Nothing begins before.
    paused: Option<Instant>,
    /// When the next call may begin, where calls are spread.
    next: Option<Instant>,
    learned: Learned,
    /// When the window was cut last: complaints about calls that began before are about the same burst.
    cut: Option<Instant>,
    slowdowns: Slowdowns,
}

/// A place in the lane; free again when it is dropped.
#[derive(Debug)]
pub(in crate::call) struct Pass<'a> {
    lane: &'a Lane,
    began: Instant,
    /// Its moment has not come yet.
    ahead: bool,
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        self.begin();
        self.lane.state().in_flight -= 1;
        self.lane.freed.notify_one();
    }
}

impl Pass<'_> {
    fn begin(&mut self) {
        if self.ahead {
            self.ahead = false;
            self.lane.state().ahead -= 1;
        }
    }
}

impl Lane {
    /// A lane for at most so many calls at once.
    pub(in crate::call) fn new(most: usize, rates: Rates) -> Self {
        let most = most.max(1);
        Self {
            rates,
            most: most as f64,
            state: Mutex::new(State {
                window: most as f64,
                threshold: most as f64,
                in_flight: 0,
                ahead: 0,
                paused: None,
                next: None,
                learned: Learned::default(),
                cut: None,
                slowdowns: Slowdowns {
                    count: 0,
                    lowest: most,
                },
            }),
            freed: Notify::new(),
        }
    }

    /// Waits until a call of about so many tokens may begin.
    pub(in crate::call) async fn enter(&self, tokens: u64) -> Pass<'_> {
        loop {
            let freed = self.freed.notified();
            match self.try_enter(tokens) {
                Ok(mut pass) => {
                    if pass.ahead {
                        sleep_until(pass.began).await;
                        pass.begin();
                    }
                    if self.is_paused() {
                        continue;
                    }
                    // Another place may be free: whoever waits next looks for itself.
                    self.freed.notify_one();
                    return pass;
                }
                Err(Some(paused)) => sleep_until(paused).await,
                Err(None) => freed.await,
            }
        }
    }

    /// Whether nothing may begin now.
    pub(in crate::call) fn is_paused(&self) -> bool {
        let paused = self.state().paused;
        paused.is_some_and(|until| until > Instant::now())
    }

    /// A place, for a call that begins now or soon; or until when there is a pause, where that is what stands in the way.
    fn try_enter(&self, tokens: u64) -> Result<Pass<'_>, Option<Instant>> {
        let now = Instant::now();
        let mut state = self.state();
        if let Some(paused) = state.paused.filter(|until| *until > now) {
            return Err(Some(paused));
        }
        if state.in_flight as f64 >= state.window.floor().max(1.0) {
            return Err(None);
        }
        if state.ahead > 0 && state.next.is_some_and(|next| next > now + AHEAD) {
            return Err(None);
        }
        state.in_flight += 1;
        let began = self.begin(&mut state, tokens, now).unwrap_or(now);
        let ahead = began > now;
        state.ahead += usize::from(ahead);
        Ok(Pass {
            lane: self,
            began,
            ahead,
        })
    }

    /// When the call may begin; the time it takes up is gone for the ones after it. `None` where calls are not spread.
    fn begin(&self, state: &mut State, tokens: u64, now: Instant) -> Option<Instant> {
        let a_minute = |rate: f64| 60.0 / rate.max(1.0);
        let by_requests = self.rates.rpm.map_or(0.0, |rpm| a_minute(f64::from(rpm)));
        let by_tokens = self
            .rates
            .tpm
            .map_or(0.0, |tpm| a_minute(tpm as f64) * tokens as f64);
        let learned = state.learned.spacing_s(tokens);
        let seconds = by_requests.max(by_tokens).max(learned);
        if seconds <= 0.0 {
            state.next = None;
            return None;
        }
        let begin = state.next.map_or(now, |next| next.max(now));
        state.next = Some(begin + Duration::from_secs_f64(seconds));
        Some(begin)
    }

    /// Takes note of what the headers of an answer, good or bad, say of limits.
    pub(in crate::call) fn told(&self, headers: &Headers, received: SystemTime) {
        let mut state = self.state();
        if let Some(learned) = learn(headers, received, state.in_flight) {
            state.learned = learned;
            state.pause(learned.pause);
        }
    }

    /// Takes note of a good answer: the window grows.
    pub(in crate::call) fn answered(&self) {
        let mut state = self.state();
        let step = if state.window < state.threshold {
            1.0
        } else {
            1.0 / state.window
        };
        if state.window < self.most {
            state.window = (state.window + step).min(self.most);
            self.freed.notify_one();
        }
    }

    /// Takes note of a complaint about too many calls: nothing begins for so many seconds, then one call at first, and again
    /// as many as before after a while.
    pub(in crate::call) fn refused(&self, pass: &Pass<'_>, wait_s: f64) {
        let mut state = self.state();
        state.pause(wait_s);
        if state.cut.is_some_and(|cut| pass.began <= cut) {
            return;
        }
        state.cut = Some(Instant::now());
        state.threshold = (state.window / 2.0).max(1.0);
        state.window = 1.0;
        state.slowdowns.count += 1;
        state.slowdowns.lowest = state.slowdowns.lowest.min(state.threshold as usize);
    }

    /// How often the provider asked for less; `None` where it never did.
    pub(in crate::call) fn slowdowns(&self) -> Option<Slowdowns> {
        let slowdowns = self.state().slowdowns;
        (slowdowns.count > 0).then_some(slowdowns)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn pause(&mut self, seconds: f64) {
        if seconds > 0.0 {
            let until = Instant::now() + Duration::from_secs_f64(seconds);
            self.paused = Some(self.paused.map_or(until, |paused| paused.max(until)));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn lane(most: usize) -> Lane {
        Lane::new(most, Rates::default())
    }

    fn fine(lane: &Lane) {
        lane.answered();
    }

    fn window(lane: &Lane) -> f64 {
        lane.state().window
    }

    #[tokio::test(start_paused = true)]
    async fn one_burst_of_complaints_cuts_once_and_the_way_back_is_slow() {
        let lane = lane(32);
        let mut passes = Vec::new();
        for _ in 0..8 {
            passes.push(lane.enter(0).await);
        }
        for pass in &passes {
            lane.refused(pass, 2.0);
        }
        assert_eq!((window(&lane), lane.state().threshold), (1.0, 16.0));
        assert_eq!(
            lane.slowdowns(),
            Some(Slowdowns {
                count: 1,
                lowest: 16
            })
        );
        passes.clear();
        let began = Instant::now();
        let first = lane.enter(0).await;
        assert_eq!(
            began.elapsed(),
            Duration::from_secs(2),
            "nobody begins before"
        );
        for _ in 0..15 {
            fine(&lane);
        }
        assert!(
            (15.9..16.1).contains(&window(&lane)),
            "one more with each answer"
        );
        for _ in 0..16 {
            fine(&lane);
        }
        assert!(
            (16.9..17.1).contains(&window(&lane)),
            "then one more with each round"
        );
        lane.refused(&first, 0.0);
        assert_eq!(
            lane.state().slowdowns.count,
            2,
            "a call that began after the cut"
        );
        for _ in 0..10_000 {
            fine(&lane);
        }
        assert!(
            (31.9..32.1).contains(&window(&lane)),
            "never more than was configured"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_pause_calls_do_not_begin_as_one() {
        let lane = Arc::new(lane(32));
        let pass = lane.enter(0).await;
        lane.refused(&pass, 1.0);
        drop(pass);
        let begun = Arc::new(Mutex::new(0));
        for _ in 0..20 {
            let (lane, begun) = (Arc::clone(&lane), Arc::clone(&begun));
            tokio::spawn(async move {
                let pass = lane.enter(0).await;
                *begun.lock().unwrap() += 1;
                tokio::time::sleep(Duration::from_secs(1)).await;
                fine(&lane);
                drop(pass);
            });
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        for most in [0, 1, 3, 7, 15, 20] {
            assert_eq!(*begun.lock().unwrap(), most);
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn requests_and_tokens_are_spread_over_the_minute() {
        let rates = Rates {
            rpm: Some(60),
            tpm: Some(6_000),
        };
        let lane = Lane::new(8, rates);
        let began = Instant::now();
        let mut passes = Vec::new();
        for (tokens, seconds) in [(10, 0), (500, 1), (10, 6)] {
            passes.push(lane.enter(tokens).await);
            assert_eq!(
                began.elapsed(),
                Duration::from_secs(seconds),
                "{tokens} tokens"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn headers_that_tell_of_an_empty_limit_are_waited_for() {
        let lane = lane(8);
        let pairs = [("limit", "10"), ("remaining", "0"), ("reset", "1s")];
        let pairs =
            pairs.map(|(what, value)| (format!("x-ratelimit-{what}-requests"), value.to_owned()));
        lane.told(&pairs.into_iter().collect(), SystemTime::UNIX_EPOCH);
        let began = Instant::now();
        let _pass = lane.enter(0).await;
        assert_eq!(began.elapsed(), Duration::from_secs(1));
        lane.told(&Headers::default(), SystemTime::UNIX_EPOCH);
        assert_eq!(lane.slowdowns(), None, "nobody complained");
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_is_given_up_while_it_waits_leaves_its_place() {
        let lane = lane(1);
        let pass = lane.enter(0).await;
        let waiting = tokio::time::timeout(Duration::from_secs(1), lane.enter(0)).await;
        assert!(waiting.is_err());
        drop(pass);
        let _second = lane.enter(0).await;
        assert_eq!(lane.state().in_flight, 1);
    }
}
