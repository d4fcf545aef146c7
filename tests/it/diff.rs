//! `diff` of two runs: numbers, cases newly broken and fixed, and both answers beside each other.

use std::fs;

use crate::fake_provider::{FakeProvider, Reply, Script};
use crate::project::Project;

/// Two runs of ten cases: 1.0.0 is rude to users 2 and 3, and 1.1.0 to users 3 and 7.
fn two_runs() -> (Project, FakeProvider) {
    let fake = FakeProvider::start(Script::answering(|seen| {
        let rude: [&str; 2] = if seen.prompt.contains("kindly") {
            ["user 3", "user 7"]
        } else {
            ["user 2", "user 3"]
        };
        let is_rude = rude.iter().any(|user| seen.prompt.contains(user));
        Reply::text(if is_rude {
            "Go away, you."
        } else {
            "hello and welcome"
        })
    }));
    let project = Project::greeting(10).at(&fake);
    let _ = project.evaluate(&[]).exits(1);
    fs::rename(project.path("report.json"), project.path("old.json")).unwrap();
    project.kindly();
    let _ = project.evaluate(&["--candidate", "greeter@1.1.0"]).exits(1);
    (project, fake)
}

#[test]
fn two_runs_are_told_apart_by_number_and_case() {
    let (project, _fake) = two_runs();
    let mut ids: Vec<_> = fs::read_dir(project.path(".prompteval/runs"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    ids.sort();
    let by_id = project.run(&["diff", &ids[0], "last"]).exits(0);
    let by_id = by_id.says(&[
        "greeter@1.0.0 in run",
        "greeter@1.1.0",
        "Newly broken: 1 case",
        "✗ case-7  hello: ",
        "Newly fixed: 1 case",
        "✓ case-2  hello: ",
        "1 case newly broken, 1 newly fixed",
        "+0.0 points",
    ]);
    for sides in [
        "    | - hello and welcome\n    | + Go away, you.\n",
        "    | - Go away, you.\n    | + hello and welcome\n",
    ] {
        assert!(by_id.stdout.contains(sides), "{}", by_id.stdout);
    }
    assert!(!by_id.stdout.contains("case-3"), "{}", by_id.stdout);

    let by_report = project.run(&["diff", "old.json", "report.json"]).exits(0);
    assert_eq!(by_report.stdout, by_id.stdout);

    let machine = project
        .run(&["diff", "old.json", "last", "--format", "json"])
        .exits(0);
    let told: serde_json::Value = serde_json::from_str(&machine.stdout).unwrap();
    let pair = &told["pairs"][0];
    assert_eq!(pair["broken"][0]["id"], "case-7");
    assert_eq!(pair["broken"][0]["old"], "hello and welcome");
    assert_eq!(pair["broken"][0]["failed"][0][0], "hello");
    assert_eq!(pair["fixed"][0]["id"], "case-2");
    assert_eq!(pair["metrics"]["pass_rate"]["old"], 0.8);
}

#[test]
fn what_only_one_run_holds_is_said() {
    let (project, _fake) = two_runs();
    let rows = project.read("datasets/greet.jsonl");
    let fewer: Vec<&str> = rows.split_inclusive('\n').skip(1).collect();
    let more = "{\"id\": \"new-one\", \"vars\": {\"name\": \"Ada\"}}\n";
    project.file("datasets/greet.jsonl", &(fewer.concat() + more));
    project.suite("second", "");
    let _ = project.evaluate(&["--candidate", "greeter@1.1.0"]).exits(1);
    let told = project.run(&["diff", "old.json", "last"]).exits(0);
    let _ = told.says(&[
        "the dataset is another one",
        "Only in the older run: case-0",
        "Only in the newer run: new-one",
        "second greeter@1.1.0 on openai/gpt-6-luna is in run",
    ]);
}

#[test]
fn a_version_and_a_run_are_not_compared() {
    let (project, _fake) = two_runs();
    for (args, says) in [
        (["greeter@1.0.0", "last"], "not of one kind"),
        (["last", "nowhere.json"], "there is no run `nowhere.json`"),
        (["last", "prompteval.yaml"], "no line of a journal"),
    ] {
        let refused = project.run(&["diff", args[0], args[1]]);
        let _ = refused.exits(2).says(&[says]);
    }
    let text = project
        .run(&["diff", "greeter@1.0.0", "greeter@1.1.0"])
        .exits(0);
    let _ = text.says(&["--- greeter@1.0.0", "+user: \"Greet {{ name }} kindly.\""]);
}
