//! What callers hand to the client and what they get beside an answer.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::model::Request;
use crate::model::settings::Settings;

pub use crate::model::Responses as Mode;

/// One question, with what it needs to be found again.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// The request.
    pub request: Request,
    /// The same question to other models, asked in order while the model before cannot answer.
    pub fallback: Vec<Request>,
    /// Which repeat, counted from 0; each repeat is another response.
    pub repeat: u32,
    /// Whether the same question that is in flight already answers this one, too.
    pub shared: bool,
    /// Who asks.
    pub label: Label,
}

/// Who asks: stands in recordings for people to read, and in messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Label {
    /// The suite, and so the recordings file.
    pub suite: String,
    /// The version, as `family@version`.
    pub version: String,
    /// The case's id.
    pub case: String,
    /// The evaluator that asks; `None` for the prompt itself.
    pub evaluator: Option<String>,
}

/// What a client is made of.
pub struct ClientConfig<'a> {
    /// Providers and prices.
    pub settings: &'a Settings,
    /// How to read an environment variable.
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// Where responses may come from.
    pub mode: Mode,
    /// Most calls in flight over all providers.
    pub concurrency: usize,
    /// Time until a call is given up.
    pub timeout: Duration,
    /// How often a call is tried again.
    pub max_retries: u32,
    /// US dollars that calls may cost, all in all; every model's price has to be known then.
    pub max_cost_usd: Option<f64>,
    /// US dollars that were paid before: a resumed run has one ceiling for all of its parts.
    pub paid_usd: f64,
    /// When the run ends, whatever is not done by then: no wait goes beyond it.
    pub deadline: Option<Instant>,
    /// Folder of the local cache.
    pub cache_dir: PathBuf,
    /// Folder of the committed recordings.
    pub recordings_dir: PathBuf,
    /// Start of the random part of waits.
    pub seed: u64,
}

/// A key that a call would need and that is not there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MissingKey {
    /// The provider.
    pub provider: String,
    /// The environment variable to set.
    pub variable: String,
}

/// A request as it would be sent, secrets left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Encoded {
    /// Where it goes.
    pub url: String,
    /// Headers by name; a key stands as the variable it comes from.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Value,
}
