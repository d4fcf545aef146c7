//! DeepSeek: the chat shape, without JSON Schemas.

use serde_json::{Value, json};

use super::body::turn;
use super::dialect::{Dialect, Form, in_words};
use super::format::{ProviderEntry, Route, WireFormat};
use super::openai::{add_form, chat_body, decode_chat, usage_chat};
use super::wire_fault::WireFault;
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

    fn forms(&self) -> &'static [Form] {
        &[Form::JsonObject, Form::Text]
    }

    fn encode(&self, request: &Request, dialect: Dialect) -> Result<Value, WireFault> {
        let mut messages: Vec<Value> = request.messages.iter().map(turn).collect();
        let is_told = dialect.form != Form::Schema && !self.writes_form(&request.params);
        if let Some(form) = request.schema.as_ref().filter(|_| is_told) {
            // `json_object` carries no schema and demands the word json in the prompt, so the prompt says both.
            let text = in_words(&form.schema);
            messages.insert(0, json!({"role": "system", "content": text}));
        }
        let mut body = chat_body(request, messages, "max_tokens")?;
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
