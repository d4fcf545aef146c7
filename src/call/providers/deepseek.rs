//! DeepSeek: the chat shape, without JSON Schemas.

use serde_json::{Value, json};

use super::openai::{chat_body, decode_chat, usage_chat};
use super::{Endpoint, ProviderEntry, Route, WireFault, WireFormat, turn};
use crate::model::{Completion, Request, Usage};

/// The built-in provider `deepseek`.
pub(super) static ENTRY: ProviderEntry = ProviderEntry {
    kind: "deepseek",
    summary: "DeepSeek chat completions",
    base_url: "https://api.deepseek.com",
    key_env: "DEEPSEEK_API_KEY",
    base_url_env: "DEEPSEEK_BASE_URL",
    prices: "deepseek",
    format: &DeepSeek,
};

struct DeepSeek;

impl WireFormat for DeepSeek {
    fn route(&self) -> Route {
        Route::ChatCompletions
    }

    fn encode(&self, request: &Request, _endpoint: &Endpoint) -> Result<Value, WireFault> {
        let mut messages: Vec<Value> = request.messages.iter().map(turn).collect();
        let wants_json = request.schema.as_ref().filter(|_| !writes_format(request));
        if let Some(schema) = wants_json {
            // `json_object` carries no schema and demands the word json in the prompt, so the prompt says both.
            let text =
                format!("Answer in json: one object that follows this JSON Schema: {schema}");
            messages.insert(0, json!({"role": "system", "content": text}));
        }
        let mut body = chat_body(request, messages, "max_tokens")?;
        if wants_json.is_some() {
            body.insert("response_format".into(), json!({"type": "json_object"}));
        }
        Ok(Value::Object(body))
    }

    fn usage(&self, body: &Value) -> Option<Usage> {
        usage_chat(body)
    }

    fn decode(&self, body: &Value) -> Result<Completion, WireFault> {
        decode_chat(body)
    }
}

fn writes_format(request: &Request) -> bool {
    request.params.contains_key("response_format")
}
