//! Tokens of answers that cannot be used are priced like those of all others.

use prompteval::model::Usage;
use serde_json::json;

use crate::fake_provider::{FakeProvider, Reply, Script};
use crate::lab::{Lab, ask};

const MODEL: &str = "openai/gpt-6-luna";

/// What a call costs whose answers hold no choice, and how often it was sent.
async fn lost(tier: Option<&str>) -> (f64, u32) {
    let usage = json!({"prompt_tokens": 1_000_000, "completion_tokens": 1_000_000});
    let mut body = json!({"model": "gpt-6-luna", "choices": [], "usage": usage});
    if let Some(tier) = tier {
        body["service_tier"] = tier.into();
    }
    let fake = FakeProvider::start(Script::always(Reply::Raw {
        status: 200,
        headers: vec![],
        body: body.to_string(),
    }));
    let client = Lab::at(&fake).client();
    let error = client.answer(&ask(MODEL, "hi")).await.unwrap_err();
    let usage = Usage {
        input: 1_000_000,
        output: 1_000_000,
        ..Usage::default()
    };
    let each = client.cost(&MODEL.parse().unwrap(), &usage, tier).unwrap();
    assert!(error.calls > 0);
    assert!(
        (error.vain.paid_usd - each * f64::from(error.calls)).abs() < 1e-9,
        "{tier:?}: {} is not {} times {each}",
        error.vain.paid_usd,
        error.calls
    );
    (each, error.calls)
}

#[tokio::test]
async fn lost_tokens_are_priced_by_the_tier_of_service() {
    let usual = lost(None).await;
    let flex = lost(Some("flex")).await;
    assert_eq!(usual.1, flex.1);
    assert!(flex.0 < usual.0, "{} is not below {}", flex.0, usual.0);
}
