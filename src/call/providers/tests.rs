//! What each wire format sends and what it reads, on bodies as the vendors document them.

use serde_json::{Value, json};

use super::*;
use crate::model::{Completion, ErrorClass, Message, Request, Role, Usage};

fn request(model: &str, params: &Value) -> Request {
    let message = |role, content: &str| Message {
        role,
        content: content.to_owned(),
    };
    Request {
        model: model.parse().unwrap(),
        messages: vec![message(Role::System, "Be kind."), message(Role::User, "Hi")],
        params: params.as_object().cloned().unwrap_or_default(),
        schema: None,
        tools: None,
    }
}

fn encode(kind: &str, request: &Request, is_openai: bool) -> Value {
    let tokens = if is_openai {
        TokenName::MaxCompletionTokens
    } else {
        TokenName::MaxTokens
    };
    let format = entry(kind).unwrap().format;
    let form = format.forms()[0];
    format.encode(request, Dialect { tokens, form }).unwrap()
}

fn decode(kind: &str, body: &Value) -> Result<Completion, WireFault> {
    entry(kind).unwrap().format.decode(body)
}

#[test]
fn only_what_the_user_wrote_is_sent() {
    let plain = |kind: &str| encode(kind, &request("p/m/x", &json!({})), true).to_string();
    assert_eq!(
        plain("openai"),
        r#"{"model":"m/x","messages":[{"role":"system","content":"Be kind."},{"role":"user","content":"Hi"}]}"#
    );
    assert_eq!(plain("deepseek"), plain("openai"));
    assert_eq!(
        plain("openai-responses"),
        r#"{"model":"m/x","instructions":"Be kind.","input":[{"role":"user","content":"Hi"}],"store":false}"#
    );
    assert_eq!(
        plain("anthropic"),
        r#"{"model":"m/x","system":"Be kind.","messages":[{"role":"user","content":"Hi"}],"max_tokens":4096}"#
    );
}

#[test]
fn max_tokens_goes_under_the_name_that_the_endpoint_knows() {
    let request = request("p/m", &json!({"max_tokens": 9, "temperature": 0.4}));
    let has = |kind: &str, is_openai: bool, field: &str| {
        let body = encode(kind, &request, is_openai);
        assert_eq!(body["temperature"], json!(0.4));
        let fields = ["max_tokens", "max_completion_tokens", "max_output_tokens"];
        let present: Vec<&str> = fields
            .into_iter()
            .filter(|f| body.get(f).is_some())
            .collect();
        assert_eq!(present, [field], "{kind}");
        assert_eq!(body[field], json!(9));
    };
    has("openai", true, "max_completion_tokens");
    has("openai", false, "max_tokens");
    has("deepseek", false, "max_tokens");
    has("openai-responses", true, "max_output_tokens");
    has("anthropic", false, "max_tokens");
}

#[test]
fn a_schema_is_sent_the_way_each_api_takes_it() {
    let schema = json!({"type": "object"});
    let params = json!({"output_config": {"effort": "low"}, "text": {"verbosity": "low"}});
    let mut request = request("p/m", &params);
    request.schema = Some(schema.clone().into());
    let openai = encode("openai", &request, true);
    assert_eq!(openai["response_format"]["json_schema"]["schema"], schema);
    assert_eq!(
        openai["response_format"]["json_schema"]["strict"],
        json!(true)
    );
    let responses = encode("openai-responses", &request, true);
    assert_eq!(responses["text"]["format"]["schema"], schema);
    assert_eq!(responses["text"]["verbosity"], json!("low"));
    let anthropic = encode("anthropic", &request, false);
    assert_eq!(
        anthropic["output_config"],
        json!({"effort": "low", "format": {"type": "json_schema", "schema": schema}})
    );
    let deepseek = encode("deepseek", &request, false);
    assert_eq!(deepseek["response_format"], json!({"type": "json_object"}));
    assert!(deepseek["messages"][0].to_string().contains("json"));
}

