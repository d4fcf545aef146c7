//! `run` as users run it: what is asked, what is kept, and what is reported.

use std::time::Duration;

use serde_json::Value;

use crate::evaluation::KEY;
use crate::fake_provider::{FakeProvider, Kind, Reply, Script};
use crate::project::Project;

fn greeting() -> FakeProvider {
    FakeProvider::start(Script::answering(|seen| {
        Reply::text(format!("Hello! {}", seen.prompt))
    }))
}

/// A report without what two runs of the same responses differ in.
fn timeless(mut report: Value) -> Value {
    let run = report["run"].as_object_mut().unwrap();
    for key in ["id", "started_at", "finished_at"] {
        assert!(run.remove(key).is_some());
    }
    report
}

#[test]
fn what_was_recorded_is_replayed_without_a_provider_or_a_key() {
    let fake = greeting();
    let project = Project::greeting(5).at(&fake);
    let recorded = project.evaluate(&["--responses", "record"]).exits(0);
    assert_eq!(fake.count(), 5);
    assert_eq!(
        project.read("evals/recordings/greet.jsonl").lines().count(),
        5
    );
    assert_eq!(
        recorded.candidate(0)["cases"][0]["trials"][0]["source"],
        "live"
    );

    let offline = Project::greeting(5);
    let recordings = project.read("evals/recordings/greet.jsonl");
    assert!(!recordings.contains(KEY));
    offline.file("evals/recordings/greet.jsonl", &recordings);
    let one = offline.evaluate(&["--responses", "replay"]).exits(0);
    assert_eq!(
        one.candidate(0)["cases"][0]["trials"][0]["source"],
        "recording"
    );
    let two = offline.evaluate(&["--responses", "replay"]).exits(0);
    assert_ne!(one.report["run"]["id"], two.report["run"]["id"]);
    assert_eq!(timeless(one.report), timeless(two.report));
    // Recordings come first by default, too.
    let _ = offline.evaluate(&[]).exits(0);
}

#[test]
fn a_response_that_was_not_recorded_leaves_a_replay_undecided_and_names_the_case() {
    let fake = greeting();
    let project = Project::greeting(3).at(&fake);
    let _ = project
        .evaluate(&["--responses", "record", "--limit", "2"])
        .exits(0);
    // The cache of this project does not know it either.
    let evaluation = project.evaluate(&["--responses", "replay"]).exits(3);
    assert_eq!(fake.count(), 2);
    assert!(
        evaluation.junit.contains("name=\"case-2 / (answer)\""),
        "{}",
        evaluation.junit
    );
    assert_eq!(evaluation.candidate(0)["counts"]["errors"], 1);
}

#[test]
fn a_prompt_that_was_changed_is_not_answered_by_its_old_recording() {
    let fake = greeting();
    let project = Project::greeting(2).at(&fake);
    let _ = project.evaluate(&["--responses", "record"]).exits(0);
    project.version(
        "greeter",
        "1.0.0",
        "openai/gpt-6-luna",
        "Welcome {{ name }}.",
    );
    let _ = project.evaluate(&["--responses", "replay"]).exits(3);
}

#[test]
fn a_second_run_is_answered_by_the_cache_and_a_live_one_is_not() {
    let fake = greeting();
    let project = Project::greeting(4).at(&fake);
    let _ = project.evaluate(&[]).exits(0);
    assert_eq!(fake.count(), 4);
    let second = project
        .evaluate(&[])
        .exits(0)
        .says(&["4 cached", "0 calls"]);
    assert_eq!(fake.count(), 4);
    assert_eq!(
        second.candidate(0)["cases"][0]["trials"][0]["source"],
        "cache"
    );
    assert_eq!(second.report["run"]["paid_usd"], 0.0);
    let _ = project.evaluate(&["--responses", "live"]).exits(0);
    assert_eq!(fake.count(), 8);
}

#[test]
fn repeats_are_asked_one_by_one_and_never_answer_for_each_other() {
    let fake = FakeProvider::start(Script::answering(|seen| {
        Reply::text(if seen.number.is_multiple_of(3) {
            "Go away"
        } else {
            "hello"
        })
    }));
    let project = Project::greeting(2).at(&fake);
    let evaluation = project
        .evaluate(&["--repeats", "3", "--concurrency", "1"])
        .exits(1);
    assert_eq!(fake.count(), 6);
    let trials = evaluation.candidate(0)["cases"][0]["trials"]
        .as_array()
        .unwrap();
    assert_eq!(trials.len(), 3);
    let rate = evaluation.candidate(0)["metrics"]["pass_rate"]
        .as_f64()
        .unwrap();
    assert!((rate - 2.0 / 3.0).abs() < 1e-9, "{rate}");
    let _ = project.evaluate(&["--repeats", "3"]).exits(1);
    assert_eq!(fake.count(), 6, "each repeat is in the cache on its own");
}

#[test]
fn logged_answers_are_scored_as_they_are_and_nothing_is_called() {
    let project = Project::greeting(0);
    let rows = "{\"id\": \"good\", \"vars\": {}, \"output\": \"Hello \\u0000 you\"}\n{\"id\": \"bad\", \"vars\": {}, \"output\": \"\"}\n";
    project.file("datasets/greet.jsonl", rows);
    let evaluation = project.evaluate(&[]).exits(1).says(&["bad"]);
    let counts = &evaluation.candidate(0)["counts"];
    assert_eq!(
        (&counts["passed"], &counts["failed"]),
        (&1.into(), &1.into())
    );
    assert_eq!(
        evaluation.candidate(0)["cases"][0]["trials"][0]["source"],
        "logged"
    );
    assert!(!evaluation.junit.contains('\0'));
}

