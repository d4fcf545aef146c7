//! Secrets that are known by their looks: keys of well-known services, credentials in addresses, `NAME=value` of an environment.
//!
//! Only for lines of files that are shown beside a mistake: there a word too many that is hidden costs nothing.

use std::borrow::Cow;

use super::{MASK, is_secret_variable, shown_address};

/// What keys begin with, and how long the rest of one is at least.
const KEYS: &[(&str, usize)] = &[
    ("sk-", 16),
    ("sk_", 16),
    ("rk_", 16),
    ("gsk_", 16),
    ("xai-", 16),
    ("pplx-", 16),
    ("hf_", 16),
    ("r8_", 16),
    ("ghp_", 16),
    ("gho_", 16),
    ("ghu_", 16),
    ("ghs_", 16),
    ("ghr_", 16),
    ("github_pat_", 16),
    ("glpat-", 16),
    ("xoxa-", 10),
    ("xoxb-", 10),
    ("xoxp-", 10),
    ("xoxr-", 10),
    ("xoxs-", 10),
    ("AKIA", 16),
    ("ASIA", 16),
    ("AIza", 30),
    ("eyJ", 40),
    ("ed25519-secret:", 16),
];

/// The text without what looks like a secret.
pub(crate) fn without_secrets(text: &str) -> Cow<'_, str> {
    let mut shown = String::with_capacity(text.len());
    let mut word = 0;
    for (at, c) in text.char_indices() {
        if is_between(c) {
            shown.push_str(&of_word(text.get(word..at).unwrap_or_default()));
            shown.push(c);
            word = at + c.len_utf8();
        }
    }
    shown.push_str(&of_word(text.get(word..).unwrap_or_default()));
    if shown == text {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(shown)
    }
}

/// What ends a word: nothing that stands in an address or in a key.
fn is_between(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(
            c,
            '"' | '\'' | '`' | '<' | '>' | ',' | '{' | '}' | '(' | ')' | '[' | ']'
        )
}

fn of_word(word: &str) -> Cow<'_, str> {
    if let Some((name, value)) = word.split_once('=') {
        let name_end = name.rsplit(['&', '?', ';']).next().unwrap_or_default();
        let is_name = name_end
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
        if is_name && is_secret_variable(name_end) && !value.is_empty() {
            return Cow::Owned(format!("{name}={MASK}"));
        }
    }
    if word.contains("://") {
        let shown = shown_address(word);
        if shown != word {
            return Cow::Owned(shown);
        }
    }
    match key_in(word) {
        Some(at) => Cow::Owned(format!("{}{MASK}", word.get(..at).unwrap_or_default())),
        None => Cow::Borrowed(word),
    }
}

/// Where a key begins in a word. Words alone are none: every key holds a digit.
fn key_in(word: &str) -> Option<usize> {
    KEYS.iter()
        .filter_map(|(begin, length)| {
            let at = word.find(begin)?;
            let before = word.get(..at)?.chars().next_back();
            let rest = word.get(at + begin.len()..)?;
            let is_key = rest.len() >= *length && rest.contains(|c: char| c.is_ascii_digit());
            (is_key && !before.is_some_and(char::is_alphanumeric)).then_some(at)
        })
        .min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_secret_is_hidden() {
        for (text, shown) in [
            ("key: sk-proj-0123456789abcdefghij", "key: [redacted]"),
            ("\"ghp_0123456789abcdefghij\"", "\"[redacted]\""),
            ("A=1\0MY_TOKEN=abc\0B=2", "A=1\0MY_TOKEN=[redacted]\0B=2"),
            ("base_url: http://u:PW@h/v1?key=1", "base_url: http://h/v1"),
            (
                "a sk-learn-and-its-many-friends b",
                "a sk-learn-and-its-many-friends b",
            ),
            ("see https://example.com/v1", "see https://example.com/v1"),
        ] {
            assert_eq!(without_secrets(text), shown);
        }
    }
}
