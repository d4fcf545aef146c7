//! Tools as each API is told of them, and calls as each of them writes them.

use serde_json::{Map, Value, json};

use super::field::{at, text, unreadable};
use super::wire_fault::WireFault;
use crate::model::{ErrorClass, Request, Tool, ToolCall, ToolChoice};

/// How an API writes a tool, and a choice of one by its name.
pub(super) struct Shape {
    /// One tool.
    pub(super) tool: fn(&Tool) -> Value,
    /// A choice.
    pub(super) choice: fn(&ToolChoice) -> Value,
}

/// Adds a request's tools to its body.
pub(super) fn add_tools(body: &mut Map<String, Value>, request: &Request, shape: &Shape) {
    let Some(tools) = request
        .tools
        .as_ref()
        .filter(|tools| !tools.list.is_empty())
    else {
        return;
    };
    let list = tools.list.iter().map(shape.tool).collect();
    body.insert("tools".into(), Value::Array(list));
    if let Some(choice) = &tools.choice {
        body.insert("tool_choice".into(), (shape.choice)(choice));
    }
}

/// A tool's name, description and schema under the name that the API has for it.
pub(super) fn described(tool: &Tool, parameters: &str) -> Map<String, Value> {
    let mut function = Map::new();
    function.insert("name".into(), tool.name.clone().into());
    if let Some(description) = &tool.description {
        function.insert("description".into(), description.clone().into());
    }
    function.insert(parameters.into(), tool.parameters.clone());
    function
}

/// The words that OpenAI's formats have for a choice; `None` for a tool by its name.
pub(super) fn word(choice: &ToolChoice) -> Option<Value> {
    match choice {
        ToolChoice::Auto => Some(json!("auto")),
        ToolChoice::None => Some(json!("none")),
        ToolChoice::Required => Some(json!("required")),
        ToolChoice::Named(_) => None,
    }
}

/// The calls among an answer's items; `read` gives the name and the arguments of an item that is a call.
///
/// # Errors
/// When one of them says no name.
pub(super) fn calls<'v>(
    items: impl IntoIterator<Item = &'v Value>,
    read: impl Fn(&'v Value) -> Option<(&'v Value, Option<&'v Value>)>,
) -> Result<Vec<ToolCall>, WireFault> {
    let found = items.into_iter().filter_map(read);
    (0..)
        .zip(found)
        .map(|(index, (named, arguments))| {
            let name = text(named, "/name").ok_or_else(|| {
                let what = "a call of a tool in the answer has no name";
                WireFault::new(ErrorClass::Provider, what)
            })?;
            Ok(ToolCall {
                name,
                arguments: written(arguments),
                index,
                step: 0,
            })
        })
        .collect()
}

/// Arguments as JSON: some APIs write them as a text that holds JSON, and models at times write another text. No arguments are none.
fn written(arguments: Option<&Value>) -> Value {
    match arguments {
        None | Some(Value::Null) => json!({}),
        Some(Value::String(text)) if text.trim().is_empty() => json!({}),
        Some(Value::String(text)) => {
            serde_json::from_str(text).unwrap_or_else(|_| text.clone().into())
        }
        Some(arguments) => arguments.clone(),
    }
}

/// The calls of a message in the chat shape, that of before tools among them.
///
/// # Errors
/// When they are no list, or one of them no call.
pub(super) fn chat_calls(choice: &Value) -> Result<Vec<ToolCall>, WireFault> {
    let listed = at(choice, "/message/tool_calls").filter(|calls| !calls.is_null());
    let Some(listed) = listed else {
        let single = at(choice, "/message/function_call").filter(|call| !call.is_null());
        return calls(single, |call| Some((call, call.get("arguments"))));
    };
    let Some(items) = listed.as_array() else {
        return Err(unreadable("the answer's `tool_calls`", listed, "a list"));
    };
    calls(items, |item| {
        let custom = item.get("custom");
        let call = item.get("function").or(custom).unwrap_or(item);
        Some((
            call,
            call.get(if custom.is_some() {
                "input"
            } else {
                "arguments"
            }),
        ))
    })
}
