//! Parts of request bodies that formats have in common: parameters, system texts and turns.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::dialect::{Form, in_words};
use super::wire_fault::WireFault;
use crate::model::{ErrorClass, Message, Request, Role};

/// Adds the user's parameters to what the format wrote itself; `max_tokens` goes under the name that the endpoint knows.
pub(super) fn add_params(
    body: &mut Map<String, Value>,
    request: &Request,
    max_tokens: &str,
) -> Result<(), WireFault> {
    let params = &request.params;
    for (name, value) in params {
        if body.contains_key(name) {
            let text = format!("params may not set `{name}`: the prompt itself says it");
            return Err(WireFault::new(ErrorClass::BadRequest, text));
        }
        if name == "stream" && value == &Value::Bool(true) {
            let text = "params may not set `stream`: answers are read whole";
            return Err(WireFault::new(ErrorClass::BadRequest, text));
        }
        let name = if name == "max_tokens" && !params.contains_key(max_tokens) {
            max_tokens
        } else {
            name
        };
        body.insert(name.to_owned(), value.clone());
    }
    Ok(())
}

/// Sets `body.outer.inner`, beside what the user wrote in `outer`, unless the user wrote it.
pub(super) fn add_nested(body: &mut Map<String, Value>, outer: &str, inner: &str, value: Value) {
    let slot = body
        .entry(outer)
        .or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(slot) = slot {
        slot.entry(inner).or_insert(value);
    }
}

/// The system texts as one, for formats that keep it apart from the conversation.
pub(super) fn system_text(messages: &[Message]) -> Option<String> {
    let texts: Vec<&str> = messages
        .iter()
        .filter(|message| message.role == Role::System)
        .map(|message| message.content.as_str())
        .collect();
    (!texts.is_empty()).then(|| texts.join("\n\n"))
}

/// The messages, with what the answer has to be where the server is told of it in words: at the end of the system text, since some
/// servers take no more than one.
pub(super) fn spoken(request: &Request, form: Form) -> Cow<'_, [Message]> {
    let Some(wanted) = request.schema.as_ref().filter(|_| form != Form::Schema) else {
        return Cow::Borrowed(&request.messages);
    };
    let text = in_words(&wanted.schema);
    let mut messages = request.messages.clone();
    match messages
        .iter_mut()
        .find(|message| message.role == Role::System)
    {
        Some(system) => {
            system.content.push_str("\n\n");
            system.content.push_str(&text);
        }
        None => messages.insert(
            0,
            Message {
                role: Role::System,
                content: text,
            },
        ),
    }
    Cow::Owned(messages)
}

/// The conversation without its system texts.
pub(super) fn turns(messages: &[Message]) -> Vec<Value> {
    messages
        .iter()
        .filter(|message| message.role != Role::System)
        .map(turn)
        .collect()
}

pub(super) fn turn(message: &Message) -> Value {
    serde_json::json!({"role": message.role, "content": message.content})
}
