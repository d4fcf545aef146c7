//! Anthropic Messages.

use serde_json::{Map, Value, json};

use super::body::{add_nested, add_params, spoken, system_text, turns};
use super::dialect::{Dialect, Form};
use super::field::{UsagePaths, content, count, text};
use super::format::{ProviderEntry, Route, WireFormat};
use super::tools::{Shape, add_tools, calls, described};
use super::wire_fault::WireFault;
use crate::model::{Completion, ErrorClass, Params, Request, ToolChoice, Usage};

/// The built-in provider `anthropic`.
pub(super) static ENTRY: ProviderEntry = ProviderEntry {
    kind: "anthropic",
    summary: "Anthropic Messages",
    base_url: "https://api.anthropic.com",
    key_env: "ANTHROPIC_API_KEY",
    base_url_env: "ANTHROPIC_BASE_URL",
    prices: "anthropic",
    format: &Messages,
};

/// Sent where the user sets no limit, for this API demands one.
const DEFAULT_MAX_TOKENS: u64 = 4096;

const USAGE: UsagePaths = UsagePaths {
    input: "/usage/input_tokens",
    output: "/usage/output_tokens",
    cached: &["/usage/cache_read_input_tokens"],
    cache_write: "/usage/cache_creation_input_tokens",
    reasoning: "/usage/output_tokens_details/thinking_tokens",
};

/// What has to be called is `any`; a choice is always an object.
const TOOLS: Shape = Shape {
    tool: |tool| Value::Object(described(tool, "input_schema")),
    choice: |choice| match choice {
        ToolChoice::Auto => json!({"type": "auto"}),
        ToolChoice::None => json!({"type": "none"}),
        ToolChoice::Required => json!({"type": "any"}),
        ToolChoice::Named(name) => json!({"type": "tool", "name": name}),
    },
};

struct Messages;

impl WireFormat for Messages {
    fn route(&self) -> Route {
        Route::Messages
    }

    fn key_header(&self, key: &str) -> (&'static str, String) {
        ("x-api-key", key.to_owned())
    }

    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        // Newer versions refuse parameters that older models still take, and add nothing that is needed here.
        &[("anthropic-version", "2023-06-01")]
    }

    fn usual_max_tokens(&self) -> Option<u64> {
        Some(DEFAULT_MAX_TOKENS)
    }

    fn forms(&self) -> &'static [Form] {
        &[Form::Schema, Form::Text]
    }

    fn writes_form(&self, params: &Params) -> bool {
        let config = params.get("output_config");
        config.is_some_and(|config| config.is_null() || config.get("format").is_some())
    }

    fn encode(&self, request: &Request, dialect: Dialect) -> Result<Value, WireFault> {
        let messages = &spoken(request, dialect.form);
        let mut body = Map::new();
        body.insert("model".into(), request.model.model.clone().into());
        if let Some(system) = system_text(messages) {
            body.insert("system".into(), system.into());
        }
        body.insert("messages".into(), Value::Array(turns(messages)));
        add_tools(&mut body, request, &TOOLS);
        add_params(&mut body, request, "max_tokens")?;
        body.entry("max_tokens")
            .or_insert_with(|| DEFAULT_MAX_TOKENS.into());
        if let (Some(wanted), Form::Schema) = (&request.schema, dialect.form) {
            let format = json!({"type": "json_schema", "schema": wanted.schema});
            add_nested(&mut body, "output_config", "format", format);
        }
        Ok(Value::Object(body))
    }

    fn usage(&self, body: &Value) -> Option<Usage> {
        usage(body)
    }

    fn decode(&self, body: &Value) -> Result<Completion, WireFault> {
        let blocks = body.get("content");
        let Some((blocks, list)) = blocks.and_then(|blocks| Some((blocks, blocks.as_array()?)))
        else {
            let text = "the answer holds no `content`";
            return Err(WireFault::new(ErrorClass::Provider, text));
        };
        let finish_reason = text(body, "/stop_reason");
        let refused = finish_reason.as_deref() == Some("refusal");
        Ok(Completion {
            content: content(Some(blocks), &["text"])?,
            calls: calls(list, |block| {
                let is_call = block.get("type")? == "tool_use";
                is_call.then(|| (block, block.get("input")))
            })?,
            refusal: refused.then(|| refusal(body)),
            finish_reason,
            model: text(body, "/model"),
            fingerprint: None,
            service_tier: text(body, "/usage/service_tier"),
            usage: usage(body),
        })
    }
}

/// The explanation of a refusal, else its category.
fn refusal(body: &Value) -> String {
    text(body, "/stop_details/explanation")
        .or_else(|| text(body, "/stop_details/category"))
        .unwrap_or_else(|| "refusal".to_owned())
}

/// Anthropic counts cached tokens beside the input, not in it.
fn usage(body: &Value) -> Option<Usage> {
    let mut usage = USAGE.read(body)?;
    usage.input = count(body, USAGE.input)? + usage.cached_input + usage.cache_write;
    Some(usage)
}
