//! What servers take is found out once a run: the form in which JSON is asked for, and the name of the limit of tokens.

use prompteval::model::Responses;
use std::time::Duration;

use futures::future::join_all;
use prompteval::call::{Ask, Client};
use prompteval::model::settings::{ProviderSpec, TokenField};
use prompteval::model::{ErrorClass, Location, Source, Structured};
use serde_json::{Value, json};

use crate::fake_provider::{FakeProvider, Judge, Kind, Reply, Script, Seen};
use crate::lab::{KINDS, Lab, ask, ask_judge};

/// How a request asks for JSON, in one word.
fn form(seen: &Seen) -> String {
    let body = &seen.body;
    let format = match seen.kind.unwrap() {
        Kind::Responses => &body["text"]["format"]["type"],
        Kind::Anthropic => &body["output_config"]["format"]["type"],
        _ => &body["response_format"]["type"],
    };
    format.as_str().unwrap_or("none").to_owned()
}

/// A server that takes these forms only and says of the others what its kind says.
fn taking(forms: &'static [&'static str], status: u16, refusal: &'static str) -> FakeProvider {
    let script = Script::answering(move |seen| {
        if forms.contains(&form(seen).as_str()) {
            Reply::text(r#"{"reason": "r", "pass": true, "score": 1}"#)
        } else {
            Reply::status(status, refusal)
        }
    });
    FakeProvider::start(script.judge(Judge::Script))
}

fn forms(fake: &FakeProvider) -> Vec<String> {
    fake.requests().iter().map(form).collect()
}

fn judged(model: &str, prompt: &str, structured: Structured) -> Ask {
    let mut ask = ask_judge(model);
    prompt.clone_into(&mut ask.request.messages[1].content);
    ask.request.schema.as_mut().unwrap().structured = structured;
    ask
}

async fn many(client: &Client, model: &str, count: usize) {
    let asks: Vec<Ask> = (0..count)
        .map(|n| judged(model, &format!("Is {n} kind?"), Structured::Auto))
        .collect();
    let replies = join_all(asks.iter().map(|ask| client.answer(ask))).await;
    for reply in replies {
        assert!(reply.unwrap().completion.content.contains("pass"));
    }
}

#[tokio::test]
async fn what_a_server_refuses_is_asked_for_otherwise_once_a_run() {
    let refusals = [
        (400, "This response_format type is unavailable now"),
        (
            400,
            "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
        ),
        (422, "body.text.format: Input should be a valid dictionary"),
        // llama.cpp answers so to a form that it does not know.
        (
            500,
            "response_format type must be one of 'text' or 'json_object', but got: json_schema",
        ),
        (400, "output_config.format: Extra inputs are not permitted"),
    ];
    for (status, refusal) in refusals {
        for (kind, model) in KINDS {
            let fake = taking(&["none"], status, refusal);
            let client = Lab::at(&fake).client();
            many(&client, model, 12).await;
            let expected = match kind {
                Kind::OpenAi | Kind::Responses => ["json_schema", "json_object"].as_slice(),
                Kind::Anthropic => &["json_schema"],
                Kind::DeepSeek => &["json_object"],
            };
            let asked = forms(&fake);
            let refused: Vec<&str> = asked
                .iter()
                .map(String::as_str)
                .filter(|form| *form != "none")
                .collect();
            assert_eq!(refused, expected, "{kind:?}");
            assert_eq!(asked.len(), 12 + expected.len());
            // In words, the form is told all the same.
            let told = fake.requests().last().unwrap().body.to_string();
            assert!(told.contains("JSON Schema: {\\\"type\\\""), "{told}");
        }
    }
}

#[tokio::test]
async fn a_server_that_takes_objects_is_asked_for_no_less() {
    let fake = taking(
        &["json_object", "none"],
        400,
        "response_format: json_schema is not supported",
    );
    let client = Lab::at(&fake).client();
    many(&client, "openai/gpt-6-luna", 5).await;
    let mut asked = forms(&fake);
    assert_eq!(asked.remove(0), "json_schema");
    assert_eq!(asked, ["json_object"; 5]);
    assert_eq!(client.calls_made(), 6);
}

