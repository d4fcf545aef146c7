//! Providers out of settings and environment: addresses, keys, and what is wrong with them.

use prompteval::call::MissingKey;
use prompteval::model::Responses;
use prompteval::model::settings::{PriceSpec, ProviderSpec};
use prompteval::model::{Location, Usage};
use serde_json::json;

use crate::lab::{Lab, request};

fn spec(kind: Option<&str>, base_url: Option<&str>) -> ProviderSpec {
    ProviderSpec {
        kind: kind.map(str::to_owned),
        base_url: base_url.map(str::to_owned),
        at: Location::file("prompteval.yaml"),
        kind_at: Location::file("prompteval.yaml"),
        ..ProviderSpec::default()
    }
}

fn url(lab: &Lab, model: &str) -> String {
    lab.client().encode(&request(model, "hi")).unwrap().url
}

#[test]
fn the_file_goes_before_the_environment_and_that_before_the_default() {
    let mut lab = Lab::bare();
    assert_eq!(
        url(&lab, "openai/m"),
        "https://api.openai.com/v1/chat/completions"
    );
    assert_eq!(
        url(&lab, "openai-responses/m"),
        "https://api.openai.com/v1/responses"
    );
    assert_eq!(
        url(&lab, "anthropic/m"),
        "https://api.anthropic.com/v1/messages"
    );
    assert_eq!(
        url(&lab, "deepseek/m"),
        "https://api.deepseek.com/chat/completions"
    );
    lab.set("OPENAI_BASE_URL", "http://127.0.0.1:9/v1/");
    lab.set("ANTHROPIC_BASE_URL", "");
    assert_eq!(
        url(&lab, "openai/m"),
        "http://127.0.0.1:9/v1/chat/completions"
    );
    assert_eq!(
        url(&lab, "anthropic/m"),
        "https://api.anthropic.com/v1/messages"
    );
    let own = spec(None, Some("https://proxy.example/openai/"));
    lab.settings.providers.insert("openai".into(), own);
    assert_eq!(
        url(&lab, "openai/m"),
        "https://proxy.example/openai/chat/completions"
    );
}

#[test]
fn max_tokens_follows_the_address() {
    let mut lab = Lab::bare();
    let mut request = request("openai/m", "hi");
    request.params.insert("max_tokens".into(), json!(9));
    let field = |lab: &Lab, provider: &str, name: &str| {
        let mut request = request.clone();
        request.model.provider = provider.to_owned();
        lab.client()
            .encode(&request)
            .unwrap()
            .body
            .get(name)
            .is_some()
    };
    assert!(field(&lab, "openai", "max_completion_tokens"));
    lab.set("OPENAI_BASE_URL", "http://127.0.0.1:9/v1");
    assert!(field(&lab, "openai", "max_tokens"));
    let local = spec(Some("openai"), Some("http://127.0.0.1:9/v1"));
    lab.settings.providers.insert("local".into(), local);
    let eu = spec(Some("openai"), Some("https://api.openai.com/v1"));
    lab.settings.providers.insert("eu".into(), eu);
    assert!(field(&lab, "local", "max_tokens"));
    assert!(field(&lab, "eu", "max_completion_tokens"));
}

#[test]
fn a_key_is_missing_only_where_a_call_needs_one() {
    let mut lab = Lab::bare();
    let missing = |lab: &Lab, provider: &str| lab.client().missing_key(provider);
    let needed = |provider: &str, variable: &str| {
        Some(MissingKey {
            provider: provider.into(),
            variable: variable.into(),
        })
    };
    assert_eq!(missing(&lab, "openai"), needed("openai", "OPENAI_API_KEY"));
    lab.set("OPENAI_API_KEY", "  ");
    assert_eq!(missing(&lab, "openai"), needed("openai", "OPENAI_API_KEY"));
    for address in [
        "http://localhost:1/v1",
        "http://127.0.0.2:1",
        "http://[::1]:1",
    ] {
        lab.set("OPENAI_BASE_URL", address);
        assert_eq!(missing(&lab, "openai"), None, "{address}");
    }
    let mut local = spec(Some("openai"), Some("http://127.0.0.1:9/v1"));
    lab.settings.providers.insert("local".into(), local.clone());
    assert_eq!(missing(&lab, "local"), None);
    local.api_key_env = Some("LOCAL_KEY".into());
    lab.settings.providers.insert("local".into(), local);
    assert_eq!(missing(&lab, "local"), needed("local", "LOCAL_KEY"));
    lab.set("LOCAL_KEY", "sk-local-key");
    assert_eq!(missing(&lab, "local"), None);
}

