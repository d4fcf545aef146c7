//! When to wait, when to give up, and when another model may answer.

use prompteval::model::Responses;
use std::time::{Duration, Instant, SystemTime};

use prompteval::call::Client;
use prompteval::model::{ErrorClass, Source};
use serde_json::json;

use crate::fake_provider::{FakeProvider, Kind, Reply, Script};
use crate::lab::{Lab, ask, ask_with_fallback};

const OPENAI: &str = "openai/gpt-6-luna";
const ANTHROPIC: &str = "anthropic/claude-haiku-5-5";

/// Answers 429 with these headers first, then well.
fn limited_once(headers: &'static [(&str, &str)]) -> FakeProvider {
    FakeProvider::start(Script::answering(move |seen| {
        let limited = Reply::status(429, "slow down");
        match seen.number {
            1 => headers
                .iter()
                .fold(limited, |reply, (name, value)| reply.header(name, value)),
            _ => Reply::text("ok"),
        }
    }))
}

async fn time_of(client: &Client, model: &str) -> (Duration, bool) {
    let started = Instant::now();
    let answered = client.answer(&ask(model, "hi")).await.is_ok();
    (started.elapsed(), answered)
}

#[tokio::test]
async fn the_wait_that_a_provider_asks_for_is_kept() {
    for (headers, least_ms) in [
        (&[("retry-after", "1")][..], 1000),
        (&[("retry-after", "30"), ("retry-after-ms", "700")][..], 700),
    ] {
        let fake = limited_once(headers);
        let (elapsed, answered) = time_of(&Lab::at(&fake).client(), OPENAI).await;
        assert!(answered);
        let least = Duration::from_millis(least_ms);
        assert!(
            (least..least + Duration::from_millis(800)).contains(&elapsed),
            "{elapsed:?}"
        );
    }
}

#[tokio::test]
async fn an_http_date_is_kept_too() {
    let date = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(3));
    let fake = FakeProvider::start(Script::answering(move |seen| match seen.number {
        1 => Reply::status(503, "later").header("retry-after", &date),
        _ => Reply::text("ok"),
    }));
    let (elapsed, answered) = time_of(&Lab::at(&fake).client(), ANTHROPIC).await;
    // The date has whole seconds, so up to one of the three is lost.
    assert!(
        answered && elapsed >= Duration::from_millis(1500),
        "{elapsed:?}"
    );
}

#[tokio::test]
async fn a_wait_that_no_run_can_afford_is_an_error_at_once() {
    let fake = limited_once(&[("retry-after", "3600")]);
    let error = Lab::at(&fake)
        .client()
        .answer(&ask(OPENAI, "hi"))
        .await
        .unwrap_err();
    assert_eq!((error.class, error.calls), (ErrorClass::RateLimit, 1));
    assert_eq!(error.retry_after_s, Some(3600.0));
}

#[tokio::test]
async fn what_the_provider_calls_hopeless_is_not_tried_again() {
    let quota = json!({"error": {"message": "You ran out of credit", "type": "insufficient_quota", "param": null, "code": "credit_balance_exhausted"}});
    let spend = json!({"type": "error", "error": {"type": "rate_limit_error", "message": "limit", "details": {"error_code": "enforced_spend_limit_reached"}}});
    for (body, status, headers, class) in [
        (quota, 429, vec![], ErrorClass::Quota),
        (spend, 429, vec![], ErrorClass::Quota),
        (
            json!({}),
            500,
            vec![("x-should-retry", "false")],
            ErrorClass::Provider,
        ),
    ] {
        let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let fake = FakeProvider::start(Script::always(Reply::Raw {
            status,
            headers: headers.into_iter().map(own).collect(),
            body: body.to_string(),
        }));
        let error = Lab::at(&fake)
            .client()
            .answer(&ask(ANTHROPIC, "hi"))
            .await
            .unwrap_err();
        assert_eq!((error.class, error.calls), (class, 1), "{error}");
    }
}

