//! Tools in every wire format: how requests tell of them, and how answers call them.

use prompteval::call::Ask;
use prompteval::model::{Responses, Source, Tool, ToolCall, ToolChoice, Tools};
use serde_json::{Value, json};

use crate::fake_provider::{FakeProvider, Kind, Reply, Script};
use crate::lab::{KEY, KINDS, Lab, ask};

/// A question with two tools.
fn ask_with_tools(model: &str, choice: Option<ToolChoice>) -> Ask {
    let mut ask = ask(model, "Where is order 7?");
    let parameters = json!({
        "type": "object",
        "properties": {"id": {"type": "integer"}},
        "required": ["id"],
    });
    let tool = |name: &str, description: Option<&str>| Tool {
        name: name.to_owned(),
        description: description.map(str::to_owned),
        parameters: parameters.clone(),
    };
    let list = vec![
        tool("find_order", Some("Finds an order by its number.")),
        tool("refund", None),
    ];
    ask.request.tools = Some(Tools { list, choice });
    ask
}

/// Answers every request with two calls.
fn calling() -> FakeProvider {
    FakeProvider::start(Script::always(Reply::calls([
        ("find_order", json!({"id": 7})),
        ("refund", json!({"id": 7, "why": "late"})),
    ])))
}

fn called() -> Vec<ToolCall> {
    let call = |index, name: &str, arguments: Value| ToolCall {
        name: name.to_owned(),
        arguments,
        index,
        step: 0,
    };
    vec![
        call(0, "find_order", json!({"id": 7})),
        call(1, "refund", json!({"id": 7, "why": "late"})),
    ]
}

/// The fake provider refuses what the vendor's own schema does not allow.
#[tokio::test]
async fn every_format_takes_tools_and_every_choice_and_reads_calls() {
    let choices = [
        None,
        Some(ToolChoice::Auto),
        Some(ToolChoice::None),
        Some(ToolChoice::Required),
        Some(ToolChoice::Named("refund".into())),
    ];
    for (kind, model) in KINDS {
        let fake = calling();
        let client = Lab::at(&fake).client();
        for choice in choices.clone() {
            let reply = client.answer(&ask_with_tools(model, choice)).await.unwrap();
            assert_eq!(reply.completion.calls, called(), "{model}");
            let finish = reply.completion.finish_reason.as_deref();
            let expected = match kind {
                Kind::OpenAi | Kind::DeepSeek => "tool_calls",
                Kind::Responses => "completed",
                Kind::Anthropic => "tool_use",
            };
            assert_eq!(finish, Some(expected), "{model}");
        }
        let bodies: Vec<Value> = fake.requests().into_iter().map(|seen| seen.body).collect();
        let sent = bodies.iter().map(|body| body["tool_choice"].clone());
        let named = match kind {
            Kind::OpenAi | Kind::DeepSeek => {
                json!({"type": "function", "function": {"name": "refund"}})
            }
            Kind::Responses => json!({"type": "function", "name": "refund"}),
            Kind::Anthropic => json!({"type": "tool", "name": "refund"}),
        };
        let words = match kind {
            Kind::Anthropic => ["auto", "none", "any"].map(|word| json!({"type": word})),
            _ => ["auto", "none", "required"].map(Value::from),
        };
        let expected = [vec![Value::Null], words.to_vec(), vec![named]].concat();
        assert_eq!(sent.collect::<Vec<_>>(), expected, "{model}");
    }
}

#[tokio::test]
async fn a_call_without_a_text_is_read_as_its_json_and_never_as_nothing() {
    let expected = r#"[{"name":"find_order","arguments":{"id":7},"index":0},{"name":"refund","arguments":{"id":7,"why":"late"},"index":1}]"#;
    for (_, model) in KINDS {
        let fake = calling();
        let mut lab = Lab::at(&fake);
        let question = ask_with_tools(model, None);
        let live = lab
            .client_in(Responses::Record)
            .answer(&question)
            .await
            .unwrap();
        assert_eq!(live.completion.content, expected, "{model}");
        let path = lab.recordings().join("support.jsonl");
        let line: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        assert_eq!(line["response"]["content"], "", "as the model wrote it");
        let replayed = lab
            .client_in(Responses::Replay)
            .answer(&question)
            .await
            .unwrap();
        assert_eq!(replayed.source, Source::Recording);
        assert_eq!(replayed.completion, live.completion);
    }
}

#[tokio::test]
async fn what_a_model_writes_in_the_place_of_arguments_is_kept_and_a_call_without_a_name_is_a_fault()
 {
    let answer = |calls: Value| {
        let message = json!({"role": "assistant", "content": null, "tool_calls": calls});
        let choice = json!({"index": 0, "finish_reason": "tool_calls", "message": message});
        let body = json!({"choices": [choice]}).to_string();
        let headers = Vec::new();
        let status = 200;
        FakeProvider::start(Script::always(Reply::Raw {
            status,
            headers,
            body,
        }))
    };
    let broken = "{\"id\": 7";
    let calls =
        ["", broken, "[1]"].map(|text| json!({"function": {"name": "f", "arguments": text}}));
    let fake = answer(json!(calls));
    let reply = Lab::at(&fake).client().answer(&ask(KINDS[0].1, "hi")).await;
    let calls = reply.unwrap().completion.calls;
    let arguments: Vec<Value> = calls.into_iter().map(|call| call.arguments).collect();
    assert_eq!(arguments, [json!({}), json!(broken), json!([1])]);
    for calls in [
        json!([{"function": {"arguments": "{}"}}]),
        json!("find_order"),
        json!([7]),
    ] {
        let fake = answer(calls.clone());
        let mut lab = Lab::at(&fake);
        lab.max_retries = 0;
        let error = lab
            .client()
            .answer(&ask(KINDS[0].1, "hi"))
            .await
            .unwrap_err();
        assert_eq!(
            error.class,
            prompteval::model::ErrorClass::Provider,
            "{calls}"
        );
    }
}

/// Arguments are JSON within JSON: a key in them may be spelled by numbers twice.
#[tokio::test]
async fn keys_are_taken_out_of_arguments() {
    let letters = KEY.bytes().map(|byte| format!("\\u{byte:04x}"));
    let spelled = letters.collect::<Vec<_>>().concat();
    let arguments = format!("{{\"{spelled}\": [\"{spelled}\"]}}");
    let call = json!({"type": "function", "function": {"name": "f", "arguments": arguments}});
    let message = json!({"role": "assistant", "content": null, "tool_calls": [call]});
    let body = json!({"choices": [{"finish_reason": "tool_calls", "message": message}]});
    let fake = FakeProvider::start(Script::always(Reply::Raw {
        status: 200,
        headers: Vec::new(),
        body: body.to_string(),
    }));
    let lab = Lab::at(&fake);
    let reply = lab.client().answer(&ask(KINDS[0].1, "hi")).await.unwrap();
    let shown = format!("{:?}", reply.completion);
    assert!(!shown.contains(KEY), "{shown}");
    assert!(!lab.all_files().contains(KEY));
}
