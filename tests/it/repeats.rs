//! Which stored answers may count as repeats where nothing is called.

use std::fs;

use crate::fake_provider::{FakeProvider, Kind, Reply, Script};
use crate::project::{Outcome, Project};

const ONCE: &str = "looked at once at 5 %, because no repeats";

/// A provider that greets eight of nine users: between the target and the floor below, whatever is repeated.
fn open() -> FakeProvider {
    FakeProvider::start(Script::answering(|seen| {
        let is_rude = seen.user().is_multiple_of(9);
        Reply::text(if is_rude { "Go away." } else { "Hello." })
    }))
}

/// A project whose recordings hold one answer to each case, and whose cache holds five.
fn warm(fake: &FakeProvider) -> Project {
    let mut project = Project::greeting(100);
    project.file(
        "prompteval.yaml",
        "version: 1\nproviders: {openai: {api_key_env: OWN_KEY}}\n",
    );
    project.gates("  - {metric: pass_rate, target: 0.90, floor: 0.85}\n");
    project.set("OPENAI_BASE_URL", &fake.url(Kind::OpenAi));
    project.set("OWN_KEY", "sk-own");
    let _ = project.run(&["run"]).exits(0).says(&["over 5 repeats"]);
    let _ = project
        .run(&["run", "--responses", "record", "--no-escalate"])
        .exits(0);
    assert_eq!(fake.count(), 500);
    project
}

#[test]
fn a_warm_cache_and_a_cold_one_decide_the_same_where_nothing_is_called() {
    let fake = open();
    let project = warm(&fake);
    let runs = || {
        let replay = project.run(&["run", "--responses", "replay"]);
        let mut keyless = project.command(&["run"]);
        keyless.env_remove("OWN_KEY");
        [replay, Outcome::of(&keyless.output().unwrap())]
    };
    let gates = |outcome: Outcome| {
        let outcome = outcome.exits(0).says(&[ONCE]);
        let after = outcome.stdout.split("? pass").nth(1).unwrap();
        after.split("PASS").next().unwrap().to_owned()
    };
    let warm: Vec<String> = runs().into_iter().map(gates).collect();
    fs::remove_dir_all(project.path(".prompteval")).unwrap();
    let cold: Vec<String> = runs().into_iter().map(gates).collect();
    assert_eq!(warm, cold);
    assert_eq!(fake.count(), 500, "nothing was called");
}

#[test]
fn recorded_repeats_count_without_a_cache() {
    let fake = open();
    let project = warm(&fake);
    let _ = project.run(&["run", "--responses", "record"]).exits(0);
    fs::remove_dir_all(project.path(".prompteval")).unwrap();
    let replay = project.run(&["run", "--responses", "replay"]).exits(0);
    let _ = replay.says(&["over 5 repeats"]);
}

#[test]
fn repeats_whose_judge_is_not_recorded_are_none() {
    let fake = FakeProvider::start(Script::answering(|seen| {
        let is_rude = seen.user().is_multiple_of(9);
        // No two answers are alike, so that each is judged anew.
        let word = if is_rude { "Go away" } else { "Hello" };
        Reply::text(format!("{word} {}", seen.number))
    }));
    let project = Project::greeting(100).at(&fake);
    project.file(
        "evals/greet.yaml",
        "prompt: greeter\ndataset: datasets/greet.jsonl\nevaluators:\n  - {type: icontains, name: hello, value: hello}\n  - {type: llm-rubric, name: kind, value: It is kind, model: anthropic/claude-haiku-5-5}\ngates:\n  - {metric: pass_rate, target: 0.90, floor: 0.85}\n",
    );
    let _ = project.run(&["run", "--responses", "record"]).exits(0);
    let path = "evals/recordings/greet.jsonl";
    let recorded = project.read(path);
    let again = |lines: &str| {
        project.file(path, lines);
        fs::remove_dir_all(project.path(".prompteval")).unwrap();
        project.run(&["run", "--responses", "replay"]).exits(0)
    };
    let _ = again(&recorded).says(&["over 5 repeats"]);
    let mut judged = 0;
    let kept = recorded.lines().filter(|line| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        judged += usize::from(line["evaluator"] == "kind");
        line["evaluator"].is_null() || judged <= 100
    });
    let kept: Vec<String> = kept.map(|line| format!("{line}\n")).collect();
    assert!(kept.len() < recorded.lines().count());
    let _ = again(&kept.concat()).says(&[ONCE]);
}
