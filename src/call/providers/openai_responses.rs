//! OpenAI Responses.

use serde_json::{Map, Value, json};

use super::body::{add_nested, add_params, spoken, system_text, turns};
use super::dialect::{Dialect, Form};
use super::fault::embedded;
use super::field::{UsagePaths, content, joined, text, unreadable};
use super::format::{ProviderEntry, Route, WireFormat};
use super::openai::SCHEMA_NAME;
use super::tools::{Shape, add_tools, calls, described, word};
use super::wire_fault::WireFault;
use crate::model::{Completion, ErrorClass, Params, Request, ToolChoice, Usage};

/// The built-in provider `openai-responses`.
pub(super) static ENTRY: ProviderEntry = ProviderEntry {
    kind: "openai-responses",
    summary: "OpenAI Responses",
    base_url: "https://api.openai.com/v1",
    key_env: "OPENAI_API_KEY",
    base_url_env: "OPENAI_BASE_URL",
    prices: "openai",
    format: &Responses,
};

const USAGE: UsagePaths = UsagePaths {
    input: "/usage/input_tokens",
    output: "/usage/output_tokens",
    cached: &["/usage/input_tokens_details/cached_tokens"],
    cache_write: "/usage/input_tokens_details/cache_write_tokens",
    reasoning: "/usage/output_tokens_details/reasoning_tokens",
};

/// A function is a tool itself. Without a word it would be a strict one, which not every schema may be.
const TOOLS: Shape = Shape {
    tool: |tool| {
        let mut function = described(tool, "parameters");
        function.insert("type".into(), "function".into());
        function.insert("strict".into(), false.into());
        Value::Object(function)
    },
    choice: |choice| match choice {
        ToolChoice::Named(name) => json!({"type": "function", "name": name}),
        choice => word(choice).unwrap_or_default(),
    },
};

struct Responses;

impl WireFormat for Responses {
    fn route(&self) -> Route {
        Route::Responses
    }

    fn writes_form(&self, params: &Params) -> bool {
        let text = params.get("text");
        text.is_some_and(|text| text.is_null() || text.get("format").is_some())
    }

    fn encode(&self, request: &Request, dialect: Dialect) -> Result<Value, WireFault> {
        let messages = &spoken(request, dialect.form);
        let mut body = Map::new();
        body.insert("model".into(), request.model.model.clone().into());
        if let Some(system) = system_text(messages) {
            body.insert("instructions".into(), system.into());
        }
        body.insert("input".into(), Value::Array(turns(messages)));
        add_tools(&mut body, request, &TOOLS);
        add_params(&mut body, request, "max_output_tokens")?;
        // The vendor would keep every answer otherwise.
        body.entry("store").or_insert(Value::Bool(false));
        if let Some(wanted) = &request.schema {
            let format = match dialect.form {
                Form::Schema => Some(
                    json!({"type": "json_schema", "name": SCHEMA_NAME, "schema": wanted.schema, "strict": true}),
                ),
                Form::JsonObject => Some(json!({"type": "json_object"})),
                Form::Text => None,
            };
            if let Some(format) = format {
                add_nested(&mut body, "text", "format", format);
            }
        }
        Ok(Value::Object(body))
    }

    fn usage(&self, body: &Value) -> Option<Usage> {
        USAGE.read(body)
    }

    fn decode(&self, body: &Value) -> Result<Completion, WireFault> {
        let finish_reason = finish(body)?;
        let Some(items) = body.get("output").and_then(Value::as_array) else {
            let text = "the answer holds no `output`";
            return Err(WireFault::new(ErrorClass::Provider, text));
        };
        let mut parts = Vec::new();
        for item in items {
            match item.get("content") {
                None | Some(Value::Null) => {}
                Some(Value::Array(own)) => parts.extend(own.iter().cloned()),
                Some(other) => {
                    return Err(unreadable("the answer's content", other, "a list"));
                }
            }
        }
        let parts = Value::Array(parts);
        let filtered = finish_reason.as_deref() == Some("content_filter");
        let refusal = joined(&parts, &["refusal"], "refusal")?;
        Ok(Completion {
            content: content(Some(&parts), &["output_text"])?,
            calls: calls(items, |item| match item.get("type")?.as_str()? {
                "function_call" => Some((item, item.get("arguments"))),
                "custom_tool_call" => Some((item, item.get("input"))),
                _ => None,
            })?,
            refusal: refusal.or_else(|| filtered.then(|| "content_filter".to_owned())),
            finish_reason,
            model: text(body, "/model"),
            fingerprint: None,
            service_tier: text(body, "/service_tier"),
            usage: USAGE.read(body),
        })
    }
}

/// Why the model stopped: the status, or what made the answer incomplete.
fn finish(body: &Value) -> Result<Option<String>, WireFault> {
    let status = text(body, "/status");
    match status.as_deref() {
        Some("failed" | "cancelled") => Err(embedded(body).unwrap_or_else(|| {
            WireFault::new(ErrorClass::Provider, "the answer failed without a reason")
        })),
        Some("queued" | "in_progress") => Err(WireFault::new(
            ErrorClass::BadRequest,
            "the answer is not ready: params may not set `background`",
        )),
        Some("incomplete") => Ok(text(body, "/incomplete_details/reason").or(status)),
        _ => Ok(status),
    }
}
