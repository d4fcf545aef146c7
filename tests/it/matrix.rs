//! Every fault against every provider shape, through the whole binary: requests made, what is reported, the exit code.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::thread;

use serde_json::{Value, json};

use crate::fake_provider::{FakeProvider, Fault, Kind, Reply, Script};
use crate::project::Project;

/// A shape: the version that asks it, and its model.
const SHAPES: [(&str, &str); 5] = [
    ("1.0.0", "openai/gpt-6-luna"),
    ("1.1.0", "answers/gpt-6-luna"),
    ("1.2.0", "anthropic/claude-haiku-5-5"),
    ("1.3.0", "deepseek/deepseek-v4"),
    ("1.4.0", "local/llama3"),
];

/// How a fault shows: its class, requests a case (a retry each where it is worth one), and the exit code of the run.
struct Row {
    name: &'static str,
    reply: fn() -> Reply,
    class: &'static str,
    requests: usize,
    exit: i32,
}

const fn row(
    name: &'static str,
    reply: fn() -> Reply,
    class: &'static str,
    requests: usize,
    exit: i32,
) -> Row {
    Row {
        name,
        reply,
        class,
        requests,
        exit,
    }
}

fn status(status: u16) -> Reply {
    Reply::status(status, "so it is").header("retry-after-ms", "1")
}

/// An answer of every shape at once, whose content is no text.
fn content(content: &Value) -> Reply {
    let body = json!({
        "choices": [{"message": {"content": content}, "finish_reason": "stop"}],
        "output": [{"type": "message", "content": content}],
        "content": [{"type": "text", "text": content}],
    });
    Reply::Raw {
        status: 200,
        headers: Vec::new(),
        body: body.to_string(),
    }
}

/// The words by which vendors tell a fault of the request's own content.
fn coded(status: u16, code: &str) -> Reply {
    let body = serde_json::json!({"error": {"message": "no", "type": "invalid_request_error", "code": code}});
    Reply::Raw {
        status,
        headers: Vec::new(),
        body: body.to_string(),
    }
}

const ROWS: [Row; 21] = [
    row("400", || status(400), "bad-request", 1, 3),
    row("401", || status(401), "auth", 1, 3),
    row("402", || status(402), "quota", 1, 3),
    row("403", || status(403), "auth", 1, 3),
    row("404", || status(404), "not-found", 1, 3),
    row("408", || status(408), "provider", 2, 3),
    row("409", || status(409), "provider", 2, 3),
    // The request is too large: that is the prompt's own fault, which fails the case.
    row("413", || status(413), "content", 1, 1),
    row("422", || status(422), "bad-request", 1, 3),
    row("429", || status(429), "rate-limit", 2, 3),
    row("spent", || coded(429, "insufficient_quota"), "quota", 1, 3),
    row("500", || status(500), "provider", 2, 3),
    row("503", || status(503), "provider", 2, 3),
    row("529", || status(529), "provider", 2, 3),
    row("reset", || Reply::Fault(Fault::Reset), "transport", 2, 3),
    row(
        "short",
        || Reply::Fault(Fault::ShortBody),
        "transport",
        2,
        3,
    ),
    row("html", || Reply::Fault(Fault::Html), "provider", 2, 3),
    row("no JSON", || Reply::Fault(Fault::NoJson), "provider", 2, 3),
    row(
        "an object",
        || content(&json!({"text": "hello"})),
        "provider",
        2,
        3,
    ),
    row("a number", || content(&json!(3)), "provider", 2, 3),
    row("stall", || Reply::Fault(Fault::Stall), "timeout", 2, 3),
];

/// A family with a version for each shape, all of them asked one case.
fn project(fake: &FakeProvider) -> Project {
    let mut project = Project::greeting(1).at(fake);
    for (version, model) in SHAPES {
        project.version("greeter", version, model, "Greet {{ name }}.");
    }
    project.set("DEEPSEEK_API_KEY", "sk-deep");
    project.set("DEEPSEEK_BASE_URL", &fake.url(Kind::DeepSeek));
    let (responses, local) = (fake.url(Kind::Responses), fake.url(Kind::OpenAi));
    let yaml = format!(
        "version: 1\ndefaults: {{max_retries: 1, timeout_s: 0.4}}\nproviders:\n  answers: {{kind: openai-responses, base_url: \"{responses}\", api_key_env: OPENAI_API_KEY}}\n  local: {{kind: openai, base_url: \"{local}\"}}\n"
    );
    project.file("prompteval.yaml", &yaml);
    project
}

fn check(row: &Row) {
    let reply = row.reply;
    let fake = FakeProvider::start(Script::answering(move |_| reply()));
    let project = project(&fake);
    let evaluation = project.evaluate(&["--responses", "live"]).exits(row.exit);
    assert_eq!(fake.count(), row.requests * SHAPES.len(), "{}", row.name);
    for (place, (version, _)) in SHAPES.iter().enumerate() {
        let candidate = evaluation.candidate(place);
        assert_eq!(candidate["version"], *version);
        let trial = &candidate["cases"][0]["trials"][0];
        assert_eq!(
            trial["error_kind"], row.class,
            "{} on {version}: {trial}",
            row.name
        );
        let state = if row.exit == 1 { "failed" } else { "errors" };
        assert_eq!(candidate["counts"][state], 1, "{} on {version}", row.name);
        assert!(trial["output"].is_null());
    }
    let junit = if row.exit == 1 { "<failure" } else { "<error" };
    assert!(evaluation.junit.contains(junit), "{}", row.name);
}

#[test]
fn every_fault_is_called_as_often_reported_as_and_ends_as_it_should() {
    thread::scope(|scope| {
        for rows in ROWS.chunks(ROWS.len().div_ceil(4)) {
            scope.spawn(|| rows.iter().for_each(check));
        }
    });
}

#[test]
fn every_shape_recovers_from_what_passes() {
    for reply in [
        || status(429),
        || status(500),
        || Reply::Fault(Fault::Reset),
    ] {
        // A retry of one may come before the first request of another.
        let asked = Mutex::new(BTreeSet::new());
        let fake = FakeProvider::start(Script::answering(move |seen| {
            let who = format!("{:?} {}", seen.kind, seen.body["model"]);
            if asked.lock().unwrap().insert(who) {
                reply()
            } else {
                Reply::text("hello")
            }
        }));
        let evaluation = project(&fake).evaluate(&["--responses", "live"]).exits(0);
        assert_eq!(fake.count(), 2 * SHAPES.len());
        assert_eq!(evaluation.candidate(4)["counts"]["passed"], 1);
    }
}

#[test]
fn the_first_401_of_a_provider_stops_its_other_calls_with_one_message() {
    let fake = FakeProvider::start(Script::always(
        status(401).after(std::time::Duration::from_millis(20)),
    ));
    let project = Project::greeting(100).at(&fake);
    let outcome = project.run(&["run", "--concurrency", "5"]).exits(3);
    assert!(
        fake.count() <= 10,
        "{} requests with a wrong key",
        fake.count()
    );
    assert_eq!(
        outcome.stdout.matches("401").count(),
        1,
        "{}",
        outcome.stdout
    );
    let _ = outcome.says(&["100 trials auth"]);
}
