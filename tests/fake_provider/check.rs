//! What a vendor refuses: wrong paths and keys, missing fields, and fields that the model does not take.

use super::script::{Reply, Script};
use super::tools;
use super::wire::{Kind, Seen};

/// The refusal of a request that the vendor would not answer.
pub(super) fn refusal(seen: &Seen, script: &Script) -> Option<Reply> {
    let bad = |message: String| Some(Reply::status(400, &message));
    let Some(kind) = seen.kind else {
        return Some(Reply::status(404, &format!("no such path: {}", seen.path)));
    };
    if seen.method != "POST" {
        return Some(Reply::status(405, "only POST is answered"));
    }
    if let Some(key) = &script.key
        && sent_key(kind, seen) != Some(key.as_str())
    {
        return Some(Reply::status(401, "Incorrect API key provided"));
    }
    let content_type = seen.header("content-type").unwrap_or_default();
    if !content_type.starts_with("application/json") {
        return Some(Reply::status(
            415,
            "the content type must be application/json",
        ));
    }
    if !seen.body.is_object() {
        return bad("the body is no JSON object".to_owned());
    }
    missing(kind, seen)
        .or_else(|| unsupported(kind, seen))
        .or_else(|| tools::refused(kind, &seen.body))
        .and_then(bad)
}

fn sent_key(kind: Kind, seen: &Seen) -> Option<&str> {
    match kind {
        Kind::Anthropic => seen.header("x-api-key"),
        _ => seen.header("authorization")?.strip_prefix("Bearer "),
    }
}

fn missing(kind: Kind, seen: &Seen) -> Option<String> {
    let body = &seen.body;
    if body["model"].as_str().is_none_or(str::is_empty) {
        return Some("model: field required".to_owned());
    }
    let field = if kind == Kind::Responses {
        "input"
    } else {
        "messages"
    };
    let roles: &[&str] = match kind {
        Kind::Anthropic => &["user", "assistant"],
        _ => &["system", "developer", "user", "assistant"],
    };
    let messages = body[field].as_array().filter(|list| !list.is_empty());
    let well_formed = messages.is_some_and(|list| {
        list.iter().all(|message| {
            let role = message["role"].as_str().unwrap_or_default();
            roles.contains(&role) && message["content"].is_string()
        })
    });
    if !well_formed {
        return Some(format!("{field}: a list of messages is required"));
    }
    if kind == Kind::Anthropic {
        if body["max_tokens"].as_u64().is_none_or(|n| n == 0) {
            return Some("max_tokens: field required".to_owned());
        }
        if seen.header("anthropic-version") != Some("2023-06-01") {
            return Some("anthropic-version: header is required".to_owned());
        }
    }
    None
}

/// Fields that the asked model refuses, as facts of 2026 have it.
fn unsupported(kind: Kind, seen: &Seen) -> Option<String> {
    let body = &seen.body;
    let model = body["model"].as_str().unwrap_or_default();
    let sampling = ["temperature", "top_p", "top_k"];
    let sampling = sampling.into_iter().find(|field| body.get(field).is_some());
    match kind {
        Kind::Anthropic => {
            let takes_it = ["4-5", "4-6"].iter().any(|version| model.contains(version));
            let field = sampling.filter(|_| model.starts_with("claude-") && !takes_it)?;
            Some(format!("{field}: Extra inputs are not permitted"))
        }
        Kind::DeepSeek => None,
        Kind::OpenAi | Kind::Responses => {
            if !model.starts_with("gpt-5") && !model.starts_with("gpt-6") {
                return None;
            }
            if body.get("max_tokens").is_some() {
                return Some(
                    "Unsupported parameter: 'max_tokens' is not supported with this model."
                        .to_owned(),
                );
            }
            let effort = body
                .get("reasoning_effort")
                .or(body["reasoning"].get("effort"));
            let field = sampling.filter(|_| effort.is_none_or(|effort| effort != "none"))?;
            Some(format!(
                "Unsupported value: '{field}' is not supported with this model."
            ))
        }
    }
}
