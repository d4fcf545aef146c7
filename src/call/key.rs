//! What a response is found by: the digest of a question as it is sent.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::fsx;

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
