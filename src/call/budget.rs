//! A ceiling on what a run may pay: a call is made only while its price at most fits below it.

use std::sync::{Mutex, PoisonError};

use crate::model::{CallError, ErrorClass, Request, Usage};

/// Tokens assumed of an answer whose limit is not written.
pub(super) const ASSUMED_OUTPUT: u64 = 500;

/// Bytes of English text to a token, roughly.
const BYTES_PER_TOKEN: u64 = 4;

/// What was paid, and what calls in flight may come to.
#[derive(Debug)]
pub(super) struct Budget {
    limit: Option<f64>,
    taken: Mutex<f64>,
}

impl Budget {
    /// A ceiling in US dollars, with what was paid before; none where `limit` is `None`.
    pub(super) fn new(limit: Option<f64>, paid: f64) -> Self {
        Self {
            limit,
            taken: Mutex::new(paid),
        }
    }

    /// Sets aside what a call may cost at most.
    ///
    /// # Errors
    /// When it would pass the ceiling.
    pub(super) fn reserve(&self, most: f64) -> Result<(), CallError> {
        let Some(limit) = self.limit else {
            return Ok(());
        };
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if *taken + most > limit {
            let text = format!(
                "the budget of ${limit} is used up: ${:.4} paid or in flight, and the next call may cost ${most:.4}",
                *taken
            );
            return Err(CallError::new(ErrorClass::Budget, text));
        }
        *taken += most;
        Ok(())
    }

    /// Puts what a call really cost in the place of what was set aside for it.
    pub(super) fn settle(&self, most: f64, paid: f64) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        *taken += paid - most;
    }
}

/// Tokens of a request, and of the longest answer that its parameters allow.
pub(super) fn most_tokens(request: &Request) -> Usage {
    let bytes: usize = request
        .messages
        .iter()
        .map(|message| message.content.len())
        .sum();
    let limits = ["max_tokens", "max_completion_tokens", "max_output_tokens"];
    let limit = limits
        .iter()
        .find_map(|key| request.params.get(*key)?.as_u64());
    Usage {
        input: bytes as u64 / BYTES_PER_TOKEN,
        output: limit.unwrap_or(ASSUMED_OUTPUT),
        ..Usage::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_would_pass_the_ceiling_is_not_made() {
        let budget = Budget::new(Some(1.5), 0.5);
        budget.reserve(0.6).unwrap();
        assert_eq!(budget.reserve(0.6).unwrap_err().class, ErrorClass::Budget);
        budget.settle(0.6, 0.1);
        budget.reserve(0.6).unwrap();
        Budget::new(None, 0.0).reserve(1e9).unwrap();
    }
}
