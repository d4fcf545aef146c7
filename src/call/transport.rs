//! What the calls of many runs share: providers with their keys and lanes, connections, prices, the cache, and what servers turned
//! out to take.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::cache::Cache;
use super::connection::Env;
use super::http::Http;
use super::learned::Learned;
use super::limit::Lanes;
use super::provider::{Provider, resolve_all};
use super::retry::Jitter;
use crate::model::settings::{PriceSpec, Settings};
use crate::model::{CallError, ErrorClass, ModelName, Problems};
use crate::secrets::Redactor;

/// What a transport is made of.
pub struct TransportConfig<'a> {
    /// Providers and prices.
    pub settings: &'a Settings,
    /// How to read an environment variable.
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// Most calls in flight to one provider, where the settings say nothing of it.
    pub concurrency: usize,
    /// Time until a request is given up.
    pub timeout: Duration,
    /// Folder of the local cache.
    pub cache_dir: PathBuf,
    /// Start of the random part of waits.
    pub seed: u64,
}

/// The way to all providers. One serves a whole process, however many runs there are: a provider limits them together.
#[derive(Debug)]
pub struct Transport {
    pub(super) providers: BTreeMap<String, Provider>,
    pub(super) lanes: Lanes,
    pub(super) prices: BTreeMap<String, PriceSpec>,
    pub(super) cache: Arc<Cache>,
    pub(super) learned: Learned,
    pub(super) http: Http,
    pub(super) redactor: Arc<Redactor>,
    pub(super) jitter: Jitter,
}

impl Transport {
    /// A transport. Nothing is connected to yet, and no key is demanded.
    ///
    /// # Errors
    /// When a provider is configured wrongly, or a key could not be sent.
    pub fn new(config: &TransportConfig<'_>) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let mut redactor = Redactor::new();
        let (settings, env): (_, Env<'_>) = (config.settings, config.env);
        let providers = resolve_all(settings, env, &mut redactor, &mut problems);
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
            providers,
            lanes,
            prices: settings.prices.clone(),
            cache: Arc::new(Cache::new(&config.cache_dir)),
            learned: Learned::default(),
            http: Http::new(config.timeout, Arc::clone(&redactor)),
            redactor,
            jitter: Jitter::new(config.seed),
        })
    }

    /// The provider of a model.
    ///
    /// # Errors
    /// When there is none of this name.
    pub(super) fn provider(&self, model: &ModelName) -> Result<&Provider, CallError> {
        self.providers.get(&model.provider).ok_or_else(|| {
            let text = format!("`{}` is no provider", model.provider);
            CallError::new(ErrorClass::BadRequest, text)
        })
    }
}
