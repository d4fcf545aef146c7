//! What the whole binary does when providers, limits and clocks stand in its way.

use std::time::{Duration, Instant};

use crate::evaluation::KEY;
use crate::fake_provider::{FakeProvider, Fault, Kind, Reply, Script};
use crate::project::Project;

#[test]
fn identical_requests_in_flight_are_sent_once_and_every_case_has_its_answer() {
    let script = Script::always(Reply::text("hello")).latency(Duration::from_millis(100));
    let fake = FakeProvider::start(script);
    let project = Project::greeting(40).at(&fake);
    project.version("greeter", "1.0.0", "openai/gpt-6-luna", "Greet everyone.");
    let evaluation = project.evaluate(&["--responses", "live"]).exits(0);
    let evaluation = evaluation.says(&["expected: 40 calls to openai, at most $"]);
    assert_eq!(evaluation.candidate(0)["counts"]["passed"], 40);
    assert!(
        fake.count() < 5,
        "{} requests for one question",
        fake.count()
    );
    let paid = evaluation.report["run"]["paid_usd"].as_f64().unwrap();
    assert!(paid > 0.0 && paid < 5.0 * 0.0001, "{paid}");

    // Repeats are answers of their own.
    let _ = project
        .evaluate(&["--responses", "live", "--repeats", "2"])
        .exits(0);
    assert!(fake.count() >= 80, "{}", fake.count());
}

#[test]
fn after_a_429_the_whole_provider_slows_down_and_another_goes_on() {
    let fake = FakeProvider::start(Script::answering(|seen| {
        let is_first_burst = seen.kind == Some(Kind::OpenAi) && seen.number < 24;
        if is_first_burst {
            Reply::status(429, "slow down").header("retry-after-ms", "300")
        } else {
            Reply::text("hello").after(Duration::from_millis(10))
        }
    }));
    let project = Project::greeting(30).at(&fake);
    project.file(
        "prompteval.yaml",
        "version: 1\ndefaults: {max_retries: 5}\n",
    );
    project.version(
        "claude",
        "1.0.0",
        "anthropic/claude-haiku-5-5",
        "Greet {{ name }}.",
    );
    let suite = project.read("evals/greet.yaml");
    project.file("evals/later.yaml", &suite.replace("greeter", "claude"));
    let began = Instant::now();
    let outcome = project
        .run(&["run", "--concurrency", "16", "--json", "r.json"])
        .exits(0);
    let outcome = outcome.says(&["openai/gpt-6-luna was slowed down", "by 429 or 529"]);
    assert!(
        !outcome.stderr.contains("anthropic was"),
        "{}",
        outcome.stderr
    );
    assert!(
        began.elapsed() < Duration::from_secs(8),
        "{:?}",
        began.elapsed()
    );
    let seen = fake.requests();
    let last_of = |kind| {
        seen.iter()
            .rposition(|seen| seen.kind == Some(kind))
            .unwrap()
    };
    assert!(
        last_of(Kind::Anthropic) < last_of(Kind::OpenAi),
        "the other one did not wait"
    );
}

#[test]
fn a_run_ends_at_its_deadline_and_reports_what_was_done() {
    let script = Script::always(Reply::text("hello")).latency(Duration::from_millis(100));
    let fake = FakeProvider::start(script);
    let project = Project::greeting(200).at(&fake);
    let began = Instant::now();
    let evaluation = project
        .evaluate(&["--concurrency", "4", "--timeout", "1s"])
        .exits(3);
    assert!(
        began.elapsed() < Duration::from_secs(3),
        "{:?}",
        began.elapsed()
    );
    let evaluation = evaluation.says(&["deadline of 1 s passed", "--resume"]);
    let counts = &evaluation.candidate(0)["counts"];
    assert!(
        counts["passed"].as_u64() >= Some(8) && counts["missing"].as_u64() > Some(100),
        "{counts}"
    );
    assert_eq!(evaluation.report["run"]["complete"], false);
    let resumed = project.evaluate(&["--resume", "--timeout", "1m"]).exits(0);
    assert_eq!(resumed.candidate(0)["counts"]["passed"], 200);
    for bad in ["0", "-1s", "soon", "9e99"] {
        let refused = project.run(&["run", &format!("--timeout={bad}")]).exits(2);
        let _ = refused.says(&["15m"]);
    }
}

#[test]
fn a_wait_that_would_pass_the_deadline_is_not_waited_for() {
    let reply = Reply::status(429, "later").header("retry-after", "30");
    let fake = FakeProvider::start(Script::always(reply));
    let project = Project::greeting(2).at(&fake);
    let began = Instant::now();
    let evaluation = project.evaluate(&["--timeout", "10s"]).exits(3);
    assert!(
        began.elapsed() < Duration::from_secs(4),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(evaluation.candidate(0)["counts"]["errors"], 2);
}

#[test]
fn an_answer_of_a_fallback_is_marked_in_every_report_and_a_gate_can_forbid_it() {
    let fake = FakeProvider::start(Script::answering(|seen| match seen.kind {
        Some(Kind::OpenAi) if seen.prompt.contains("user 1") => Reply::status(503, "down"),
        _ => Reply::text("hello"),
    }));
    let project = Project::greeting(3).at(&fake);
    let version = "changelog: x\nmodel: openai/gpt-6-luna\nfallback: [anthropic/claude-haiku-5-5]\nuser: \"Greet {{ name }}.\"\n";
    project.file("prompts/greeter/1.0.0.yaml", version);
    let evaluation = project.evaluate(&[]).exits(0);
    let evaluation = evaluation.says(&["1 answer came from a fallback model"]);
    let case = &evaluation.candidate(0)["cases"][1];
    assert_eq!(case["trials"][0]["fallback"], "anthropic/claude-haiku-5-5");
    assert!(
        evaluation
            .junit
            .contains("answered by the fallback anthropic/claude-haiku-5-5")
    );
    assert_eq!(evaluation.candidate(0)["metrics"]["fallbacks"], 1.0);

    project.suite("greet", "  - {metric: fallbacks, max: 0}\n");
    let blocked = project.evaluate(&[]).exits(1);
    let _ = blocked.says(&["fallbacks max 0"]);
}

/// The texts of all files of a project: journal, cache, recordings, reports.
fn every_file(project: &Project) -> Vec<String> {
    let mut texts = Vec::new();
    let mut open = vec![project.path(".")];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                texts.push(String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned());
            }
        }
    }
    texts
}

