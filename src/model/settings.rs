//! `prompteval.yaml`: providers, defaults and prices.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::suite::JudgeSpec;
use super::{Location, Source};

/// What the project's own file says; everything in it is optional.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// Providers by name, over the built-in ones.
    pub providers: BTreeMap<String, ProviderSpec>,
    /// Most calls in flight.
    pub concurrency: Option<usize>,
    /// Seconds until a call is given up.
    pub timeout_s: Option<f64>,
    /// How often a call is tried again.
    pub max_retries: Option<u32>,
    /// US dollars a run may cost.
    pub max_cost_usd: Option<f64>,
    /// Days that a response stays in the cache.
    pub cache_max_days: Option<f64>,
    /// Megabytes that the cache may have.
    pub cache_max_mb: Option<f64>,
    /// Prices by `provider/model`, over the shipped table.
    pub prices: BTreeMap<String, PriceSpec>,
    /// What judges are where neither a suite nor an evaluator says it.
    pub judge: JudgeSpec,
    /// What a run has to be to allow a promotion.
    pub evidence: EvidencePolicy,
    /// Public keys, one of which has to have signed a run that allows a promotion; none are asked for where it is empty.
    pub trusted_keys: Vec<String>,
    /// What happens when a change weakens its own gate.
    pub protect: Protect,
    /// Whether suites, prompts and datasets may lie outside of the project.
    pub allow_outside: bool,
}

/// Where the answers of evidence may come from, and how old they may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidencePolicy {
    /// Where answers may come from.
    pub sources: BTreeSet<AnswerSource>,
    /// How old the run and each of its answers may be when it lets a version go to canary or production; `None` for any age.
    pub max_age: Option<Duration>,
    /// Addresses of providers whose answers count; any where it is empty.
    pub addresses: Vec<String>,
    /// Whether the project says any of it.
    pub is_written: bool,
}

impl Default for EvidencePolicy {
    fn default() -> Self {
        const DAYS: u64 = 30;
        Self {
            sources: BTreeSet::from([AnswerSource::Live, AnswerSource::Cache]),
            max_age: Some(Duration::from_secs(DAYS * 24 * 3_600)),
            addresses: Vec::new(),
            is_written: false,
        }
    }
}

/// Where an answer that counts as evidence came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AnswerSource {
    /// A provider was called.
    Live,
    /// A provider was called earlier, from this folder.
    Cache,
    /// A file of the project says what was answered.
    Recorded,
    /// The dataset says what was answered.
    Logged,
}

impl AnswerSource {
    /// Every source, the most trustworthy first.
    pub const ALL: [Self; 4] = [Self::Live, Self::Cache, Self::Recorded, Self::Logged];

    /// The word that stands in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Cache => "cache",
            Self::Recorded => "recorded",
            Self::Logged => "logged",
        }
    }

    /// Where a response came from; `None` of one that was taken over from another run.
    pub fn of(source: Source) -> Option<Self> {
        match source {
            Source::Live => Some(Self::Live),
            Source::Cache => Some(Self::Cache),
            Source::Recording => Some(Self::Recorded),
            Source::Logged => Some(Self::Logged),
            Source::Stored => None,
        }
    }
}

impl FromStr for AnswerSource {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut all = Self::ALL.into_iter();
        all.find(|source| source.as_str() == text).ok_or(())
    }
}

/// What happens when a change weakens its own gate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protect {
    /// It is shown.
    #[default]
    Warn,
    /// The run blocks until somebody else agrees.
    Block,
}

/// One provider as the user configured it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProviderSpec {
    /// Wire format: `openai`, `openai-responses`, `anthropic` or `deepseek`.
    pub kind: Option<String>,
    /// Address as the vendor's SDK takes it: OpenAI with `/v1`, Anthropic and DeepSeek without.
    pub base_url: Option<String>,
    /// Environment variable that holds the key.
    pub api_key_env: Option<String>,
    /// Most calls in flight to this provider.
    pub concurrency: Option<usize>,
    /// Requests a minute.
    pub rpm: Option<u32>,
    /// Tokens a minute.
    pub tpm: Option<u64>,
    /// Under which name a limit of the answer's tokens is sent; `None` where nothing is written.
    pub token_field: Option<TokenField>,
    /// Headers sent with every request.
    pub headers: BTreeMap<String, String>,
    /// Where the provider is configured.
    pub at: Location,
    /// Where its kind stands.
    pub kind_at: Location,
}

/// Under which name OpenAI's Chat Completions are told the most tokens of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TokenField {
    /// Under the one that the endpoint accepts.
    #[default]
    Auto,
    /// `max_tokens`.
    MaxTokens,
    /// `max_completion_tokens`.
    MaxCompletionTokens,
}

impl TokenField {
    /// The words that stand in files.
    pub const WORDS: [&str; 3] = ["auto", "max_tokens", "max_completion_tokens"];
}

impl FromStr for TokenField {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        let all = [Self::Auto, Self::MaxTokens, Self::MaxCompletionTokens];
        let mut words = Self::WORDS.into_iter().zip(all);
        words
            .find(|(known, _)| *known == word)
            .map(|(_, one)| one)
            .ok_or(())
    }
}

/// Prices in US dollars per million tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PriceSpec {
    /// Input tokens.
    pub input: f64,
    /// Output tokens, reasoning included.
    pub output: f64,
    /// Input tokens read from the provider's cache; the input price where absent.
    pub cached_input: Option<f64>,
    /// Input tokens written to the provider's cache; the input price where absent.
    pub cache_write: Option<f64>,
}