#[tokio::test]
async fn an_error_in_a_successful_answer_is_an_error() {
    let body = json!({"error": {"code": 502, "message": "upstream died"}, "choices": []});
    let fake = FakeProvider::start(Script::always(Reply::Raw {
        status: 200,
        headers: Vec::new(),
        body: body.to_string(),
    }));
    let error = Lab::at(&fake)
        .client()
        .answer(&ask(OPENAI, "hi"))
        .await
        .unwrap_err();
    assert_eq!((error.class, error.calls), (ErrorClass::Provider, 2));
    assert_eq!(error.message, "openai: 200 OK: upstream died");
}

#[tokio::test]
async fn a_fault_of_the_prompt_is_told_from_a_fault_of_the_provider() {
    let body = json!({"error": {"message": "Too long", "type": "invalid_request_error", "param": "messages", "code": "context_length_exceeded"}});
    let fake = FakeProvider::start(Script::always(Reply::Raw {
        status: 400,
        headers: Vec::new(),
        body: body.to_string(),
    }));
    let client = Lab::at(&fake).client();
    let error = client
        .answer(&ask_with_fallback(OPENAI, ANTHROPIC))
        .await
        .unwrap_err();
    assert!(error.class.is_prompt_fault());
    assert_eq!(fake.count(), 1, "no fallback for the prompt's own fault");
}

