//! Writes small values as YAML, in the manner of what stands around them.

use std::fmt::Write as _;

use serde_json::Value;

use crate::source::{Source, Yaml};

/// A value in one line, fit to stand in braces; texts in `quote` where their neighbours are.
pub(super) fn value(value: &Value, quote: Option<char>) -> String {
    match value {
        Value::String(text) => text_in(text, quote),
        Value::Object(map) => {
            let fields = map.iter().map(|(name, field)| {
                let (name, field) = (text_in(name, quote), self::value(field, quote));
                format!("{name}: {field}")
            });
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// A key or a text; quoted where it has to be, or where its neighbours are.
pub(super) fn text_in(text: &str, quote: Option<char>) -> String {
    let simple = |c: char| c.is_ascii_alphanumeric() || "._/+-".contains(c);
    let begins = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    let plain = begins && text.chars().all(simple);
    match quote {
        Some('\'') if plain => format!("'{text}'"),
        None if plain && reads_as_text(text) => text.to_owned(),
        _ => quoted(text),
    }
}

/// A text as the value of a key that stands on a line of its own.
pub(super) fn text_on_line(text: &str) -> String {
    let line = format!("k: {text}");
    let plain = !text.contains('\n') && single(&line).is_some_and(|read| read == text);
    if plain { text.to_owned() } else { quoted(text) }
}

/// A text in double quotes: as in JSON, and what YAML does not print escaped, too.
fn quoted(text: &str) -> String {
    let json = Value::String(text.to_owned()).to_string();
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        let hidden = matches!(
            c,
            '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
        );
        if c.is_control() || hidden {
            // Writing to a String cannot fail.
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// Whether a word is a text in YAML: not a number, not a truth value.
fn reads_as_text(word: &str) -> bool {
    single(&format!("{{k: {word}}}")).is_some_and(|read| read == word)
}

fn single(text: &str) -> Option<String> {
    let root = Source::row("value".into(), text, 1).yaml().ok()?;
    let Yaml::Map(entries) = root.value else {
        return None;
    };
    match entries.as_slice() {
        [(_, _, node)] => match &node.value {
            Yaml::String(text) => Some(text.clone()),
            _ => None,
        },
        _ => None,
    }
}