#[test]
fn params_cannot_replace_the_prompt_or_ask_for_a_stream() {
    let dialect = Dialect {
        tokens: TokenName::MaxTokens,
        form: Form::Schema,
    };
    for entry in PROVIDERS {
        for params in [json!({"model": "other"}), json!({"stream": true})] {
            let outcome = entry.format.encode(&request("p/m", &params), dialect);
            assert_eq!(
                outcome.unwrap_err().class,
                ErrorClass::BadRequest,
                "{}",
                entry.kind
            );
        }
    }
}

#[test]
fn a_chat_answer_is_read_with_all_its_counts() {
    let body = json!({
        "id": "x", "model": "gpt-6-luna", "system_fingerprint": "fp", "service_tier": "default",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "None"}}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120,
            "prompt_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 10},
            "completion_tokens_details": {"reasoning_tokens": 15}},
    });
    let expected = Completion {
        content: "None".into(),
        calls: Vec::new(),
        finish_reason: Some("stop".into()),
        refusal: None,
        model: Some("gpt-6-luna".into()),
        fingerprint: Some("fp".into()),
        service_tier: Some("default".into()),
        usage: Some(Usage {
            input: 100,
            output: 20,
            cached_input: 60,
            cache_write: 10,
            reasoning: 15,
        }),
    };
    assert_eq!(decode("openai", &body), Ok(expected));
}

