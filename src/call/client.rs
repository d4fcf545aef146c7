//! The way of one question: store, fallback, and below them limit, retry and provider.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::value::RawValue;

use super::ask::{Ask, ClientConfig, Encoded, MissingKey, Mode};
use super::attempt::{Prepared, Sender, Sent};
use super::budget::Budget;
use super::cache::Cache;
use super::flight::Flights;
use super::http::Http;
use super::learned::Learned;
use super::limit::{Lanes, Slots};
use super::places::Places;
use super::provider::{Provider, resolve_all};
use super::providers::Dialect;
use super::recordings::Recordings;
use super::retry::{Jitter, RetryLimits};
use super::stop::Stops;
use super::store::{Kept, Landed, ResponseKey, Store};
use crate::model::exchange::Reply;
use crate::model::settings::PriceSpec;
use crate::model::{CallError, Completion, ErrorClass, ModelName, Problems, Request, Source};
use crate::secrets::{Redactor, shown_address};

/// Seconds that a provider may ask to wait before a call is given up.
const LONGEST_ASKED_S: f64 = 120.0;

/// Answers questions: out of the store, or by asking providers. Shared by all tasks of a run.
#[derive(Debug)]
pub struct Client {
    mode: Mode,
    concurrency: usize,
    pub(super) providers: BTreeMap<String, Provider>,
    lanes: Lanes,
    pub(super) prices: BTreeMap<String, PriceSpec>,
    store: Store,
    pub(super) budget: Budget,
    flights: Flights,
    /// What servers turned out to take.
    pub(super) learned: Learned,
    pub(super) sender: Sender,
}

impl Client {
    /// A client for a run. Nothing is connected to yet, and no key is demanded.
    ///
    /// # Errors
    /// When a provider is configured wrongly, a key could not be sent, or a recordings file holds a bad line.
    pub fn new(config: &ClientConfig<'_>) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let mut redactor = Redactor::new();
        let settings = config.settings;
        let providers = resolve_all(settings, config.env, &mut redactor, &mut problems);
        let recordings = match config.mode {
            Mode::Live => Recordings::none(&config.recordings_dir),
            _ => Recordings::load(&config.recordings_dir, &mut problems),
        };
        if problems.any_error() {
            return Err(problems);
        }
        let lanes = providers.values().map(|provider| {
            let most = provider.concurrency.unwrap_or(config.concurrency);
            (provider.name.as_str(), most, provider.rates)
        });
        let lanes = Lanes::new(lanes);
        let redactor = Arc::new(redactor);
        Ok(Self {
            mode: config.mode,
            concurrency: config.concurrency,
            providers,
            lanes,
            prices: settings.prices.clone(),
            budget: Budget::new(config.max_cost_usd, config.paid_usd),
            flights: Flights::default(),
            learned: Learned::default(),
            store: Store::new(config.mode, recordings, Cache::new(&config.cache_dir)),
            sender: Sender {
                http: Http::new(config.timeout, Arc::clone(&redactor)),
                redactor,
                slots: Slots::new(config.concurrency),
                stops: Stops::new(),
                jitter: Jitter::new(config.seed),
                limits: RetryLimits {
                    max_retries: config.max_retries,
                    longest_asked_s: LONGEST_ASKED_S,
                },
                deadline: config.deadline,
                sent: AtomicU64::new(0),
            },
        })
    }

