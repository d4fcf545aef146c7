//! Responses that need no call: a suite's recordings, then the local cache.

use crate::model::Responses;
use std::sync::{Arc, Mutex, PoisonError};

use super::ask::Label;
use super::cache::Cache;
use super::kept::Kept;
use super::key::Keys;
use super::places::Places;
use super::recordings::{Recording, Recordings};
use crate::model::{ModelName, Source};

/// Recordings and cache under one mode.
#[derive(Debug)]
pub(super) struct Store {
    mode: Responses,
    recordings: Recordings,
    cache: Arc<Cache>,
    fault: Mutex<Option<String>>,
}

impl Store {
    /// A store over both places.
    pub(super) fn new(mode: Responses, recordings: Recordings, cache: Arc<Cache>) -> Self {
        Self {
            mode,
            recordings,
            cache,
            fault: Mutex::new(None),
        }
    }

    /// The response, where one may be used, and its place.
    pub(super) fn find(&self, places: &Places<'_>, suite: &str) -> Option<(Keys, Kept, Source)> {
        if self.mode == Responses::Live {
            return None;
        }
        if let Some((keys, kept)) = self.recorded(places, suite) {
            return Some((keys, kept, Source::Recording));
        }
        let cached = |keys: Keys| Some((keys, self.cache.find(keys.cache)?, Source::Cache));
        cached(places.first()).or_else(|| places.others().into_iter().find_map(cached))
    }

    /// The response, where it is recorded: what everyone has who has the project, whatever was run on this machine.
    pub(super) fn recorded(&self, places: &Places<'_>, suite: &str) -> Option<(Keys, Kept)> {
        let recorded = |keys: Keys| Some((keys, self.recordings.find(keys.recording, suite)?));
        let first = recorded(places.first());
        first.or_else(|| places.others().into_iter().find_map(recorded))
    }

    /// What is recorded.
    pub(super) fn recordings(&self) -> &Recordings {
        &self.recordings
    }

    /// Keeps a response that was just got from a provider. A fallback's answer is not cached: the next run asks the
    /// model itself again.
    pub(super) fn keep(&self, keys: Keys, kept: &Kept, model: &ModelName) {
        if kept.fallback.is_none() {
            self.note("cache", self.cache.keep(keys.cache, kept, model));
        }
    }

    /// Writes a response that is used to the suite's recordings, in the mode that records.
    pub(super) fn record(
        &self,
        keys: Keys,
        kept: &Kept,
        model: &ModelName,
        repeat: u32,
        label: &Label,
    ) {
        if self.mode != Responses::Record {
            return;
        }
        let recording = Recording {
            key: keys.recording,
            version: label.version.clone(),
            case: label.case.clone(),
            evaluator: label.evaluator.clone(),
            repeat,
            model: model.clone(),
            fallback: kept.fallback.clone(),
            latency_ms: kept.latency_ms,
            at: kept.at,
            response: kept.completion.clone(),
        };
        self.note(
            "recordings",
            self.recordings.append(&label.suite, &recording),
        );
    }

    /// The first fault of writing, which kept a response from being found again.
    pub(super) fn fault(&self) -> Option<String> {
        let fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        fault.clone()
    }

    fn note(&self, place: &str, outcome: std::io::Result<()>) {
        if let Err(error) = outcome {
            let mut fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
            fault.get_or_insert_with(|| format!("cannot write the {place}: {error}"));
        }
    }
}
