//! A key leaves the process in its header and in nothing else.

use prompteval::model::ErrorClass;
use prompteval::model::Responses;
use serde_json::json;

use crate::fake_provider::{FakeProvider, Reply, Script, Seen};
use crate::lab::{KEY, KINDS, Lab, ask};

/// All of a request's headers as a careless provider would print them.
fn echo(seen: &Seen) -> String {
    let lines = seen
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}"));
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_provider_that_echoes_the_key_in_its_answer_does_not_spread_it() {
    let fake = FakeProvider::start(Script::answering(|seen| Reply::text(echo(seen))));
    let mut lab = Lab::at(&fake);
    let client = lab.client_in(Responses::Record);
    for (kind, model) in KINDS {
        let reply = client.answer(&ask(model, "hi")).await.unwrap();
        assert!(fake.requests().iter().all(|seen| echo(seen).contains(KEY)));
        assert!(reply.completion.content.contains("[redacted]"), "{kind:?}");
        assert!(!format!("{reply:?}").contains(KEY), "{kind:?}");
    }
    let files = lab.all_files();
    assert!(files.contains("[redacted]") && !files.contains(KEY));
    assert!(!format!("{client:?}").contains(KEY));
}

#[tokio::test]
async fn a_provider_that_echoes_the_key_in_its_errors_does_not_spread_it() {
    let bodies: [fn(&Seen) -> String; 2] = [
        |seen| json!({"error": {"message": echo(seen), "code": echo(seen)}}).to_string(),
        echo,
    ];
    for body in bodies {
        for status in [200, 400, 401] {
            let fake = FakeProvider::start(Script::answering(move |seen| Reply::Raw {
                status,
                headers: vec![("x-echo".into(), echo(seen).replace('\n', " "))],
                body: body(seen),
            }));
            let mut lab = Lab::at(&fake);
            lab.max_retries = 0;
            let client = lab.client();
            for (kind, model) in KINDS {
                let error = client.answer(&ask(model, "hi")).await.unwrap_err();
                assert!(
                    !format!("{error:?}").contains(KEY),
                    "{kind:?} {status}: {error}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_configured_header_that_is_a_secret_is_kept_like_a_key() {
    let fake = FakeProvider::start(Script::answering(|seen| Reply::text(echo(seen))));
    let mut lab = Lab::at(&fake);
    let spec = lab.settings.providers.entry("openai".into()).or_default();
    spec.headers
        .insert("x-gateway-token".into(), "gw-secret-42".into());
    spec.headers.insert("x-team".into(), "support".into());
    let client = lab.client();
    let ask = ask(KINDS[0].1, "hi");
    let reply = client.answer(&ask).await.unwrap();
    assert!(
        reply
            .completion
            .content
            .contains("x-gateway-token: [redacted]")
    );
    assert!(reply.completion.content.contains("x-team: support"));
    let shown = client.encode(&ask.request).unwrap().headers;
    assert_eq!(
        shown.iter().find(|(name, _)| name == "x-team").unwrap().1,
        "[redacted]"
    );
    let value = |name: &str| {
        let found = shown.iter().find(|(header, _)| header == name);
        found.map(|(_, value)| value.as_str())
    };
    assert_eq!(value("x-gateway-token"), Some("[redacted]"));
    assert_eq!(value("authorization"), Some("Bearer $OPENAI_API_KEY"));
}

#[tokio::test]
async fn another_vendors_key_never_goes_to_a_configured_provider() {
    let fake = FakeProvider::start(Script::default());
    let mut lab = Lab::at(&fake);
    let spec = lab.settings.providers.entry("local".into()).or_default();
    spec.kind = Some("openai".into());
    spec.base_url = Some(fake.url(crate::fake_provider::Kind::OpenAi));
    lab.client()
        .answer(&ask("local/llama3", "hi"))
        .await
        .unwrap();
    assert_eq!(fake.requests()[0].header("authorization"), None);
}

#[test]
fn a_key_with_a_line_break_is_a_problem_and_not_a_panic() {
    let mut lab = Lab::bare();
    lab.set("OPENAI_API_KEY", "sk-first-line\nsk-second");
    let problems = lab.try_client().unwrap_err().sorted();
    let all = format!("{problems:?}");
    assert!(all.contains("bad-key") && all.contains("OPENAI_API_KEY"));
    assert!(!all.contains("sk-first-line"));
    lab.set("OPENAI_API_KEY", " sk-first-line\n");
    assert!(lab.try_client().is_ok());
}

#[tokio::test]
async fn without_a_key_nothing_is_sent() {
    let lab = Lab::bare();
    let client = lab.client();
    let error = client.answer(&ask(KINDS[2].1, "hi")).await.unwrap_err();
    assert_eq!((error.class, client.calls_made()), (ErrorClass::Auth, 0));
    assert_eq!(
        error.message,
        "anthropic: no key: set the environment variable ANTHROPIC_API_KEY"
    );
}

#[test]
fn an_address_that_holds_a_password_is_refused_without_showing_it() {
    let mut lab = Lab::bare();
    lab.set("OPENAI_BASE_URL", "https://me:hunter22@proxy.example/v1");
    let problems = lab.try_client().unwrap_err().sorted();
    let all = format!("{problems:?}");
    assert!(all.contains("bad-base-url") && !all.contains("hunter22"));
}

#[tokio::test]
async fn a_key_in_another_spelling_is_taken_out_before_anything_is_kept() {
    let letters: Vec<String> = KEY.bytes().map(|byte| format!("\\u{byte:04x}")).collect();
    let escaped = letters.concat();
    let body = format!(
        "{{\"model\": \"{escaped}\", \"choices\": [{{\"message\": {{\"content\": \"it is {escaped}\"}}, \"finish_reason\": \"stop\"}}]}}"
    );
    let fake = FakeProvider::start(Script::always(Reply::Raw {
        status: 200,
        headers: Vec::new(),
        body,
    }));
    let mut lab = Lab::at(&fake);
    let client = lab.client_in(Responses::Record);
    let reply = client
        .answer(&ask("openai/gpt-6-luna", "hi"))
        .await
        .unwrap();
    assert_eq!(reply.completion.content, "it is [redacted]");
    assert_eq!(reply.completion.model.as_deref(), Some("[redacted]"));
    let error = format!("{{\"error\": {{\"message\": \"wrong key {escaped}\"}}}}");
    let fake = FakeProvider::start(Script::always(Reply::Raw {
        status: 401,
        headers: Vec::new(),
        body: error,
    }));
    let refused = Lab::at(&fake)
        .client()
        .answer(&ask("openai/gpt-6-luna", "hi"))
        .await
        .unwrap_err();
    assert!(
        refused.message.contains("wrong key [redacted]"),
        "{refused}"
    );
    assert!(!lab.all_files().contains(KEY));
}

/// A key with every letter spelled by its number, as JSON may.
fn by_numbers(text: &str) -> String {
    let letters = text.bytes().map(|byte| format!("\\u{byte:04x}"));
    letters.collect()
}

fn raw(status: u16, headers: &[(&str, &str)], body: &str) -> FakeProvider {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    FakeProvider::start(Script::always(Reply::Raw {
        status,
        headers: headers.iter().map(own).collect(),
        body: body.to_owned(),
    }))
}

#[tokio::test]
async fn no_half_of_a_key_is_left_where_a_long_text_is_cut() {
    let half = &KEY[..KEY.len() / 2];
    for spelled in [KEY.to_owned(), by_numbers(KEY)] {
        for filler in 270..300 {
            let message = format!("{}{spelled}", "x".repeat(filler));
            let body = format!("{{\"error\": {{\"message\": \"{message}\"}}}}");
            let fake = raw(400, &[], &body);
            let client = Lab::at(&fake).client();
            let refused = client.answer(&ask(KINDS[0].1, "hi")).await.unwrap_err();
            assert!(!refused.message.contains(half), "{filler}: {refused}");
        }
    }
}

#[tokio::test]
async fn a_key_in_json_within_an_answer_is_taken_out_before_a_judge_is_read() {
    let twice = by_numbers(KEY).replace('\\', "\\\\");
    let content = format!("{{\\\"reason\\\": \\\"{twice}\\\"}}");
    let body = format!(
        "{{\"model\": \"m\", \"choices\": [{{\"message\": {{\"content\": \"{content}\"}}, \"finish_reason\": \"{}\"}}], \"system_fingerprint\": \"{KEY}\", \"service_tier\": \"{KEY}\", \"id\": \"{KEY}\"}}",
        by_numbers(KEY)
    );
    let fake = raw(200, &[("x-request-id", KEY)], &body);
    let mut lab = Lab::at(&fake);
    let client = lab.client_in(Responses::Record);
    let reply = client.answer(&ask(KINDS[0].1, "hi")).await.unwrap();
    let verdict: serde_json::Value = serde_json::from_str(&reply.completion.content).unwrap();
    assert_eq!(verdict["reason"], "[redacted]");
    assert!(!format!("{reply:?}").contains(KEY), "{reply:?}");
    assert_eq!(
        reply.completion.finish_reason.as_deref(),
        Some("[redacted]")
    );
    assert!(!lab.all_files().contains(KEY));
}

#[tokio::test]
async fn a_header_that_an_error_quotes_holds_no_key() {
    let fake = raw(200, &[("content-encoding", KEY)], "{}");
    let mut lab = Lab::at(&fake);
    lab.max_retries = 0;
    let refused = lab
        .client()
        .answer(&ask(KINDS[0].1, "hi"))
        .await
        .unwrap_err();
    assert!(!refused.message.contains(&KEY[..8]), "{refused}");
}

#[test]
fn an_address_is_shown_without_what_may_be_a_secret() {
    for address in [
        "http://user:PASSW0RD@h/v1?key=PASSW0RD",
        "http://h/v1?key=PASSW0RD",
        "http://h/v1#PASSW0RD",
        "user:PASSW0RD@h/v1",
        "http://user:PASS/W0RD@h/v1",
        "ftp://user:PASSW0RD@h",
    ] {
        let mut lab = Lab::bare();
        lab.set("OPENAI_BASE_URL", address);
        let all = format!("{:?}", lab.try_client().unwrap_err().sorted());
        assert!(all.contains("bad-base-url"), "{all}");
        assert!(!all.contains("PASS") && !all.contains("W0RD"), "{all}");
    }
    // Some gateways take the key in the path.
    let mut lab = Lab::bare();
    lab.set("OPENAI_API_KEY", KEY);
    lab.set("OPENAI_BASE_URL", &format!("http://127.0.0.1:9/{KEY}/v1"));
    let client = lab.client();
    let shown = client
        .encode(&ask("openai/gpt-6-luna", "hi").request)
        .unwrap()
        .url;
    assert_eq!(shown, "http://127.0.0.1:9/[redacted]/v1/chat/completions");
    assert!(!client.endpoint("openai").unwrap().contains(KEY));
}
