//! What is counted and paid is what was sent: a provider's own count of requests is the run's, however calls and runs end.

use std::time::Duration;

use serde_json::Value;

use crate::evaluation::{Evaluation, KEY};
use crate::fake_provider::{Answer, FakeProvider, Fault, Judge, Kind, Reply, Script};
use crate::project::{self, Outcome, Project};

const JUDGE: &str = "anthropic/claude-haiku-5-5";

/// A project of so many cases whose answers are judged once.
fn judged(cases: usize, fake: &FakeProvider) -> Project {
    let project = Project::greeting(cases).at(fake);
    let text = format!(
        "prompt: greeter\ndataset: datasets/greet.jsonl\nevaluators:\n  - {{type: llm-rubric, value: It is kind, model: {JUDGE}}}\ngates:\n  - {{metric: pass_rate, min: 1.0}}\n"
    );
    project.file("evals/greet.yaml", &text);
    project
}

fn calls(evaluation: &Evaluation) -> usize {
    evaluation.report["run"]["calls"].as_u64().unwrap() as usize
}

fn paid(evaluation: &Evaluation) -> f64 {
    evaluation.report["run"]["paid_usd"].as_f64().unwrap()
}

/// Holds the run's count against the provider's.
fn agrees(evaluation: &Evaluation, fake: &FakeProvider) {
    assert_eq!(calls(evaluation), fake.count(), "{evaluation:#?}");
    let told = match fake.count() {
        1 => "1 call".to_owned(),
        many => format!("{many} calls"),
    };
    let facts = evaluation.outcome.stdout.lines();
    let facts: Vec<&str> = facts.filter(|line| line.starts_with("Run ")).collect();
    assert!(facts.concat().contains(&format!("· {told} ")), "{facts:?}");
}

#[test]
fn answers_and_their_judges_are_calls() {
    let fake = FakeProvider::start(Script::default());
    let evaluation = judged(3, &fake).evaluate(&["--responses", "live"]).exits(0);
    agrees(&evaluation, &fake);
    assert_eq!(calls(&evaluation), 6);
}

#[test]
fn judges_that_fail_and_calls_that_are_tried_again_count_each_time() {
    let script = Script::answering(|seen| match (&seen.schema, seen.number % 2) {
        (Some(_), _) => Reply::status(500, "down"),
        (None, 1) => Reply::status(503, "busy"),
        (None, _) => Reply::text("hello"),
    });
    let fake = FakeProvider::start(script.judge(Judge::Script));
    let project = judged(3, &fake);
    let evaluation = project
        .evaluate(&["--responses", "live", "--concurrency", "1"])
        .exits(3);
    agrees(&evaluation, &fake);
    assert!(calls(&evaluation) > 6, "{}", calls(&evaluation));
}

#[test]
fn a_judge_that_is_refused_is_counted_beside_one_that_answers() {
    let script = Script::answering(|seen| match &seen.schema {
        Some(_) if seen.prompt.contains("criterion two") => Reply::status(400, "no"),
        Some(schema) => Judge::Pass.reply(schema).unwrap(),
        None => Reply::text("hello"),
    });
    let fake = FakeProvider::start(script.judge(Judge::Script));
    let project = judged(2, &fake);
    let text = format!(
        "prompt: greeter\ndataset: datasets/greet.jsonl\nevaluators:\n  - {{type: llm-rubric, name: one, value: criterion one, model: {JUDGE}}}\n  - {{type: llm-rubric, name: two, value: criterion two, model: {JUDGE}}}\ngates:\n  - {{metric: pass_rate, min: 1.0}}\n"
    );
    project.file("evals/greet.yaml", &text);
    let evaluation = project.evaluate(&["--responses", "live"]).exits(3);
    agrees(&evaluation, &fake);
}

#[test]
fn an_answer_that_is_none_and_says_what_it_took_is_paid_for() {
    let broken = Script::answering(|seen| match &seen.schema {
        // A successful status, tokens that were taken, and no answer.
        Some(_) => Reply::Raw {
            status: 200,
            headers: Vec::new(),
            body: r#"{"type": "message", "usage": {"input_tokens": 1000000, "output_tokens": 0}}"#
                .to_owned(),
        },
        None => Reply::text("hello"),
    });
    let fake = FakeProvider::start(broken.judge(Judge::Script));
    let evaluation = judged(1, &fake).evaluate(&["--responses", "live"]).exits(3);
    agrees(&evaluation, &fake);
    let plain = FakeProvider::saying("hello");
    let project = Project::greeting(1).at(&plain);
    let without = paid(&project.evaluate(&["--responses", "live"]).exits(0));
    // Twice a million tokens: the judge's call is tried again.
    let judges = paid(&evaluation) - without;
    assert!(judges > 0.1, "{judges}");
}