#[test]
fn a_chat_answer_may_lack_nearly_everything() {
    let read = |choice: &Value| decode("deepseek", &json!({"choices": [choice]}));
    let bare = read(&json!({"message": {"content": "hi"}})).unwrap();
    assert_eq!(
        (bare.content.as_str(), bare.usage, bare.finish_reason),
        ("hi", None, None)
    );
    let refused = read(&json!({"message": {"content": null, "refusal": "No."}})).unwrap();
    assert_eq!(
        (refused.content.as_str(), refused.refusal.as_deref()),
        ("", Some("No."))
    );
    let filtered = read(&json!({"finish_reason": "content_filter", "message": {}})).unwrap();
    assert_eq!(filtered.refusal.as_deref(), Some("content_filter"));
    let parts = json!({"message": {"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}});
    assert_eq!(read(&parts).unwrap().content, "ab");
    let starved = read(
        &json!({"finish_reason": "insufficient_system_resource", "message": {"content": "h"}}),
    );
    assert_eq!(starved.unwrap_err().class, ErrorClass::Provider);
    assert_eq!(
        decode("openai", &json!({"choices": []})).unwrap_err().class,
        ErrorClass::Provider
    );
}

#[test]
fn an_anthropic_answer_joins_its_text_and_counts_its_cache() {
    let body = json!({
        "model": "claude-haiku-5-5", "stop_reason": "end_turn",
        "content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "a"}, {"type": "text", "text": "b"}],
        "usage": {"input_tokens": 10, "cache_creation_input_tokens": 5, "cache_read_input_tokens": 85,
            "output_tokens": 7, "output_tokens_details": {"thinking_tokens": 3}, "service_tier": "standard"},
    });
    let answer = decode("anthropic", &body).unwrap();
    assert_eq!(answer.content, "ab");
    let usage = Usage {
        input: 100,
        output: 7,
        cached_input: 85,
        cache_write: 5,
        reasoning: 3,
    };
    assert_eq!(answer.usage, Some(usage));
    assert_eq!(answer.service_tier.as_deref(), Some("standard"));
}

#[test]
fn an_anthropic_refusal_is_a_completion() {
    let body = json!({
        "content": [], "stop_reason": "refusal",
        "stop_details": {"type": "refusal", "category": "cyber", "explanation": null},
    });
    assert_eq!(
        decode("anthropic", &body).unwrap().refusal.as_deref(),
        Some("cyber")
    );
    let plain = json!({"content": [], "stop_reason": "refusal"});
    assert_eq!(
        decode("anthropic", &plain).unwrap().refusal.as_deref(),
        Some("refusal")
    );
}

#[test]
fn a_responses_answer_is_read_from_its_items() {
    let body = json!({
        "status": "completed", "model": "gpt-6-luna", "error": null,
        "output": [
            {"type": "reasoning", "summary": []},
            {"type": "message", "content": [{"type": "output_text", "text": "a"}, {"type": "output_text", "text": "b"}]},
        ],
        "usage": {"input_tokens": 9, "output_tokens": 8, "input_tokens_details": {"cached_tokens": 4},
            "output_tokens_details": {"reasoning_tokens": 5}},
    });
    let answer = decode("openai-responses", &body).unwrap();
    assert_eq!(answer.content, "ab");
    let usage = answer.usage.unwrap();
    assert_eq!(
        (
            usage.input,
            usage.cached_input,
            usage.output,
            usage.reasoning
        ),
        (9, 4, 8, 5)
    );
    let refusal = json!({"status": "completed", "output": [{"content": [{"type": "refusal", "refusal": "No."}]}]});
    let refused = decode("openai-responses", &refusal).unwrap();
    assert_eq!(
        (refused.content.as_str(), refused.refusal.as_deref()),
        ("", Some("No."))
    );
}

#[test]
fn a_responses_answer_may_have_failed_with_status_200() {
    let class = |body: &Value| decode("openai-responses", body).map_err(|fault| fault.class);
    let failed = |code: &str| json!({"status": "failed", "error": {"code": code, "message": "m"}, "output": []});
    assert_eq!(class(&failed("server_error")), Err(ErrorClass::Provider));
    assert_eq!(
        class(&failed("rate_limit_exceeded")),
        Err(ErrorClass::RateLimit)
    );
    assert_eq!(class(&failed("invalid_prompt")), Err(ErrorClass::Content));
    assert_eq!(
        class(&json!({"status": "queued"})),
        Err(ErrorClass::BadRequest)
    );
    let cut = json!({"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}, "output": []});
    let answer = decode("openai-responses", &cut).unwrap();
    assert_eq!(answer.finish_reason.as_deref(), Some("max_output_tokens"));
}

#[test]
fn the_table_is_sorted_and_its_names_are_unique() {
    assert!(PROVIDERS.windows(2).all(|pair| pair[0].kind < pair[1].kind));
}

#[test]
fn content_that_is_no_text_is_a_fault_and_neither_an_empty_answer_nor_its_digits() {
    let chat = |content: Value| json!({"choices": [{"message": {"content": content}}]});
    let responses = |content: Value| json!({"status": "completed", "output": [{"type": "message", "content": content}]});
    let anthropic = |content: Value| json!({"content": content, "stop_reason": "end_turn"});
    let part = |kind: &str, text: Value| json!([{"type": kind, "text": text}]);
    for (kind, body) in [("openai", chat), ("deepseek", chat)] {
        for content in [
            json!({"text": "hi"}),
            json!(3),
            json!(true),
            part("text", json!(3)),
            part("text", json!({"value": "hi"})),
            json!([{"type": "text"}]),
            json!(["hi"]),
        ] {
            let fault = decode(kind, &body(content.clone())).unwrap_err();
            assert_eq!(fault.class, ErrorClass::Provider, "{kind}: {content}");
            assert!(fault.text.contains(", not "), "{}", fault.text);
        }
    }
    for (kind, name) in [("openai-responses", "output_text"), ("anthropic", "text")] {
        for content in [
            json!({"text": "hi"}),
            json!(3),
            json!("hi"),
            part(name, json!(3)),
            part(name, json!({"value": "hi"})),
            part(name, Value::Null),
            json!(["hi"]),
        ] {
            let fault = decode(
                kind,
                &if kind == "anthropic" {
                    anthropic(content.clone())
                } else {
                    responses(content.clone())
                },
            )
            .unwrap_err();
            assert_eq!(fault.class, ErrorClass::Provider, "{kind}: {content}");
        }
    }
    assert!(decode("openai", &json!({"choices": [{"message": "hi"}]})).is_err());
    assert_eq!(decode("openai", &chat(Value::Null)).unwrap().content, "");
}
