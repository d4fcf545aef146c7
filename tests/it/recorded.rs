//! Recordings decide by themselves: a key in the shell changes nothing of a run that replays, and every other run says first what it
//! is going to call and pay.

use std::fs;

use serde_json::Value;

use crate::fake_provider::{FakeProvider, Reply, Script};
use crate::project::{Outcome, Project};

const EXPECTED: &str = "expected: ";

/// A suite that is open after its first look, and that asks for the proof of broken cases; recorded once.
fn recorded(fake: &FakeProvider) -> Project {
    let project = Project::greeting(100).at(fake);
    let open = "  - {metric: pass_rate, target: 0.90, floor: 0.85}\n  - {metric: pass_rate, baseline: true, margin: 0.5}\n";
    project.gates(open);
    project.kindly();
    project.production("greeter", "1.0.0");
    let args = ["run", "--responses", "record", "--no-escalate"];
    let recorded = project.run(&args).exits(0);
    let _ = recorded.says(&["expected: 200 calls to openai, at most $"]);
    fs::remove_dir_all(project.path(".prompteval")).unwrap();
    // What would have to be called for, too.
    let proof = "  - {metric: broken, max: 3}\n";
    project.gates(&format!("{open}{proof}"));
    project
}

/// A provider that is rude to one user in nine, and another one for a version that is asked to be kind.
fn open() -> FakeProvider {
    FakeProvider::start(Script::answering(|seen| {
        let kindly = usize::from(seen.prompt.contains("kindly"));
        let is_rude = seen.user() % 9 == kindly;
        Reply::text(if is_rude { "Go away." } else { "Hello." })
    }))
}

fn gates(project: &Project) -> Value {
    project.json("report.json")["suites"][0]["candidates"][0]["gates"].clone()
}

#[test]
fn a_key_in_the_shell_changes_nothing_of_a_run_that_replays() {
    let fake = open();
    let project = recorded(&fake);
    let before = fake.count();
    let args = ["run", "--json", "report.json"];
    let keyed = project.run(&args);
    let keyed_gates = gates(&project);
    assert_eq!(fake.count(), before, "it asked live");
    assert!(!keyed.stderr.contains(EXPECTED), "{}", keyed.stderr);
    let keyed = keyed.says(&[
        "greet is decided on its recordings: `--responses record` would ask for more repeats",
    ]);
    // The report holds the reason unwrapped.
    let why = "because no repeats are recorded: `--responses record` asks for them";
    assert!(keyed_gates.to_string().contains(why), "{keyed_gates}");
    let mut keyless = project.command(&args);
    let keyless = Outcome::of(&keyless.env_remove("OPENAI_API_KEY").output().unwrap());
    assert_eq!((keyed.code, keyed_gates), (keyless.code, gates(&project)));
    // Recording is asking.
    let more = project.run(&["run", "--responses", "record"]);
    assert!(fake.count() > before);
    let _ = more.says(&[
        "expected: 0 calls to openai, at most $0.0000; up to ",
        " more, at most $",
    ]);
}

#[test]
fn a_run_that_may_call_says_so_before_it_does() {
    let fake = open();
    let project = recorded(&fake);
    // One case is not recorded, and so the run is no replay.
    let rows = project.read("datasets/greet.jsonl");
    project.file(
        "datasets/greet.jsonl",
        &format!("{rows}{{\"id\": \"new\", \"vars\": {{\"name\": \"user 1000\"}}}}\n"),
    );
    let before = fake.count();
    let run = project.run(&["run"]);
    let _ = run.says(&[
        "expected: 2 calls to openai, at most $",
        "; up to ",
        "while a gate is open",
    ]);
    assert!(fake.count() > before + 2, "it repeats");
    fs::remove_file(project.path("evals/recordings/greet.jsonl")).unwrap();
    let live = project.run(&["run", "--responses", "live", "--repeats", "1"]);
    let _ = live.says(&["expected: 202 calls to openai, at most $"]);
}