#[test]
fn a_connection_that_cannot_be_made_is_no_call() {
    let url = FakeProvider::start(Script::default()).url(Kind::OpenAi);
    let mut project = Project::greeting(2);
    project.set("OPENAI_API_KEY", KEY);
    project.set("OPENAI_BASE_URL", &url);
    let evaluation = project.evaluate(&["--responses", "live"]).exits(3);
    assert_eq!(calls(&evaluation), 0);
    let evaluation = evaluation.says(&["0 calls", "$0.0000 paid", "trials connect: openai: "]);
    assert!(evaluation.report["run"].get("unpriced_calls").is_none());
}

#[test]
fn many_missing_recordings_are_one_fault() {
    let project = Project::greeting(200);
    let args = ["--responses", "replay", "--markdown", "r.md"];
    let evaluation = project.evaluate(&args).exits(3);
    let evaluation = evaluation.says(&["200 trials missing-recording: no recorded response of"]);
    let lines = evaluation.outcome.stdout.lines().count();
    assert!(lines < 40, "{lines} lines\n{}", evaluation.outcome.stdout);
    assert_eq!(evaluation.report["run"]["faults"][0]["messages"], 200);
    let markdown = project.read("r.md");
    assert_eq!(
        markdown.matches("no recorded response").count(),
        1,
        "{markdown}"
    );
    let quiet = project.run(&["run", "--responses", "replay", "--quiet"]);
    let quiet = quiet
        .exits(3)
        .says(&["record it with `--responses record`"]);
    assert!(quiet.stdout.lines().count() < 20, "{}", quiet.stdout);
}

#[test]
fn connections_that_break_were_calls() {
    let fake = FakeProvider::start(Script::always(Reply::Fault(Fault::Reset)));
    let project = Project::greeting(2).at(&fake);
    let evaluation = project.evaluate(&["--responses", "live"]).exits(3);
    agrees(&evaluation, &fake);
}

/// Answers four calls, which cost something, and lets all others wait for longer than any run takes.
fn stalling() -> Script {
    Script::answering(|seen| {
        let wait = if seen.number <= 4 { 10 } else { 60_000 };
        dear().after(Duration::from_millis(wait))
    })
}

/// An answer of many tokens.
fn dear() -> Reply {
    let Reply::Completion(answer) = Reply::text("hello") else {
        unreachable!()
    };
    Reply::Completion(Answer {
        usage: Some((100_000, 20_000)),
        ..answer
    })
}

#[test]
fn a_deadline_leaves_calls_in_flight_that_count_and_whose_price_nobody_knows() {
    let fake = FakeProvider::start(stalling());
    let project = Project::greeting(40).at(&fake);
    let args = [
        "--responses",
        "live",
        "--concurrency",
        "4",
        "--timeout",
        "1s",
    ];
    let evaluation = project.evaluate(&args).exits(3);
    agrees(&evaluation, &fake);
    let run = &evaluation.report["run"];
    assert_eq!(run["calls_in_flight"], 4);
    assert_eq!(run["unpriced_calls"], 4);
    assert_eq!(calls(&evaluation), 8);
    let evaluation = evaluation.says(&[
        "8 calls (4 in flight at its end) · at least",
        " $0.0800 paid",
    ]);

    // A run that goes on keeps the count, and so does its journal.
    let quick = FakeProvider::saying("hello");
    let project = project.at(&quick);
    let resumed = project.evaluate(&["--resume"]).exits(0);
    assert_eq!(calls(&resumed), calls(&evaluation) + quick.count());
    let _ = project.run(&["report", "last", "--json", "again.json"]);
    assert_eq!(project.json("again.json"), resumed.report);
}

#[cfg(unix)]
#[test]
fn a_signal_leaves_calls_in_flight_that_count() {
    let fake = FakeProvider::start(stalling());
    let project = Project::greeting(40).at(&fake);
    let child = project.start(&[
        "run",
        "--responses",
        "live",
        "--concurrency",
        "4",
        "--json",
        "report.json",
        "--junit",
        "junit.xml",
    ]);
    fake.wait_for(8);
    project::signal(&child, "-INT");
    let outcome = Outcome::of(&child.wait_with_output().unwrap());
    let evaluation = project.evaluation(outcome).exits(130);
    agrees(&evaluation, &fake);
    assert_eq!(evaluation.report["run"]["calls_in_flight"], 4);
}

