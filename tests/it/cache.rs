//! `cache`: what it says of the cache, and what it removes.

use std::process::Stdio;
use std::time::Duration;

use crate::fake_provider::{FakeProvider, Kind, Reply, Script};
use crate::project::Project;

/// A project whose cache holds an answer to each of four cases.
fn filled(fake: &FakeProvider) -> Project {
    let project = Project::greeting(4).at(fake);
    let _ = project.run(&["run"]).exits(0);
    assert_eq!(fake.count(), 4);
    project
}

fn provider() -> FakeProvider {
    FakeProvider::saying("hello")
}

/// The only segment, with the age of the first two responses set to so many days.
fn age(project: &Project, days: i64) {
    let dir = project.path(".prompteval/cache/v2");
    let mut files = std::fs::read_dir(dir)
        .unwrap()
        .map(|file| file.unwrap().path());
    let segment = files
        .find(|path| path.extension().is_some_and(|end| end == "jsonl"))
        .unwrap();
    let text = std::fs::read_to_string(&segment).unwrap();
    let mut lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for line in lines.iter_mut().take(2) {
        line["at"] = (line["at"].as_i64().unwrap() - days * 86_400).into();
    }
    let lines: Vec<String> = lines.iter().map(|line| format!("{line}\n")).collect();
    std::fs::write(segment, lines.concat()).unwrap();
}

#[test]
fn stats_tell_what_is_there_and_clear_removes_it() {
    let fake = provider();
    let project = filled(&fake);
    let told = project.run(&["cache", "stats"]).exits(0);
    let _ = told.says(&["4 responses", "openai/gpt-6-luna  4", "from 2"]);
    let json = project
        .run(&["cache", "stats", "--format", "json"])
        .exits(0)
        .stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["entries"], 4);
    assert_eq!(json["models"]["openai/gpt-6-luna"], 4);
    let _ = project
        .run(&["cache", "clear"])
        .exits(0)
        .says(&["removed 4 responses"]);
    let _ = project
        .run(&["cache", "stats"])
        .exits(0)
        .says(&["0 responses"]);
    let _ = project
        .run(&["cache", "clear"])
        .exits(0)
        .says(&["removed 0 responses"]);
    let _ = project.run(&["run"]).exits(0);
    assert_eq!(fake.count(), 8);
}

#[test]
fn prune_removes_what_is_old_by_the_responses_own_date_then_what_is_too_much() {
    let fake = provider();
    let project = filled(&fake);
    age(&project, 40);
    let prune = |args: &[&str]| {
        let mut all = vec!["cache", "prune"];
        all.extend(args);
        project.run(&all).exits(0)
    };
    let _ = prune(&[]).says(&["removed 0 responses", "4 left"]);
    let _ = prune(&["--max-age", "30d", "--dry-run"]).says(&["would remove 2 responses", "2 left"]);
    let _ = project
        .run(&["cache", "stats"])
        .says(&["4 responses"])
        .exits(0);
    project.file(
        "prompteval.yaml",
        "version: 1\ncache: {max_age_days: 30, max_size_mb: 10}\n",
    );
    let _ = prune(&[]).says(&["removed 2 responses", "2 left"]);
    // What is left is still found, and what is not is asked again.
    let _ = project.run(&["run"]).exits(0);
    assert_eq!(fake.count(), 6);
    let _ = prune(&["--max-size", "700B"]).says(&["2 left"]);
    let _ = prune(&["--max-size", "0B"]).says(&["0 left"]);
    let refused = project
        .run(&["cache", "prune", "--max-age", "soon"])
        .exits(2);
    let _ = refused.says(&["30d"]);
}

#[test]
fn a_run_keeps_the_cache_within_its_limits_once_a_day_and_removes_older_formats() {
    let fake = provider();
    let project = filled(&fake);
    let stamp = ".prompteval/cache/v2/pruned";
    let first = project.read(stamp);
    age(&project, 400);
    project.file(".prompteval/cache/v1/ab/x.json", "{}");
    let _ = project.run(&["run"]).exits(0);
    assert_eq!(project.read(stamp), first, "not again on the same day");
    let yesterday = first.trim().parse::<i64>().unwrap() - 90_000;
    project.file(stamp, &yesterday.to_string());
    let _ = project.run(&["run"]).exits(0);
    assert_ne!(project.read(stamp), yesterday.to_string());
    assert!(!project.path(".prompteval/cache/v1").exists());
    let _ = project
        .run(&["cache", "stats"])
        .exits(0)
        .says(&["2 responses"]);
}

#[test]
fn what_a_run_is_at_work_in_is_left_alone() {
    let fake = FakeProvider::start(
        Script::always(Reply::text("hello")).latency(Duration::from_millis(400)),
    );
    let project = Project::greeting(6).at(&fake);
    let mut child = project
        .command(&["run", "--concurrency", "1"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while fake.count() < 2 {
        std::thread::sleep(Duration::from_millis(5));
        assert!(child.try_wait().unwrap().is_none());
    }
    for action in ["clear", "prune"] {
        let refused = project.run(&["cache", action]).exits(2);
        let _ = refused.says(&["a run is at work in the cache"]);
    }
    assert!(child.wait().unwrap().success());
    let _ = project
        .run(&["cache", "stats"])
        .exits(0)
        .says(&["6 responses"]);
}

#[test]
fn clear_leaves_the_lock_that_runs_wait_for_and_prune_leaves_newer_formats() {
    let fake = provider();
    let project = filled(&fake);
    project.file(".prompteval/cache/v1/ab/x.json", "{}");
    project.file(".prompteval/cache/v3/x.jsonl", "{}");
    let _ = project.run(&["cache", "prune"]).exits(0);
    assert!(!project.path(".prompteval/cache/v1").exists());
    assert!(project.path(".prompteval/cache/v3/x.jsonl").exists());
    // Whoever waits for the lock while everything is removed holds the one that others see afterwards.
    let lock = std::fs::File::open(project.path(".prompteval/cache/v2/lock")).unwrap();
    let _ = project
        .run(&["cache", "clear"])
        .exits(0)
        .says(&["removed 4 responses"]);
    assert!(!project.path(".prompteval/cache/v3/x.jsonl").exists());
    lock.lock_shared().unwrap();
    let refused = project.run(&["cache", "clear"]).exits(2);
    let _ = refused.says(&["a run is at work in the cache"]);
}

#[test]
fn a_header_of_the_provider_that_changes_is_another_request_and_a_secret_one_is_not() {
    let fake = provider();
    let project = filled(&fake);
    let settings = |headers: &str| {
        let url = fake.url(Kind::OpenAi);
        let text = format!(
            "version: 1\nproviders:\n  openai: {{base_url: \"{url}\", headers: {{{headers}}}}}\n"
        );
        project.file("prompteval.yaml", &text);
    };
    let asks = |headers: &str, count: usize| {
        settings(headers);
        let _ = project.run(&["run"]).exits(0);
        assert_eq!(fake.count(), count, "{headers}");
    };
    asks("", 4);
    asks("x-beta: one", 8);
    asks("X-Beta: one", 8);
    asks("x-beta: two", 12);
    asks("x-beta: two, x-gateway-token: t-0123456789", 12);
    asks("", 12);
    // Recordings of a provider without headers are found as ever; with others they answer for another request.
    let _ = project.run(&["run", "--responses", "record"]).exits(0);
    let _ = project.run(&["run", "--responses", "replay"]).exits(0);
    let _ = project.run(&["cache", "clear"]).exits(0);
    settings("x-beta: three");
    let _ = project.run(&["run", "--responses", "replay"]).exits(3);
}
