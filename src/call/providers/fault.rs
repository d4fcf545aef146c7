//! Errors as providers report them, and what kind of fault each is.
//!
//! Codes decide before statuses: one status stands for several faults (429 for a full quota, 403 for moderation).

use serde_json::Value;

use super::dialect::{Form, TokenName};
use super::field::text;
use super::wire_fault::WireFault;
use crate::model::ErrorClass;

/// Entries of a list of mistakes that are told.
const MOST_ENTRIES: usize = 3;

/// Parts of codes and types that say that money or a spending limit is used up.
const QUOTA_CODES: &[&str] = &[
    "insufficient_quota",
    "insufficient_balance",
    "credit_balance",
    "spend_limit",
    "organization_usage_limit",
    "billing",
];

/// Parts of codes and types that say that the request's own content is at fault.
const CONTENT_CODES: &[&str] = &[
    "context_length",
    "string_above_max_length",
    "request_too_large",
    "content_filter",
    "content_policy",
    "invalid_prompt",
    "bio_policy",
    "moderation",
];

/// How servers without such a code word it.
const CONTENT_PHRASES: &[&str] = &[
    "prompt is too long",
    "maximum context length",
    "context window",
    "context size",
    "flagged",
    "moderation",
];

/// How gateways word spent credit, whatever their status and code.
const QUOTA_PHRASES: &[&str] = &[
    "credit balance is too low",
    "exceeded your current quota",
    "insufficient_quota",
    "billing",
    "budget has been exceeded",
];

/// How gateways word a key that they do not know. `LiteLLM` answers 400 where it has no database of keys.
const AUTH_PHRASES: &[&str] = &["no connected db", "invalid proxy server token"];

/// How gateways word a model that they do not have.
const MODEL_PHRASES: &[&str] = &[
    "invalid model name passed",
    "model not found",
    "unknown model",
];

/// Request fields that most models of 2026 refuse.
const SAMPLING: &[&str] = &[
    "temperature",
    "top_p",
    "top_k",
    "presence_penalty",
    "frequency_penalty",
    "logprobs",
    "top_logprobs",
];

/// What an unsuccessful answer means.
pub fn classify(status: u16, body: &str) -> WireFault {
    let Ok(value) = serde_json::from_str::<Value>(body) else {
        return WireFault::new(by_status(status), describe_unreadable(body));
    };
    let said = Said::read(&value);
    let class = said.by_code(status).unwrap_or_else(|| by_status(status));
    let hint = said.hint(status);
    let text = said.message.unwrap_or_else(|| value.to_string());
    WireFault {
        hint,
        ..WireFault::new(class, text)
    }
}

/// The error inside a body that came with a successful status.
pub fn embedded(body: &Value) -> Option<WireFault> {
    body.get("error").filter(|error| !error.is_null())?;
    let said = Said::read(body);
    let numeric = said.code.as_deref().and_then(|code| code.parse().ok());
    let status = numeric
        .filter(|status| (400..600).contains(status))
        .unwrap_or(500);
    let class = said.by_code(status).unwrap_or_else(|| by_status(status));
    let text = said
        .message
        .unwrap_or_else(|| "an error without a message".to_owned());
    Some(WireFault::new(class, text))
}

/// What stands in a body that is no JSON.
pub fn describe_unreadable(body: &str) -> String {
    let body = body.trim();
    if body.is_empty() {
        return "an empty body".to_owned();
    }
    if !body.starts_with('<') {
        return body.to_owned();
    }
    let title = body
        .split_once("<title>")
        .and_then(|(_, rest)| rest.split_once("</title>"))
        .map(|(title, _)| title.trim());
    match title {
        Some(title) => format!("an HTML page: {title}"),
        None => "an HTML page".to_owned(),
    }
}

fn by_status(status: u16) -> ErrorClass {
    match status {
        401 | 403 => ErrorClass::Auth,
        402 => ErrorClass::Quota,
        404 => ErrorClass::NotFound,
        413 => ErrorClass::Content,
        429 => ErrorClass::RateLimit,
        408 | 409 | 500.. => ErrorClass::Provider,
        _ => ErrorClass::BadRequest,
    }
}

/// An error body's parts, whatever its shape.
struct Said {
    message: Option<String>,
    /// `code`, `type` and Anthropic's `error_code`, in lower case.
    codes: Vec<String>,
    code: Option<String>,
    param: Option<String>,
}

