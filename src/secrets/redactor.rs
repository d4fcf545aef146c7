//! API keys: read from the environment only, checked, and taken out of every text, whatever spelling they have in it.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::MASK;
use crate::model::Completion;

/// Shorter keys are placeholders (`none`, `EMPTY`, `ollama`) that a local server wants to see, and words of
/// ordinary answers: taking them out would change what is evaluated.
const SHORTEST_SECRET: usize = 7;

/// Why a text cannot be a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("holds a character that no HTTP header may hold (a line break or a letter outside ASCII)")]
pub(crate) struct KeyError;

/// Reads a key: surrounding white space is dropped, an empty text is no key.
///
/// # Errors
/// When the rest could not be sent as a header.
pub(crate) fn read_key(text: &str) -> Result<Option<SecretString>, KeyError> {
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
pub(crate) struct Redactor {
    needles: Vec<SecretString>,
}

impl Redactor {
    /// A redactor that knows no key yet.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A redactor of all these secrets.
    pub(crate) fn of(secrets: impl IntoIterator<Item = SecretString>) -> Self {
        let mut redactor = Self::new();
        for secret in secrets {
            redactor.learn(&secret);
        }
        redactor
    }

    /// Learns a secret, also in the spellings that it takes inside JSON, in addresses and in Base64.
    pub(crate) fn learn(&mut self, secret: &SecretString) {
        let plain = secret.expose_secret();
        if plain.len() < SHORTEST_SECRET {
            return;
        }
        let escaped = plain.replace('\\', "\\\\").replace('"', "\\\"");
        let slashes = escaped.replace('/', "\\/");
        let percent = percent_encoded(plain);
        let mut spellings = vec![
            plain.to_owned(),
            escaped,
            slashes,
            lower_percent(&percent),
            percent,
        ];
        spellings.extend(base64_parts(plain));
        for spelling in spellings {
            let known = |needle: &SecretString| needle.expose_secret() == spelling;
            if !self.needles.iter().any(known) {
                self.needles.push(SecretString::from(spelling));
            }
        }
        // A key that begins like another must go first, or the rest of it would stay.
        self.needles
            .sort_by_key(|needle| std::cmp::Reverse(needle.expose_secret().len()));
    }

    /// The text without any of the keys, also where it spells their letters by number as JSON may: a reader further on would
    /// decode them.
    pub(crate) fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let out = self.plain(text);
        if self.needles.is_empty() || !(out.contains("\\u") || out.contains("\\/")) {
            return out;
        }
        let decoded = without_escapes(&out);
        match self.plain(&decoded) {
            Cow::Owned(clean) => Cow::Owned(clean),
            Cow::Borrowed(_) => out,
        }
    }

    fn plain<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut out = Cow::Borrowed(text);
        for needle in &self.needles {
            if out.contains(needle.expose_secret()) {
                out = Cow::Owned(out.replace(needle.expose_secret(), MASK));
            }
        }
        out
    }
}

impl Redactor {
    /// Takes the keys out of an answer that was decoded: JSON may spell every letter by its number.
    pub(crate) fn clean(&self, completion: &mut Completion) {
        let texts = [
            Some(&mut completion.content),
            completion.refusal.as_mut(),
            completion.finish_reason.as_mut(),
            completion.model.as_mut(),
            completion.fingerprint.as_mut(),
            completion.service_tier.as_mut(),
        ];
        for text in texts.into_iter().flatten() {
            self.clean_text(text);
        }
        for call in &mut completion.calls {
            self.clean_text(&mut call.name);
            self.clean_value(&mut call.arguments);
        }
    }

    fn clean_text(&self, text: &mut String) {
        if let Cow::Owned(clean) = self.redact(text) {
            *text = clean;
        }
    }

    fn clean_value(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.clean_text(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.clean_value(item)),
            Value::Object(members) => {
                let own = std::mem::take(members).into_iter();
                *members = own
                    .map(|(mut name, mut value)| {
                        self.clean_text(&mut name);
                        self.clean_value(&mut value);
                        (name, value)
                    })
                    .collect();
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

/// The text with letters that JSON spells by number written out. What JSON has to escape stays escaped, so that a JSON text stays one.
fn without_escapes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        // A backslash that is escaped itself escapes nothing.
        if let Some(after) = escape.strip_prefix("\\\\") {
            out.push_str("\\\\");
            rest = after;
            continue;
        }
        let by_number = escape.get(2..6).filter(|_| escape.starts_with("\\u"));
        let code = by_number.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let letter = code
            .map(char::from)
            .filter(|c| matches!(c, ' '..='~') && !matches!(c, '"' | '\\'));
        let (letter, length) = match letter {
            Some(letter) => (letter, 6),
            None if escape.starts_with("\\/") => ('/', 2),
            None => ('\\', 1),
        };
        out.push(letter);
        rest = escape.get(length..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// The same with lower-case digits, as some servers write it.
fn lower_percent(encoded: &str) -> String {
    let mut parts = encoded.split('%');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |mut text, part| {
        let (digits, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        text.push('%');
        text.push_str(&digits.to_lowercase());
        text.push_str(rest);
        text
    })
}

/// The secret as it stands in an address (RFC 3986).
fn percent_encoded(secret: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    };
    secret.bytes().map(byte).collect()
}

/// The parts of Base64 texts (RFC 4648, both alphabets) that the secret alone decides, wherever in them it begins.
fn base64_parts(secret: &str) -> Vec<String> {
    let mut parts = Vec::new();
    for before in 0..3 {
        let mut bytes = vec![0; before];
        bytes.extend_from_slice(secret.as_bytes());
        // The first characters hold bits of what stands before, the last ones of what comes after.
        let first = (before * 8).div_ceil(6);
        let whole = bytes.len() * 8 / 6;
        for text in [
            STANDARD_NO_PAD.encode(&bytes),
            URL_SAFE_NO_PAD.encode(&bytes),
        ] {
            parts.extend(text.get(first..whole).map(str::to_owned));
        }
    }
    parts.retain(|part| part.len() >= SHORTEST_SECRET);
    parts
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
    fn encoded_keys_are_taken_out_wherever_they_begin() {
        let key = "sk-abc/def+ghi=jkl";
        let redactor = redactor(&[key]);
        let url = redactor.redact("?key=sk-abc%2Fdef%2Bghi%3Djkl&x=1");
        assert_eq!(url, "?key=[redacted]&x=1");
        assert_eq!(redactor.redact("sk-abc%2fdef%2bghi%3djkl"), MASK);
        for before in ["", "B", "Be", "Bearer ", "user:"] {
            for after in ["", "!", "\n"] {
                let text = format!("{before}{key}{after}");
                for encoded in [STANDARD_NO_PAD.encode(&text), URL_SAFE_NO_PAD.encode(&text)] {
                    let clean = redactor.redact(&encoded);
                    assert!(
                        clean.contains(MASK) && clean.len() < 30,
                        "{text:?}: {clean}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_key_that_is_spelled_by_numbers_is_taken_out_and_json_stays_json() {
        let redactor = redactor(&["sk-abc/def"]);
        let text = r#"{"m": "a \" \u0073\u006b-abc\/def \u0022"}"#;
        let clean = redactor.redact(text);
        assert_eq!(clean, r#"{"m": "a \" [redacted] \u0022"}"#);
        for other in [
            r"\u0073 alone",
            r"a \u",
            r"\\u0073k-abc/def",
            "\\\u{e9}\u{e9}\u{e9}/",
        ] {
            assert!(
                matches!(redactor.redact(other), Cow::Borrowed(_)),
                "{other}"
            );
        }
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
