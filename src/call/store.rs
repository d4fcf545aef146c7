//! Responses that need no call: a suite's recordings, then the local cache.

use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

use super::ask::{Label, Mode};
use super::cache::Cache;
use super::places::Places;
use super::recordings::{Recording, Recordings};
use crate::fsx;
use crate::model::{Completion, ModelName, Source};

/// What a response is found by: SHA-256, written as lower-case hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResponseKey([u8; 32]);

impl ResponseKey {
    fn of(parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for (place, part) in parts.iter().enumerate() {
            if place > 0 {
                hash.update(b"\n");
            }
            hash.update(part);
        }
        Self(hash.finalize().into())
    }

    /// The key of this response and then another.
    pub(super) fn then(self, other: Self) -> Self {
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update(other.0);
        Self(hash.finalize().into())
    }
}

impl fmt::Display for ResponseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&fsx::hex(&self.0))
    }
}

impl FromStr for ResponseKey {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WHY: &str = "a key is 64 hexadecimal digits";
        let mut key = [0; 32];
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return Err(WHY);
        }
        for (byte, pair) in key.iter_mut().zip(digits.chunks(2)) {
            let digit = |at: usize| {
                let digit = pair.get(at).copied().map(char::from);
                digit.and_then(|digit| digit.to_digit(16)).ok_or(WHY)
            };
            *byte = (digit(0)? * 16 + digit(1)?) as u8;
        }
        Ok(Self(key))
    }
}

impl Serialize for ResponseKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ResponseKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The keys of one response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Keys {
    /// Over provider kind, repeat, body and configured headers: the same wherever the provider is reached.
    pub(super) recording: ResponseKey,
    /// Also over the base URL: a stand-in's answers are not the vendor's.
    pub(super) cache: ResponseKey,
}

impl Keys {
    /// The keys of a body sent to a provider of this kind at this address, with headers that are configured and no secrets. Without
    /// any, keys are those of before headers counted.
    pub(super) fn new(
        kind: &str,
        base_url: &str,
        repeat: u32,
        body: &str,
        headers: &[String],
    ) -> Self {
        let repeat = repeat.to_string();
        let mut parts = vec![base_url, kind, &repeat, body];
        parts.extend(headers.iter().map(String::as_str));
        Self {
            recording: ResponseKey::of(parts.get(1..).unwrap_or_default()),
            cache: ResponseKey::of(&parts),
        }
    }
}

/// A response as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Kept {
    pub(super) completion: Completion,
    pub(super) latency_ms: Option<f64>,
    /// The fallback model that answered.
    pub(super) fallback: Option<ModelName>,
    /// When a provider gave it, as far as that is known.
    pub(super) at: Option<Timestamp>,
}

/// A response that was just got, and where it is kept.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Landed {
    pub(super) keys: Keys,
    pub(super) kept: Kept,
}

/// Recordings and cache under one mode.
#[derive(Debug)]
pub(super) struct Store {
    mode: Mode,
    recordings: Recordings,
    cache: Cache,
    fault: Mutex<Option<String>>,
}

impl Store {
    /// A store over both places.
    pub(super) fn new(mode: Mode, recordings: Recordings, cache: Cache) -> Self {
        Self {
            mode,
            recordings,
            cache,
            fault: Mutex::new(None),
        }
    }

    /// The response, where one may be used, and its place.
    pub(super) fn find(&self, places: &Places<'_>, suite: &str) -> Option<(Keys, Kept, Source)> {
        if self.mode == Mode::Live {
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
        if self.mode != Mode::Record {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recordings_key_does_not_depend_on_the_address_but_on_all_else() {
        let new = |kind, url, repeat, body| Keys::new(kind, url, repeat, body, &[]);
        let keys = new("openai", "http://a", 0, "{}");
        let elsewhere = new("openai", "http://b", 0, "{}");
        assert_eq!(keys.recording, elsewhere.recording);
        assert_ne!(keys.cache, elsewhere.cache);
        for other in [
            new("deepseek", "http://a", 0, "{}"),
            new("openai", "http://a", 1, "{}"),
            new("openai", "http://a", 0, "{ }"),
            Keys::new("openai", "http://a", 0, "{}", &["x-beta: 1".to_owned()]),
        ] {
            assert_ne!(keys.recording, other.recording);
            assert_ne!(keys.cache, other.cache);
        }
    }

    /// Recordings are committed: their keys must stay what they are. The digest is `printf 'openai\n0\n{}' | sha256sum`.
    #[test]
    fn keys_are_stable() {
        let key = Keys::new("openai", "http://a", 0, "{}", &[]).recording;
        let text = key.to_string();
        assert_eq!(
            text,
            "bfdb21c75ea079a846cb0e44931476d8332b87b1e41e999c3effe19b8d5e37f6"
        );
        assert_eq!(text.parse(), Ok(key));
        assert!("xyz".parse::<ResponseKey>().is_err());
        assert!("é".repeat(32).parse::<ResponseKey>().is_err());
    }
}