#[test]
fn reports_of_an_earlier_run_are_the_same_byte_for_byte() {
    let fake = FakeProvider::start(Script::answering(|seen| {
        Reply::text(if seen.prompt.contains('3') {
            "No <b>&\u{1b}[31m\u{1}]]></b>"
        } else {
            "hello"
        })
    }));
    let project = Project::greeting(12).at(&fake);
    let evaluation = project.evaluate(&[]).exits(1);
    let id = evaluation.report["run"]["id"].as_str().unwrap();
    for run in ["last", id] {
        let args = [
            "report",
            run,
            "--json",
            "again.json",
            "--junit",
            "again.xml",
        ];
        let outcome = project.run(&args).exits(1);
        assert_eq!(project.read("again.json"), project.read("report.json"));
        assert_eq!(project.read("again.xml"), evaluation.junit);
        assert!(
            evaluation.outcome.stdout.ends_with(&outcome.stdout),
            "{}",
            outcome.stdout
        );
        assert!(
            !outcome.stdout.contains("\u{1b}[31m"),
            "an answer wrote to the terminal"
        );
    }
    let _ = project.run(&["report", "nothing-like-it"]).exits(2);
}

#[test]
fn json_alone_is_printed_where_json_is_asked_for() {
    let fake = greeting();
    let project = Project::greeting(2).at(&fake);
    let outcome = project
        .run(&["run", "--format", "json", "--json", "report.json"])
        .exits(0);
    let printed: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(printed, project.json("report.json"));
    let again = project.run(&["report", "--format", "json"]).exits(0);
    assert_eq!(again.stdout, outcome.stdout);
}

#[test]
fn a_quiet_run_prints_results_and_errors_only() {
    let fake = greeting();
    let project = Project::greeting(2).at(&fake);
    let loud = project.run(&["run"]).exits(0);
    let quiet = project.run(&["run", "--quiet"]).exits(0).says(&["PASS"]);
    assert!(quiet.stdout.len() < loud.stdout.len());
    assert_eq!(quiet.stderr, "");
}

#[test]
fn junit_fails_only_what_blocks() {
    let fake = FakeProvider::start(Script::answering(|seen| {
        Reply::text(if seen.prompt == "Greet user 3." {
            "Go away"
        } else {
            "hello"
        })
    }));
    let project = Project::greeting(10).at(&fake);
    let _ = project.evaluate(&[]).exits(1);
    let suite = project
        .read("evals/greet.yaml")
        .replace("min: 1.0", "min: 0.9");
    project.file("evals/greet.yaml", &suite);
    let evaluation = project.evaluate(&[]).exits(0).says(&["case-3"]);
    assert_eq!(evaluation.junit_count("failure"), 0);
    assert!(
        evaluation.junit.contains("tolerated: "),
        "{}",
        evaluation.junit
    );
    assert_eq!(evaluation.junit_count("testcase"), 11);
}

#[test]
fn a_report_that_cannot_be_written_is_refused_before_anything_is_called() {
    let fake = greeting();
    let project = Project::greeting(2).at(&fake);
    project.file("taken", "a file where a folder is wanted");
    for flag in ["--json", "--junit"] {
        let outcome = project.run(&["run", flag, "taken/report"]).exits(2);
        let _ = outcome.says(&["taken/report cannot be written"]);
    }
    assert_eq!(fake.count(), 0);
}

#[test]
fn calls_in_flight_stay_within_the_concurrency() {
    let script = Script::always(Reply::text("hello")).latency(Duration::from_millis(20));
    let fake = FakeProvider::start(script);
    let project = Project::greeting(24).at(&fake);
    let _ = project
        .evaluate(&["--concurrency", "3", "--responses", "live"])
        .exits(0);
    assert_eq!(fake.peak_concurrency(), 3);
    let settings = format!(
        "version: 1\nproviders:\n  openai: {{concurrency: 2, base_url: {}}}\n",
        fake.url(Kind::OpenAi)
    );
    let fake = FakeProvider::start(
        Script::always(Reply::text("hello")).latency(Duration::from_millis(20)),
    );
    let project = Project::greeting(12).at(&fake);
    project.file("prompteval.yaml", &settings);
    let _ = project
        .evaluate(&["--concurrency", "8", "--responses", "live"])
        .exits(0);
    assert!(fake.peak_concurrency() <= 2);
}

#[test]
fn the_project_is_found_from_below_and_by_flag() {
    let fake = greeting();
    let project = Project::greeting(1).at(&fake);
    let mut below = project.command(&["run"]);
    let status = below
        .current_dir(project.path("prompts/greeter"))
        .output()
        .unwrap();
    assert_eq!(status.status.code(), Some(0));
    let root = project.path("");
    let mut outside = project.command(&["run", "--project", root.to_str().unwrap()]);
    let elsewhere = tempfile::tempdir().unwrap();
    let status = outside.current_dir(elsewhere.path()).output().unwrap();
    assert_eq!(status.status.code(), Some(0));
    assert_eq!(fake.count(), 1, "both have the same cache");
}
