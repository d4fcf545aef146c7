//! A ceiling on what a run may pay: a call is made only while its price at most fits below it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::model::{CallError, ErrorClass, Request, Usage};

/// Tokens that a message may take beside those of its text: its role, and what marks its ends.
const TOKENS_PER_MESSAGE: u64 = 16;

/// Tokens that a provider may add to tell the model of a schema or a tool.
const TOKENS_PER_SCHEMA: u64 = 1_000;

/// What was paid, and what calls in flight may come to.
#[derive(Debug)]
pub(super) struct Budget {
    limit: Option<f64>,
    state: Mutex<State>,
    settled: Notify,
}

#[derive(Debug)]
struct State {
    /// Paid, and set aside for calls in flight.
    taken: f64,
    in_flight: usize,
}

/// What is set aside for a call in flight. One that is given up is taken for paid in full: nobody knows how far it came.
#[derive(Debug)]
pub(super) struct Reserved<'b> {
    budget: &'b Budget,
    /// What one request may cost at most.
    each: f64,
    /// Set aside in all.
    most: f64,
    paid: f64,
}

impl Budget {
    /// A ceiling in US dollars, with what was paid before; none where `limit` is `None`.
    pub(super) fn new(limit: Option<f64>, paid: f64) -> Self {
        let state = State {
            taken: paid,
            in_flight: 0,
        };
        Self {
            limit,
            state: Mutex::new(state),
            settled: Notify::new(),
        }
    }

    /// Whether there is a ceiling.
    pub(super) fn is_limited(&self) -> bool {
        self.limit.is_some()
    }

    /// Sets aside what a call may cost at most; waits for calls in flight, which mostly cost less, where that does not fit yet.
    ///
    /// # Errors
    /// When it would pass the ceiling, whatever they come to.
    pub(super) async fn reserve(&self, most: f64) -> Result<Reserved<'_>, CallError> {
        loop {
            // Before the look, so that what is settled between the two is not missed.
            let settled = self.settled.notified();
            if let Some(reserved) = self.try_reserve(most)? {
                return Ok(reserved);
            }
            settled.await;
        }
    }

    /// `None` where calls in flight have to come back first.
    fn try_reserve(&self, most: f64) -> Result<Option<Reserved<'_>>, CallError> {
        let limit = self.limit.unwrap_or(f64::INFINITY);
        let mut state = self.state();
        if state.taken + most > limit {
            if state.in_flight > 0 {
                return Ok(None);
            }
            let text = format!(
                "the budget of ${limit} is used up: ${:.4} paid, and the next call may cost ${most:.4}",
                state.taken
            );
            return Err(CallError::new(ErrorClass::Budget, text));
        }
        state.taken += most;
        state.in_flight += 1;
        Ok(Some(Reserved {
            budget: self,
            each: most,
            most,
            paid: most,
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reserved<'_> {
    /// Sets aside as much again for a request that is sent after one of which nobody knows what it cost. False where that does not
    /// fit: whoever has something set aside must not wait for others that may wait for it.
    pub(super) fn again(&mut self) -> bool {
        let limit = self.budget.limit.unwrap_or(f64::INFINITY);
        let mut state = self.budget.state();
        let fits = state.taken + self.each <= limit;
        if fits {
            state.taken += self.each;
            self.most += self.each;
            self.paid = self.most;
        }
        fits
    }

    /// Puts what the call really cost in the place of what was set aside for it.
    pub(super) fn settle(mut self, paid: f64) {
        self.paid = paid;
    }
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        let mut state = self.budget.state();
        state.taken += self.paid - self.most;
        state.in_flight -= 1;
        drop(state);
        self.budget.settled.notify_waiters();
    }
}

/// Tokens of the longest answer that a request allows, where it says so.
pub(super) fn longest_answer(request: &Request) -> Option<u64> {
    let limits = ["max_tokens", "max_completion_tokens", "max_output_tokens"];
    let limits = limits.iter();
    limits
        .filter_map(|key| request.params.get(*key)?.as_u64())
        .max()
}

/// Tokens of a request at most, since no text has more tokens than bytes, with answers of so many; `n` asks for several.
pub(super) fn most_tokens(request: &Request, output: u64) -> Usage {
    let bytes = request.messages.iter();
    let bytes = bytes.map(|message| message.content.len() as u64 + TOKENS_PER_MESSAGE);
    let answers = request
        .params
        .get("n")
        .and_then(serde_json::Value::as_u64)
        .unwrap_or(1);
    let schema = request.schema.as_ref();
    let schema = schema.map_or(0, |schema| {
        schema.schema.to_string().len() as u64 + TOKENS_PER_SCHEMA
    });
    let tools = request.tools.iter().flat_map(|tools| &tools.list);
    let tools = tools.map(|tool| {
        let parameters = tool.parameters.to_string().len();
        let words = tool.name.len() + tool.description.as_ref().map_or(0, String::len);
        (parameters + words) as u64 + TOKENS_PER_SCHEMA
    });
    Usage {
        input: bytes.sum::<u64>() + schema + tools.sum::<u64>(),
        output: output.saturating_mul(answers.max(1)),
        ..Usage::default()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn every_answer_that_is_asked_for_counts_and_the_larger_limit() {
        let params = serde_json::json!({"n": 4, "max_tokens": 10, "max_completion_tokens": 50});
        let request = Request {
            model: "a/b".parse().unwrap(),
            messages: Vec::new(),
            params: params.as_object().cloned().unwrap(),
            schema: None,
            tools: None,
        };
        assert_eq!(longest_answer(&request), Some(50));
        assert_eq!(most_tokens(&request, 50).output, 200);
    }

    #[tokio::test]
    async fn a_call_that_would_pass_the_ceiling_is_not_made() {
        let budget = Budget::new(Some(1.5), 0.5);
        budget.reserve(0.6).await.unwrap().settle(0.1);
        budget.reserve(0.6).await.unwrap().settle(0.6);
        let refused = budget.reserve(0.6).await.unwrap_err();
        assert_eq!(refused.class, ErrorClass::Budget);
        budget.reserve(0.2).await.unwrap().settle(0.0);
        let free = Budget::new(None, 0.0);
        let _some = free.reserve(1e9).await.unwrap();
    }

    #[tokio::test]
    async fn a_request_after_one_of_unknown_cost_needs_room_of_its_own() {
        let budget = Budget::new(Some(1.0), 0.0);
        let mut reserved = budget.reserve(0.4).await.unwrap();
        assert!(reserved.again());
        assert!(!reserved.again());
        // Twice of unknown cost: both are counted at the highest price.
        reserved.settle(0.8);
        assert!(budget.reserve(0.3).await.is_err());
        budget.reserve(0.2).await.unwrap().settle(0.0);
    }

    #[tokio::test]
    async fn what_does_not_fit_waits_for_what_is_in_flight() {
        let budget = Arc::new(Budget::new(Some(1.0), 0.0));
        let first = budget.reserve(0.8).await.unwrap();
        let waiting = {
            let budget = Arc::clone(&budget);
            tokio::spawn(async move {
                let reserved = budget.reserve(0.8).await;
                reserved.map(|reserved| reserved.settle(0.1)).is_ok()
            })
        };
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        first.settle(0.1);
        assert!(waiting.await.unwrap());
        // One that is given up is taken for paid.
        drop(budget.reserve(0.8).await.unwrap());
        assert!(budget.reserve(0.1).await.is_err());
    }
}
