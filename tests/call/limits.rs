//! What a provider's complaints, headers and deadlines do to the calls that wait for it.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::future::join_all;
use prompteval::call::{Ask, Client};
use prompteval::model::exchange::Reply as Answered;
use prompteval::model::{CallError, ErrorClass};

use crate::fake_provider::{FakeProvider, Kind, Reply, Script, Seen};
use crate::lab::{Lab, ask};

const OPENAI: &str = "openai/gpt-6-luna";
const ANTHROPIC: &str = "anthropic/claude-haiku-5-5";

/// Questions that differ.
fn asks(model: &str, count: usize) -> Vec<Ask> {
    (0..count)
        .map(|n| ask(model, &format!("question {n}")))
        .collect()
}

async fn all(client: &Client, asks: &[Ask]) -> Vec<Result<Answered, CallError>> {
    join_all(asks.iter().map(|ask| client.answer(ask))).await
}

/// Milliseconds at which requests arrived, counted from the first.
#[derive(Clone, Default)]
struct Arrivals(Arc<Mutex<Vec<Instant>>>);

impl Arrivals {
    fn note(&self) {
        self.0.lock().unwrap().push(Instant::now());
    }

    fn millis(&self) -> Vec<u128> {
        let times = self.0.lock().unwrap();
        let from_first = times.iter().map(|time| time.duration_since(times[0]));
        from_first.map(|time| time.as_millis()).collect()
    }
}

