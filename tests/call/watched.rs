//! What an observer is told of calls.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use prompteval::call::{Ask, CallEvent, CallObserver, CallStep};
use prompteval::model::{ErrorClass, Usage};

use crate::fake_provider::{FakeProvider, Kind, Reply, Script};
use crate::lab::{Lab, ask, ask_with_fallback};

const OPENAI: &str = "openai/gpt-6-luna";
const ANTHROPIC: &str = "anthropic/claude-haiku-5-5";

/// Writes down each event: who asks whom, and what happens.
#[derive(Default)]
struct Log(Mutex<Vec<(String, String, CallStep)>>);

impl CallObserver for Log {
    fn on_call(&self, event: CallEvent<'_>) {
        let (case, model) = (event.label.case.clone(), event.model.to_string());
        self.0.lock().unwrap().push((case, model, event.step));
    }
}

/// What an observer is told while these questions are asked, one after the other.
async fn told(lab: &Lab, asks: &[Ask]) -> Vec<(String, String, CallStep)> {
    let client = lab.client();
    let log = Arc::new(Log::default());
    client.observe(Arc::clone(&log) as Arc<dyn CallObserver>);
    for ask in asks {
        let _ = client.answer(ask).await;
    }
    log.0.lock().unwrap().clone()
}

/// A step with its times left out.
fn timeless(step: CallStep) -> CallStep {
    match step {
        CallStep::Retry { class, .. } => CallStep::Retry {
            after: Duration::ZERO,
            class,
        },
        CallStep::Answered { usage, .. } => CallStep::Answered {
            latency_ms: 0.0,
            usage,
        },
        step => step,
    }
}

#[tokio::test]
async fn requests_retries_and_answers_are_told_in_their_order() {
    let fake = FakeProvider::start(Script::answering(|seen| match seen.number {
        1 => Reply::status(500, "down").header("retry-after-ms", "20"),
        _ => Reply::text("ok"),
    }));
    let mut other = ask(OPENAI, "hi");
    other.label.case = "the same question again".into();
    let told = told(&Lab::at(&fake), &[ask(OPENAI, "hi"), other]).await;
    let usage = Usage {
        input: 100,
        output: 20,
        ..Usage::default()
    };
    let expected = [
        CallStep::Sent { attempt: 1 },
        CallStep::Retry {
            after: Duration::ZERO,
            class: ErrorClass::Provider,
        },
        CallStep::Sent { attempt: 2 },
        CallStep::Answered {
            latency_ms: 0.0,
            usage: Some(usage),
        },
    ];
    let steps: Vec<CallStep> = told.iter().map(|(.., step)| timeless(*step)).collect();
    assert_eq!(steps, expected, "and nothing for what the cache answers");
    for (case, model, step) in &told {
        assert_eq!((case.as_str(), model.as_str()), ("late-order", OPENAI));
        match step {
            CallStep::Retry { after, .. } => assert!(*after >= Duration::from_millis(20)),
            CallStep::Answered { latency_ms, .. } => assert!(*latency_ms > 0.0),
            CallStep::Sent { .. } | CallStep::GivenUp { .. } => {}
        }
    }
}

#[tokio::test]
async fn a_model_that_is_given_up_and_its_fallback_are_told_by_name() {
    let fake = FakeProvider::start(Script::answering(|seen| match seen.kind {
        Some(Kind::OpenAi) => Reply::status(503, "down"),
        _ => Reply::text("from the fallback"),
    }));
    let mut lab = Lab::at(&fake);
    lab.max_retries = 0;
    let told = told(&lab, &[ask_with_fallback(OPENAI, ANTHROPIC)]).await;
    let class = ErrorClass::Provider;
    let steps: Vec<(&str, CallStep)> = told
        .iter()
        .map(|(_, model, step)| (model.as_str(), timeless(*step)))
        .collect();
    assert_eq!(
        steps[..3],
        [
            (OPENAI, CallStep::Sent { attempt: 1 }),
            (OPENAI, CallStep::GivenUp { class }),
            (ANTHROPIC, CallStep::Sent { attempt: 1 }),
        ]
    );
    assert!(matches!(steps[3], (ANTHROPIC, CallStep::Answered { .. })));
    assert_eq!(steps.len(), 4);
}
