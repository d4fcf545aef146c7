//! One request to one model: limit, retry, provider.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use serde_json::value::RawValue;

use super::exchange::Fault;
use super::http::Http;
use super::limit::{Lane, Pass, Slot, Slots};
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
            let turn = self.turn(prepared.lane, tokens);
            let (pass, slot) = self.unless_stopped(prepared.model, turn).await?;
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
                // A call that is lost still tells how long the others have to wait, unless the model is given up for it.
                let asked = fault.error.retry_after_s;
                let bearable = asked.filter(|asked| *asked <= limits.longest_asked_s);
                let wait = match next {
                    Next::Wait(wait) => wait.as_secs_f64(),
                    Next::Stop => bearable.unwrap_or(0.0),
                };
                prepared.lane.refused(&pass, wait);
            }
            drop(pass);
            match next {
                // The whole lane waits, this call with it.
                Next::Wait(_) if too_many => {}
                Next::Wait(wait) => {
                    let rest = tokio::time::sleep(wait);
                    self.unless_stopped(prepared.model, rest).await?;
                }
                Next::Stop => return Err(self.give_up(prepared.model, fault.error)),
            }
        }
    }

    /// Waits for a turn of the provider and a slot of the run.
    async fn turn<'a>(&'a self, lane: &'a Lane, tokens: u64) -> (Pass<'a>, Option<Slot<'a>>) {
        loop {
            // A slot is taken last: whoever waits for one provider must not keep calls to the others from beginning.
            let pass = lane.enter(tokens).await;
            let slot = self.slots.take().await;
            // The provider may have complained while this call waited for the run.
            if !lane.is_paused() {
                return (pass, slot);
            }
        }
    }

    /// Waits for something, or for the fault of another call after which there is nothing to wait for.
    async fn unless_stopped<T>(
        &self,
        model: &ModelName,
        wait: impl Future<Output = T>,
    ) -> Result<T, CallError> {
        let done = tokio::select! {
            // What need not be waited for is there at once, and nobody has to be told to wake it.
            biased;
            done = wait => done,
            fault = self.stops.until(model) => return Err(fault),
        };
        // Another call may have found out meanwhile.
        self.stops.fault(model).map_or(Ok(done), Err)
    }

    /// What a call reports that is not tried again, and the end of those that would fare no better.
    fn give_up(&self, model: &ModelName, mut error: CallError) -> CallError {
        let longest = self.limits().longest_asked_s;
        let Some(asked) = error.retry_after_s.filter(|asked| *asked > longest) else {
            return self.stops.note(model, error);
        };
        let than = if longest < self.limits.longest_asked_s {
            "the run's deadline leaves".to_owned()
        } else {
            format!("{longest} s")
        };
        let message = &error.message;
        error.message = format!("{message} (it asks to wait {asked} s, longer than {than})");
        match error.class {
            ErrorClass::RateLimit => self.stops.note_model(model, error),
            _ => error,
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
