//! What a vendor refuses of tools: fields that it does not know, names and schemas that are none, choices of what is not there.

use serde_json::Value;

use super::wire::Kind;

/// What is wrong with the tools of a request, or with the choice among them.
pub(super) fn refused(kind: Kind, body: &Value) -> Option<String> {
    let Some(tools) = body.get("tools") else {
        let is_alone = body.get("tool_choice").is_some();
        return is_alone.then(|| "tool_choice: only allowed with tools".to_owned());
    };
    let Some(tools) = tools.as_array().filter(|tools| !tools.is_empty()) else {
        return Some("tools: a list is required".to_owned());
    };
    let wrong = tools.iter().enumerate().find_map(|(place, tool)| {
        let why = wrong(kind, tool)?;
        Some(format!("tools.{place}.{why}"))
    });
    let choice = body.get("tool_choice");
    let choice = choice.filter(|choice| !is_choice(kind, choice, tools));
    wrong.or_else(|| Some(format!("tool_choice: not a valid choice: {}", choice?)))
}

/// The part of a tool that has its name.
fn function(kind: Kind, tool: &Value) -> &Value {
    match kind {
        Kind::OpenAi | Kind::DeepSeek => &tool["function"],
        Kind::Responses | Kind::Anthropic => tool,
    }
}

fn wrong(kind: Kind, tool: &Value) -> Option<String> {
    let known: &[&str] = match kind {
        Kind::OpenAi | Kind::DeepSeek => &["type", "function"],
        Kind::Responses => &["type", "name", "description", "parameters", "strict"],
        Kind::Anthropic => &["name", "description", "input_schema"],
    };
    let keys = tool.as_object().into_iter().flat_map(|tool| tool.keys());
    if let Some(unknown) = keys.into_iter().find(|key| !known.contains(&key.as_str())) {
        return Some(format!("{unknown}: Extra inputs are not permitted"));
    }
    let function = function(kind, tool);
    let name = function["name"].as_str().unwrap_or_default();
    let is_letter = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    if name.is_empty() || name.len() > 64 || !name.chars().all(is_letter) {
        return Some(format!("name: not a valid name: `{name}`"));
    }
    let (schema, is_typed) = match kind {
        Kind::Anthropic => ("input_schema", true),
        _ => ("parameters", tool["type"] == "function"),
    };
    if function[schema]["type"] != "object" {
        return Some(format!("{schema}: the schema of an object is required"));
    }
    let is_whole = kind != Kind::Responses || tool["strict"].is_boolean();
    (!is_typed || !is_whole).then(|| format!("not a valid tool: {tool}"))
}

fn is_choice(kind: Kind, choice: &Value, tools: &[Value]) -> bool {
    let (usual, words): (&str, &[&str]) = match kind {
        Kind::Anthropic => ("tool", &["auto", "any", "none"]),
        _ => ("function", &["auto", "none", "required"]),
    };
    let word = match kind {
        Kind::Anthropic => choice["type"].as_str(),
        _ => choice.as_str(),
    };
    if word.is_some_and(|word| words.contains(&word)) {
        return true;
    }
    let chosen = &function(kind, choice)["name"];
    choice["type"] == usual
        && tools
            .iter()
            .any(|tool| &function(kind, tool)["name"] == chosen)
}
