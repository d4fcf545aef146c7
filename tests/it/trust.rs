//! What a run has to be to let a version go to its users: answers that a provider gave, of late, in a run that nobody picked.

use std::collections::HashMap;
use std::fs;
use std::sync::Mutex;

use serde_json::{Value, json};

use crate::fake_provider::{FakeProvider, Kind, Reply, Script};
use crate::project::{Outcome, Project};
use crate::promotion::{self, EVIDENCE, entries, polite, promote};
use crate::seal::sealed;

const KIND: &str = "Greet {{ name }} kindly.";

fn setting(project: &Project, line: &str) {
    let text = project.read("prompteval.yaml");
    let kept = text.lines().filter(|line| !line.starts_with("evidence:"));
    let kept: Vec<&str> = kept.collect();
    project.file("prompteval.yaml", &format!("{}\n{line}\n", kept.join("\n")));
}

/// Back to testing, with nothing but its run left.
fn again(project: &Project) {
    entries(project, &[("1.0.0", "production"), ("1.1.0", "testing")]);
    let _ = fs::remove_file(project.path(EVIDENCE));
}

#[test]
fn recorded_answers_are_no_evidence_unless_the_project_says_so() {
    let fake = polite();
    let project = promotion::project(&fake, KIND);
    let _ = project.evaluate(&["--responses", "record"]).exits(0);
    let recordings = project.read("evals/recordings/greet.jsonl");
    let today = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    let first: Value = serde_json::from_str(recordings.lines().next().unwrap()).unwrap();
    assert!(first["at"].as_str().unwrap().starts_with(&today), "{first}");

    let _ = project.evaluate(&["--responses", "replay"]).exits(0);
    let refused = promote(&project, "canary", &[]).exits(2);
    let _ = refused.says(&[
        "answers are recorded in a file, and evidence rests on live, cache only",
        "evidence: {sources: [live, cache, recorded]}",
    ]);
    setting(&project, "evidence: {sources: [live, cache, recorded]}");
    let _ = promote(&project, "canary", &[]).exits(0);
    let answers = &project.json(EVIDENCE)["suites"][0]["answers"];
    assert_eq!(answers[0]["source"], "recorded", "{answers}");
    assert_eq!(answers[0]["on"], today, "{answers}");
    let _ = project
        .run(&["list"])
        .exits(0)
        .says(&["evidence (recorded)"]);
    let shown = project.run(&["show", "greeter@1.1.0"]).exits(0);
    let _ = shown.says(&["answers: recorded"]);
    let _ = project
        .run(&["verify"])
        .exits(0)
        .says(&["recorded answers"]);
    // What was accepted once is refused where the project takes its word back.
    setting(&project, "");
    let failed = project.run(&["verify"]).exits(1);
    let _ = failed.says(&["FAILED greeter@1.1.0", "answers are recorded in a file"]);
    let _ = project
        .run(&["check"])
        .exits(2)
        .says(&["answers are recorded in a file"]);
    let _ = promote(&project, "production", &[]).exits(2);
}

#[test]
fn a_status_that_the_history_does_not_know_of_is_found() {
    let fake = polite();
    let project = promotion::project(&fake, KIND);
    let _ = project.evaluate(&[]).exits(0);
    let _ = promote(&project, "canary", &[]).exits(0);
    let _ = promote(&project, "production", &[]).exits(0);
    let _ = project.run(&["verify"]).exits(0);
    let path = "prompts/greeter/family.yaml";
    let family = project.read(path);
    // The last move looks like one of a writer that was killed before it counted.
    for status in ["canary", "testing", "shadow", "deprecated"] {
        project.file(
            path,
            &family.replace("status: production", &format!("status: {status}")),
        );
        let failed = project.run(&["verify", "greeter"]).exits(1);
        let _ = failed.says(&[&format!(
            "greeter@1.1.0 is in {status}, and the newest line of history.jsonl about it brought it to production"
        )]);
    }
    project.file(path, &family);
    let _ = project.run(&["verify"]).exits(0);
}