/// No trace of a key, whatever it is wrapped in.
#[test]
fn a_provider_that_echoes_its_headers_leaves_no_trace_of_a_key() {
    const OTHER: &str = "sk-other-key-42-\"quoted\"";
    let fake = FakeProvider::start(Script::answering(|seen| {
        let headers: Vec<String> = seen
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        let echo = headers.join("\n");
        match seen.number % 4 {
            0 => Reply::status(400, &echo),
            1 => Reply::status(500, &echo).header("x-echo", &echo.replace('\n', " ")),
            _ => Reply::text(format!("hello {echo}")),
        }
    }));
    let mut project = Project::greeting(12).at(&fake);
    project.set("OTHER_KEY", OTHER);
    let url = fake.url(Kind::OpenAi);
    let yaml = format!(
        "version: 1\ndefaults: {{max_retries: 1, timeout_s: 5}}\nproviders:\n  other: {{kind: openai, base_url: \"{url}\", api_key_env: OTHER_KEY}}\nprices:\n  other/m: {{input: 1, output: 1}}\n"
    );
    project.file("prompteval.yaml", &yaml);
    project.version("greeter", "1.1.0", "other/m", "Greet {{ name }}!");
    project.version(
        "greeter",
        "1.2.0",
        "anthropic/claude-haiku-5-5",
        "Greet {{ name }}!",
    );
    let outcome = project.run(&[
        "run",
        "--responses",
        "record",
        "--json",
        "r.json",
        "--junit",
        "j.xml",
    ]);
    assert!(fake.count() > 30);
    let mut texts = every_file(&project);
    texts.extend([outcome.stdout, outcome.stderr]);
    assert!(
        texts.iter().any(|text| text.contains("hello")),
        "answers were kept"
    );
    let quoted = serde_json::to_string(OTHER).unwrap();
    for key in [
        KEY,
        OTHER,
        quoted.trim_matches('"'),
        "sk-other-key-42",
        "sk-test-01234",
    ] {
        for text in &texts {
            assert!(!text.contains(key), "`{key}` shows in {text:.300}");
        }
    }
}

/// The small sister of `cargo bench --bench soak`.
#[test]
fn under_mixed_faults_no_case_is_lost_and_none_is_there_twice() {
    const CASES: usize = 1500;
    let fake = FakeProvider::start(Script::answering(|seen| match seen.number % 120 {
        20 => Reply::status(429, "slow down").header("retry-after-ms", "5"),
        40 => Reply::status(500, "oops").header("retry-after-ms", "5"),
        60 => Reply::Fault(Fault::Reset),
        80 => Reply::Fault(Fault::ShortBody),
        100 => Reply::Fault(Fault::NoJson),
        0 => Reply::status(200, "an error in a 200"),
        _ => Reply::text("hello"),
    }));
    let project = Project::greeting(CASES).at(&fake);
    project.file(
        "prompteval.yaml",
        "version: 1\ndefaults: {max_retries: 5}\n",
    );
    let evaluation = project.evaluate(&["--concurrency", "100"]).exits(0);
    let cases = evaluation.candidate(0)["cases"].as_array().unwrap();
    let ids: std::collections::BTreeSet<&str> = cases
        .iter()
        .map(|case| case["id"].as_str().unwrap())
        .collect();
    assert_eq!((cases.len(), ids.len()), (CASES, CASES));
    let faults = fake.count() - CASES;
    assert!(faults >= CASES / 25, "{faults} faults");
    assert_eq!(
        evaluation.mentions(&format!("{} calls", with_comma(fake.count()))),
        1
    );
}

fn with_comma(number: usize) -> String {
    format!("{},{:03}", number / 1000, number % 1000)
}

/// A provider that takes so many requests in each window, as most do, and says so only once it is too late.
#[test]
fn a_hard_limit_is_kept_to_without_an_error() {
    const WINDOW: Duration = Duration::from_millis(250);
    const MOST: u32 = 20;
    let state = std::sync::Mutex::new((Instant::now(), 0));
    let fake = FakeProvider::start(Script::answering(move |_| {
        let mut state = state.lock().unwrap();
        if state.0.elapsed() >= WINDOW {
            *state = (Instant::now(), 0);
        }
        state.1 += 1;
        if state.1 <= MOST {
            return Reply::text("hello").after(Duration::from_millis(5));
        }
        let left = WINDOW.saturating_sub(state.0.elapsed()).as_millis().max(1);
        Reply::status(429, "too many").header("retry-after-ms", &left.to_string())
    }));
    let project = Project::greeting(200).at(&fake);
    project.file("prompteval.yaml", "version: 1\n");
    let began = Instant::now();
    let evaluation = project.evaluate(&[]).exits(0);
    assert_eq!(evaluation.candidate(0)["counts"]["passed"], 200);
    // Two and a half seconds are what the limit alone takes.
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "{:?}",
        began.elapsed()
    );
    assert!(
        fake.count() < 350,
        "{} requests for 200 answers",
        fake.count()
    );
}
