//! Providers as a run uses them: built in or configured, with their address, key and headers.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use jiff::{Timestamp, Unit};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use super::ask::MissingKey;
use super::connection::{Env, connect, counted, learn_proxies};
use super::exchange::{Breakdown, Exchange, Fault, Took};
use super::http::{Link, reason};
use super::kept::Kept;
use super::limit::Rates;
use super::providers::{
    Dialect, PROVIDERS, ProviderEntry, WireFault, at, classify, describe_unreadable, embedded,
    entry,
};
use crate::model::settings::{ProviderSpec, Settings, TokenField};
use crate::model::{
    CallError, Completion, ErrorClass, Location, ModelName, Problem, Problems, Request,
};
use crate::secrets::{Redactor, read_key};

/// One provider, ready to be called.
#[derive(Debug)]
pub(super) struct Provider {
    pub(super) name: String,
    pub(super) entry: &'static ProviderEntry,
    /// The address without a slash at its end.
    pub(super) base_url: String,
    /// Under which name a limit of the answer's tokens is sent.
    pub(super) token_field: TokenField,
    pub(super) link: Link,
    /// Most calls in flight to it, where the user limits them.
    pub(super) concurrency: Option<usize>,
    /// Requests and tokens a minute, where configured.
    pub(super) rates: Rates,
    /// Configured headers that are no secrets, in a fixed order: another header may get another answer.
    pub(super) counted: Vec<String>,
    /// Headers as they may be shown.
    pub(super) shown: Vec<(String, String)>,
    key_variable: Option<String>,
    missing_key: bool,
}

/// A completion and how long it took.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answered {
    pub(super) completion: Completion,
    pub(super) latency_ms: f64,
}

impl Answered {
    /// The answer as it is kept, with the fallback model that gave it.
    pub(super) fn keep(self, fallback: Option<ModelName>) -> Kept {
        Kept {
            completion: self.completion,
            latency_ms: Some(self.latency_ms),
            fallback,
            at: now(),
        }
    }
}

/// Now, to the second; unknown where the clock is beyond what dates can say.
fn now() -> Option<Timestamp> {
    let now = Timestamp::try_from(SystemTime::now()).ok()?;
    now.round(Unit::Second).ok()
}

impl Provider {
    /// The key that a call would need, where it is missing.
    pub(super) fn missing_key(&self) -> Option<MissingKey> {
        let variable = self.key_variable.clone().filter(|_| self.missing_key)?;
        Some(MissingKey {
            provider: self.name.clone(),
            variable,
        })
    }

    /// The request's body. A parameter that is null is one that is not to be sent, whoever wrote it.
    pub(super) fn encode(&self, request: &Request, dialect: Dialect) -> Result<Value, CallError> {
        let body = self.entry.format.encode(request, dialect);
        let mut body = body.map_err(|fault| self.error(None, fault))?;
        if let Some(fields) = body.as_object_mut() {
            fields.retain(|_, value| !value.is_null());
        }
        Ok(body)
    }

    /// The request's body as it is sent.
    pub(super) fn write(
        &self,
        request: &Request,
        dialect: Dialect,
    ) -> Result<Box<RawValue>, CallError> {
        let body = self.encode(request, dialect)?;
        to_raw_value(&body).map_err(|error| {
            self.error(
                None,
                WireFault::new(ErrorClass::BadRequest, error.to_string()),
            )
        })
    }

    /// What an answer says, be it a completion or a fault.
    pub(super) fn read(&self, exchange: &Exchange) -> Result<Answered, Fault> {
        let is_answer = (200..300).contains(&exchange.status);
        let completion = if is_answer {
            self.read_success(&exchange.body)
        } else {
            Err(classify(exchange.status, &exchange.body))
        };
        let latency_ms = exchange.latency_ms;
        completion
            .map(|completion| Answered {
                completion,
                latency_ms,
            })
            .map_err(|fault| {
                let mut error = self.error(Some(exchange.status), fault);
                error.retry_after_s = exchange.headers.retry_after_s(exchange.received);
                Fault {
                    error,
                    should_retry: exchange.headers.should_retry(),
                    took: is_answer
                        .then(|| self.took(&exchange.body))
                        .flatten()
                        .map(Box::new),
                }
            })
    }

    fn read_success(&self, body: &str) -> Result<Completion, WireFault> {
        let Ok(value) = serde_json::from_str::<Value>(body) else {
            let text = format!("the answer is no JSON: {}", describe_unreadable(body));
            return Err(WireFault::new(ErrorClass::Provider, text));
        };
        match embedded(&value) {
            Some(fault) => Err(fault),
            None => self.entry.format.decode(&value),
        }
    }

    fn took(&self, body: &str) -> Option<Took> {
        let body: Value = serde_json::from_str(body).ok()?;
        let tier = ["/service_tier", "/usage/service_tier"];
        let tier = tier.iter().find_map(|place| at(&body, place)?.as_str());
        Some(Took {
            usage: self.entry.format.usage(&body)?,
            tier: tier.map(str::to_owned),
        })
    }

    /// The fault of a call without a whole answer.
    pub(super) fn breakdown(&self, breakdown: Breakdown) -> Fault {
        Fault {
            error: self.error(None, WireFault::new(breakdown.class, breakdown.text)),
            should_retry: None,
            took: None,
        }
    }

    /// The fault of a call that lacks its key.
    pub(super) fn without_key(&self, missing: &MissingKey) -> CallError {
        let text = format!("no key: set the environment variable {}", missing.variable);
        CallError::new(ErrorClass::Auth, format!("{}: {text}", self.name))
    }