#[test]
fn logged_answers_are_no_evidence_for_a_version() {
    let fake = polite();
    let project = promotion::project(&fake, "Greet {{ name }} rudely.");
    let rows: Vec<String> = (0..80)
        .map(|n| {
            format!(
                "{{\"id\": \"case-{n}\", \"vars\": {{\"name\": \"u\"}}, \"output\": \"hello\"}}\n"
            )
        })
        .collect();
    project.file("datasets/greet.jsonl", &rows.concat());
    project.suite("greet", "");
    let _ = project.evaluate(&[]).exits(0);
    let refused = promote(&project, "canary", &[]).exits(2);
    let _ = refused.says(&["answers are logged in the dataset"]);
    assert_eq!(fake.count(), 0);
}

#[test]
fn addresses_that_the_project_names_are_the_only_ones_whose_answers_count() {
    let fake = polite();
    let project = promotion::project(&fake, KIND);
    let _ = project.evaluate(&[]).exits(0);
    setting(
        &project,
        "evidence: {addresses: [\"https://api.openai.com/v1\"]}",
    );
    let refused = promote(&project, "canary", &[]).exits(2);
    let address = fake.url(Kind::OpenAi);
    let _ = refused.says(&[
        &format!("provider openai answered at `{address}`"),
        "addresses",
    ]);
    setting(
        &project,
        &format!("evidence: {{addresses: [\"{address}/\"]}}"),
    );
    let _ = promote(&project, "canary", &[]).exits(0);
    let evidence = project.json(EVIDENCE);
    assert_eq!(evidence["providers"]["openai"], format!("openai {address}"));
    assert_eq!(evidence["suites"][0]["answers"][0]["source"], "live");
}

