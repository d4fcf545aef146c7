//! One request to one model: limit, retry, provider.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::value::RawValue;

use super::exchange::Fault;
use super::http::Http;
use super::limit::Slots;
use super::provider::{Answered, Provider};
use super::retry::{self, Jitter, Next, RetryLimits};
use super::secrets::Redactor;
use super::stop::Stops;
use crate::model::{CallError, ModelName};

/// A request that only has to be sent.
pub(super) struct Prepared<'a> {
    pub(super) provider: &'a Provider,
    /// Most calls in flight to the provider.
    pub(super) lane: &'a Slots,
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
        // Held while waiting for a retry, so that a provider in trouble is left alone; a slot is not, so that the
        // other providers go on.
        let _lane = prepared.lane.take().await;
        let mut attempt = 0;
        loop {
            attempt += 1;
            // Four bytes a token, as everywhere; what the answer will take is not known yet.
            let tokens = prepared.body.get().len() as u64 / 4;
            prepared.provider.pace.wait(tokens).await;
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
            match retry::after(attempt, &fault, self.jitter.draw(), self.limits) {
                Next::Wait(wait) => tokio::time::sleep(wait).await,
                Next::Stop => return Err(self.stops.note(prepared.model, fault.error)),
            }
        }
    }

    async fn attempt(&self, prepared: &Prepared<'_>) -> Result<Answered, Fault> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        let provider = prepared.provider;
        let route = provider.entry.format.route();
        let outcome = match self.http.post(&provider.link, route, &prepared.body).await {
            Ok(exchange) => provider.read(&exchange),
            Err(breakdown) => Err(provider.breakdown(breakdown)),
        };
        outcome.map_err(|mut fault| {
            fault.error.message = self.redactor.redact(&fault.error.message).into_owned();
            fault
        })
    }
}
