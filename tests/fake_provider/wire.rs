//! The vendors' formats, seen from the server's side.

use serde_json::{Value, json};

use super::script::Answer;

/// Which API a request speaks, told by its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// `/v1/chat/completions`.
    OpenAi,
    /// `/v1/responses`.
    Responses,
    /// `/v1/messages`.
    Anthropic,
    /// `/chat/completions`.
    DeepSeek,
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// Place in the order of arrival, counted from 1.
    pub(crate) number: usize,
    /// The API it speaks; `None` for an unknown path.
    pub(crate) kind: Option<Kind>,
    /// HTTP method.
    pub(crate) method: String,
    /// Path.
    pub(crate) path: String,
    /// Headers by lower-case name.
    pub(crate) headers: Vec<(String, String)>,
    /// The body; null where it is no JSON.
    pub(crate) body: Value,
    /// The system text, or nothing.
    pub(crate) system: String,
    /// What the user said last.
    pub(crate) prompt: String,
    /// The schema that the answer has to follow.
    pub(crate) schema: Option<Value>,
}

impl Kind {
    /// The API behind a path.
    pub(crate) fn of(path: &str) -> Option<Self> {
        match path {
            "/v1/chat/completions" => Some(Self::OpenAi),
            "/v1/responses" => Some(Self::Responses),
            "/v1/messages" => Some(Self::Anthropic),
            "/chat/completions" => Some(Self::DeepSeek),
            _ => None,
        }
    }

    /// The body of an answer.
    pub(super) fn encode(self, answer: &Answer, seen: &Seen) -> Value {
        let asked = seen.body["model"].as_str().unwrap_or("unknown");
        let model = answer.model.as_deref().unwrap_or(asked);
        match self {
            Self::OpenAi | Self::DeepSeek => chat(answer, model),
            Self::Responses => responses(answer, model),
            Self::Anthropic => anthropic(answer, model),
        }
    }
}

