//! `record --prune`: recordings that nothing asks for are dropped, all others stay, and `check` says how many there are.

use std::fs;

use crate::fake_provider::{FakeProvider, Judge, Reply, Script};
use crate::project::Project;

const PATH: &str = "evals/recordings/greet.jsonl";

fn provider() -> FakeProvider {
    FakeProvider::start(Script::always(Reply::text("hello")).judge(Judge::Pass))
}

/// A project with a judge, whose recordings hold an answer and a judgement of each of three cases.
fn recorded(fake: &FakeProvider) -> Project {
    let project = Project::greeting(3).at(fake);
    judged(&project, "It is kind");
    let _ = project.run(&["run", "--responses", "record"]).exits(0);
    // The same answer of the same judge to each case is one response.
    assert!(lines(&project) > 3);
    project
}

fn judged(project: &Project, value: &str) {
    let text = format!(
        "prompt: greeter\ndataset: datasets/greet.jsonl\nevaluators:\n  - {{type: llm-rubric, name: kind, value: {value}, model: openai/gpt-6-luna}}\nrepeats: 1\ngates:\n  - {{metric: pass_rate, min: 1.0}}\n"
    );
    project.file("evals/greet.yaml", &text);
}

fn lines(project: &Project) -> usize {
    project.read(PATH).lines().count()
}

fn replays(project: &Project, code: i32) {
    let _ = project.run(&["run", "--responses", "replay"]).exits(code);
}

#[test]
fn nothing_is_dropped_while_all_is_asked_for() {
    let fake = provider();
    let project = recorded(&fake);
    let before = project.read(PATH);
    let _ = project
        .run(&["record", "--prune"])
        .exits(0)
        .says(&["greet: dropped 0 responses"]);
    assert_eq!(project.read(PATH), before);
    let check = project.run(&["check"]).exits(0);
    assert!(!check.stdout.contains("record --prune"), "{}", check.stdout);
}

#[test]
fn what_a_case_or_a_judge_no_longer_asks_for_is_dropped_and_the_rest_replays() {
    let fake = provider();
    let project = recorded(&fake);
    let before = lines(&project);
    judged(&project, "It is very kind");
    let rows = project.read("datasets/greet.jsonl");
    let (_, rest) = rows.split_once('\n').unwrap();
    project.file("datasets/greet.jsonl", rest);
    let _ = project.run(&["run", "--responses", "record"]).exits(0);
    let all = lines(&project);
    let stale = before - 2;
    let told = format!("nothing asks for {stale} of {all} responses");
    let _ = project.run(&["check"]).exits(0).says(&[&told]);
    let json = project.run(&["check", "--format", "json"]).exits(0).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["recordings"][0]["stale"], stale);
    let told = format!("greet: would drop {stale} responses, {} left", all - stale);
    let _ = project
        .run(&["record", "--prune", "--dry-run"])
        .exits(0)
        .says(&[&told]);
    assert_eq!(lines(&project), all);
    let told = format!("greet: dropped {stale} responses, {} left", all - stale);
    let _ = project
        .run(&["record", "--prune", "greet"])
        .exits(0)
        .says(&[&told]);
    assert_eq!(lines(&project), all - stale);
    replays(&project, 0);
    assert!(!project.path(&format!("{PATH}.tmp")).exists());
    let left = fs::read_dir(project.path("evals/recordings")).unwrap();
    assert_eq!(left.count(), 1, "no temporary file stays");
}

#[test]
fn versions_that_may_come_back_keep_theirs_and_archived_ones_do_not() {
    let fake = provider();
    let project = recorded(&fake);
    let before = lines(&project);
    project.version(
        "greeter",
        "2.0.0",
        "openai/gpt-6-luna",
        "Say hello to {{ name }}.",
    );
    project.entries("greeter", &[("1.0.0", "deprecated"), ("2.0.0", "testing")]);
    let _ = project.run(&["run", "--responses", "record"]).exits(0);
    let _ = project
        .run(&["record", "--prune"])
        .exits(0)
        .says(&["dropped 0 responses"]);
    project.entries("greeter", &[("1.0.0", "archived"), ("2.0.0", "testing")]);
    let all = lines(&project);
    let _ = project.run(&["record", "--prune"]).exits(0);
    assert!(lines(&project) < all && lines(&project) <= before);
    replays(&project, 0);
}

#[test]
fn repeats_of_what_is_asked_for_stay() {
    let fake = provider();
    let project = recorded(&fake);
    let _ = project
        .run(&["run", "--responses", "record", "--repeats", "3"])
        .exits(0);
    let all = lines(&project);
    let _ = project.run(&["record", "--prune"]).exits(0);
    assert_eq!(lines(&project), all);
}

#[test]
fn a_mistake_of_the_plan_drops_nothing() {
    let fake = provider();
    let project = recorded(&fake);
    let before = project.read(PATH);
    let broken = format!(
        "{}{{\"vars\": {{}}}}\n",
        project.read("datasets/greet.jsonl")
    );
    project.file("datasets/greet.jsonl", &broken);
    let _ = project.run(&["record", "--prune"]).exits(2);
    project.file("datasets/greet.jsonl", "{oops\n");
    let _ = project.run(&["record", "--prune"]).exits(2);
    assert_eq!(project.read(PATH), before);
    let _ = project.run(&["record"]).exits(2).says(&["--prune"]);
}

#[test]
fn a_file_that_answers_for_nothing_at_all_is_removed() {
    let fake = provider();
    let project = recorded(&fake);
    project.version(
        "greeter",
        "1.0.0",
        "openai/gpt-6-luna",
        "Another {{ name }}.",
    );
    let _ = project.run(&["record", "--prune"]).exits(0);
    assert!(!project.path(PATH).exists());
    let _ = project
        .run(&["record", "--prune"])
        .exits(0)
        .says(&["no suite has recordings"]);
}

#[test]
fn a_draft_that_does_not_compile_may_need_its_recordings_once_it_is_fixed() {
    let fake = provider();
    let project = recorded(&fake);
    project.version("greeter", "2.0.0", "openai/gpt-6-luna", "Hi {{ name }}.");
    project.entries("greeter", &[("1.0.0", "testing")]);
    let _ = project
        .run(&[
            "run",
            "--responses",
            "record",
            "--candidate",
            "greeter@2.0.0",
        ])
        .exits(0);
    // The suite is about one version alone, so that nothing else reads the draft.
    let suite = project.read("evals/greet.yaml");
    project.file(
        "evals/greet.yaml",
        &format!("{suite}candidates: [1.0.0]\nbaseline: none\n"),
    );
    project.version("greeter", "2.0.0", "openai/gpt-6-luna", "Hi {{ name.");
    let before = project.read(PATH);
    for more in [&[][..], &["--dry-run"], &["greet"]] {
        let args = [&["record", "--prune"], more].concat();
        let _ = project
            .run(&args)
            .exits(2)
            .says(&["prompts/greeter/2.0.0.yaml:3", "fix or archive the version"]);
        assert_eq!(project.read(PATH), before);
    }
    project.version("greeter", "2.0.0", "openai/gpt-6-luna", "Hi {{ name }}.");
    let _ = project
        .run(&["record", "--prune"])
        .exits(0)
        .says(&["dropped 0 responses"]);
}
