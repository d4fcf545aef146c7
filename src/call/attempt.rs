//! One request to one model: limit, retry, provider.

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Instant;

use serde_json::value::RawValue;

use super::ask::Label;
use super::budget::Reserved;
use super::counts::Counts;
use super::event::{CallStep, Watch};
use super::exchange::{Fault, Took};
use super::limit::{Lane, Pass, Slot, Slots};
use super::provider::{Answered, Provider};
use super::providers::Dialect;
use super::retry::{self, Next, Refused, RetryLimits};
use super::stop::Stops;
use super::transport::Transport;
use crate::model::{CallError, ErrorClass, ModelName, Request};

/// A request that only has to be sent.
pub(super) struct Prepared<'a> {
    transport: &'a Transport,
    provider: &'a Provider,
    /// The way to the model: a provider limits each of them by itself.
    lane: Arc<Lane>,
    /// The way to the provider, with the limits that are configured of it.
    shared: &'a Lane,
    model: &'a ModelName,
    /// The body's bytes.
    body: Cow<'a, RawValue>,
}

impl<'a> Prepared<'a> {
    /// A request as a server takes it, with its ways; `written` is its body where there is one already.
    ///
    /// # Errors
    /// When the provider is unknown or a parameter is not the user's to set.
    pub(super) fn new(
        transport: &'a Transport,
        request: &'a Request,
        dialect: Dialect,
        written: Option<&'a RawValue>,
    ) -> Result<Self, CallError> {
        let model = &request.model;
        let provider = transport.provider(model)?;
        let (lane, shared) = transport.lanes.of(model).ok_or_else(|| {
            let text = format!("{}: has no lane", provider.name);
            CallError::new(ErrorClass::BadRequest, text)
        })?;
        let body = match written {
            Some(body) => Cow::Borrowed(body),
            None => Cow::Owned(provider.write(request, dialect)?),
        };
        Ok(Self {
            transport,
            provider,
            lane,
            shared,
            model,
            body,
        })
    }

    /// A hash by which the same question is known again within a run.
    fn question(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.body.get().hash(&mut hasher);
        hasher.finish()
    }
}

/// What was sent for one question.
#[derive(Debug)]
pub(super) struct Sent<'b> {
    /// Who asks it.
    label: &'b Label,
    /// Requests.
    pub(super) calls: u32,
    /// What those took that were answered with nothing to use, as far as they say so.
    pub(super) vain: Vec<(ModelName, Took)>,
    /// How many of them may have been answered and paid for without anybody here knowing.
    pub(super) unknown: u32,
    /// What is set aside for them.
    pub(super) reserved: Option<Reserved<'b>>,
    /// Whether the budget has no room for another one, of a fallback neither.
    pub(super) is_last: bool,
}

impl<'b> Sent<'b> {
    /// Nothing yet.
    pub(super) fn of(label: &'b Label) -> Self {
        Self {
            label,
            calls: 0,
            vain: Vec::new(),
            unknown: 0,
            reserved: None,
            is_last: false,
        }
    }

    /// Notes a request that came to nothing.
    fn lost(&mut self, fault: &Fault) {
        if matches!(
            fault.error.class,
            ErrorClass::Timeout | ErrorClass::Transport
        ) {
            self.unknown += 1;
            self.is_last = !self.reserved.as_mut().is_none_or(Reserved::again);
        }
    }
}

/// Sends a run's requests until they are answered or given up.
#[derive(Debug)]
pub(super) struct Sender {
    /// Most calls in flight over all providers.
    pub(super) slots: Slots,
    pub(super) stops: Stops,
    pub(super) limits: RetryLimits,
    /// When the run ends.
    pub(super) deadline: Option<Instant>,
    pub(super) counts: Counts,
    pub(super) watch: Watch,
}

impl Sender {
    /// Sends a request, again where that is worth it; `sent` counts each time.
    pub(super) async fn send(
        &self,
        prepared: &Prepared<'_>,
        sent: &mut Sent<'_>,
    ) -> Result<Answered, CallError> {
        let outcome = self.until_answered(prepared, sent).await;
        let step = match &outcome {
            Ok(answered) => CallStep::Answered {
                latency_ms: answered.latency_ms,
                usage: answered.completion.usage,
            },
            Err(error) => CallStep::GivenUp { class: error.class },
        };
        self.watch.tell(sent.label, prepared.model, step);
        outcome
    }

