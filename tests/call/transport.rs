//! Several runs over one transport: what they share, and what each has of its own.

use std::time::{Duration, Instant};

use prompteval::call::Ask;
use prompteval::model::ErrorClass;

use crate::fake_provider::{FakeProvider, Reply, Script};
use crate::lab::{Lab, ask};

const OPENAI: &str = "openai/gpt-6-luna";
const OTHER: &str = "openai/gpt-6-sol";

#[tokio::test]
async fn runs_share_connections_answers_and_what_servers_take_and_count_for_themselves() {
    let fake = FakeProvider::start(Script::default());
    let lab = Lab::at(&fake);
    let transport = lab.transport().unwrap();
    let (one, two) = (
        lab.client_over(&transport).unwrap(),
        lab.client_over(&transport).unwrap(),
    );
    one.answer(&ask(OPENAI, "first")).await.unwrap();
    two.answer(&ask(OPENAI, "second")).await.unwrap();
    two.answer(&ask(OPENAI, "third")).await.unwrap();
    assert_eq!((fake.connections(), fake.count()), (1, 3));
    let again = one.answer(&ask(OPENAI, "second")).await.unwrap();
    assert_eq!(again.calls, 0, "out of the cache");
    assert_eq!((one.calls_made(), two.calls_made()), (1, 2));
}

#[tokio::test]
async fn a_lane_that_is_paused_for_one_run_is_paused_for_all() {
    let fake = FakeProvider::start(Script::answering(|seen| match seen.number {
        1 => Reply::status(429, "later").header("retry-after-ms", "600"),
        _ => Reply::text("ok"),
    }));
    let lab = Lab::at(&fake);
    let transport = lab.transport().unwrap();
    let (one, two) = (
        lab.client_over(&transport).unwrap(),
        lab.client_over(&transport).unwrap(),
    );
    let began = Instant::now();
    let question = ask(OPENAI, "one");
    let first = async {
        let reply = one.answer(&question).await.unwrap();
        assert_eq!(reply.calls, 2);
    };
    let second = async {
        while one.slowdowns().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        two.answer(&ask(OTHER, "two")).await.unwrap();
        let other = began.elapsed();
        two.answer(&ask(OPENAI, "two")).await.unwrap();
        (other, began.elapsed())
    };
    let ((), (other, same)) = tokio::join!(first, second);
    assert!(other < Duration::from_millis(500), "{other:?}");
    assert!(same >= Duration::from_millis(600), "{same:?}");
    assert_eq!(one.slowdowns().len(), 1);
    assert_eq!(two.slowdowns(), [], "nobody complained about this run");
}

#[tokio::test]
async fn a_budget_that_is_used_up_ends_its_own_run_only() {
    let fake = FakeProvider::start(Script::default());
    let mut lab = Lab::at(&fake);
    let transport = lab.transport().unwrap();
    let question = |prompt: &str| {
        let mut ask = ask(OPENAI, prompt);
        ask.request.params.insert("max_tokens".into(), 100.into());
        ask
    };
    let rich = lab.client_over(&transport).unwrap();
    lab.max_cost_usd = Some(rich.most_cost(&question("1").request).unwrap());
    let poor = lab.client_over(&transport).unwrap();
    poor.answer(&question("1")).await.unwrap();
    let refused = poor.answer(&question("2")).await.unwrap_err();
    assert_eq!(refused.class, ErrorClass::Budget);
    rich.answer(&question("3")).await.unwrap();
    let other = lab.client_over(&transport).unwrap();
    other.answer(&question("4")).await.unwrap();
}

#[tokio::test]
async fn what_one_run_gives_up_another_one_tries() {
    let fake = FakeProvider::start(Script::answering(|seen| match seen.number {
        1 => Reply::status(401, "no such key"),
        2..=4 => Reply::status(503, "down"),
        _ => Reply::text("ok"),
    }));
    let mut lab = Lab::at(&fake);
    lab.max_retries = 0;
    let transport = lab.transport().unwrap();
    let without_key = lab.client_over(&transport).unwrap();
    for prompt in ["1", "2"] {
        let error = without_key.answer(&ask(OPENAI, prompt)).await.unwrap_err();
        assert_eq!(error.class, ErrorClass::Auth);
    }
    let unlucky = lab.client_over(&transport).unwrap();
    for prompt in ["1", "2", "3", "4"] {
        let error = unlucky.answer(&ask(OPENAI, prompt)).await.unwrap_err();
        assert_eq!(error.class, ErrorClass::Provider);
    }
    assert_eq!(fake.count(), 4, "one without a key, three in a row lost");
    let next = lab.client_over(&transport).unwrap();
    next.answer(&ask(OPENAI, "1")).await.unwrap();
}

#[tokio::test]
async fn the_losses_of_one_run_are_not_those_of_the_next() {
    let fake = FakeProvider::start(Script::answering(|seen| match seen.number {
        1..=4 => Reply::status(503, "down"),
        _ => Reply::text("ok"),
    }));
    let mut lab = Lab::at(&fake);
    lab.max_retries = 0;
    let transport = lab.transport().unwrap();
    for prompts in [["1", "2"], ["3", "4"]] {
        let client = lab.client_over(&transport).unwrap();
        for prompt in prompts {
            client.answer(&ask(OPENAI, prompt)).await.unwrap_err();
        }
        if fake.count() == 4 {
            client.answer(&ask(OPENAI, "5")).await.unwrap();
        }
    }
    assert_eq!(fake.count(), 5);
}

#[tokio::test]
async fn a_stop_that_expires_lets_the_next_call_find_out() {
    let fake = FakeProvider::start(Script::answering(|seen| match seen.number {
        1 => Reply::status(401, "no such key"),
        _ => Reply::text("ok"),
    }));
    let mut lab = Lab::at(&fake);
    lab.stops_last = Some(Duration::from_millis(400));
    let client = lab.client();
    client.answer(&ask(OPENAI, "1")).await.unwrap_err();
    let stopped = client.answer(&ask(OTHER, "2")).await.unwrap_err();
    assert_eq!((stopped.class, fake.count()), (ErrorClass::Auth, 1));
    tokio::time::sleep(Duration::from_millis(450)).await;
    client.answer(&ask(OPENAI, "3")).await.unwrap();
}

#[tokio::test]
async fn an_asker_that_is_dropped_leaves_nothing_for_others_to_wait_for() {
    let fake = FakeProvider::start(Script::answering(|seen| match seen.number {
        1 => Reply::text("too late").after(Duration::from_secs(60)),
        _ => Reply::text("ok"),
    }));
    let client = Lab::at(&fake).client();
    let shared = Ask {
        shared: true,
        ..ask(OPENAI, "hi")
    };
    let arrived = async {
        while fake.count() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        _ = client.answer(&shared) => panic!("answered too early"),
        () = arrived => {}
    }
    let reply = client.answer(&shared).await.unwrap();
    assert_eq!((reply.completion.content.as_str(), reply.calls), ("ok", 1));
}
