//! What a vendor refuses: wrong paths and keys, missing fields, and fields that the model does not take.

use serde_json::Value;

use super::script::{Reply, Script};
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
        .or_else(|| tools(kind, &seen.body))
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

/// What is wrong with the tools of a request, or with the choice among them.
fn tools(kind: Kind, body: &Value) -> Option<String> {
    let Some(tools) = body.get("tools") else {
        let is_alone = body.get("tool_choice").is_some();
        return is_alone.then(|| "tool_choice: only allowed with tools".to_owned());
    };
    let Some(tools) = tools.as_array().filter(|tools| !tools.is_empty()) else {
        return Some("tools: a list is required".to_owned());
    };
    let function = |tool: &Value| match kind {
        Kind::OpenAi | Kind::DeepSeek => tool["function"].clone(),
        Kind::Responses | Kind::Anthropic => tool.clone(),
    };
    let names: Vec<String> = tools
        .iter()
        .map(|tool| {
            function(tool)["name"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        })
        .collect();
    for (place, (tool, name)) in tools.iter().zip(&names).enumerate() {
        let known: &[&str] = match kind {
            Kind::OpenAi | Kind::DeepSeek => &["type", "function"],
            Kind::Responses => &["type", "name", "description", "parameters", "strict"],
            Kind::Anthropic => &["name", "description", "input_schema"],
        };
        let unknown = tool
            .as_object()?
            .keys()
            .find(|key| !known.contains(&key.as_str()));
        if let Some(unknown) = unknown {
            return Some(format!(
                "tools.{place}.{unknown}: Extra inputs are not permitted"
            ));
        }
        let schema = match kind {
            Kind::Anthropic => &tool["input_schema"],
            Kind::Responses => &tool["parameters"],
            Kind::OpenAi | Kind::DeepSeek => &tool["function"]["parameters"],
        };
        let is_named = !name.is_empty()
            && name.len() <= 64
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
        let is_function = kind == Kind::Anthropic || tool["type"] == "function";
        let is_whole = kind != Kind::Responses || tool["strict"].is_boolean();
        if !is_named || !is_function || !is_whole || schema["type"] != "object" {
            return Some(format!("tools.{place}: not a valid tool: {tool}"));
        }
    }
    let choice = body.get("tool_choice")?;
    let chosen = match kind {
        Kind::OpenAi | Kind::DeepSeek => &choice["function"]["name"],
        Kind::Responses | Kind::Anthropic => &choice["name"],
    };
    let is_known = match (kind, choice, chosen.as_str()) {
        (Kind::Anthropic, choice, None) => {
            matches!(choice["type"].as_str(), Some("auto" | "any" | "none"))
        }
        (_, Value::String(word), None) => matches!(word.as_str(), "auto" | "none" | "required"),
        (kind, choice, Some(chosen)) => {
            let usual = if kind == Kind::Anthropic {
                "tool"
            } else {
                "function"
            };
            choice["type"] == usual && names.iter().any(|name| name == chosen)
        }
        _ => false,
    };
    (!is_known).then(|| format!("tool_choice: not a valid choice: {choice}"))
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