    async fn until_answered(
        &self,
        prepared: &Prepared<'_>,
        sent: &mut Sent<'_>,
    ) -> Result<Answered, CallError> {
        if let Some(missing) = prepared.provider.missing_key() {
            return Err(prepared.provider.without_key(&missing));
        }
        // Four bytes a token, as everywhere; what the answer will take is not known yet.
        let tokens = prepared.body.get().len() as u64 / 4;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let turn = Self::turn(&self.slots, prepared, tokens);
            let turn = self.unless_stopped(prepared.model, turn).await?;
            sent.calls += 1;
            self.tell(sent, prepared, CallStep::Sent { attempt });
            let fault = match self.attempt(prepared).await {
                Ok(answered) => return Ok(answered),
                Err(fault) => fault,
            };
            if fault.error.class == ErrorClass::Connect {
                // Nobody was there to send it to.
                sent.calls -= 1;
                self.counts.unsent();
            }
            let took = fault.took.as_deref().cloned();
            sent.vain
                .extend(took.map(|took| (prepared.model.clone(), took)));
            sent.lost(&fault);
            let too_many = is_overload(&fault);
            let next = self.next(attempt, &fault, (prepared, &turn.pass));
            drop(turn);
            if sent.is_last {
                return Err(beyond_budget(fault.error));
            }
            if let Next::Wait(after) = next {
                let class = fault.error.class;
                self.tell(sent, prepared, CallStep::Retry { after, class });
            }
            match next {
                // The whole lane waits, this call with it.
                Next::Wait(_) if too_many => {}
                Next::Wait(wait) => {
                    let rest = tokio::time::sleep(wait);
                    self.unless_stopped(prepared.model, rest).await?;
                }
                Next::Stop => return Err(self.give_up(prepared, fault.error)),
            }
        }
    }

    fn tell(&self, sent: &Sent<'_>, prepared: &Prepared<'_>, step: CallStep) {
        self.watch.tell(sent.label, prepared.model, step);
    }

    /// What follows a failed attempt; complaints about too many calls are the whole lane's.
    fn next(
        &self,
        attempt: u32,
        fault: &Fault,
        (prepared, pass): (&Prepared<'_>, &Pass<'_>),
    ) -> Next {
        let limits = self.limits();
        let jitter = prepared.transport.jitter.draw();
        if !is_overload(fault) {
            return retry::after(attempt, fault, jitter, limits);
        }
        let complaint = prepared.lane.refused(pass);
        if let Some(at_once) = complaint.cut_to {
            self.counts.slowed(prepared.model, at_once);
        }
        let refused = Refused {
            streak: complaint.streak,
            attempt,
        };
        let next = retry::after_overload(refused, fault, jitter, limits);
        // A call that is lost still tells how long the others have to wait, unless the model is given up for it.
        let asked = fault.error.retry_after_s;
        let bearable = asked.filter(|asked| *asked <= limits.longest_asked_s);
        prepared.lane.pause(match next {
            Next::Wait(wait) => wait.as_secs_f64(),
            Next::Stop => bearable.unwrap_or(0.0),
        });
        next
    }

    /// Waits for a turn of the model, then of its provider, then for a slot of the run: whoever waits for one of them must not keep
    /// calls to others from beginning.
    async fn turn<'a>(slots: &'a Slots, prepared: &'a Prepared<'_>, tokens: u64) -> Turn<'a> {
        loop {
            let turn = Turn {
                pass: prepared.lane.enter(tokens).await,
                _shared: prepared.shared.enter(tokens).await,
                _slot: slots.take().await,
            };
            // The model may have complained while this call waited for the others.
            if !prepared.lane.is_paused() {
                return turn;
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
    fn give_up(&self, prepared: &Prepared<'_>, mut error: CallError) -> CallError {
        let model = prepared.model;
        let longest = self.limits().longest_asked_s;
        let Some(asked) = error.retry_after_s.filter(|asked| *asked > longest) else {
            if is_exhausted(error.class)
                && self.stops.lost(model, prepared.question()) >= LOST_IN_A_ROW
            {
                let mut last = error.clone();
                last.message = format!(
                    "{} ({model} is given up {}: {LOST_IN_A_ROW} calls in a row got no answer)",
                    last.message,
                    self.stops.how_long()
                );
                self.stops.note_model(model, last);
            }
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
        self.counts.sent();
        let (transport, provider) = (prepared.transport, prepared.provider);
        let redactor = &transport.redactor;
        let route = provider.entry.format.route();
        let sending = transport.http.post(&provider.link, route, &prepared.body);
        let outcome = match sending.await {
            Ok(exchange) => {
                let lane = &prepared.lane;
                lane.told(&exchange.headers, exchange.received);
                if exchange.status < 400 {
                    lane.answered();
                    self.stops.answered(prepared.model);
                }
                provider.read(&exchange).map(|mut answered| {
                    redactor.clean(&mut answered.completion);
                    answered
                })
            }
            Err(breakdown) => Err(provider.breakdown(breakdown)),
        };
        outcome.map_err(|mut fault| {
            fault.error.message = redactor.redact(&fault.error.message).into_owned();
            fault
        })
    }
}

/// A fault after which the budget has no room for another request at the moment.
fn beyond_budget(mut error: CallError) -> CallError {
    error.message = format!(
        "{} (not asked again: it may have been paid for, and the budget has no room for another call)",
        error.message
    );
    error
}

/// Calls in a row that a model may leave without an answer, each with all of its retries, before it is given up.
const LOST_IN_A_ROW: usize = 3;

/// A call's turn; free for others when it is dropped.
struct Turn<'a> {
    pass: Pass<'a>,
    _shared: Pass<'a>,
    _slot: Option<Slot<'a>>,
}

/// Whether a call that ends so was tried as often as it may be, and might have been answered at another time.
fn is_exhausted(class: ErrorClass) -> bool {
    use ErrorClass::{Provider, RateLimit, Timeout, Transport};
    matches!(class, Provider | RateLimit | Timeout | Transport)
}

/// Whether the provider asks for fewer calls: 429, and Anthropic's 529.
fn is_overload(fault: &Fault) -> bool {
    fault.error.class == ErrorClass::RateLimit || fault.error.status == Some(529)
}