#[tokio::test]
async fn a_refused_sampling_parameter_is_explained() {
    let fake = FakeProvider::start(Script::default());
    let client = Lab::at(&fake).client();
    for model in [OPENAI, ANTHROPIC] {
        let mut ask = ask(model, "hi");
        ask.request.params.insert("temperature".into(), json!(0.4));
        let error = client.answer(&ask).await.unwrap_err();
        assert_eq!(error.class, ErrorClass::BadRequest);
        assert!(
            error.message.ends_with("remove `temperature` from params)"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_wrong_key_stops_all_calls_of_its_provider_with_one_text() {
    let fake = FakeProvider::start(Script::default().key("sk-another-key"));
    let client = Lab::at(&fake).client();
    let first = client.answer(&ask(OPENAI, "1")).await.unwrap_err();
    let second = client
        .answer(&ask("openai/gpt-6-sol", "2"))
        .await
        .unwrap_err();
    assert_eq!(fake.count(), 1);
    assert_eq!(first.class, ErrorClass::Auth);
    assert_eq!(first.message, second.message);
    assert_eq!((first.calls, second.calls), (1, 0));
    assert_eq!(
        first.message,
        "openai: 401 Unauthorized: Incorrect API key provided (check OPENAI_API_KEY)"
    );
    assert!(client.answer(&ask(ANTHROPIC, "3")).await.is_err());
    assert_eq!(fake.count(), 2, "another provider is asked");
}

#[tokio::test]
async fn a_missing_model_stops_that_model_only() {
    let fake = FakeProvider::start(Script::answering(|seen| {
        match seen.body["model"].as_str() {
            Some("gone") => Reply::status(404, "no such model"),
            _ => Reply::text("ok"),
        }
    }));
    let client = Lab::at(&fake).client();
    let gone = |prompt: &str| ask("openai/gone", prompt);
    let first = client.answer(&gone("1")).await.unwrap_err();
    let second = client.answer(&gone("2")).await.unwrap_err();
    assert_eq!(
        (first.class, first.message),
        (ErrorClass::NotFound, second.message)
    );
    assert!(client.answer(&ask(OPENAI, "3")).await.is_ok());
    assert_eq!(fake.count(), 2);
}

#[tokio::test]
async fn a_dead_provider_is_given_up_within_two_seconds_and_then_at_once() {
    let gone = {
        let fake = FakeProvider::start(Script::default());
        fake.url(Kind::OpenAi)
    };
    let mut lab = Lab::bare();
    lab.max_retries = 5;
    lab.set("OPENAI_BASE_URL", &gone);
    let client = lab.client();
    let started = Instant::now();
    let first = client.answer(&ask(OPENAI, "1")).await.unwrap_err();
    assert_eq!(
        (first.class, first.calls),
        (ErrorClass::Connect, 0),
        "{first}"
    );
    assert!(started.elapsed() < Duration::from_millis(2500));
    let second = client.answer(&ask(OPENAI, "2")).await.unwrap_err();
    assert_eq!((second.message, second.calls), (first.message, 0));
}

#[tokio::test]
async fn a_failed_handshake_is_a_fault_of_the_connection() {
    let fake = FakeProvider::start(Script::default());
    let mut lab = Lab::at(&fake);
    let secure = fake.url(Kind::OpenAi).replace("http://", "https://");
    lab.set("OPENAI_BASE_URL", &secure);
    let error = lab.client().answer(&ask(OPENAI, "hi")).await.unwrap_err();
    assert_eq!((error.class, error.calls), (ErrorClass::Connect, 0));
    assert!(
        error.message.contains("cannot connect to 127.0.0.1:"),
        "{error}"
    );
}

/// OpenAI is down, Anthropic answers.
fn half_down() -> FakeProvider {
    FakeProvider::start(Script::answering(|seen| match seen.kind {
        Some(Kind::OpenAi) => Reply::status(500, "down"),
        _ => Reply::text("from the fallback"),
    }))
}

#[tokio::test]
async fn a_fallback_answers_an_outage_is_marked_and_is_not_cached() {
    let fake = half_down();
    let mut lab = Lab::at(&fake);
    lab.max_retries = 0;
    let client = lab.client();
    let ask = ask_with_fallback(OPENAI, ANTHROPIC);
    for calls in [2, 4] {
        let reply = client.answer(&ask).await.unwrap();
        assert_eq!(reply.completion.content, "from the fallback");
        assert_eq!(reply.fallback, ANTHROPIC.parse().ok());
        assert_eq!((reply.source, reply.calls), (Source::Live, 2));
        assert_eq!(fake.count(), calls);
        // 100 + 20 tokens at the price of the model that answered.
        let usage = reply.completion.usage.unwrap();
        let price = client.cost(&ANTHROPIC.parse().unwrap(), &usage, None);
        assert_eq!(reply.cost_usd, price);
    }
}

#[tokio::test]
async fn a_fallbacks_answer_is_recorded_and_replayed_as_one() {
    let fake = half_down();
    let mut lab = Lab::at(&fake);
    lab.max_retries = 0;
    let ask = ask_with_fallback(OPENAI, ANTHROPIC);
    lab.client_in(Responses::Record).answer(&ask).await.unwrap();
    let reply = lab.client_in(Responses::Replay).answer(&ask).await.unwrap();
    assert_eq!(reply.fallback, ANTHROPIC.parse().ok());
    assert_eq!(reply.source, Source::Recording);
    assert_eq!(fake.count(), 2);
}

#[tokio::test]
async fn a_fallback_hides_no_mistake() {
    for status in [400, 401, 404] {
        let fake = FakeProvider::start(Script::answering(move |seen| match seen.kind {
            Some(Kind::OpenAi) => Reply::status(status, "no"),
            _ => Reply::text("from the fallback"),
        }));
        let client = Lab::at(&fake).client();
        let error = client
            .answer(&ask_with_fallback(OPENAI, ANTHROPIC))
            .await
            .unwrap_err();
        assert_eq!(error.status, Some(status));
        assert_eq!(fake.count(), 1);
    }
}

#[tokio::test]
async fn when_every_model_fails_the_first_ones_fault_is_reported() {
    let fake = FakeProvider::start(Script::answering(|seen| match seen.kind {
        Some(Kind::OpenAi) => Reply::status(500, "first"),
        _ => Reply::status(503, "second").after(Duration::from_millis(5)),
    }));
    let mut lab = Lab::at(&fake);
    lab.max_retries = 0;
    let error = lab
        .client()
        .answer(&ask_with_fallback(OPENAI, ANTHROPIC))
        .await
        .unwrap_err();
    assert_eq!((error.status, error.calls), (Some(500), 2));
}
