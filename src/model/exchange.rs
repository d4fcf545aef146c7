//! One question to a provider and what came of it.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ModelName, Params, Role, ToolCall, Tools};

/// One rendered message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: String,
}

/// A question to a model, before any provider's wire format.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Which model is asked.
    pub model: ModelName,
    /// The conversation so far.
    pub messages: Vec<Message>,
    /// Parameters, sent as written.
    pub params: Params,
    /// What the answer has to follow, where the caller reads JSON.
    pub schema: Option<AnswerForm>,
    /// Tools that the model may call.
    pub tools: Option<Tools>,
}

/// The JSON that an answer has to be.
#[derive(Clone, Debug, PartialEq)]
pub struct AnswerForm {
    /// JSON Schema of the answer.
    pub schema: Value,
    /// How the server is asked for it.
    pub structured: Structured,
}

impl From<Value> for AnswerForm {
    fn from(schema: Value) -> Self {
        let structured = Structured::default();
        Self { schema, structured }
    }
}

/// How a server is asked for an answer of a form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Structured {
    /// By the schema; where the server refuses that, by less.
    #[default]
    Auto,
    /// By the schema.
    Schema,
    /// As a JSON object; the schema stands in the prompt.
    JsonObject,
    /// By the prompt alone.
    Off,
}

impl Structured {
    /// The words that stand in files.
    pub const WORDS: [&str; 4] = ["auto", "schema", "json_object", "off"];

    /// The word that stands in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Schema => "schema",
            Self::JsonObject => "json_object",
            Self::Off => "off",
        }
    }
}

impl FromStr for Structured {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        let all = [Self::Auto, Self::Schema, Self::JsonObject, Self::Off];
        let mut all = all.into_iter();
        all.find(|one| one.as_str() == word).ok_or(())
    }
}

/// Where a response came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// A provider was called.
    Live,
    /// The local cache.
    Cache,
    /// The suite's committed recordings.
    Recording,
    /// The dataset's own row.
    Logged,
    /// An earlier run, or evidence: a baseline that is not asked again.
    Stored,
}

impl Source {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Cache => "cache",
            Self::Recording => "recording",
            Self::Logged => "logged",
            Self::Stored => "stored",
        }
    }
}

/// Tokens of one call, in the same meaning for every provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// All input tokens, cached ones included.
    pub input: u64,
    /// All output tokens, reasoning included.
    pub output: u64,
    /// Input tokens that the provider read from its cache.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cached_input: u64,
    /// Input tokens that the provider wrote to its cache.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cache_write: u64,
    /// Output tokens spent on reasoning.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub reasoning: u64,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// A provider's answer, in the same shape for every provider.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Completion {
    /// The text; empty where the model refused, calls a tool instead, or ran out of tokens while reasoning.
    pub content: String,
    /// The tools that the model calls, in its order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<ToolCall>,
    /// Why the model stopped, in the provider's own word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish_reason: Option<String>,
    /// The refusal's text or category, where the provider marks one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// The model that really answered, as the response names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The provider's fingerprint of its configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// The service tier that really answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_tier: Option<String>,
    /// Tokens, where the provider counts them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
}

impl Completion {
    /// The answer as evaluators of texts read it: where it calls tools and has no text, its text is the JSON of the calls. It must
    /// not be taken for an empty one, of which every `not-` evaluator thinks well.
    #[must_use]
    pub fn with_calls_as_text(mut self) -> Self {
        if self.content.trim().is_empty() && !self.calls.is_empty() {
            self.content = serde_json::to_string(&self.calls).unwrap_or_default();
        }
        self
    }
}

/// An answer together with where it came from, how long it took and what it cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The answer.
    pub completion: Completion,
    /// Where it came from.
    pub source: Source,
    /// Milliseconds of the successful attempt, as measured when it was live.
    pub latency_ms: Option<f64>,
    /// When a provider gave it, as far as that is known.
    pub answered_at: Option<Timestamp>,
    /// List price in US dollars; `None` where the price or the usage is unknown.
    pub cost_usd: Option<f64>,
    /// The fallback model that answered in place of the first.
    pub fallback: Option<ModelName>,
    /// Requests sent for it, retries and failed models included; 0 where nothing was called.
    pub calls: u32,
    /// What those of them cost that were answered with nothing to use.
    pub vain: Vain,
}

/// What answers cost that are none: those that break off or report a fault, and yet say what they took.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Vain {
    /// US dollars, as far as prices are known.
    pub paid_usd: f64,
    /// Answers whose price is not known.
    pub unpriced: u32,
}

/// What kind of fault kept a call from being answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorClass {
    /// The key is wrong or may not do this (401, 403).
    Auth,
    /// The model does not exist or may not be used (404).
    NotFound,
    /// Credit or a spending limit is used up (402, some 429).
    Quota,
    /// Too many requests (429).
    RateLimit,
    /// The provider failed (5xx, an error in a 200, an unreadable body).
    Provider,
    /// No answer within the time allowed.
    Timeout,
    /// The connection could not be made.
    Connect,
    /// The connection broke.
    Transport,
    /// The request was refused as malformed (400, 422).
    BadRequest,
    /// The request was refused for its own content (context length, content filter, 413).
    Content,
    /// Replay found no recorded response.
    MissingRecording,
    /// A judge answered with something that is no verdict, or an evaluator lacks what it measures.
    Evaluator,
    /// The budget is used up.
    Budget,
    /// The provider was stopped by an earlier fault.
    Stopped,
}

impl ErrorClass {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::NotFound => "not-found",
            Self::Quota => "quota",
            Self::RateLimit => "rate-limit",
            Self::Provider => "provider",
            Self::Timeout => "timeout",
            Self::Connect => "connect",
            Self::Transport => "transport",
            Self::BadRequest => "bad-request",
            Self::Content => "content",
            Self::MissingRecording => "missing-recording",
            Self::Evaluator => "evaluator",
            Self::Budget => "budget",
            Self::Stopped => "stopped",
        }
    }

    /// Whether the fault lies in the prompt and so fails the case instead of putting it in error.
    pub fn is_prompt_fault(self) -> bool {
        self == Self::Content
    }
}

/// Why a call was not answered. Its text never holds a key.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct CallError {
    /// What kind of fault.
    pub class: ErrorClass,
    /// HTTP status, where there was one.
    pub status: Option<u16>,
    /// One line for people, the provider's name included.
    pub message: String,
    /// Seconds the provider asks to wait.
    pub retry_after_s: Option<f64>,
    /// Requests sent in vain, retries and fallback models included; 0 where nothing was called.
    pub calls: u32,
    /// What they cost, as far as a provider said so.
    pub vain: Vain,
}

impl CallError {
    /// A fault without an HTTP status.
    pub fn new(class: ErrorClass, message: impl Into<String>) -> Self {
        Self {
            class,
            status: None,
            message: message.into(),
            retry_after_s: None,
            calls: 0,
            vain: Vain::default(),
        }
    }
}

impl fmt::Display for ErrorClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
