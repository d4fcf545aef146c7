//! The same question asked by several at once: who calls, who pays, and what the others get.

use prompteval::model::Responses;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use prompteval::call::{Ask, Client};
use prompteval::model::exchange::Reply as Answered;
use prompteval::model::{CallError, ErrorClass, Source};

use crate::fake_provider::{FakeProvider, Kind, Reply, Script};
use crate::lab::{self, Lab};

const OPENAI: &str = "openai/gpt-6-luna";
const ANTHROPIC: &str = "anthropic/claude-haiku-5-5";

/// Answers this after a time in which everyone has asked.
fn slowly(reply: Reply) -> FakeProvider {
    FakeProvider::start(Script::always(reply).latency(Duration::from_millis(100)))
}

/// The question as it is asked where each case is asked once.
fn shared(ask: Ask) -> Ask {
    Ask {
        shared: true,
        ..ask
    }
}

fn ask(model: &str, prompt: &str) -> Ask {
    shared(lab::ask(model, prompt))
}

async fn all(client: &Client, asks: &[Ask]) -> Vec<Result<Answered, CallError>> {
    join_all(asks.iter().map(|ask| client.answer(ask))).await
}

#[tokio::test]
async fn one_calls_and_the_others_have_its_answer_for_nothing_in_every_mode() {
    for mode in [Responses::Auto, Responses::Live, Responses::Record] {
        let fake = slowly(Reply::text("hello"));
        let client = Lab::at(&fake).client_in(mode);
        let replies = all(&client, &vec![ask(OPENAI, "hi"); 20]).await;
        assert_eq!(fake.count(), 1, "{mode:?}");
        let replies: Vec<Answered> = replies.into_iter().map(Result::unwrap).collect();
        let (own, others): (Vec<_>, Vec<_>) = replies
            .iter()
            .partition(|reply| reply.source == Source::Live);
        assert_eq!((own.len(), own[0].calls), (1, 1));
        for other in others {
            assert_eq!((other.source, other.calls), (Source::Cache, 0));
            assert_eq!(other.latency_ms, own[0].latency_ms);
            assert_eq!(other.completion, own[0].completion);
        }
    }
}

#[tokio::test]
async fn judges_of_equal_outputs_share_and_repeats_never_do() {
    let fake = slowly(Reply::text("hello"));
    let client = Lab::at(&fake).client();
    let judged = [1, 2].map(|case| {
        let mut ask = shared(lab::ask_judge(OPENAI));
        ask.label.case = format!("case {case}");
        ask.label.evaluator = Some("kind".into());
        ask
    });
    for reply in all(&client, &judged).await {
        reply.unwrap();
    }
    assert_eq!(fake.count(), 1);
    let repeats = [0, 1, 2].map(|repeat| Ask {
        repeat,
        ..ask(OPENAI, "hi")
    });
    for reply in all(&client, &repeats).await {
        assert_eq!(reply.unwrap().source, Source::Live);
    }
    assert_eq!(fake.count(), 4);
}

#[tokio::test]
async fn a_fault_is_everyones_and_is_asked_for_once() {
    let fake = slowly(Reply::status(500, "down").header("retry-after-ms", "1"));
    let client = Lab::at(&fake).client();
    let outcomes = all(&client, &vec![ask(OPENAI, "hi"); 20]).await;
    assert_eq!(fake.count(), 2, "a call and its retry");
    let errors: Vec<CallError> = outcomes.into_iter().map(Result::unwrap_err).collect();
    let calls: u32 = errors.iter().map(|error| error.calls).sum();
    assert_eq!(calls, 2);
    assert!(
        errors
            .iter()
            .all(|error| error.message == errors[0].message)
    );
}

#[tokio::test]
async fn the_budget_sets_aside_one_call_for_all_who_share_it() {
    let fake = slowly(Reply::text("hello"));
    let mut lab = Lab::at(&fake);
    let mut question = ask(OPENAI, "hi");
    question.request.params = [("max_tokens".to_owned(), 100.into())]
        .into_iter()
        .collect();
    let most = lab.client().most_cost(&question.request).unwrap();
    lab.max_cost_usd = Some(most * 1.5);
    let client = lab.client();
    for reply in all(&client, &vec![question; 20]).await {
        reply.unwrap();
    }
    assert_eq!(fake.count(), 1);
}

#[tokio::test]
async fn who_waits_takes_over_from_one_who_is_given_up() {
    let fake = slowly(Reply::text("hello"));
    let client = Arc::new(Lab::at(&fake).client());
    let start = || {
        let client = Arc::clone(&client);
        tokio::spawn(async move { client.answer(&ask(OPENAI, "hi")).await })
    };
    let first = start();
    while fake.count() == 0 {
        tokio::task::yield_now().await;
    }
    let others = [start(), start()];
    tokio::task::yield_now().await;
    first.abort();
    let mut calls = 0;
    for other in others {
        calls += other.await.unwrap().unwrap().calls;
    }
    assert_eq!((calls, fake.count()), (1, 2));
}

/// A candidate may differ from its baseline in nothing but the fallback: their requests are the same bytes.
#[tokio::test]
async fn only_those_with_the_same_fallbacks_share() {
    let fake = FakeProvider::start(Script::answering(|seen| {
        let late = Duration::from_millis(100);
        match seen.kind {
            Some(Kind::OpenAi) => Reply::status(500, "down").after(late),
            _ => Reply::text("from the fallback").after(late),
        }
    }));
    let mut lab = Lab::at(&fake);
    lab.max_retries = 0;
    let client = lab.client();
    let with = shared(lab::ask_with_fallback(OPENAI, ANTHROPIC));
    for asks in [
        [ask(OPENAI, "hi"), with.clone(), with.clone()],
        [with.clone(), with.clone(), ask(OPENAI, "hi")],
    ] {
        let before = fake.count();
        let outcomes = all(&client, &asks).await;
        for (ask, outcome) in asks.iter().zip(outcomes) {
            if ask.fallback.is_empty() {
                assert_eq!(outcome.unwrap_err().class, ErrorClass::Provider);
            } else {
                let reply = outcome.unwrap();
                assert_eq!(reply.fallback, ANTHROPIC.parse().ok(), "marked for all");
            }
        }
        assert_eq!(fake.count() - before, 3);
    }
}