    /// Answers a question.
    ///
    /// # Errors
    /// When neither the store nor any model can; the fault is that of the first model.
    pub async fn answer(&self, ask: &Ask) -> Result<Reply, CallError> {
        let places = self.places(&ask.request, ask.repeat)?;
        let mut sent = Sent::default();
        let (keys, kept, source) = match self.store.find(&places, &ask.label.suite) {
            Some(found) => found,
            None if self.mode == Mode::Replay => return Err(missing_recording(ask)),
            None => {
                let call = self.pay_and_keep(ask, &mut sent);
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
        Ok(self.reply(ask, kept, source, &sent))
    }

    /// The response that would be used without a call, if there is one.
    pub fn stored(&self, ask: &Ask) -> Option<Reply> {
        let places = self.places(&ask.request, ask.repeat).ok()?;
        let (_, kept, source) = self.store.find(&places, &ask.label.suite)?;
        Some(self.reply(ask, kept, source, &Sent::default()))
    }

    /// The response that is recorded, if there is one; the cache is left out, so that every clone of the project says the same.
    pub fn recorded(&self, ask: &Ask) -> Option<Reply> {
        let places = self.places(&ask.request, ask.repeat).ok()?;
        let (_, kept) = self.store.recorded(&places, &ask.label.suite)?;
        Some(self.reply(ask, kept, Source::Recording, &Sent::default()))
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

    /// The request as it would be sent first, secrets left out.
    ///
    /// # Errors
    /// When the provider is unknown or a parameter is not the user's to set.
    pub fn encode(&self, request: &Request) -> Result<Encoded, CallError> {
        let provider = self.provider(&request.model)?;
        let path = provider.entry.format.route().path();
        Ok(Encoded {
            url: format!("{}{path}", self.address(provider)),
            headers: provider.shown.clone(),
            body: provider.encode(request, provider.first_dialect(request))?,
        })
    }

    /// The key that calls to a provider would need and that is not there.
    pub fn missing_key(&self, provider: &str) -> Option<MissingKey> {
        self.providers.get(provider)?.missing_key()
    }

    /// Whether a provider may be called and has what it needs.
    pub fn can_call(&self, provider: &str) -> bool {
        let provider = self.providers.get(provider);
        self.mode != Mode::Replay && provider.is_some_and(|one| one.missing_key().is_none())
    }

    /// Where responses may come from.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Date of the shipped price table.
    pub fn prices_date(&self) -> &'static str {
        super::prices::date()
    }

    /// Most calls in flight.
    pub fn concurrency(&self) -> usize {
        self.concurrency
    }

    /// Whether there is a provider of this name.
    pub fn knows(&self, provider: &str) -> bool {
        self.providers.contains_key(provider)
    }

    /// Kind and address of a provider.
    pub fn endpoint(&self, provider: &str) -> Option<String> {
        let provider = self.providers.get(provider)?;
        Some(format!(
            "{} {}",
            provider.entry.kind,
            self.address(provider)
        ))
    }

    /// A provider's address as it may be shown and stored: some gateways take a key in its path.
    fn address(&self, provider: &Provider) -> String {
        let address = shown_address(&provider.base_url);
        self.sender.redactor.redact(&address).into_owned()
    }

    /// The names of all providers, sorted.
    pub fn provider_names(&self) -> impl Iterator<Item = &str> {
        self.providers.keys().map(String::as_str)
    }

    /// Requests sent so far, retries included.
    pub fn calls_made(&self) -> u64 {
        self.sender.sent.load(Ordering::Relaxed)
    }

    /// Models that asked for fewer calls: how often, and how few calls at once they came to.
    pub fn slowdowns(&self) -> Vec<(ModelName, u32, usize)> {
        self.lanes.slowdowns()
    }

    /// The first fault that kept a response from being written to the cache or the recordings.
    pub fn store_fault(&self) -> Option<String> {
        self.store.fault()
    }

    pub(super) fn provider(&self, model: &ModelName) -> Result<&Provider, CallError> {
        self.providers.get(&model.provider).ok_or_else(|| {
            let text = format!("`{}` is no provider", model.provider);
            CallError::new(ErrorClass::BadRequest, text)
        })
    }

    fn places<'a>(&'a self, request: &'a Request, repeat: u32) -> Result<Places<'a>, CallError> {
        Places::new(self.provider(&request.model)?, request, repeat)
    }

    pub(super) fn prepare<'a>(
        &'a self,
        request: &'a Request,
        dialect: Dialect,
    ) -> Result<Prepared<'a>, CallError> {
        let provider = self.provider(&request.model)?;
        let broken = |text: String| {
            CallError::new(ErrorClass::BadRequest, format!("{}: {text}", provider.name))
        };
        let (lane, shared) = self
            .lanes
            .of(&request.model)
            .ok_or_else(|| broken("has no lane".to_owned()))?;
        let body = provider.encode(request, dialect)?.to_string();
        Ok(Prepared {
            provider,
            lane,
            shared,
            model: &request.model,
            body: RawValue::from_string(body).map_err(|error| broken(error.to_string()))?,
        })
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
        ask: &Ask,
        sent: &mut Sent<'c>,
    ) -> Result<Landed, CallError> {
        let landed = self.pay(ask, sent).await?;
        self.store
            .keep(landed.keys, &landed.kept, &ask.request.model);
        Ok(landed)
    }

    /// Asks the model, then its fallbacks while the model before cannot answer.
    pub(super) async fn call(&self, ask: &Ask, sent: &mut Sent<'_>) -> Result<Landed, CallError> {
        let places = self.places(&ask.request, ask.repeat)?;
        let first = match self.ask_as_it_takes(&ask.request, sent).await {
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
            if let Ok((answered, _)) = self.ask_as_it_takes(request, sent).await {
                return Ok(Landed {
                    keys: places.first(),
                    kept: answered.keep(Some(request.model.clone())),
                });
            }
        }
        Err(first)
    }

    fn reply(&self, ask: &Ask, kept: Kept, source: Source, sent: &Sent<'_>) -> Reply {
        let answered_by = kept.fallback.as_ref().unwrap_or(&ask.request.model);
        let tier = kept.completion.service_tier.as_deref();
        let usage = kept.completion.usage.as_ref();
        Reply {
            cost_usd: usage.and_then(|usage| self.cost(answered_by, usage, tier)),
            completion: kept.completion,
            source,
            latency_ms: kept.latency_ms,
            answered_at: kept.at,
            fallback: kept.fallback,
            calls: sent.calls,
            vain: self.vain(sent),
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
