//! The way of one question: store, fallback, and below them limit, retry and provider.

use crate::model::Responses;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::ask::Ask;
use super::attempt::{Prepared, Sender, Sent};
use super::budget::Budget;
use super::counts::Counts;
use super::event::{CallObserver, Watch};
use super::flight::Flights;
use super::kept::{Kept, Landed};
use super::key::ResponseKey;
use super::learned::with_hint;
use super::limit::Slots;
use super::places::Places;
use super::provider::Answered;
use super::providers::Form;
use super::recordings::Recordings;
use super::retry::RetryLimits;
use super::stop::Stops;
use super::store::Store;
use super::transport::Transport;
use crate::model::exchange::{Reply, Vain};
use crate::model::{CallError, Completion, ErrorClass, ModelName, Request, Source};

/// Seconds that a provider may ask to wait before a call is given up.
const LONGEST_ASKED_S: f64 = 120.0;

/// How a run asks.
#[derive(Debug)]
pub struct Asking {
    /// Where responses may come from.
    pub mode: Responses,
    /// The recordings that this mode reads and writes.
    pub recordings: Recordings,
    /// Most calls in flight over all providers.
    pub concurrency: usize,
    /// How often a call is tried again.
    pub max_retries: u32,
    /// US dollars that calls may cost, all in all; every model's price has to be known then.
    pub max_cost_usd: Option<f64>,
    /// US dollars that were paid before: a resumed run has one ceiling for all of its parts.
    pub paid_usd: f64,
    /// When the run ends, whatever is not done by then: no wait goes beyond it.
    pub deadline: Option<Instant>,
    /// How long a provider or a model that cannot answer is left alone; `None` for the whole run.
    pub stops_last: Option<Duration>,
}

/// Answers a run's questions: out of the store, or by asking providers. Shared by all tasks of the run. What it has of its own are
/// budget, stops, counts and flights; all else is the transport's, and of all runs.
#[derive(Debug)]
pub struct Client {
    pub(super) transport: Arc<Transport>,
    mode: Responses,
    concurrency: usize,
    store: Store,
    pub(super) budget: Budget,
    flights: Flights,
    sender: Sender,
}

impl Client {
    /// A client for a run.
    pub fn new(transport: Arc<Transport>, asking: Asking) -> Self {
        let cache = Arc::clone(&transport.cache);
        Self {
            transport,
            mode: asking.mode,
            concurrency: asking.concurrency,
            budget: Budget::new(asking.max_cost_usd, asking.paid_usd),
            flights: Flights::default(),
            store: Store::new(asking.mode, asking.recordings, cache),
            sender: Sender {
                slots: Slots::new(asking.concurrency),
                stops: Stops::new(asking.stops_last),
                limits: RetryLimits {
                    max_retries: asking.max_retries,
                    longest_asked_s: LONGEST_ASKED_S,
                },
                deadline: asking.deadline,
                counts: Counts::default(),
                watch: Watch::default(),
            },
        }
    }

    /// Tells this observer what happens to calls from now on. The first one stays.
    pub fn observe(&self, observer: Arc<dyn CallObserver>) {
        self.sender.watch.set(observer);
    }

