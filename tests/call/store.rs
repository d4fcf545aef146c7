//! Recordings and cache: what is answered without a call, in each mode.

use prompteval::model::Responses;
use std::fs;
use std::sync::Arc;

use prompteval::call::{Ask, Client};
use prompteval::model::exchange::Reply;
use prompteval::model::{ErrorClass, Source};
use serde_json::Value;

use crate::fake_provider::{FakeProvider, Script};
use crate::lab::{KINDS, Lab, ask};

const MODEL: &str = KINDS[0].1;

/// Answers with the number of the request, so that two calls are told apart.
fn counting() -> FakeProvider {
    FakeProvider::start(Script::answering(|seen| {
        crate::fake_provider::Reply::text(format!("answer {}", seen.number))
    }))
}

async fn get(client: &Client, ask: &Ask) -> Reply {
    client.answer(ask).await.unwrap()
}

/// Without what tells where a reply came from.
fn content(reply: &Reply) -> (&str, Option<f64>, Option<f64>) {
    (&reply.completion.content, reply.latency_ms, reply.cost_usd)
}

#[tokio::test]
async fn a_recorded_run_replays_without_network_or_key() {
    let fake = counting();
    let mut lab = Lab::at(&fake);
    let recording = lab.client_in(Responses::Record);
    let mut originals = Vec::new();
    for (_, model) in KINDS {
        originals.push(get(&recording, &ask(model, "hi")).await);
    }
    drop(fake);
    fs::remove_dir_all(lab.dir.path().join("cache")).unwrap();
    // No key, and the vendors' own addresses: a recording is found wherever the provider was.
    lab.env.clear();
    let replay = lab.client_in(Responses::Replay);
    for ((_, model), original) in KINDS.into_iter().zip(&originals) {
        let ask = ask(model, "hi");
        let reply = get(&replay, &ask).await;
        assert_eq!(content(&reply), content(original), "{model}");
        assert_eq!(reply.completion, original.completion);
        assert_eq!((reply.source, reply.calls), (Source::Recording, 0));
        assert_eq!(replay.stored(&ask), Some(reply));
    }
    assert_eq!(replay.calls_made(), 0);
}

#[tokio::test]
async fn a_recording_says_what_it_is_and_is_written_once() {
    let fake = counting();
    let mut lab = Lab::at(&fake);
    let client = lab.client_in(Responses::Record);
    let mut judge = ask(MODEL, "hi");
    judge.label.evaluator = Some("helpful".into());
    for ask in [ask(MODEL, "hi"), judge, ask(MODEL, "hi"), ask(MODEL, "ho")] {
        get(&client, &ask).await;
    }
    get(&lab.client(), &ask(MODEL, "hi")).await;
    let text = fs::read_to_string(lab.recordings().join("support.jsonl")).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["version"], "customer-support@1.2.0");
    assert_eq!(lines[0]["case"], "late-order");
    assert_eq!(lines[0]["evaluator"], Value::Null);
    assert_eq!(lines[0]["model"], MODEL);
    assert_eq!(lines[0]["response"]["content"], "answer 1");
    assert_eq!(lines[0]["key"].as_str().unwrap().len(), 64);
    assert_eq!(fake.count(), 2);
}

#[tokio::test]
async fn record_writes_down_what_the_cache_already_had() {
    let fake = counting();
    let mut lab = Lab::at(&fake);
    get(&lab.client_in(Responses::Auto), &ask(MODEL, "hi")).await;
    assert!(!lab.recordings().exists());
    let cached = get(&lab.client_in(Responses::Record), &ask(MODEL, "hi")).await;
    assert_eq!(cached.source, Source::Cache);
    fs::remove_dir_all(lab.dir.path().join("cache")).unwrap();
    let replayed = get(&lab.client_in(Responses::Replay), &ask(MODEL, "hi")).await;
    assert_eq!(content(&replayed), content(&cached));
    assert_eq!(fake.count(), 1);
}

#[tokio::test]
async fn a_missing_recording_names_the_case_and_the_way_out() {
    let mut lab = Lab::bare();
    let client = lab.client_in(Responses::Replay);
    let mut judge = ask(MODEL, "hi");
    judge.label.evaluator = Some("helpful".into());
    judge.repeat = 2;
    let error = client.answer(&judge).await.unwrap_err();
    assert_eq!(error.class, ErrorClass::MissingRecording);
    for part in [
        "`late-order`",
        "`helpful`",
        "customer-support@1.2.0",
        "repeat 2",
        "--responses record",
    ] {
        assert!(error.message.contains(part), "{error}");
    }
    assert_eq!(client.calls_made(), 0);
    assert_eq!(client.stored(&judge), None);
}

#[tokio::test]
async fn the_cache_answers_the_second_run_but_never_another_repeat_or_address() {
    let fake = counting();
    let mut lab = Lab::at(&fake);
    let first = get(&lab.client(), &ask(MODEL, "hi")).await;
    let client = lab.client();
    let again = get(&client, &ask(MODEL, "hi")).await;
    assert_eq!((again.source, again.calls), (Source::Cache, 0));
    assert_eq!(content(&again), content(&first));
    let repeat = Ask {
        repeat: 1,
        ..ask(MODEL, "hi")
    };
    assert_eq!(get(&client, &repeat).await.completion.content, "answer 2");
    let elsewhere = counting();
    lab.set(
        "OPENAI_BASE_URL",
        &elsewhere.url(crate::fake_provider::Kind::OpenAi),
    );
    assert_eq!(
        get(&lab.client(), &ask(MODEL, "hi")).await.source,
        Source::Live
    );
    assert_eq!(elsewhere.count(), 1);
}

#[tokio::test]
async fn live_always_calls_and_refreshes_the_cache() {
    let fake = counting();
    let mut lab = Lab::at(&fake);
    let live = lab.client_in(Responses::Live);
    for number in 1..=2 {
        let reply = get(&live, &ask(MODEL, "hi")).await;
        assert_eq!(reply.completion.content, format!("answer {number}"));
    }
    assert_eq!(live.stored(&ask(MODEL, "hi")), None);
    let auto = get(&lab.client_in(Responses::Auto), &ask(MODEL, "hi")).await;
    assert_eq!(
        (auto.source, auto.completion.content.as_str()),
        (Source::Cache, "answer 2")
    );
}

#[tokio::test]
async fn two_clients_share_one_cache() {
    let fake = counting();
    let lab = Lab::at(&fake);
    let clients = [Arc::new(lab.client()), Arc::new(lab.client())];
    let tasks: Vec<_> = (0..200)
        .map(|n| {
            let client = Arc::clone(&clients[n % 2]);
            tokio::spawn(async move { client.answer(&ask(MODEL, &(n / 8).to_string())).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let before = fake.count();
    let third = lab.client();
    for n in 0..25 {
        assert_eq!(
            get(&third, &ask(MODEL, &n.to_string())).await.source,
            Source::Cache
        );
    }
    assert_eq!(fake.count(), before);
    assert_eq!(third.store_fault(), None);
}

#[tokio::test]
async fn a_cache_that_cannot_be_written_is_told_and_costs_no_answer() {
    let fake = counting();
    let lab = Lab::at(&fake);
    fs::write(
        lab.dir.path().join("cache"),
        "a file where the folder should be",
    )
    .unwrap();
    let client = lab.client();
    assert_eq!(get(&client, &ask(MODEL, "hi")).await.source, Source::Live);
    assert!(
        client
            .store_fault()
            .unwrap()
            .starts_with("cannot write the cache: ")
    );
}