/// A suite a model.
fn priced(models: &[&str], fake: &FakeProvider) -> Project {
    let project = Project::greeting(3).at(fake);
    let suite = project.read("evals/greet.yaml");
    for (place, model) in models.iter().enumerate() {
        let family = format!("greeter{place}");
        project.version(&family, "1.0.0", model, "Greet {{ name }}.");
        let text = suite.replace("greeter", &family);
        project.file(&format!("evals/greet{place}.yaml"), &text);
    }
    std::fs::remove_file(project.path("evals/greet.yaml")).unwrap();
    project
}

#[test]
fn a_price_that_is_not_known_is_unknown_in_every_report_and_never_nothing() {
    let fake = FakeProvider::start(Script::always(dear()));
    let all = [
        "--responses",
        "live",
        "--markdown",
        "r.md",
        "--html",
        "r.html",
    ];
    let unknown = priced(&["openai/no-such-model"], &fake);
    for args in [["check"], ["plan"]] {
        let outcome = unknown.run(&args).exits(0);
        assert!(outcome.stdout.contains("cost: unknown"), "{outcome:?}");
        assert!(!outcome.stdout.contains("$0.0000"), "{outcome:?}");
    }
    let evaluation = unknown.evaluate(&all).exits(0);
    let evaluation = evaluation.says(&["expected: 3 calls to openai, cost unknown ("]);
    assert_eq!(evaluation.report["run"]["paid_usd"], Value::Null);
    assert_eq!(evaluation.report["run"]["unpriced_calls"], 3);
    let texts = [
        evaluation.outcome.stdout.clone(),
        evaluation.outcome.stderr.clone(),
        unknown.read("r.md"),
        unknown.read("r.html"),
        unknown.read("junit.xml"),
    ];
    for text in &texts {
        assert!(!text.contains("$0.0000"), "{text}");
    }
    for place in [0, 2] {
        assert!(texts[place].contains("unknown paid"), "{}", texts[place]);
    }
    assert!(texts[3].contains("<dt>paid</dt><dd>unknown</dd>"));
    let mixed = priced(&["openai/no-such-model", "openai/gpt-6-luna"], &fake);
    let _ = mixed
        .run(&["check"])
        .exits(0)
        .says(&["+ unknown, if every answer"]);
    let evaluation = mixed.evaluate(&all).exits(0);
    let texts = [
        evaluation.outcome.stdout.clone(),
        mixed.read("r.md"),
        mixed.read("r.html"),
    ];
    for text in &texts {
        assert!(text.contains("at least $0.0"), "{text}");
    }
    assert!(paid(&evaluation) > 0.0);
    assert_eq!(evaluation.report["run"]["unpriced_calls"], 3);
}

#[test]
fn a_step_that_reads_the_cost_gets_no_zero_for_what_is_not_known() {
    let fake = FakeProvider::saying("hello");
    let mut project = priced(&["openai/no-such-model"], &fake);
    let output = project.path("outputs").display().to_string();
    project.set("GITHUB_OUTPUT", &output);
    let _ = project
        .run(&["run", "--responses", "live", "--github"])
        .exits(0);
    let outputs = project.read("outputs");
    assert!(outputs.contains("cost-usd<<END\n\nEND\n"), "{outputs}");
}

#[test]
fn a_run_of_a_moment_takes_less_than_a_second() {
    let fake = FakeProvider::start(Script::always(Reply::Completion(Answer {
        text: "hello".into(),
        refusal: None,
        finish: None,
        model: None,
        usage: None,
        tier: None,
    })));
    let project = Project::greeting(2).at(&fake);
    let evaluation = project.evaluate(&["--responses", "live"]).exits(0);
    let run = &evaluation.report["run"];
    let time = |key: &str| {
        run[key]
            .as_str()
            .unwrap()
            .parse::<jiff::Timestamp>()
            .unwrap()
    };
    let took = time("finished_at").duration_since(time("started_at"));
    let shown = format!("{:.2} s", took.as_secs_f64());
    let whole = took.as_millis() % 1000 == 0;
    assert!(
        !whole || took.as_millis() == 0,
        "{took:?} is a whole number of seconds"
    );
    let _ = evaluation.says(&[&shown, "unknown paid"]);
}
