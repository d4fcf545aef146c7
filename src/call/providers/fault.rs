//! Errors as providers report them, and what kind of fault each is.
//!
//! Codes decide before statuses: one status stands for several faults (429 for a full quota, 403 for moderation).

use serde_json::Value;

use super::field::text;
use crate::model::ErrorClass;

/// Most characters of a provider's own words in a message.
const LONGEST_TEXT: usize = 300;

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

/// What a provider reports, without its name and the HTTP status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireFault {
    /// What kind of fault.
    pub class: ErrorClass,
    /// One line in the provider's words, cut where it is long; or in ours where there are none.
    pub text: String,
    /// What to do about it, where the cause is known.
    pub hint: Option<String>,
}

impl WireFault {
    /// A fault without a hint.
    pub fn new(class: ErrorClass, text: impl AsRef<str>) -> Self {
        Self {
            class,
            text: one_line(text.as_ref()),
            hint: None,
        }
    }
}

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
                .or_else(|| text(body, "/detail")),
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
        let worded = || {
            CONTENT_PHRASES
                .iter()
                .any(|phrase| message.contains(phrase))
        };
        if says(QUOTA_CODES) || (status == 400 && message.contains("credit balance is too low")) {
            return Some(ErrorClass::Quota);
        }
        if says(CONTENT_CODES) || (refused && worded()) {
            return Some(ErrorClass::Content);
        }
        if says(&["rate_limit_exceeded", "slow_down"]) {
            return Some(ErrorClass::RateLimit);
        }
        None
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

/// The text on one line, control characters and repeated spaces folded, cut after 300 characters.
fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let line = words
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    match line.char_indices().nth(LONGEST_TEXT) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(status: u16, body: &str) -> ErrorClass {
        classify(status, body).class
    }

    #[test]
    fn a_status_alone_decides_where_nothing_else_is_said() {
        use ErrorClass::{Auth, BadRequest, Content, NotFound, Provider, Quota, RateLimit};
        let table = [
            (400, BadRequest),
            (401, Auth),
            (402, Quota),
            (403, Auth),
            (404, NotFound),
            (408, Provider),
            (409, Provider),
            (413, Content),
            (422, BadRequest),
            (429, RateLimit),
            (500, Provider),
            (503, Provider),
            (529, Provider),
            (302, BadRequest),
        ];
        for (status, expected) in table {
            assert_eq!(class(status, "{}"), expected, "{status}");
        }
    }

    #[test]
    fn a_code_tells_what_the_status_does_not() {
        use ErrorClass::{Content, Quota, RateLimit};
        let openai = |code: &str, kind: &str| {
            format!(r#"{{"error":{{"message":"m","type":"{kind}","param":null,"code":"{code}"}}}}"#)
        };
        let anthropic = |code: &str| {
            format!(
                r#"{{"type":"error","error":{{"type":"rate_limit_error","message":"m","details":{{"error_code":"{code}"}}}}}}"#
            )
        };
        assert_eq!(
            class(
                429,
                &openai("credit_balance_exhausted", "insufficient_quota")
            ),
            Quota
        );
        assert_eq!(
            class(429, &openai("rate_limit_exceeded", "requests")),
            RateLimit
        );
        assert_eq!(
            class(429, &anthropic("enforced_spend_limit_reached")),
            Quota
        );
        assert_eq!(class(400, &anthropic("spend_limit_reached")), Quota);
        assert_eq!(
            class(
                400,
                &openai("context_length_exceeded", "invalid_request_error")
            ),
            Content
        );
        assert_eq!(class(400, &openai("content_filter", "")), Content);
        let long = r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 9 tokens > 8 maximum"}}"#;
        assert_eq!(class(400, long), Content);
        let moderated =
            r#"{"error":{"code":403,"message":"Your input was flagged","metadata":{}}}"#;
        assert_eq!(class(403, moderated), Content);
    }

    #[test]
    fn every_shape_of_body_gives_a_message() {
        let message = |body: &str| classify(500, body).text;
        assert_eq!(
            message(r#"{"error":{"message":"a","code":500,"param":"None"}}"#),
            "a"
        );
        assert_eq!(
            message(r#"[{"error":{"message":"b","status":"INTERNAL"}}]"#),
            "b"
        );
        assert_eq!(message(r#"{"error":"c"}"#), "c");
        assert_eq!(message(r#"{"detail":"d"}"#), "d");
        assert_eq!(message(r#"{"message":"e"}"#), "e");
        assert_eq!(message(r#"{"odd":1}"#), r#"{"odd":1}"#);
        assert_eq!(message(""), "an empty body");
        assert_eq!(message("upstream\n  died"), "upstream died");
        let page = "<html><head><title>502 Bad Gateway</title></head></html>";
        assert_eq!(message(page), "an HTML page: 502 Bad Gateway");
        assert_eq!(message(&"x".repeat(999)).len(), LONGEST_TEXT + 3);
    }

    #[test]
    fn an_error_in_a_successful_body_is_found() {
        let body = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let limited = embedded(&body(r#"{"error":{"code":429,"message":"slow"}}"#)).unwrap();
        assert_eq!(
            (limited.class, limited.text.as_str()),
            (ErrorClass::RateLimit, "slow")
        );
        let failed = embedded(&body(r#"{"error":{"code":"server_error","message":"x"}}"#));
        assert_eq!(failed.unwrap().class, ErrorClass::Provider);
        assert!(embedded(&body(r#"{"error":null,"choices":[]}"#)).is_none());
    }

    #[test]
    fn a_refused_sampling_parameter_gets_a_hint() {
        let hint = |body: &str| classify(400, body).hint.unwrap_or_default();
        let openai = r#"{"error":{"message":"Unsupported value","param":"temperature","code":"unsupported_value"}}"#;
        assert!(hint(openai).contains("remove `temperature`"));
        let anthropic = r#"{"type":"error","error":{"type":"invalid_request_error","message":"top_p: Extra inputs are not permitted"}}"#;
        assert!(hint(anthropic).contains("remove `top_p`"));
        assert_eq!(hint(r#"{"error":{"message":"no such field"}}"#), "");
    }
}