#[tokio::test]
async fn a_slow_answer_does_not_hold_up_the_others() {
    let script = Script::default().latency(Duration::from_secs(3));
    let fake = FakeProvider::start(script);
    let client = Lab::at(&fake).client();
    let begun = std::time::Instant::now();
    many(&client, "openai/gpt-6-luna", 4).await;
    assert!(begun.elapsed() < Duration::from_millis(5_500));
}

#[tokio::test]
async fn what_the_user_says_is_what_is_sent() {
    for (structured, expected) in [
        (Structured::Schema, "json_schema"),
        (Structured::JsonObject, "json_object"),
        (Structured::Off, "none"),
    ] {
        let fake = taking(&["json_schema", "json_object", "none"], 400, "");
        let client = Lab::at(&fake).client();
        client
            .answer(&judged("openai/gpt-6-luna", "Hm?", structured))
            .await
            .unwrap();
        assert_eq!(forms(&fake), [expected]);
    }
    let fake = taking(&["none"], 400, "response_format is not supported");
    let client = Lab::at(&fake).client();
    let named = judged("openai/gpt-6-luna", "Hm?", Structured::Schema);
    let error = client.answer(&named).await.unwrap_err();
    assert_eq!((error.class, error.calls), (ErrorClass::BadRequest, 1));
    assert!(error.message.contains("`structured: auto`"), "{error}");
    // Nulls take out what the runner would write, and then nothing is left to be found out.
    let mut without = judged("openai/gpt-6-luna", "Hm?", Structured::Auto);
    without
        .request
        .params
        .insert("response_format".into(), Value::Null);
    without
        .request
        .params
        .insert("temperature".into(), Value::Null);
    client.answer(&without).await.unwrap();
    let requests = fake.requests();
    let body = requests.last().unwrap().body.as_object().unwrap();
    assert!(!body.contains_key("response_format") && !body.contains_key("temperature"));
    assert_eq!(fake.count(), 2);
}

#[tokio::test]
async fn other_refusals_are_not_asked_again() {
    let fake = FakeProvider::start(
        Script::always(Reply::status(400, "seed: must be an integer")).judge(Judge::Script),
    );
    let client = Lab::at(&fake).client();
    let error = client
        .answer(&ask_judge("openai/gpt-6-luna"))
        .await
        .unwrap_err();
    assert_eq!((error.class, fake.count()), (ErrorClass::BadRequest, 1));
}

#[tokio::test]
async fn an_answer_in_a_weaker_form_is_found_again_and_one_to_a_schema_where_it_was() {
    let fake = taking(&["none"], 400, "json_schema: unsupported response_format");
    let mut lab = Lab::at(&fake);
    let asked = ask_judge("openai/gpt-6-luna");
    lab.client_in(Responses::Record)
        .answer(&asked)
        .await
        .unwrap();
    std::fs::remove_dir_all(lab.dir.path().join("cache")).unwrap();
    let replayed = lab
        .client_in(Responses::Replay)
        .answer(&asked)
        .await
        .unwrap();
    assert_eq!(replayed.source, Source::Recording);
    // Asked for in words it is the same question.
    let mut off = asked.clone();
    off.request.schema.as_mut().unwrap().structured = Structured::Off;
    assert!(lab.client_in(Responses::Replay).recorded(&off).is_some());
    off.request.schema.as_mut().unwrap().structured = Structured::Schema;
    assert!(lab.client_in(Responses::Replay).recorded(&off).is_none());
    // The cache knows it, too.
    std::fs::remove_dir_all(lab.recordings()).unwrap();
    let count = fake.count();
    lab.client_in(Responses::Auto).answer(&asked).await.unwrap();
    let cached = lab.client_in(Responses::Auto).answer(&asked).await.unwrap();
    assert_eq!((cached.source, fake.count()), (Source::Cache, count + 3));
}