impl Kind {
    /// The body of an answer that calls tools and says nothing else.
    pub(super) fn encode_calls(self, calls: &[(String, Value)], seen: &Seen) -> Value {
        let model = seen.body["model"].as_str().unwrap_or("unknown");
        let each = |of: fn(usize, &str, &Value) -> Value| -> Value {
            let calls = calls.iter().enumerate();
            calls
                .map(|(place, (name, arguments))| of(place, name, arguments))
                .collect()
        };
        match self {
            Self::OpenAi | Self::DeepSeek => {
                let calls = each(|place, name, arguments| {
                    let function = json!({"name": name, "arguments": arguments.to_string()});
                    json!({"id": format!("call_{place}"), "type": "function", "function": function})
                });
                json!({
                    "id": "chatcmpl-1", "object": "chat.completion", "created": 1_790_000_000, "model": model,
                    "choices": [{
                        "index": 0, "finish_reason": "tool_calls",
                        "message": {"role": "assistant", "content": null, "refusal": null, "tool_calls": calls},
                    }],
                    "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
                })
            }
            Self::Responses => json!({
                "id": "resp_1", "object": "response", "status": "completed", "error": null, "model": model,
                "output": each(|place, name, arguments| json!({
                    "type": "function_call", "id": format!("fc_{place}"), "call_id": format!("call_{place}"),
                    "name": name, "arguments": arguments.to_string(), "status": "completed",
                })),
                "usage": {"input_tokens": 100, "output_tokens": 20, "total_tokens": 120},
            }),
            Self::Anthropic => json!({
                "id": "msg_1", "type": "message", "role": "assistant", "model": model,
                "content": each(|place, name, arguments| json!({
                    "type": "tool_use", "id": format!("toolu_{place}"), "name": name, "input": arguments,
                })),
                "stop_reason": "tool_use",
                "usage": {"input_tokens": 100, "output_tokens": 20,
                    "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0},
            }),
        }
    }
}

fn chat(answer: &Answer, model: &str) -> Value {
    let content = answer.refusal.is_none().then_some(&answer.text);
    let usage = answer.usage.map(|(input, output)| {
        json!({"prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output})
    });
    json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1_790_000_000, "model": model,
        "choices": [{
            "index": 0,
            "finish_reason": answer.finish.as_deref().unwrap_or("stop"),
            "message": {"role": "assistant", "content": content, "refusal": answer.refusal},
        }],
        "usage": usage, "service_tier": answer.tier, "system_fingerprint": "fp_fake",
    })
}

fn responses(answer: &Answer, model: &str) -> Value {
    let part = match &answer.refusal {
        Some(refusal) => json!({"type": "refusal", "refusal": refusal}),
        None => json!({"type": "output_text", "text": answer.text, "annotations": []}),
    };
    let usage = answer.usage.map(|(input, output)| {
        json!({"input_tokens": input, "output_tokens": output, "total_tokens": input + output})
    });
    json!({
        "id": "resp_1", "object": "response", "status": answer.finish.as_deref().unwrap_or("completed"),
        "error": null, "model": model,
        "output": [
            {"type": "reasoning", "summary": []},
            {"type": "message", "role": "assistant", "content": [part]},
        ],
        "usage": usage, "service_tier": answer.tier,
    })
}

fn anthropic(answer: &Answer, model: &str) -> Value {
    let mut content = vec![json!({"type": "thinking", "thinking": "hm", "signature": "s"})];
    if answer.refusal.is_none() {
        content.push(json!({"type": "text", "text": answer.text}));
    }
    let details = answer
        .refusal
        .as_ref()
        .map(|refusal| json!({"type": "refusal", "category": null, "explanation": refusal}));
    let usual = if answer.refusal.is_some() {
        "refusal"
    } else {
        "end_turn"
    };
    let usage = answer.usage.map(|(input, output)| {
        json!({"input_tokens": input, "output_tokens": output, "service_tier": answer.tier,
            "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0})
    });
    json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": content,
        "stop_reason": answer.finish.as_deref().unwrap_or(usual), "stop_details": details, "usage": usage,
    })
}

impl Seen {
    /// Reads what a request says.
    pub(super) fn new(
        number: usize,
        method: String,
        path: String,
        headers: Vec<(String, String)>,
        body: &[u8],
    ) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let kind = Kind::of(&path);
        let messages = match kind {
            Some(Kind::Responses) => &body["input"],
            _ => &body["messages"],
        };
        let last = |role: &str| {
            let messages = messages.as_array()?;
            let message = messages.iter().rfind(|message| message["role"] == role)?;
            Some(message["content"].as_str()?.to_owned())
        };
        let system = match kind {
            Some(Kind::Responses) => body["instructions"].as_str().map(str::to_owned),
            Some(Kind::Anthropic) => body["system"].as_str().map(str::to_owned),
            _ => last("system"),
        };
        Self {
            number,
            kind,
            method,
            path,
            headers,
            system: system.unwrap_or_default(),
            prompt: last("user").unwrap_or_default(),
            schema: schema(kind, &body),
            body,
        }
    }

    /// The value of a header, by its lower-case name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(header, _)| header == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// The schema that an answer has to follow, wherever the format puts it.
fn schema(kind: Option<Kind>, body: &Value) -> Option<Value> {
    let schema = match kind? {
        Kind::OpenAi => &body["response_format"]["json_schema"]["schema"],
        Kind::Responses => &body["text"]["format"]["schema"],
        Kind::Anthropic => &body["output_config"]["format"]["schema"],
        // This API takes no schema: it stands in a system text, after the words that announce it.
        Kind::DeepSeek => {
            let texts = body["messages"].as_array()?.iter();
            let mut schemas = texts.filter_map(|message| {
                let (_, schema) = message["content"].as_str()?.split_once("JSON Schema: ")?;
                serde_json::from_str(schema).ok()
            });
            return schemas.next();
        }
    };
    (!schema.is_null()).then(|| schema.clone())
}
