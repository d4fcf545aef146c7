//! Wire formats: each turns a request into one HTTP API's JSON and that API's answer into a completion. Pure.
//!
//! One file and one line of [`PROVIDERS`] add a provider.

mod anthropic;
mod deepseek;
mod dialect;
mod fault;
mod field;
mod openai;
mod openai_responses;

pub use dialect::{Dialect, Form, TokenName};
pub use fault::{WireFault, classify, describe_unreadable, embedded};

use std::borrow::Cow;
use std::fmt;

use serde_json::{Map, Value};

use crate::model::{Completion, ErrorClass, Message, Params, Request, Role, Usage};

/// A provider that is built in.
pub struct ProviderEntry {
    /// Name of the provider and of its wire format.
    pub kind: &'static str,
    /// One line for people.
    pub summary: &'static str,
    /// Address, as the vendor's own library takes it.
    pub base_url: &'static str,
    /// Environment variable of the key.
    pub key_env: &'static str,
    /// Environment variable of another address.
    pub base_url_env: &'static str,
    /// Provider whose list prices hold.
    pub prices: &'static str,
    /// The codec.
    pub format: &'static dyn WireFormat,
}

/// Every provider that is built in, by name.
pub static PROVIDERS: &[&ProviderEntry] = &[
    &anthropic::ENTRY,
    &deepseek::ENTRY,
    &openai::ENTRY,
    &openai_responses::ENTRY,
];

impl fmt::Debug for ProviderEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ProviderEntry").field(&self.kind).finish()
    }
}

/// The entry of a kind.
pub fn entry(kind: &str) -> Option<&'static ProviderEntry> {
    PROVIDERS.iter().copied().find(|entry| entry.kind == kind)
}

/// Which API of the vendor is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// OpenAI's Chat Completions.
    ChatCompletions,
    /// OpenAI's Responses.
    Responses,
    /// Anthropic's Messages.
    Messages,
}

impl Route {
    /// What follows the base address.
    pub fn path(self) -> &'static str {
        match self {
            Self::ChatCompletions => "/chat/completions",
            Self::Responses => "/responses",
            Self::Messages => "/v1/messages",
        }
    }
}

/// Codec of one HTTP API.
pub trait WireFormat: Sync {
    /// Which API is called.
    fn route(&self) -> Route;

    /// Name and value of the header that carries a key.
    fn key_header(&self, key: &str) -> (&'static str, String) {
        ("authorization", format!("Bearer {key}"))
    }

    /// Headers that every request needs.
    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// What bounds an answer, in tokens, where the user sets no limit.
    fn usual_max_tokens(&self) -> Option<u64> {
        None
    }

    /// Ways of asking for JSON of a schema, the strictest first.
    fn forms(&self) -> &'static [Form] {
        &[Form::Schema, Form::JsonObject, Form::Text]
    }

    /// Whether the user's own parameters say which form the answer has.
    fn writes_form(&self, params: &Params) -> bool {
        params.contains_key("response_format")
    }

    /// Whether servers of this format know the limit of an answer's tokens under different names.
    fn has_token_names(&self) -> bool {
        false
    }

    /// The request's body. A key whose value is null is not sent.
    ///
    /// # Errors
    /// When a parameter is not the user's to set.
    fn encode(&self, request: &Request, dialect: Dialect) -> Result<Value, WireFault>;

    /// The completion in a successful answer.
    ///
    /// # Errors
    /// When the answer holds none, or says that it failed.
    fn decode(&self, body: &Value) -> Result<Completion, WireFault>;

    /// The tokens that an answer says it took, be it a completion or not.
    fn usage(&self, body: &Value) -> Option<Usage>;
}

/// Adds the user's parameters to what the format wrote itself; `max_tokens` goes under the name that the endpoint knows.
fn add_params(
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
fn add_nested(body: &mut Map<String, Value>, outer: &str, inner: &str, value: Value) {
    let slot = body
        .entry(outer)
        .or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(slot) = slot {
        slot.entry(inner).or_insert(value);
    }
}

/// The system texts as one, for formats that keep it apart from the conversation.
fn system_text(messages: &[Message]) -> Option<String> {
    let texts: Vec<&str> = messages
        .iter()
        .filter(|message| message.role == Role::System)
        .map(|message| message.content.as_str())
        .collect();
    (!texts.is_empty()).then(|| texts.join("\n\n"))
}

/// The messages, with what the answer has to be where the server is told of it in words: at the end of the system text, since some
/// servers take no more than one.
fn spoken(request: &Request, form: Form) -> Cow<'_, [Message]> {
    let Some(wanted) = request.schema.as_ref().filter(|_| form != Form::Schema) else {
        return Cow::Borrowed(&request.messages);
    };
    let text = dialect::in_words(&wanted.schema);
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
fn turns(messages: &[Message]) -> Vec<Value> {
    messages
        .iter()
        .filter(|message| message.role != Role::System)
        .map(turn)
        .collect()
}

fn turn(message: &Message) -> Value {
    serde_json::json!({"role": message.role, "content": message.content})
}

#[cfg(test)]
mod tests;
