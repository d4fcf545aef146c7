//! API keys: read from the environment only, checked, and taken out of every text that leaves this module.

use std::borrow::Cow;

use secrecy::{ExposeSecret, SecretString};

/// What stands in a text in place of a key.
const MASK: &str = "[redacted]";

/// Shorter keys are placeholders (`none`, `EMPTY`, `ollama`) that a local server wants to see, and words of
/// ordinary answers: taking them out would change what is evaluated.
const SHORTEST_SECRET: usize = 7;

/// Why a text cannot be a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("holds a character that no HTTP header may hold (a line break or a letter outside ASCII)")]
pub(super) struct KeyError;

/// Reads a key: surrounding white space is dropped, an empty text is no key.
///
/// # Errors
/// When the rest could not be sent as a header.
pub(super) fn read_key(text: &str) -> Result<Option<SecretString>, KeyError> {
    let key = text.trim();
    if key.is_empty() {
        return Ok(None);
    }
    if !key.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return Err(KeyError);
    }
    Ok(Some(SecretString::from(key)))
}

/// Takes every loaded key out of texts.
#[derive(Debug, Default)]
pub(super) struct Redactor {
    needles: Vec<SecretString>,
}

impl Redactor {
    /// A redactor that knows no key yet.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Learns a secret, also in the spellings that it takes inside JSON.
    pub(super) fn learn(&mut self, secret: &SecretString) {
        let plain = secret.expose_secret();
        if plain.len() < SHORTEST_SECRET {
            return;
        }
        let escaped = plain.replace('\\', "\\\\").replace('"', "\\\"");
        let slashes = escaped.replace('/', "\\/");
        for spelling in [plain, &escaped, &slashes] {
            let known = |needle: &SecretString| needle.expose_secret() == spelling;
            if !self.needles.iter().any(known) {
                self.needles.push(SecretString::from(spelling));
            }
        }
        // A key that begins like another must go first, or the rest of it would stay.
        self.needles
            .sort_by_key(|needle| std::cmp::Reverse(needle.expose_secret().len()));
    }

    /// The text without any of the keys.
    pub(super) fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut out = Cow::Borrowed(text);
        for needle in &self.needles {
            if out.contains(needle.expose_secret()) {
                out = Cow::Owned(out.replace(needle.expose_secret(), MASK));
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redactor(keys: &[&str]) -> Redactor {
        let mut redactor = Redactor::new();
        for key in keys {
            redactor.learn(&SecretString::from(*key));
        }
        redactor
    }

    #[test]
    fn a_key_is_trimmed_and_may_not_break_a_header() {
        let key = |text: &str| read_key(text).map(|key| key.map(|k| k.expose_secret().to_owned()));
        assert_eq!(key(" sk-abc\n"), Ok(Some("sk-abc".into())));
        assert_eq!(key("  \n"), Ok(None));
        assert_eq!(key("sk-a\nbc"), Err(KeyError));
        assert_eq!(key("sk-\u{e9}"), Err(KeyError));
    }

    #[test]
    fn every_spelling_of_every_key_is_taken_out() {
        let redactor = redactor(&["sk-abcdef", "sk-abcdef-longer", "q\"\\/quoted"]);
        assert_eq!(
            redactor.redact("Bearer sk-abcdef-longer, sk-abcdef."),
            "Bearer [redacted], [redacted]."
        );
        assert_eq!(
            redactor.redact(r#"{"k":"q\"\\/quoted"}"#),
            r#"{"k":"[redacted]"}"#
        );
        assert_eq!(
            redactor.redact(r#"{"k":"q\"\\\/quoted"}"#),
            r#"{"k":"[redacted]"}"#
        );
        assert!(matches!(redactor.redact("nothing here"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_placeholder_key_leaves_answers_as_they_are() {
        assert_eq!(
            redactor(&["ollama"]).redact("ollama is a tool"),
            "ollama is a tool"
        );
    }

    #[test]
    fn keys_do_not_show_in_debug_output() {
        assert!(!format!("{:?}", redactor(&["sk-abcdef"])).contains("sk-abcdef"));
    }
}