/// A provider that says when it was asked.
fn timed(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> (FakeProvider, Arrivals) {
    let arrivals = Arrivals::default();
    let noted = arrivals.clone();
    let fake = FakeProvider::start(Script::answering(move |seen| {
        noted.note();
        answer(seen)
    }));
    (fake, arrivals)
}

fn with_rpm(lab: &mut Lab, rpm: u32) {
    let openai = lab.settings.providers.entry("openai".into());
    openai.or_default().rpm = Some(rpm);
}

#[tokio::test]
async fn a_wrong_key_ends_calls_that_wait_for_their_turn() {
    let fake = FakeProvider::start(Script::default().key("sk-another-key"));
    let mut lab = Lab::at(&fake);
    with_rpm(&mut lab, 6);
    let client = lab.client();
    let began = Instant::now();
    for outcome in all(&client, &asks(OPENAI, 40)).await {
        assert_eq!(outcome.unwrap_err().class, ErrorClass::Auth);
    }
    assert!(
        began.elapsed() < Duration::from_secs(3),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(fake.count(), 1);
}

#[tokio::test]
async fn a_wrong_key_ends_calls_that_wait_for_a_retry() {
    for status in [429, 503] {
        let fake = FakeProvider::start(Script::answering(move |seen| match seen.number {
            1 => Reply::status(status, "later").header("retry-after", "20"),
            _ => Reply::status(401, "no such key").after(Duration::from_millis(300)),
        }));
        let client = Lab::at(&fake).client();
        let began = Instant::now();
        for outcome in all(&client, &asks(OPENAI, 2)).await {
            let error = outcome.unwrap_err();
            assert_eq!(error.class, ErrorClass::Auth, "{status}");
        }
        assert!(
            began.elapsed() < Duration::from_secs(5),
            "{status}: {:?}",
            began.elapsed()
        );
        assert_eq!(fake.count(), 2);
    }
}

#[tokio::test]
async fn a_missing_model_does_not_strand_another_models_calls_in_a_pause() {
    let fake = FakeProvider::start(Script::answering(|seen| {
        match (seen.number, seen.body["model"].as_str()) {
            (1, _) => Reply::status(429, "later").header("retry-after", "1"),
            (_, Some("gone")) => Reply::status(404, "no such model"),
            _ => Reply::text("ok"),
        }
    }));
    let mut lab = Lab::at(&fake);
    lab.concurrency = 2;
    let client = lab.client();
    let mut mixed = asks(OPENAI, 10);
    mixed.extend(asks("openai/gone", 10));
    let outcomes = tokio::time::timeout(Duration::from_secs(8), all(&client, &mixed)).await;
    let outcomes = outcomes.unwrap();
    assert_eq!(
        outcomes.iter().filter(|outcome| outcome.is_ok()).count(),
        10
    );
}

#[tokio::test]
async fn nothing_begins_in_a_pause_not_even_what_was_about_to() {
    let (fake, arrivals) = timed(|seen| match seen.number {
        1 => Reply::status(429, "later").header("retry-after-ms", "2500"),
        _ => Reply::text("ok"),
    });
    let mut lab = Lab::at(&fake);
    with_rpm(&mut lab, 1200);
    let client = lab.client();
    for outcome in all(&client, &asks(OPENAI, 10)).await {
        outcome.unwrap();
    }
    let early = arrivals.millis();
    let early: Vec<u128> = early
        .into_iter()
        .filter(|ms| (500..2_400).contains(ms))
        .collect();
    assert_eq!(early, [0; 0], "calls that began in the pause");
}

#[tokio::test]
async fn a_call_that_waits_for_a_slot_of_the_run_heeds_a_pause_too() {
    let (fake, arrivals) = timed(|seen| match seen.kind {
        Some(Kind::Anthropic) => Reply::text("ok").after(Duration::from_millis(800)),
        _ if seen.prompt == "question 0" => Reply::status(429, "later")
            .header("retry-after-ms", "2500")
            .after(Duration::from_millis(100)),
        _ => Reply::text("ok"),
    });
    let mut lab = Lab::at(&fake);
    lab.concurrency = 2;
    lab.max_retries = 0;
    let client = lab.client();
    // One slot is Anthropic's, one OpenAI's; the other OpenAI calls have a place in their lane and wait for a slot.
    let mut mixed = asks(ANTHROPIC, 1);
    mixed.extend(asks(OPENAI, 4));
    let _ = all(&client, &mixed).await;
    let times = arrivals.millis();
    assert_eq!(times.len(), 5);
    let early = times.iter().filter(|ms| (700..2_500).contains(*ms));
    assert_eq!(early.count(), 0, "calls that began in the pause: {times:?}");
}

#[tokio::test]
async fn a_wait_beyond_what_is_allowed_ends_the_waiting_calls_unasked_and_says_so() {
    let reply = Reply::status(429, "come back in an hour").header("retry-after", "3600");
    let fake = FakeProvider::start(Script::always(reply));
    let mut lab = Lab::at(&fake);
    lab.concurrency = 2;
    let client = lab.client();
    let began = Instant::now();
    for outcome in all(&client, &asks(OPENAI, 30)).await {
        let error = outcome.unwrap_err();
        assert_eq!(error.class, ErrorClass::RateLimit);
        assert!(
            error
                .message
                .contains("asks to wait 3600 s, longer than 120 s"),
            "{error}"
        );
    }
    assert!(
        fake.count() <= 3,
        "{} calls to a provider that asked for none",
        fake.count()
    );
    assert!(began.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn a_wait_beyond_the_deadline_ends_the_call_at_once_and_says_so() {
    for status in [429, 503] {
        let reply = Reply::status(status, "later").header("retry-after", "30");
        let fake = FakeProvider::start(Script::always(reply));
        let mut lab = Lab::at(&fake);
        lab.deadline = Some(Instant::now() + Duration::from_secs(10));
        let error = lab.client().answer(&ask(OPENAI, "hi")).await.unwrap_err();
        assert!(
            error
                .message
                .contains("asks to wait 30 s, longer than the run's deadline leaves"),
            "{error}"
        );
        assert!(lab.deadline.unwrap() > Instant::now() + Duration::from_secs(8));
    }
}

#[tokio::test]
async fn absurd_headers_hang_no_run() {
    const WHAT: [(&str, &str, &str); 5] = [
        ("2", "1", "9000h"),
        ("2", "0", "9000h"),
        ("-1", "0", "1h"),
        ("NaN", "inf", "-5s"),
        ("1e300", "0", "1e300"),
    ];
    let fake = FakeProvider::start(Script::answering(|seen| {
        let (limit, remaining, reset) = WHAT[seen.number % WHAT.len()];
        let mut reply = Reply::Raw {
            status: 200,
            headers: Vec::new(),
            body: r#"{"choices":[{"message":{"content":"ok"}}]}"#.into(),
        };
        for of in ["requests", "tokens"] {
            for (what, value) in [("limit", limit), ("remaining", remaining), ("reset", reset)] {
                reply = reply.header(&format!("x-ratelimit-{what}-{of}"), value);
            }
        }
        reply
    }));
    let client = Lab::at(&fake).client();
    let began = Instant::now();
    for outcome in all(&client, &asks(OPENAI, 60)).await {
        outcome.unwrap();
    }
    assert!(
        began.elapsed() < Duration::from_secs(3),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test]
async fn one_limited_provider_leaves_the_slots_to_the_others() {
    let fake = FakeProvider::start(Script::answering(|seen| match seen.kind {
        Some(Kind::OpenAi) => Reply::status(429, "later").header("retry-after", "2"),
        _ => Reply::text("ok").after(Duration::from_millis(20)),
    }));
    let mut lab = Lab::at(&fake);
    lab.concurrency = 4;
    let client = lab.client();
    let (limited, others) = (asks(OPENAI, 20), asks(ANTHROPIC, 40));
    let began = Instant::now();
    let others = async {
        for outcome in all(&client, &others).await {
            outcome.unwrap();
        }
        began.elapsed()
    };
    tokio::select! {
        took = others => assert!(took < Duration::from_millis(1500), "{took:?}"),
        _ = all(&client, &limited) => panic!("the limited one is first"),
    }
    let slowed = client.slowdowns();
    let slowed = slowed.iter().map(|(model, ..)| model.to_string());
    assert_eq!(slowed.collect::<Vec<_>>(), [OPENAI]);
}

#[tokio::test]
async fn a_model_that_only_complains_is_given_up_and_its_fallback_takes_over_at_once() {
    for status in [429, 529] {
        let fake = FakeProvider::start(Script::answering(move |seen| match seen.kind {
            Some(Kind::OpenAi) => Reply::status(status, "later").header("retry-after-ms", "50"),
            _ => Reply::text("ok"),
        }));
        let mut lab = Lab::at(&fake);
        lab.max_retries = 5;
        let client = lab.client();
        let began = Instant::now();
        let alone = all(&client, &asks(OPENAI, 1_000)).await;
        let errors: Vec<CallError> = alone.into_iter().map(Result::unwrap_err).collect();
        let last = errors.last().unwrap();
        let why = format!("{OPENAI} is given up for this run: 3 calls in a row got no answer");
        assert!(last.message.contains(&why), "{last}");
        assert!(last.message.contains(&status.to_string()), "{last}");
        // A call that is exhausted takes 5 waits of 50 ms; those that were sent before the first complaint are one burst.
        let took = began.elapsed();
        assert!(took < Duration::from_secs(3), "{took:?}");
        assert!(fake.count() < 60, "{} requests", fake.count());

        let before = fake.count();
        let mut helped = asks(OPENAI, 100);
        for ask in &mut helped {
            let mut other = ask.request.clone();
            other.model = ANTHROPIC.parse().unwrap();
            ask.fallback = vec![other];
        }
        for outcome in all(&client, &helped).await {
            assert_eq!(outcome.unwrap().fallback, Some(ANTHROPIC.parse().unwrap()));
        }
        assert_eq!(fake.count() - before, 100, "nobody pays in full first");
    }
}

#[tokio::test]
async fn an_answer_between_two_lost_calls_keeps_a_model() {
    let fake = FakeProvider::start(Script::answering(|seen| {
        let number: usize = seen.prompt.trim_start_matches("question ").parse().unwrap();
        if number.is_multiple_of(2) {
            Reply::status(500, "no")
        } else {
            Reply::text("ok")
        }
    }));
    let mut lab = Lab::at(&fake);
    (lab.max_retries, lab.concurrency) = (0, 1);
    let client = lab.client();
    let outcomes = all(&client, &asks(OPENAI, 20)).await;
    assert_eq!(outcomes.iter().filter(|one| one.is_ok()).count(), 10);
    let dead = FakeProvider::start(Script::always(Reply::status(503, "down")));
    let mut lab = Lab::at(&dead);
    (lab.max_retries, lab.concurrency) = (0, 1);
    let client = lab.client();
    for outcome in all(&client, &asks(OPENAI, 50)).await {
        assert!(outcome.is_err());
    }
    assert_eq!(dead.count(), 3);
}

#[tokio::test]
async fn one_limited_model_leaves_the_others_of_its_provider_alone() {
    let fake = FakeProvider::start(Script::answering(|seen| {
        if seen.body["model"] == "gpt-6-luna" {
            Reply::status(429, "later").header("retry-after", "2")
        } else {
            Reply::text("ok").after(Duration::from_millis(5))
        }
    }));
    let lab = Lab::at(&fake);
    let client = lab.client();
    let (limited, others) = (asks(OPENAI, 20), asks("openai/gpt-6-sol", 200));
    let began = Instant::now();
    let others = async {
        for outcome in all(&client, &others).await {
            outcome.unwrap();
        }
        began.elapsed()
    };
    tokio::select! {
        took = others => assert!(took < Duration::from_millis(1500), "{took:?}"),
        _ = all(&client, &limited) => panic!("the limited one is first"),
    }
    assert_eq!(client.slowdowns().len(), 1);
}

#[tokio::test]
async fn a_providers_own_limits_stand_above_its_models() {
    let (fake, arrivals) = timed(|_| Reply::text("ok"));
    let mut lab = Lab::at(&fake);
    with_rpm(&mut lab, 600);
    let client = lab.client();
    let both = [asks(OPENAI, 5), asks("openai/gpt-6-sol", 5)].concat();
    for outcome in all(&client, &both).await {
        outcome.unwrap();
    }
    let millis = arrivals.millis();
    let last = millis.last().copied().unwrap();
    assert!(
        (800..1_500).contains(&last),
        "ten at 600 a minute: {millis:?}"
    );
}