impl Said {
    fn read(body: &Value) -> Self {
        // Gemini wraps the object in a list.
        let body = body.get(0).unwrap_or(body);
        let error = body.get("error").unwrap_or(body);
        let code = text(error, "/code");
        let places = [
            "/code",
            "/type",
            "/details/error_code",
            "/metadata/error_type",
        ];
        let codes = places.iter().filter_map(|place| text(error, place));
        Self {
            message: text(error, "/message")
                .or_else(|| text(body, "/error"))
                .or_else(|| text(body, "/message"))
                .or_else(|| described(body)),
            codes: codes.map(|code| code.to_lowercase()).collect(),
            code,
            param: text(error, "/param").filter(|param| param != "None"),
        }
    }

    fn by_code(&self, status: u16) -> Option<ErrorClass> {
        let says = |parts: &[&str]| {
            self.codes
                .iter()
                .any(|code| parts.iter().any(|part| code.contains(part)))
        };
        let message = self.message.as_deref().unwrap_or_default().to_lowercase();
        // Only where the request can be at fault: a 500 that mentions its context is a 500.
        let refused = matches!(status, 400 | 403 | 422);
        let worded = |phrases: &[&str]| phrases.iter().any(|phrase| message.contains(phrase));
        let limited = matches!(status, 400 | 403 | 429);
        if says(QUOTA_CODES) || (limited && worded(QUOTA_PHRASES)) {
            return Some(ErrorClass::Quota);
        }
        if status == 400 && worded(AUTH_PHRASES) {
            return Some(ErrorClass::Auth);
        }
        if status == 400 && worded(MODEL_PHRASES) {
            return Some(ErrorClass::NotFound);
        }
        if says(CONTENT_CODES) || (refused && worded(CONTENT_PHRASES)) {
            return Some(ErrorClass::Content);
        }
        if says(&["rate_limit_exceeded", "slow_down"]) {
            return Some(ErrorClass::RateLimit);
        }
        // Some servers answer so to a field that they do not know: asking again as it was would be in vain.
        let refuses = Form::is_refused(&message) || TokenName::any_is_refused(&message);
        (status == 500 && refuses).then_some(ErrorClass::BadRequest)
    }

    fn hint(&self, status: u16) -> Option<String> {
        if status != 400 && status != 422 {
            return None;
        }
        let message = self.message.as_deref().unwrap_or_default();
        let named = |field: &&&str| {
            self.param.as_deref() == Some(field)
                || message.contains(&format!("'{field}'"))
                || message.contains(&format!("`{field}`"))
                || message.starts_with(&format!("{field}:"))
        };
        let field = SAMPLING.iter().find(named)?;
        Some(format!(
            "this model may take no sampling parameters: remove `{field}` from params"
        ))
    }
}

/// The words of a problem description (RFC 7807): its detail, else its title, with what each entry of `validation` or `errors` says.
fn described(body: &Value) -> Option<String> {
    let head = text(body, "/detail").or_else(|| text(body, "/title"));
    let lists = ["validation", "errors", "detail"];
    let mut entries = lists
        .iter()
        .filter_map(|key| body.get(key)?.as_array())
        .flatten();
    let entry = |entry: &Value| {
        let words = ["/message", "/msg", "/detail", "/reason"];
        let said = words.iter().find_map(|at| text(entry, at));
        let place = ["/location", "/path", "/field", "/loc", "/pointer"];
        let place = place.iter().find_map(|at| match entry.pointer(at)? {
            Value::String(text) => Some(text.clone()),
            Value::Array(parts) => {
                let parts = parts.iter().map(|part| {
                    part.as_str()
                        .map_or_else(|| part.to_string(), str::to_owned)
                });
                Some(parts.collect::<Vec<_>>().join("."))
            }
            _ => None,
        });
        match (place, said.or_else(|| entry.as_str().map(str::to_owned))) {
            (Some(place), Some(said)) => format!("{place}: {said}"),
            (_, Some(said)) => said,
            _ => entry.to_string(),
        }
    };
    let first: Vec<String> = entries.by_ref().take(MOST_ENTRIES).map(entry).collect();
    match (head, first.is_empty()) {
        (head, true) => head,
        (Some(head), false) => Some(format!("{head} ({})", first.join("; "))),
        (None, false) => Some(first.join("; ")),
    }
}

#[cfg(test)]
mod tests;