    fn error(&self, status: Option<u16>, fault: WireFault) -> CallError {
        let hint = fault.hint.or_else(|| self.hint(fault.class));
        let status_text = match status.map(|status| (status, reason(status))) {
            Some((status, "")) => format!("{status}: "),
            Some((status, reason)) => format!("{status} {reason}: "),
            None => String::new(),
        };
        let hint = hint.map(|hint| format!(" ({hint})")).unwrap_or_default();
        CallError {
            status,
            ..CallError::new(
                fault.class,
                format!("{}: {status_text}{}{hint}", self.name, fault.text),
            )
        }
    }

    fn hint(&self, class: ErrorClass) -> Option<String> {
        match class {
            ErrorClass::Auth => {
                let variable = self.key_variable.as_deref()?;
                Some(format!("check {variable}"))
            }
            ErrorClass::NotFound => Some(format!(
                "check the model's name and the address {}{}",
                self.base_url,
                self.entry.format.route().path()
            )),
            _ => None,
        }
    }
}

/// All providers by name. Every mistake in their configuration goes to `problems`, every key to the redactor.
pub(super) fn resolve_all(
    settings: &Settings,
    env: Env<'_>,
    redactor: &mut Redactor,
    problems: &mut Problems,
) -> BTreeMap<String, Provider> {
    let built_in = PROVIDERS.iter().map(|entry| entry.kind);
    let names: BTreeSet<&str> = built_in
        .chain(settings.providers.keys().map(String::as_str))
        .collect();
    learn_proxies(env, redactor);
    let plain = ProviderSpec::default();
    let mut providers = BTreeMap::new();
    for name in names {
        let spec = settings.providers.get(name).unwrap_or(&plain);
        match resolve(name, spec, env, redactor) {
            Ok(provider) => {
                providers.insert(name.to_owned(), provider);
            }
            Err(problem) => problems.push(*problem),
        }
    }
    providers
}

fn resolve(
    name: &str,
    spec: &ProviderSpec,
    env: Env<'_>,
    redactor: &mut Redactor,
) -> Result<Provider, Box<Problem>> {
    let entry = kind(name, spec)?;
    knows_token_field(spec, entry)?;
    let read = |variable: &str| env(variable).filter(|value| !value.trim().is_empty());
    let (base_url, from) = match (&spec.base_url, read(entry.base_url_env)) {
        (Some(url), _) => (url.clone(), spec.at.clone()),
        (None, Some(url)) => (url, environment(entry.base_url_env)),
        (None, None) => (entry.base_url.to_owned(), spec.at.clone()),
    };
    let base_url = base_url.trim().trim_end_matches('/').to_owned();
    // A vendor's key goes to the vendor, or to where the user says that vendor's provider is: never to a provider
    // that only speaks the same format.
    let is_vendor = spec.base_url.is_none() || super::providers::entry(name).is_some();
    let key_variable = spec
        .api_key_env
        .clone()
        .or_else(|| is_vendor.then(|| entry.key_env.to_owned()));
    let key = match key_variable.as_deref().and_then(|v| Some((v, read(v)?))) {
        Some((variable, text)) => read_key(&text).map_err(|error| {
            Problem::error("bad-key", environment(variable), format!("the key {error}"))
        })?,
        None => None,
    };
    if let Some(key) = &key {
        redactor.learn(key);
    }
    let (link, shown) = connect(
        &base_url,
        entry,
        spec,
        key.as_ref().zip(key_variable.as_deref()),
        redactor,
    )
    .map_err(|error| {
        Problem::error(
            error.code(),
            error.place(&from, &spec.at),
            error.to_string(),
        )
    })?;
    let needs_key = spec.api_key_env.is_some() || !link.is_loopback();
    Ok(Provider {
        name: name.to_owned(),
        entry,
        base_url,
        token_field: spec.token_field.unwrap_or_default(),
        missing_key: needs_key && key.is_none(),
        link,
        concurrency: spec.concurrency,
        rates: Rates {
            rpm: spec.rpm,
            tpm: spec.tpm,
        },
        counted: counted(spec),
        shown,
        key_variable,
    })
}

fn kind(name: &str, spec: &ProviderSpec) -> Result<&'static ProviderEntry, Box<Problem>> {
    let kinds = || {
        let kinds: Vec<_> = PROVIDERS.iter().map(|entry| entry.kind).collect();
        format!("kinds are {}", kinds.join(", "))
    };
    match &spec.kind {
        Some(kind) => entry(kind).ok_or_else(|| {
            let text = format!("`{kind}` is no kind of provider");
            Box::new(Problem::error("unknown-kind", spec.kind_at.clone(), text).hint(kinds()))
        }),
        None => entry(name).ok_or_else(|| {
            let text = format!("provider `{name}` says no `kind`");
            Box::new(Problem::error("missing-kind", spec.at.clone(), text).hint(kinds()))
        }),
    }
}

/// Only one format has several names for the limit of tokens.
fn knows_token_field(spec: &ProviderSpec, entry: &ProviderEntry) -> Result<(), Box<Problem>> {
    if spec.token_field.is_some() && !entry.format.has_token_names() {
        let kind = entry.kind;
        let text = format!("`token_field` is for the kind `openai`: `{kind}` knows one name only");
        return Err(Box::new(Problem::error(
            "bad-token-field",
            spec.at.clone(),
            text,
        )));
    }
    Ok(())
}

/// A place that is no file.
fn environment(variable: &str) -> Location {
    Location::file(format!("environment variable {variable}"))
}
