//! Every kind of provider against every outcome.

use prompteval::model::Responses;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::join_all;
use prompteval::model::{ErrorClass, Source};
use serde_json::{Value, json};

use crate::fake_provider::{Answer, FakeProvider, Fault, Judge, Kind, Reply, Script};
use crate::lab::{KEY, KINDS, Lab, ask, ask_judge};

#[tokio::test]
async fn every_kind_sends_what_its_vendor_demands_and_reads_the_answer() {
    let fake = FakeProvider::start(Script::default().key(KEY));
    let client = Lab::at(&fake).client();
    for (kind, model) in KINDS {
        let reply = client.answer(&ask(model, "hi there")).await.unwrap();
        assert_eq!(reply.completion.content, "hi there", "{kind:?}");
        assert_eq!((reply.source, reply.calls), (Source::Live, 1));
        let usage = reply.completion.usage.unwrap();
        assert_eq!((usage.input, usage.output), (100, 20));
        assert!(reply.latency_ms.unwrap() > 0.0);
        assert!(reply.cost_usd.unwrap() > 0.0, "{kind:?}");
        let name = model.split_once('/').unwrap().1;
        assert_eq!(reply.completion.model.as_deref(), Some(name));
    }
    let requests = fake.requests();
    let kinds: Vec<_> = requests.iter().filter_map(|seen| seen.kind).collect();
    assert_eq!(kinds, KINDS.map(|(kind, _)| kind));
    for seen in &requests {
        assert_eq!(
            (seen.system.as_str(), seen.prompt.as_str()),
            ("Be kind.", "hi there")
        );
        assert!(
            seen.header("user-agent")
                .unwrap()
                .starts_with("prompteval/")
        );
        let sent: Vec<&str> = seen
            .body
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let expected: &[&str] = match seen.kind.unwrap() {
            Kind::OpenAi | Kind::DeepSeek => &["model", "messages"],
            Kind::Responses => &["model", "instructions", "input", "store"],
            Kind::Anthropic => &["model", "system", "messages", "max_tokens"],
        };
        assert_eq!(sent, expected);
    }
    assert_eq!(client.calls_made(), 4);
}

#[tokio::test]
async fn a_refusal_is_an_answer_and_a_missing_usage_is_no_fault() {
    let fake = FakeProvider::start(Script::always(Reply::Completion(Answer {
        text: String::new(),
        refusal: Some("I will not.".into()),
        finish: None,
        model: Some("resolved-2026".into()),
        usage: None,
        tier: Some("flex".into()),
    })));
    let client = Lab::at(&fake).client();
    for (kind, model) in KINDS {
        let reply = client.answer(&ask(model, "hi")).await.unwrap();
        let answer = reply.completion;
        assert_eq!(answer.refusal.as_deref(), Some("I will not."), "{kind:?}");
        assert_eq!((answer.content.as_str(), answer.usage), ("", None));
        assert_eq!(answer.model.as_deref(), Some("resolved-2026"));
        assert_eq!(reply.cost_usd, None);
    }
}

#[tokio::test]
async fn a_judge_is_asked_for_json_of_its_schema_by_every_kind() {
    for (judge, expected) in [
        (
            Judge::Pass,
            json!({"pass": true, "score": 1, "grade": "good"}),
        ),
        (
            Judge::Fail,
            json!({"pass": false, "score": 0, "grade": "bad"}),
        ),
    ] {
        let fake = FakeProvider::start(Script::default().judge(judge));
        let client = Lab::at(&fake).client();
        for (kind, model) in KINDS {
            let reply = client.answer(&ask_judge(model)).await.unwrap();
            let mut verdict: Value = serde_json::from_str(&reply.completion.content).unwrap();
            assert!(verdict.as_object_mut().unwrap().remove("reason").is_some());
            assert_eq!(verdict, expected, "{kind:?}");
        }
    }
    let fake = FakeProvider::start(Script::default().judge(Judge::Garbage("{}".into())));
    let reply = Lab::at(&fake).client().answer(&ask_judge(KINDS[0].1)).await;
    assert_eq!(reply.unwrap().completion.content, "{}");
    let fake = FakeProvider::start(Script::default().judge(Judge::Script));
    let reply = Lab::at(&fake).client().answer(&ask_judge(KINDS[0].1)).await;
    assert_eq!(reply.unwrap().completion.content, "Is it kind?");
}

