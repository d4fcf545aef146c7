//! The way to one model, and above it to its provider: as many calls at once as it takes. Additive increase, multiplicative decrease, as TCP does it
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

/// What a complaint about too many calls does to a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::call) struct Complaint {
    /// Complaints without an answer between them, each burst once.
    pub(in crate::call) streak: u32,
    /// How many calls at once the lane then aims for, where it was this complaint that cut its window.
    pub(in crate::call) cut_to: Option<usize>,
}

/// A lane of calls.
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
    /// Cuts without an answer between them.
    streak: u32,
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
                streak: 0,
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

    /// A place, for a call that begins now or soon; or until when there is a pause, where that is what it waits for.
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
        state.streak = 0;
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

    /// Takes note of a complaint about too many calls: one call begins at first, and again as many as before after a while.
    pub(in crate::call) fn refused(&self, pass: &Pass<'_>) -> Complaint {
        let mut state = self.state();
        if state.cut.is_some_and(|cut| pass.began <= cut) {
            return Complaint {
                streak: state.streak,
                cut_to: None,
            };
        }
        state.streak += 1;
        state.cut = Some(Instant::now());
        state.threshold = (state.window / 2.0).max(1.0);
        state.window = 1.0;
        Complaint {
            streak: state.streak,
            cut_to: Some(state.threshold as usize),
        }
    }

    /// Begins nothing for so many seconds.
    pub(in crate::call) fn pause(&self, seconds: f64) {
        self.state().pause(seconds);
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
mod tests;
