//! Lenient reading of JSON answers: what is missing, null or of another type is simply not there. The answer's text alone is read
//! strictly, for an answer that is not understood must not be scored as an empty one.

use serde_json::Value;

use super::wire_fault::WireFault;
use crate::model::{ErrorClass, Usage};

/// What stands at a JSON pointer that escapes nothing. `Value::pointer` would make a new text of each of its parts, and an answer is
/// looked at in twenty places.
pub(in crate::call) fn at<'v>(value: &'v Value, pointer: &str) -> Option<&'v Value> {
    let parts = pointer.split('/').skip(1);
    parts
        .into_iter()
        .try_fold(value, |value, part| match value {
            Value::Object(members) => members.get(part),
            Value::Array(items) => items.get(part.parse::<usize>().ok()?),
            _ => None,
        })
}

/// The text at a JSON pointer; numbers are read as their digits, an empty text as nothing.
pub(super) fn text(value: &Value, pointer: &str) -> Option<String> {
    let text = match at(value, pointer)? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// The whole number at a JSON pointer.
pub(super) fn count(value: &Value, pointer: &str) -> Option<u64> {
    let number = at(value, pointer)?;
    number
        .as_u64()
        .or_else(|| number.as_f64().filter(|n| *n >= 0.0).map(|n| n as u64))
}

/// What the model wrote: a text, or a list of parts. Nothing is an empty text.
///
/// # Errors
/// When it is anything else.
pub(super) fn content(value: Option<&Value>, kinds: &[&str]) -> Result<String, WireFault> {
    match value {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(parts @ Value::Array(_)) => Ok(joined(parts, kinds, "text")?.unwrap_or_default()),
        Some(other) => Err(no_text("the answer's content", other)),
    }
}

/// The texts of all items of a list whose `type` is one of `kinds`, one after the other.
///
/// # Errors
/// When an item is no object, or its text no text.
pub(super) fn joined(
    items: &Value,
    kinds: &[&str],
    member: &str,
) -> Result<Option<String>, WireFault> {
    let mut texts = Vec::new();
    for item in items.as_array().into_iter().flatten() {
        if !item.is_object() {
            return Err(unreadable(
                "a part of the answer's content",
                item,
                "an object",
            ));
        }
        let kind = item.get("type").and_then(Value::as_str).unwrap_or_default();
        if kinds.contains(&kind) {
            let what = format!("`{member}` in a part of the answer's content");
            match item.get(member) {
                Some(Value::String(text)) => texts.push(text.as_str()),
                other => return Err(no_text(&what, other.unwrap_or(&Value::Null))),
            }
        }
    }
    Ok((!texts.is_empty()).then(|| texts.concat()))
}

fn no_text(what: &str, value: &Value) -> WireFault {
    unreadable(what, value, "a text")
}

/// An answer that has another shape than its format gives it.
pub(super) fn unreadable(what: &str, value: &Value, wanted: &str) -> WireFault {
    let kind = match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    WireFault::new(
        ErrorClass::Provider,
        format!("{what} is {kind}, not {wanted}"),
    )
}

/// Where a format keeps its counts, as JSON pointers; the input count includes cached tokens.
pub(super) struct UsagePaths {
    /// All input tokens.
    pub(super) input: &'static str,
    /// All output tokens.
    pub(super) output: &'static str,
    /// Input tokens read from the provider's cache; the first that is there counts.
    pub(super) cached: &'static [&'static str],
    /// Input tokens written to the provider's cache.
    pub(super) cache_write: &'static str,
    /// Output tokens spent on reasoning.
    pub(super) reasoning: &'static str,
}

impl UsagePaths {
    /// The usage of an answer that counts both input and output.
    pub(super) fn read(&self, body: &Value) -> Option<Usage> {
        Some(Usage {
            input: count(body, self.input)?,
            output: count(body, self.output)?,
            cached_input: self
                .cached
                .iter()
                .find_map(|path| count(body, path))
                .unwrap_or(0),
            cache_write: count(body, self.cache_write).unwrap_or(0),
            reasoning: count(body, self.reasoning).unwrap_or(0),
        })
    }
}
