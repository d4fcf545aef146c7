//! One request to one model: limit, retry, provider.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use serde_json::value::RawValue;

use super::exchange::Fault;
use super::http::Http;
use super::limit::{Lane, Slots};
use super::provider::{Answered, Provider};
use super::retry::{self, Jitter, Next, RetryLimits};
use super::secrets::Redactor;
use super::stop::Stops;
use crate::model::{CallError, ErrorClass, ModelName};

/// A request that only has to be sent.
pub(super) struct Prepared<'a> {
    pub(super) provider: &'a Provider,
    /// The way to the provider.
    pub(super) lane: &'a Lane,
    pub(super) model: &'a ModelName,
    /// The body's bytes.
    pub(super) body: Box<RawValue>,
}

/// Sends requests until they are answered or given up.
#[derive(Debug)]
pub(super) struct Sender {
    pub(super) http: Http,
    pub(super) redactor: Arc<Redactor>,
    /// Most calls in flight over all providers.
    pub(super) slots: Slots,
    pub(super) stops: Stops,
    pub(super) jitter: Jitter,
    pub(super) limits: RetryLimits,
    /// When the run ends.
    pub(super) deadline: Option<Instant>,
    /// Requests sent so far.
    pub(super) sent: AtomicU64,
}

impl Sender {
    /// Sends a request, again where that is worth it; adds each time to `calls`.
    pub(super) async fn send(
        &self,
        prepared: &Prepared<'_>,
        calls: &mut u32,
    ) -> Result<Answered, CallError> {
        if let Some(missing) = prepared.provider.missing_key() {
            return Err(prepared.provider.without_key(&missing));
        }
        // Four bytes a token, as everywhere; what the answer will take is not known yet.
        let tokens = prepared.body.get().len() as u64 / 4;
        let mut attempt = 0;
        loop {
            attempt += 1;
            // A slot is taken last: whoever waits for one provider must not keep calls to the others from beginning.
            let pass = prepared.lane.enter(tokens).await;
            let slot = self.slots.take().await;
            // Asked again before each attempt: another call may have found out meanwhile.
            if let Some(stopped) = self.stops.fault(prepared.model) {
                return Err(stopped);
            }
            *calls += 1;
            let fault = match self.attempt(prepared).await {
                Ok(answered) => return Ok(answered),
                Err(fault) => fault,
            };
            drop(slot);
            let limits = self.limits();
            let next = retry::after(attempt, &fault, self.jitter.draw(), limits);
            let too_many = is_overload(&fault);
            if too_many {
                let wait = match next {
                    Next::Wait(wait) => wait.as_secs_f64(),
                    Next::Stop => 0.0,
                };
                prepared.lane.refused(&pass, wait);
            }
            drop(pass);
            match next {
                // The whole lane waits, this call with it.
                Next::Wait(_) if too_many => {}
                Next::Wait(wait) => tokio::time::sleep(wait).await,
                Next::Stop => return Err(self.stops.note(prepared.model, fault.error)),
            }
        }
    }

    /// A wait beyond the end of the run would be in vain.
    fn limits(&self) -> RetryLimits {
        let left = self
            .deadline
            .map(|end| end.saturating_duration_since(Instant::now()));
        let left_s = left.map_or(f64::INFINITY, |left| left.as_secs_f64());
        RetryLimits {
            longest_asked_s: self.limits.longest_asked_s.min(left_s),
            ..self.limits
        }
    }

    async fn attempt(&self, prepared: &Prepared<'_>) -> Result<Answered, Fault> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        let provider = prepared.provider;
        let route = provider.entry.format.route();
        let outcome = match self.http.post(&provider.link, route, &prepared.body).await {
            Ok(exchange) => {
                let lane = prepared.lane;
                lane.told(&exchange.headers, exchange.received);
                if exchange.status < 400 {
                    lane.answered();
                }
                provider.read(&exchange)
            }
            Err(breakdown) => Err(provider.breakdown(breakdown)),
        };
        outcome.map_err(|mut fault| {
            fault.error.message = self.redactor.redact(&fault.error.message).into_owned();
            fault
        })
    }
}

/// Whether the provider asks for fewer calls: 429, and Anthropic's 529.
fn is_overload(fault: &Fault) -> bool {
    fault.error.class == ErrorClass::RateLimit || fault.error.status == Some(529)
}