    /// Answers a question.
    ///
    /// # Errors
    /// When neither the store nor any model can; the fault is that of the first model.
    pub async fn answer<'c>(&'c self, ask: &'c Ask) -> Result<Reply, CallError> {
        let places = self.places(&ask.request, ask.repeat)?;
        let mut sent = Sent::of(&ask.label);
        let (keys, kept, source) = match self.store.find(&places, &ask.label.suite) {
            Some(found) => found,
            None if self.mode == Responses::Replay => return Err(missing_recording(ask)),
            None => {
                // In a box: it takes much room, which an answer out of the store does not need.
                let call = Box::pin(self.pay_and_keep(ask, &places, &mut sent));
                let (landed, own) = if ask.shared {
                    let key = self.flight(ask, &places);
                    self.flights.once(key, call).await
                } else {
                    (call.await, true)
                };
                let landed = landed.map_err(|error| CallError {
                    calls: sent.calls,
                    vain: self.vain(&sent),
                    ..error
                })?;
                // Whoever only waited for another one's answer has called and paid nothing.
                let source = if own { Source::Live } else { Source::Cache };
                (landed.keys, landed.kept, source)
            }
        };
        let model = &ask.request.model;
        self.store
            .record(keys, &kept, model, ask.repeat, &ask.label);
        Ok(Reply {
            calls: sent.calls,
            vain: self.vain(&sent),
            ..self.reply(ask, kept, source)
        })
    }

    /// The response that would be used without a call, if there is one.
    pub fn stored(&self, ask: &Ask) -> Option<Reply> {
        let places = self.places(&ask.request, ask.repeat).ok()?;
        let (_, kept, source) = self.store.find(&places, &ask.label.suite)?;
        Some(self.reply(ask, kept, source))
    }

    /// The response that is recorded, if there is one; the cache is left out, so that every clone of the project says the same.
    pub fn recorded(&self, ask: &Ask) -> Option<Reply> {
        let places = self.places(&ask.request, ask.repeat).ok()?;
        let (_, kept) = self.store.recorded(&places, &ask.label.suite)?;
        Some(self.reply(ask, kept, Source::Recording))
    }

    /// What a response to a question may be recorded under, at each of these repeats.
    pub fn recording_keys(&self, request: &Request, repeats: &BTreeSet<u32>) -> Vec<ResponseKey> {
        let places = repeats
            .iter()
            .filter_map(|repeat| self.places(request, *repeat).ok());
        let keys = places.flat_map(|places| std::iter::once(places.first()).chain(places.others()));
        keys.map(|keys| keys.recording).collect()
    }

    /// The recordings of the project's suites.
    pub fn recordings(&self) -> &Recordings {
        self.store.recordings()
    }

    /// Where responses may come from.
    pub fn mode(&self) -> Responses {
        self.mode
    }

    /// Most calls in flight.
    pub fn concurrency(&self) -> usize {
        self.concurrency
    }

    /// Requests sent so far, retries included.
    pub fn calls_made(&self) -> u64 {
        self.sender.counts.all_sent()
    }

    /// Models that asked for fewer calls: how often, and how few calls at once they came to.
    pub fn slowdowns(&self) -> Vec<(ModelName, u32, usize)> {
        self.sender.counts.slowdowns()
    }

    /// The first fault that kept a response from being written to the cache or the recordings.
    pub fn store_fault(&self) -> Option<String> {
        self.store.fault()
    }

    fn places<'a>(&'a self, request: &'a Request, repeat: u32) -> Result<Places<'a>, CallError> {
        Places::new(self.transport.provider(&request.model)?, request, repeat)
    }

    /// Writes an answer that came from elsewhere to the suite's recordings, where this client records.
    pub fn record(&self, ask: &Ask, completion: Completion) {
        let places = self.places(&ask.request, ask.repeat);
        if let Ok(keys) = places.map(|places| places.first()) {
            let kept = Kept {
                completion,
                latency_ms: None,
                fallback: None,
                at: None,
            };
            let model = &ask.request.model;
            self.store
                .record(keys, &kept, model, ask.repeat, &ask.label);
        }
    }

    /// What a call in flight is found by. Two that differ only in their fallbacks are two calls: neither may have the fault of
    /// one that asked nobody else, nor the answer of a model that it does not name.
    fn flight(&self, ask: &Ask, places: &Places<'_>) -> ResponseKey {
        let fallbacks = ask.fallback.iter().filter_map(|request| {
            let places = self.places(request, ask.repeat).ok()?;
            Some(places.first().cache)
        });
        fallbacks.fold(places.first().cache, ResponseKey::then)
    }

    async fn pay_and_keep<'c>(
        &'c self,
        ask: &'c Ask,
        places: &Places<'_>,
        sent: &mut Sent<'c>,
    ) -> Result<Landed, CallError> {
        let landed = self.pay(ask, places, sent).await?;
        self.store
            .keep(landed.keys, &landed.kept, &ask.request.model);
        Ok(landed)
    }

    /// Asks the model, then its fallbacks while the model before cannot answer.
    pub(super) async fn call(
        &self,
        ask: &Ask,
        places: &Places<'_>,
        sent: &mut Sent<'_>,
    ) -> Result<Landed, CallError> {
        let asked = self.ask_as_it_takes(&ask.request, Some(places), sent);
        let first = match asked.await {
            Ok((answered, form)) => {
                return Ok(Landed {
                    keys: places.of(form),
                    kept: answered.keep(None),
                });
            }
            Err(error) => error,
        };
        if !is_outage(first.class) {
            return Err(first);
        }
        for request in &ask.fallback {
            if sent.is_last {
                break;
            }
            if let Ok((answered, _)) = self.ask_as_it_takes(request, None, sent).await {
                return Ok(Landed {
                    keys: places.first(),
                    kept: answered.keep(Some(request.model.clone())),
                });
            }
        }
        Err(first)
    }

    /// Asks a model in the way that its server takes, and says in which form.
    async fn ask_as_it_takes(
        &self,
        request: &Request,
        places: Option<&Places<'_>>,
        sent: &mut Sent<'_>,
    ) -> Result<(Answered, Form), CallError> {
        let provider = self.transport.provider(&request.model)?;
        let mut search = self.transport.learned.begin(provider, request).await;
        loop {
            let dialect = search.dialect();
            let written = places.and_then(|places| places.body(dialect));
            let prepared = Prepared::new(&self.transport, request, dialect, written)?;
            match self.sender.send(&prepared, sent).await {
                Ok(answered) => {
                    search.found();
                    return Ok((answered, search.form()));
                }
                Err(error) if search.goes_on(&error) => {}
                Err(error) => return Err(with_hint(error, request)),
            }
        }
    }

    fn reply(&self, ask: &Ask, kept: Kept, source: Source) -> Reply {
        let answered_by = kept.fallback.as_ref().unwrap_or(&ask.request.model);
        let tier = kept.completion.service_tier.as_deref();
        let usage = kept.completion.usage.as_ref();
        Reply {
            cost_usd: usage.and_then(|usage| self.cost(answered_by, usage, tier)),
            completion: kept.completion.with_calls_as_text(),
            source,
            latency_ms: kept.latency_ms,
            answered_at: kept.at,
            fallback: kept.fallback,
            calls: 0,
            vain: Vain::default(),
        }
    }
}

/// Whether another model may answer in place of this one: it covers outages. A wrong key, a missing model or a
/// malformed request is a mistake that a fallback would only hide, and a fault of the prompt would be its fault there.
fn is_outage(class: ErrorClass) -> bool {
    use ErrorClass::{Connect, Provider, Quota, RateLimit, Timeout, Transport};
    matches!(
        class,
        Connect | Provider | Quota | RateLimit | Timeout | Transport
    )
}

fn missing_recording(ask: &Ask) -> CallError {
    let label = &ask.label;
    let asker = match &label.evaluator {
        Some(evaluator) => format!("evaluator `{evaluator}` on {}", label.version),
        None => label.version.clone(),
    };
    let repeat = match ask.repeat {
        0 => String::new(),
        repeat => format!(", repeat {repeat}"),
    };
    CallError::new(
        ErrorClass::MissingRecording,
        format!(
            "no recorded response of {} for case `{}` ({asker}{repeat}): record it with `--responses record`",
            ask.request.model, label.case
        ),
    )
}