/// The newest journal with another time of its beginning.
fn moved(project: &Project, days: f64) -> String {
    let text = project.read(&project.newest_journal());
    let mut lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let now = jiff::Timestamp::now().as_second();
    let then = jiff::Timestamp::from_second(now + (days * 86_400.0) as i64).unwrap();
    lines[0]["run"]["started_at"] = json!(then.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    lines[0]["run"]["id"] = json!("another-machine");
    project.file("moved/journal.jsonl", &sealed(&lines));
    "moved".to_owned()
}

#[test]
fn a_run_of_long_ago_or_of_tomorrow_is_no_evidence() {
    let fake = polite();
    let project = promotion::project(&fake, KIND);
    let _ = project.evaluate(&[]).exits(0);
    for (days, says) in [
        (
            -900.0,
            "the run is 900 days old, and evidence may be 30 days old",
        ),
        (-31.0, "the run is 31 days old"),
        (1.0, "which is still to come"),
    ] {
        let run = moved(&project, days);
        let refused = promote(&project, "canary", &["--evidence", &run]).exits(2);
        let _ = refused.says(&[says]);
    }
    setting(&project, "evidence: {max_age: none}");
    let run = moved(&project, -900.0);
    let _ = promote(&project, "canary", &["--evidence", &run]).exits(0);
    again(&project);
    setting(&project, "evidence: {max_age: 10d}");
    let run = moved(&project, -11.0);
    let _ = promote(&project, "canary", &["--evidence", &run]).exits(2);
    let run = moved(&project, -9.0);
    let _ = promote(&project, "canary", &["--evidence", &run]).exits(0);
}

#[test]
fn an_answer_of_long_ago_in_a_run_of_today_is_as_old_as_it_is() {
    let fake = polite();
    let project = promotion::project(&fake, KIND);
    let _ = project.evaluate(&["--responses", "record"]).exits(0);
    let recordings = project.read("evals/recordings/greet.jsonl");
    let mut lines: Vec<Value> = recordings
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    lines[7]["at"] = json!("2024-02-29T12:00:00Z");
    let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
    project.file("evals/recordings/greet.jsonl", &(lines.join("\n") + "\n"));
    setting(&project, "evidence: {sources: [recorded]}");
    let _ = project.evaluate(&["--responses", "replay"]).exits(0);
    let refused = promote(&project, "canary", &[]).exits(2);
    let _ = refused.says(&["its oldest answer is", "days old"]);
}

/// A provider that fails so many cases of the candidate in each run, run by run.
fn runs(failing: &'static [usize]) -> FakeProvider {
    let asked: Mutex<HashMap<String, usize>> = Mutex::default();
    FakeProvider::start(Script::answering(move |seen| {
        let mut asked = asked.lock().unwrap();
        let times = asked.entry(seen.prompt.clone()).or_default();
        let most = failing.get(*times).copied().unwrap_or_default();
        *times += 1;
        let case = seen.prompt.trim_start_matches("Greet user ");
        let number: usize = case.split([' ', '.']).next().unwrap().parse().unwrap();
        let fails = seen.prompt.contains("kindly") && number < most;
        Reply::text(if fails { "Go away." } else { "Hello." })
    }))
}

fn evaluated(project: &Project) -> Outcome {
    project.run(&["run", "--responses", "live"])
}

fn id(project: &Project) -> String {
    project
        .newest_journal()
        .split('/')
        .nth(2)
        .unwrap()
        .to_owned()
}

#[test]
fn the_newest_run_of_the_same_files_decides() {
    let fake = runs(&[0, 9]);
    let project = promotion::project(&fake, KIND);
    let _ = evaluated(&project).exits(0);
    let passed = id(&project);
    let _ = evaluated(&project).exits(1);
    let failed = id(&project);
    let refused = promote(&project, "canary", &["--evidence", &passed]).exits(2);
    let _ = refused.says(&[&failed, "is newer and did not pass: the newest one decides"]);
    let _ = promote(&project, "canary", &[]).exits(2);
    // A run of other files says nothing of these.
    let suite = project.read("evals/greet.yaml");
    project.file("evals/greet.yaml", &format!("description: x\n{suite}"));
    let _ = evaluated(&project).exits(0);
    let _ = promote(&project, "canary", &[]).exits(0);
    assert_eq!(
        project.json(EVIDENCE)["known_runs"],
        json!({"passed": 1, "failed": 0, "undecided": 0})
    );
}

#[test]
fn whoever_runs_until_one_run_passes_needs_all_answers_together_to_pass() {
    // 2 of 80 fail at first, none then: 158 of 160 are less than 99 %.
    let fake = runs(&[2, 0]);
    let project = promotion::project(&fake, KIND);
    let _ = evaluated(&project).exits(1);
    let first = id(&project);
    let _ = evaluated(&project).exits(0);
    let refused = promote(&project, "canary", &[]).exits(2);
    let _ = refused.says(&[
        "1 of 2 runs of the same files failed",
        &first,
        "the answers of all of them together do not pass",
        "hello.pass_rate",
    ]);
    // The cache gives the same answers again: they are no new ones.
    let _ = project.run(&["run"]).exits(0);
    let _ = promote(&project, "canary", &[]).exits(2);
    // Two whole runs more, and 318 of 320 are enough.
    let _ = evaluated(&project).exits(0);
    let _ = evaluated(&project).exits(0);
    let _ = promote(&project, "canary", &[]).exits(0);
    let known = &project.json(EVIDENCE)["known_runs"];
    assert_eq!(*known, json!({"passed": 4, "failed": 1, "undecided": 0}));
    let shown = project.run(&["show", "greeter@1.1.0"]).exits(0);
    let _ = shown.says(&["1 of 5 known runs failed; all answers together passed"]);
}

#[test]
fn a_change_does_not_bring_the_answers_that_it_is_compared_with() {
    let fake = FakeProvider::start(Script::answering(|seen| {
        let fails = seen.prompt.contains("badly") && seen.user() < 20;
        Reply::text(if fails { "Go away." } else { "Hello." })
    }));
    let project = promotion::project(&fake, KIND);
    project.gates("  - {metric: pass_rate, baseline: true, margin: 0.05}\nrepeats: 1\n");
    project.file(".gitignore", ".prompteval/\nreport.json\njunit.xml\n");
    let _ = project.evaluate(&[]).exits(0);
    let _ = promote(&project, "canary", &[]).exits(0);
    let _ = promote(&project, "production", &[]).exits(0);
    project.repository();
    fs::remove_dir_all(project.path(".prompteval")).unwrap();
    // The change brings a bad version, and evidence in which production fails as often, hashes and all.
    project.version(
        "greeter",
        "1.2.0",
        "openai/gpt-6-luna",
        "Greet {{ name }} badly.",
    );
    let poisoned = project
        .read(EVIDENCE)
        .replace("\"outcome\":\"++\"", "\"outcome\":\"--\"");
    assert_ne!(poisoned, project.read(EVIDENCE));
    project.other_evidence("greeter", "1.1.0", &poisoned);
    let blocked = project.evaluate(&["--changed-since", "main"]);
    let blocked = blocked.exits(1);
    assert_eq!(blocked.candidate(0)["baseline"], "1.1.0");
    let measured = &blocked.candidate(0)["gates"][0];
    assert_eq!(measured["baseline"], 1.0, "{measured}");
}

#[test]
fn a_newer_run_that_was_damaged_is_missed() {
    let fake = polite();
    let project = promotion::project(&fake, "Greet {{ name }} kindly.");
    let _ = project.evaluate(&[]).exits(0);
    let older = project.newest_journal();
    let older = older.rsplit_once('/').unwrap().0.to_owned();
    let _ = project.evaluate(&["--responses", "live"]).exits(0);
    let newest = project.newest_journal();
    let text = project.read(&newest);
    project.file(
        &newest,
        &text.replacen("\"passed\":true", "\"passed\":false", 1),
    );
    let refused = promote(&project, "canary", &["--evidence", &older]).exits(2);
    let _ = refused.says(&["is newer and did not pass"]);
}

#[test]
fn verify_of_a_family_tells_of_suites_that_cannot_be_read() {
    let fake = polite();
    let project = promotion::project(&fake, "Greet {{ name }} kindly.");
    let _ = project.evaluate(&[]).exits(0);
    let _ = promote(&project, "canary", &[]).exits(0);
    let _ = project.run(&["verify", "greeter"]).exits(0);
    project.file("evals/greet.yaml", "prompt: [\n");
    let _ = project
        .run(&["verify", "greeter"])
        .exits(1)
        .says(&["evals/greet.yaml"]);
}

#[test]
fn verify_says_what_evidence_was_not_compared_with() {
    let fake = polite();
    let project = promotion::project(&fake, KIND);
    let _ = project.evaluate(&[]).exits(0);
    let _ = promote(&project, "canary", &[]).exits(0);
    let verified = project.run(&["verify"]).exits(0);
    assert!(
        !verified.stdout.contains("not compared"),
        "{}",
        verified.stdout
    );
    let (suite, rows) = ("evals/greet.yaml", "datasets/greet.jsonl");
    let (text, cases) = (project.read(suite), project.read(rows));
    project.file(
        rows,
        &format!("{cases}{{\"vars\": {{\"name\": \"Zoe\"}}}}\n"),
    );
    let told = "not compared: datasets/greet.jsonl, the dataset of suite greet, changed since the evidence";
    let _ = project.run(&["verify"]).exits(0).says(&[told]);
    project.file(suite, &format!("{text}# another one\n"));
    let told = "not compared: suite greet changed since the evidence";
    let _ = project.run(&["verify"]).exits(0).says(&[told]);
    project.file("evals/other.yaml", &text);
    fs::remove_file(project.path(suite)).unwrap();
    let told = "not compared: suite greet is gone since the evidence";
    let _ = project.run(&["verify"]).exits(0).says(&[told]);
    let outcome = project.run(&["verify", "--format", "json"]).exits(0);
    let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(
        report["evidence"][0]["not_compared"][0],
        "suite greet is gone since the evidence"
    );
}
