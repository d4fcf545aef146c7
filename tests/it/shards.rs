//! Runs in parts: the parts together are the whole, byte for byte, and what is no whole is refused.

use serde_json::Value;

use crate::fake_provider::{FakeProvider, Reply, Script};
use crate::project::Project;

const CASES: usize = 90;

/// A provider that answers by what it is asked, so that every run of a case has the same answer.
fn provider() -> FakeProvider {
    FakeProvider::start(Script::answering(|seen| {
        let odd = seen.prompt.bytes().map(usize::from).sum::<usize>() % 9 == 4;
        Reply::text(if odd { "go away" } else { "hello" })
    }))
}

/// A suite with a paired gate and one on a total.
fn project(fake: &FakeProvider) -> Project {
    let project = Project::greeting(CASES).at(fake);
    project.production("greeter", "1.0.0");
    project.version("greeter", "1.1.0", "openai/gpt-6-luna", "Greet {{ name }}!");
    project.suite(
        "greet",
        "  - {metric: pass_rate, baseline: true, margin: 0.2}\n  - {metric: pass_rate, target: 0.9, floor: 0.7}\n  - {metric: cost_usd, max: 1}\n",
    );
    project
}

/// A report without ids, dates and timings.
fn timeless(mut report: Value) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(map) => {
                for key in [
                    "id",
                    "started_at",
                    "finished_at",
                    "duration_s",
                    "latency_ms",
                ] {
                    if map.get(key).is_some_and(|value| {
                        key != "id" || value.as_str().is_some_and(|id| id.contains('T'))
                    }) {
                        map.insert(key.into(), Value::Null);
                    }
                }
                map.retain(|key, _| !key.starts_with("latency_ms"));
                map.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    strip(&mut report);
    report
}

/// Runs every shard in the project; their run ids.
fn shards(project: &Project, count: usize, more: &[&str]) -> Vec<String> {
    (1..=count)
        .map(|index| {
            let shard = format!("{index}/{count}");
            let mut args = vec!["run", "--shard", &shard, "--json", "shard.json"];
            args.extend(more);
            let outcome = project.run(&args).exits(0);
            let _ = outcome.says(&["MEASURED", "merge"]);
            let report = project.json("shard.json");
            assert_eq!(report["run"]["partial"][0], "--shard");
            report["run"]["id"].as_str().unwrap().to_owned()
        })
        .collect()
}

#[test]
fn merged_shards_are_the_unsharded_run() {
    let fake = provider();
    let project = project(&fake);
    for count in [1, 3, 8] {
        let ids = shards(&project, count, &["--responses", "live"]);
        let mut merge = vec!["merge", "--json", "merged.json", "--junit", "merged.xml"];
        merge.extend(ids.iter().map(String::as_str));
        let merged = project.run(&merge);
        let whole = ["--no-escalate", "--responses", "live"];
        let evaluation = project.evaluate(&whole);
        assert_eq!(merged.code, evaluation.outcome.code);
        assert_eq!(
            timeless(project.json("merged.json")),
            timeless(evaluation.report.clone())
        );
        let untimed = |path: &str| -> String {
            let xml = project.read(path);
            let lines = xml.lines().map(|line| {
                let words = line
                    .split(' ')
                    .filter(|word| !word.starts_with("time=") && !word.starts_with("timestamp="));
                words.collect::<Vec<_>>().join(" ")
            });
            let is_run = |line: &String| line.contains("name=\"run\"");
            lines
                .filter(|line| !is_run(line))
                .collect::<Vec<_>>()
                .join("\n")
        };
        assert_eq!(untimed("merged.xml"), untimed("junit.xml"));
        let calls = |report: &Value| {
            report["suites"][0]["candidates"][0]["cases"]
                .as_array()
                .unwrap()
                .len()
        };
        assert_eq!(calls(&project.json("merged.json")), CASES);
    }
    let merged = project.json("merged.json");
    let gates = merged["suites"][0]["candidates"][0]["gates"]
        .as_array()
        .unwrap();
    assert!(
        gates.iter().any(|gate| gate["verdict"] == "fail"),
        "some gate blocks: {gates:?}"
    );
}

#[test]
fn a_shard_depends_on_ids_alone_and_may_be_empty() {
    let fake = provider();
    let project = Project::greeting(3).at(&fake);
    let ids = shards(&project, 16, &[]);
    let mut merge = vec!["merge", "--json", "merged.json"];
    merge.extend(ids.iter().map(String::as_str));
    assert!(matches!(project.run(&merge).code, 0 | 1));
    let report = project.json("merged.json");
    assert_eq!(
        report["suites"][0]["candidates"][0]["cases"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
}

#[test]
fn what_is_no_whole_is_refused() {
    let fake = provider();
    let project = project(&fake);
    let ids = shards(&project, 3, &[]);
    let merge = |ids: &[&str]| {
        let mut args = vec!["merge"];
        args.extend(ids);
        project.run(&args).exits(2)
    };
    let _ = merge(&[&ids[0], &ids[2]]).says(&["shards are missing: 2/3"]);
    let _ = merge(&[&ids[0], &ids[1], &ids[1], &ids[2]]).says(&["shard 2/3 is there twice"]);
    let other = shards(&project, 2, &[]);
    let _ = merge(&[&ids[0], &ids[1], &other[1]]).says(&["one is of 3 shards, the other of 2"]);
    let whole = project.run(&["run", "--json", "whole.json"]);
    assert!(matches!(whole.code, 0 | 1));
    let whole = project.json("whole.json")["run"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let _ = merge(&[&ids[0], &ids[1], &whole]).says(&["is no shard"]);
    project.version("greeter", "1.1.0", "openai/gpt-6-luna", "Hail {{ name }}!");
    let changed = shards(&project, 3, &[]);
    let _ = merge(&[&ids[0], &ids[1], &changed[2]]).says(&["not shards of one run", "was changed"]);
    let _ = project
        .run(&["run", "--shard", "4/3"])
        .exits(2)
        .says(&["between 1 and N"]);
}
