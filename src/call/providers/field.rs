//! Lenient reading of JSON answers: what is missing, null or of another type is simply not there.

use serde_json::Value;

use crate::model::Usage;

/// The text at a JSON pointer; numbers are read as their digits, an empty text as nothing.
pub(super) fn text(value: &Value, pointer: &str) -> Option<String> {
    let text = match value.pointer(pointer)? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// The whole number at a JSON pointer.
pub(super) fn count(value: &Value, pointer: &str) -> Option<u64> {
    let number = value.pointer(pointer)?;
    number
        .as_u64()
        .or_else(|| number.as_f64().filter(|n| *n >= 0.0).map(|n| n as u64))
}

/// The texts of all items of a list whose `type` is one of `kinds`, one after the other.
pub(super) fn joined(items: &Value, kinds: &[&str], member: &str) -> Option<String> {
    let texts: Vec<&str> = items
        .as_array()?
        .iter()
        .filter(|item| {
            let kind = item.get("type").and_then(Value::as_str).unwrap_or_default();
            kinds.contains(&kind)
        })
        .filter_map(|item| item.get(member).and_then(Value::as_str))
        .collect();
    (!texts.is_empty()).then(|| texts.concat())
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