#[tokio::test]
async fn every_status_has_its_class_and_its_number_of_calls() {
    use ErrorClass::{Auth, BadRequest, Content, NotFound, Provider, Quota, RateLimit};
    let table = [
        (400, BadRequest, 1),
        (401, Auth, 1),
        (402, Quota, 1),
        (403, Auth, 1),
        (404, NotFound, 1),
        (408, Provider, 2),
        (409, Provider, 2),
        (413, Content, 1),
        (422, BadRequest, 1),
        (429, RateLimit, 2),
        (500, Provider, 2),
        (503, Provider, 2),
        (529, Provider, 2),
    ];
    for (status, class, calls) in table {
        let fake = FakeProvider::start(Script::always(
            Reply::status(status, "so it is").header("retry-after-ms", "1"),
        ));
        let client = Lab::at(&fake).client();
        for (number, (kind, model)) in KINDS.into_iter().enumerate() {
            let error = client.answer(&ask(model, "hi")).await.unwrap_err();
            assert_eq!(
                (error.class, error.status),
                (class, Some(status)),
                "{kind:?}"
            );
            assert_eq!(error.calls, calls, "{status} {kind:?}");
            assert_eq!(fake.count(), (number + 1) * calls as usize);
            let (provider, _) = model.split_once('/').unwrap();
            assert!(
                error.message.starts_with(&format!("{provider}: {status} ")),
                "{error}"
            );
            assert!(error.message.contains("so it is"), "{error}");
        }
    }
}

#[tokio::test]
async fn every_broken_answer_is_tried_again_and_then_reported() {
    let faults = [
        (Fault::Reset, ErrorClass::Transport),
        (Fault::ShortBody, ErrorClass::Transport),
        (Fault::CutChunk, ErrorClass::Transport),
        (Fault::Stall, ErrorClass::Timeout),
        (Fault::Html, ErrorClass::Provider),
        (Fault::NoJson, ErrorClass::Provider),
    ];
    for (fault, class) in faults {
        let fake = FakeProvider::start(Script::always(Reply::Fault(fault)));
        let mut lab = Lab::at(&fake);
        lab.timeout = Duration::from_millis(if fault == Fault::Stall { 150 } else { 5000 });
        let client = lab.client();
        let asks = KINDS.map(|(_, model)| ask(model, "hi"));
        let outcomes = join_all(asks.iter().map(|ask| client.answer(ask))).await;
        for ((kind, _), outcome) in KINDS.into_iter().zip(outcomes) {
            let error = outcome.unwrap_err();
            assert_eq!(
                (error.class, error.calls),
                (class, 2),
                "{fault:?} {kind:?}: {error}"
            );
        }
        assert_eq!(client.calls_made(), 8);
    }
}

#[tokio::test]
async fn a_call_recovers_from_any_fault_that_passes() {
    for fault in [Fault::Reset, Fault::ShortBody, Fault::Html] {
        let fake = FakeProvider::start(Script::answering(move |seen| {
            if seen.number % 2 == 1 {
                Reply::Fault(fault)
            } else {
                Reply::text("well again")
            }
        }));
        let client = Lab::at(&fake).client();
        for (kind, model) in KINDS {
            let reply = client.answer(&ask(model, "hi")).await.unwrap();
            assert_eq!(reply.completion.content, "well again", "{kind:?}");
            assert_eq!(reply.calls, 2);
        }
    }
}

#[tokio::test]
async fn calls_run_side_by_side_up_to_the_limits() {
    let script = Script::default()
        .latency(Duration::from_millis(50))
        .forgetful();
    let fake = FakeProvider::start(script);
    let mut lab = Lab::at(&fake);
    lab.concurrency = 20;
    let client = Arc::new(lab.client_in(Responses::Live));
    let started = Instant::now();
    let tasks: Vec<_> = (0..100)
        .map(|n| {
            let client = Arc::clone(&client);
            tokio::spawn(async move { client.answer(&ask(KINDS[n % 4].1, "hi")).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(fake.peak_concurrency(), 20);
    assert!(started.elapsed() >= Duration::from_millis(250));
    assert!(fake.requests().is_empty());
    assert_eq!(fake.addr().ip().to_string(), "127.0.0.1");
}

#[tokio::test]
async fn a_providers_own_limit_holds_back_that_provider_only() {
    let fake = FakeProvider::start(Script::default().latency(Duration::from_millis(30)));
    let mut lab = Lab::at(&fake);
    lab.settings
        .providers
        .entry("openai".into())
        .or_default()
        .concurrency = Some(3);
    let client = Arc::new(lab.client());
    let asks = (0..12).map(|n| ask("openai/gpt-6-luna", &n.to_string()));
    let tasks: Vec<_> = asks
        .map(|ask| {
            let client = Arc::clone(&client);
            tokio::spawn(async move { client.answer(&ask).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(fake.peak_concurrency(), 3);
}