/// A server that knows the limit of tokens under one name only.
fn knowing(known: &'static str) -> FakeProvider {
    FakeProvider::start(Script::answering(move |seen| {
        let names = ["max_tokens", "max_completion_tokens"];
        let unknown = names
            .into_iter()
            .find(|name| *name != known && seen.body.get(name).is_some());
        match unknown {
            Some(name) => Reply::status(
                400,
                &format!("Unrecognized request argument supplied: {name}"),
            ),
            None => Reply::text("ok"),
        }
    }))
}

fn limited(model: &str, prompt: &str) -> Ask {
    let mut ask = ask(model, prompt);
    ask.request.params.insert("max_tokens".into(), json!(9));
    ask
}

fn names(fake: &FakeProvider) -> Vec<&'static str> {
    let name = |seen: &Seen| match seen.body.get("max_tokens") {
        Some(_) => "max_tokens",
        None => "max_completion_tokens",
    };
    fake.requests().iter().map(name).collect()
}

#[tokio::test]
async fn the_limit_of_tokens_goes_under_the_name_that_the_endpoint_accepts() {
    let (old, new) = ("max_tokens", "max_completion_tokens");
    for (model, known, expected) in [
        ("openai/llama3", old, vec![old, old]),
        ("openai/llama3", new, vec![old, new, new]),
        ("openai/gpt-6-luna", new, vec![new, new]),
    ] {
        let fake = knowing(known);
        let client = Lab::at(&fake).client();
        client.answer(&limited(model, "a")).await.unwrap();
        client.answer(&limited(model, "b")).await.unwrap();
        assert_eq!(names(&fake), expected, "{model} {known}");
    }
    // Which name was sent does not show in what the answer is found by.
    let fake = knowing(new);
    let mut lab = Lab::at(&fake);
    let asked = limited("openai/llama3", "a");
    lab.client_in(Responses::Record)
        .answer(&asked)
        .await
        .unwrap();
    for token_field in [
        TokenField::Auto,
        TokenField::MaxTokens,
        TokenField::MaxCompletionTokens,
    ] {
        let own = ProviderSpec {
            base_url: Some("http://127.0.0.1:9/v1".into()),
            token_field: Some(token_field),
            ..ProviderSpec::default()
        };
        lab.settings.providers.insert("openai".into(), own);
        assert!(
            lab.client_in(Responses::Replay).recorded(&asked).is_some(),
            "{token_field:?}"
        );
    }
}

#[tokio::test]
async fn the_name_of_the_limit_may_be_set_and_a_value_is_no_name() {
    let fake = knowing("max_completion_tokens");
    let mut lab = Lab::at(&fake);
    let own = |token_field| ProviderSpec {
        token_field: Some(token_field),
        at: Location::file("prompteval.yaml"),
        ..ProviderSpec::default()
    };
    lab.settings
        .providers
        .insert("openai".into(), own(TokenField::MaxCompletionTokens));
    lab.client()
        .answer(&limited("openai/llama3", "a"))
        .await
        .unwrap();
    lab.settings
        .providers
        .insert("openai".into(), own(TokenField::MaxTokens));
    let refused = lab.client().answer(&limited("openai/llama3", "b")).await;
    assert_eq!(refused.unwrap_err().class, ErrorClass::BadRequest);
    assert_eq!(names(&fake), ["max_completion_tokens", "max_tokens"]);
    lab.settings
        .providers
        .insert("anthropic".into(), own(TokenField::MaxTokens));
    let problems = lab.try_client().unwrap_err();
    assert!(
        problems
            .first_error()
            .unwrap()
            .message
            .contains("`token_field` is for the kind `openai`")
    );

    let too_large = "max_tokens is too large: 9. This model supports at most 5 completion tokens.";
    let fake = FakeProvider::start(Script::always(Reply::status(400, too_large)));
    let client = Lab::at(&fake).client();
    client
        .answer(&limited("openai/llama3", "a"))
        .await
        .unwrap_err();
    assert_eq!(fake.count(), 1);
}
