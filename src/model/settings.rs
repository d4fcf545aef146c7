//! `prompteval.yaml`: providers, defaults and prices.

use std::collections::BTreeMap;

use super::Location;

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
    /// Headers sent with every request.
    pub headers: BTreeMap<String, String>,
    /// Where the provider is configured.
    pub at: Location,
    /// Where its kind stands.
    pub kind_at: Location,
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
