//! OpenAI Chat Completions, and every server that speaks it.

use serde_json::{Map, Value, json};

use super::body::{add_params, spoken, turn};
use super::dialect::{Dialect, Form};
use super::field::{UsagePaths, at, content, text, unreadable};
use super::format::{ProviderEntry, Route, WireFormat};
use super::tools::{Shape, add_tools, chat_calls, described, word};
use super::wire_fault::WireFault;
use crate::model::{Completion, ErrorClass, Request, ToolChoice, Usage};

/// The built-in provider `openai`.
pub(super) static ENTRY: ProviderEntry = ProviderEntry {
    kind: "openai",
    summary: "OpenAI Chat Completions, also of compatible servers",
    base_url: "https://api.openai.com/v1",
    key_env: "OPENAI_API_KEY",
    base_url_env: "OPENAI_BASE_URL",
    prices: "openai",
    format: &ChatCompletions,
};

/// Name under which an answer's schema is sent; OpenAI demands one.
pub(super) const SCHEMA_NAME: &str = "answer";

const USAGE: UsagePaths = UsagePaths {
    input: "/usage/prompt_tokens",
    output: "/usage/completion_tokens",
    cached: &[
        "/usage/prompt_tokens_details/cached_tokens",
        "/usage/prompt_cache_hit_tokens",
    ],
    cache_write: "/usage/prompt_tokens_details/cache_write_tokens",
    reasoning: "/usage/completion_tokens_details/reasoning_tokens",
};

/// A function within a tool, both in a request and in a choice.
const TOOLS: Shape = Shape {
    tool: |tool| json!({"type": "function", "function": described(tool, "parameters")}),
    choice: |choice| match choice {
        ToolChoice::Named(name) => json!({"type": "function", "function": {"name": name}}),
        choice => word(choice).unwrap_or_default(),
    },
};

struct ChatCompletions;

impl WireFormat for ChatCompletions {
    fn route(&self) -> Route {
        Route::ChatCompletions
    }

    fn has_token_names(&self) -> bool {
        true
    }

    fn encode(&self, request: &Request, dialect: Dialect) -> Result<Value, WireFault> {
        let messages = spoken(request, dialect.form).iter().map(turn).collect();
        let mut body = chat_body(request, messages, dialect.tokens.as_str())?;
        add_form(&mut body, request, dialect.form);
        Ok(Value::Object(body))
    }

    fn usage(&self, body: &Value) -> Option<Usage> {
        usage_chat(body)
    }

    fn decode(&self, body: &Value) -> Result<Completion, WireFault> {
        decode_chat(body)
    }
}

/// Asks for JSON, unless the user's own parameters do.
pub(super) fn add_form(body: &mut Map<String, Value>, request: &Request, form: Form) {
    let Some(wanted) = &request.schema else {
        return;
    };
    let format = match form {
        Form::Schema => {
            let format = json!({"name": SCHEMA_NAME, "schema": wanted.schema, "strict": true});
            json!({"type": "json_schema", "json_schema": format})
        }
        Form::JsonObject => json!({"type": "json_object"}),
        Form::Text => return,
    };
    body.entry("response_format").or_insert(format);
}

/// What every request in the chat shape holds.
pub(super) fn chat_body(
    request: &Request,
    messages: Vec<Value>,
    max_tokens: &str,
) -> Result<Map<String, Value>, WireFault> {
    let mut body = Map::new();
    body.insert("model".into(), request.model.model.clone().into());
    body.insert("messages".into(), Value::Array(messages));
    add_tools(&mut body, request, &TOOLS);
    add_params(&mut body, request, max_tokens)?;
    Ok(body)
}

/// The tokens of an answer of the chat shape.
pub(super) fn usage_chat(body: &Value) -> Option<Usage> {
    USAGE.read(body)
}

/// The completion in an answer of the chat shape.
pub(super) fn decode_chat(body: &Value) -> Result<Completion, WireFault> {
    let fault = |text: &str| Err(WireFault::new(ErrorClass::Provider, text));
    let Some(choice) = at(body, "/choices/0") else {
        return fault("the answer holds no `choices`");
    };
    if let Some(message) = choice.get("message").filter(|message| !message.is_null())
        && !message.is_object()
    {
        return Err(unreadable("the answer's `message`", message, "an object"));
    }
    let finish_reason = text(choice, "/finish_reason");
    match finish_reason.as_deref() {
        Some("insufficient_system_resource") => {
            return fault("the provider ran out of resources while answering");
        }
        Some("error") => return fault("the provider failed while answering"),
        _ => {}
    }
    let filtered = finish_reason.as_deref() == Some("content_filter");
    let refusal = text(choice, "/message/refusal");
    Ok(Completion {
        content: content(at(choice, "/message/content"), &["text"])?,
        calls: chat_calls(choice)?,
        refusal: refusal.or_else(|| filtered.then(|| "content_filter".to_owned())),
        finish_reason,
        model: text(body, "/model"),
        fingerprint: text(body, "/system_fingerprint"),
        service_tier: text(body, "/service_tier"),
        usage: usage_chat(body),
    })
}