#[test]
fn every_mistake_of_every_provider_is_reported_at_once() {
    let mut lab = Lab::bare();
    let mut bad_header = spec(Some("openai"), Some("http://127.0.0.1:9"));
    bad_header.headers.insert("bad name".into(), "x".into());
    for (name, spec) in [
        ("a", spec(Some("gemini"), None)),
        ("b", spec(None, Some("http://127.0.0.1:9"))),
        ("c", spec(Some("openai"), Some("127.0.0.1:9/v1"))),
        (
            "d",
            spec(Some("openai"), Some("https://x.example/v1?api-version=1")),
        ),
        ("e", bad_header),
    ] {
        lab.settings.providers.insert(name.into(), spec);
    }
    lab.set("DEEPSEEK_BASE_URL", "ftp://x");
    let problems = lab.try_client().unwrap_err();
    let mut codes: Vec<&str> = problems.iter().map(|problem| problem.code).collect();
    codes.sort_unstable();
    let bad_url = "bad-base-url";
    assert_eq!(
        codes,
        [
            bad_url,
            bad_url,
            bad_url,
            "bad-header",
            "missing-kind",
            "unknown-kind"
        ]
    );
    let hint = problems
        .iter()
        .find_map(|problem| problem.hint.clone())
        .unwrap();
    assert_eq!(
        hint,
        "kinds are anthropic, deepseek, openai, openai-responses"
    );
}

#[test]
fn a_bad_recording_is_a_problem_except_where_it_is_not_read() {
    let mut lab = Lab::bare();
    std::fs::create_dir_all(lab.recordings()).unwrap();
    std::fs::write(lab.recordings().join("a.jsonl"), "{\n").unwrap();
    let problems = lab.try_client().unwrap_err().sorted();
    assert_eq!(problems[0].code, "bad-recording");
    assert!(
        problems[0]
            .location
            .to_string()
            .starts_with("evals/recordings/a.jsonl:1:")
    );
    lab.mode = Responses::Live;
    assert!(lab.try_client().is_ok());
}

#[test]
fn prices_belong_to_vendors_and_to_those_who_state_them() {
    let mut lab = Lab::bare();
    let local = spec(Some("openai"), Some("http://127.0.0.1:9/v1"));
    lab.settings.providers.insert("local".into(), local);
    let free = PriceSpec::default();
    lab.settings.prices.insert("local/llama3".into(), free);
    let client = lab.client();
    let usage = Usage {
        input: 1_000_000,
        ..Usage::default()
    };
    let cost = |model: &str| client.cost(&model.parse().unwrap(), &usage, None);
    assert_eq!(cost("openai-responses/gpt-6-sol"), cost("openai/gpt-6-sol"));
    assert!(cost("openai/gpt-6-sol").is_some());
    assert_eq!(cost("local/gpt-6-sol"), None);
    assert_eq!(cost("local/llama3"), Some(0.0));
    assert!(client.knows("local") && !client.knows("opena"));
    let names: Vec<&str> = client.provider_names().collect();
    assert_eq!(
        names,
        [
            "anthropic",
            "deepseek",
            "local",
            "openai",
            "openai-responses"
        ]
    );
    assert_eq!(
        Responses::ALL.map(Responses::as_str),
        ["auto", "live", "replay", "record"]
    );
}
