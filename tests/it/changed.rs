//! `run --changed-since` and `run --watch`: only what a change affects is run.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::fake_provider::FakeProvider;
use crate::project::Project;

/// Two families with a suite each, everything committed on `main`, and a branch checked out.
fn repository(fake: &FakeProvider) -> Project {
    let project = Project::greeting(2).at(fake);
    project.production("greeter", "1.0.0");
    project.version("greeter", "1.1.0", "openai/gpt-6-luna", "Greet {{ name }}!");
    project.version(
        "greeter",
        "1.2.0",
        "openai/gpt-6-luna",
        "Greet {% include 'tone.md' %} {{ name }}!",
    );
    project.file("prompts/tone.md", "kindly");
    project.version(
        "farewell",
        "1.0.0",
        "openai/gpt-6-luna",
        "Bid {{ name }} farewell.",
    );
    project.file("datasets/bye.jsonl", "{\"vars\": {\"name\": \"x\"}}\n");
    let suite = project.read("evals/greet.yaml");
    project.file(
        "evals/bye.yaml",
        &suite
            .replace("greeter", "farewell")
            .replace("greet.jsonl", "bye.jsonl"),
    );
    project.file(".gitignore", "*.json\n.prompteval/\n");
    project.repository();
    project
}

fn since(project: &Project) -> (Vec<String>, String) {
    let outcome = project
        .run(&["run", "--changed-since", "main", "--json", "r.json"])
        .exits(0);
    let report = project.json("r.json");
    let mut run = Vec::new();
    for suite in report["suites"].as_array().unwrap() {
        for candidate in suite["candidates"].as_array().unwrap() {
            let word = |value: &Value| value.as_str().unwrap().to_owned();
            run.push(format!(
                "{} {}",
                word(&suite["name"]),
                word(&candidate["version"])
            ));
        }
    }
    (run, outcome.stdout)
}

#[test]
fn only_affected_suites_and_candidates_run() {
    let fake = FakeProvider::saying("hello");
    let project = repository(&fake);
    let (run, said) = since(&project);
    assert!(run.is_empty(), "{run:?}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(
        said.contains("no suite is affected: 0 files changed"),
        "{said}"
    );

    project.file("README.md", "nothing that a suite depends on");
    assert_eq!(since(&project).0.len(), 0);
    project.version(
        "greeter",
        "1.3.0",
        "openai/gpt-6-luna",
        "Do greet {{ name }}!",
    );
    assert_eq!(since(&project).0, ["greet 1.3.0"], "an untracked version");
    project.commit("1.3.0");
    assert_eq!(
        since(&project).0,
        ["greet 1.3.0"],
        "and once it is committed"
    );
    project.file("prompts/tone.md", "grimly");
    assert_eq!(
        since(&project).0,
        ["greet 1.2.0", "greet 1.3.0"],
        "what includes the template"
    );
    project.file("datasets/bye.jsonl", "{\"vars\": {\"name\": \"y\"}}\n");
    let (run, _) = since(&project);
    assert_eq!(run, ["bye 1.0.0", "greet 1.2.0", "greet 1.3.0"]);
    project.file("prompteval.yaml", "version: 1\n");
    assert_eq!(since(&project).0.len(), 4, "everything depends on it");
}

#[test]
fn a_released_version_that_is_edited_in_place_fails_even_where_its_hash_was_edited_too() {
    let fake = FakeProvider::saying("hello");
    let project = repository(&fake);
    project.version("greeter", "1.0.0", "openai/gpt-6-luna", "Hail {{ name }}.");
    project.production("greeter", "1.0.0");
    let refused = project.run(&["run", "--changed-since", "main"]).exits(2);
    let _ = refused.says(&[
        "greeter@1.0.0 was `production`",
        "never modified",
        "prompteval new greeter --from 1.0.0",
    ]);
    assert_eq!(fake.count(), 0);
}

#[test]
fn a_missing_base_says_how_to_fetch_it() {
    let fake = FakeProvider::saying("hello");
    let project = repository(&fake);
    let refused = project
        .run(&["run", "--changed-since", "origin/gone"])
        .exits(2);
    let _ = refused.says(&["git knows no commit `origin/gone`"]);
    for odd in ["--output=x", "-x", ""] {
        let _ = project
            .run(&["run", &format!("--changed-since={odd}")])
            .exits(2);
    }
    project.file("x", "x");
    project.commit("second");
    let clone = Project::empty();
    let url = format!("file://{}", project.path(".").display());
    clone.git(&["clone", "-q", "--depth", "1", &url, "shallow"]);
    let refused = clone
        .run(&["run", "--project", "shallow", "--changed-since", "HEAD~1"])
        .exits(2);
    let _ = refused.says(&["shallow clone", "fetch-depth: 0"]);
    let outside = Project::greeting(1);
    let refused = outside.run(&["run", "--changed-since", "main"]).exits(2);
    let _ = refused.says(&["no git repository"]);
}

#[cfg(unix)]
#[test]
fn watching_runs_again_what_a_saved_file_affects() {
    let fake = FakeProvider::saying("hello");
    let project = repository(&fake);
    let mut child = project
        .command(&["run", "--watch"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let id = child.id().to_string();
    let kill = move |signal: &str| Command::new("kill").args([signal, &id]).status().unwrap();
    // A watcher that misses a change must fail the test, not hang it.
    let (finished, watchdog) = std::sync::mpsc::channel::<()>();
    let last_resort = kill.clone();
    let guard = std::thread::spawn(move || {
        if watchdog.recv_timeout(Duration::from_secs(20)).is_err() {
            last_resort("-KILL");
        }
    });
    let mut lines = BufReader::new(child.stderr.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let mut said = Vec::new();
    let mut until = |text: &str| {
        for line in lines.by_ref() {
            said.push(line);
            if said.last().is_some_and(|line| line.contains(text)) {
                return;
            }
        }
        panic!("`{text}` never came, but {said:#?}");
    };
    until("watching for changes");
    let first = fake.count();
    project.file("datasets/bye.jsonl", "{\"vars\": {\"name\": \"z\"}}\n");
    until("1 file changed: datasets/bye.jsonl");
    until("watching for changes");
    assert_eq!(
        fake.count(),
        first + 1,
        "only the suite of that dataset, and of it what is not in the cache"
    );
    project.file("evals/greet.yaml", "prompt: nobody\n");
    until("a suite has no `dataset`");
    until("watching for changes");
    assert!(kill("-INT").success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    finished.send(()).unwrap();
    guard.join().unwrap();
}
