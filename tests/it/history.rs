//! History of the baseline: earlier answers beside its fresh ones, which of them count, and what evidence keeps of them.

use std::fs;

use serde_json::Value;

use crate::evaluation::Evaluation;
use crate::fake_provider::{FakeProvider, Kind, Reply, Script};
use crate::project::Project;
use crate::promotion::{CASES, EVIDENCE, entries, polite, promote, suite};

const LIVE: [&str; 2] = ["--responses", "live"];
const HISTORY: [&str; 4] = ["--responses", "live", "--baseline-run", "history"];

/// A provider under this name of a model that greets all users but one in `every`.
fn model(name: &'static str, every: usize) -> FakeProvider {
    FakeProvider::start(Script::answering(move |seen| {
        let rude = (seen.user() + 1).is_multiple_of(every);
        Reply::text(if rude { "Go away." } else { "Hello." }).by(name)
    }))
}

/// A model that greets everybody.
fn kind(name: &'static str) -> FakeProvider {
    model(name, 1_000_000)
}

/// `greeter` with 1.0.0 in production and 1.1.0 in testing, asked once a case and compared.
fn project(fake: &FakeProvider) -> Project {
    crate::promotion::project(fake, "Greet {{ name }} kindly.")
}

/// Two runs that are kept: one of a single answer to each case, and one of three.
fn with_two_runs(fake: &FakeProvider) -> Project {
    let project = project(fake);
    let _ = project.evaluate(&LIVE);
    let _ = project.evaluate(&["--responses", "live", "--repeats", "3"]);
    project
}

fn pool(run: &Evaluation) -> Value {
    run.candidate(0)["baseline_pool"].clone()
}

fn repeats(pool: &Value) -> Vec<u64> {
    let runs = pool["runs"].as_array().unwrap().iter();
    runs.map(|run| run["repeats"].as_u64().unwrap()).collect()
}

fn reason(run: &Evaluation) -> String {
    let gate = &run.candidate(0)["gates"][0];
    gate["reason"].as_str().unwrap().to_owned()
}

/// The journals of all runs, the oldest first.
fn journals(project: &Project) -> Vec<String> {
    let runs = fs::read_dir(project.path(".prompteval/runs")).unwrap();
    let paths = runs.map(|run| {
        let id = run.unwrap().file_name().into_string().unwrap();
        format!(".prompteval/runs/{id}/journal.jsonl")
    });
    let mut paths: Vec<String> = paths.collect();
    paths.sort();
    paths
}

#[test]
fn two_kept_runs_stand_beside_the_fresh_answers() {
    let fake = kind("luna-1");
    let project = with_two_runs(&fake);
    let before = fake.count();
    let run = project.evaluate(&HISTORY).exits(0);
    assert_eq!(fake.count() - before, 2 * CASES, "both are asked as always");
    let pooled = pool(&run);
    assert_eq!(repeats(&pooled), [3, 1], "the newest first");
    assert_eq!(pooled["answers"], 4);
    assert_eq!(pooled["refused"], Value::Null);
    assert_eq!(pooled["models"][0], "luna-1");
    let told = "with 4 pooled answers a case from 2 earlier runs";
    assert!(reason(&run).contains(told), "{}", reason(&run));
    let run = run.says(&[
        "4 earlier answers a case of the baseline greeter@1.0.0 are pooled, of 2 runs",
        "1.0.0 with 4 pooled answers a case from 2 earlier runs",
    ]);
    // What is pooled is measured, answered and paid elsewhere.
    let trials = run.candidate(0)["cases"][0]["trials"].as_array().unwrap();
    assert_eq!(trials.len(), 1);
    assert_eq!(run.mentions("stored"), 0);
    let _ = project
        .run(&[
            "report",
            "last",
            "--html",
            "r.html",
            "--markdown",
            "r.md",
            "--json",
            "r.json",
        ])
        .exits(0);
    assert_eq!(project.json("r.json"), run.report);
    for path in ["r.html", "r.md"] {
        assert!(project.read(path).contains(told), "{path}");
    }

    // Pooled answers are never pooled again: the next run knows one more answer.
    let next = project.evaluate(&HISTORY).exits(0);
    assert_eq!(repeats(&pool(&next)), [1, 3, 1]);
}

#[test]
fn no_more_than_twenty_answers_a_case_are_pooled() {
    let fake = kind("luna-1");
    let project = project(&fake);
    project.file(
        "datasets/greet.jsonl",
        "{\"id\": \"a\", \"vars\": {\"name\": \"1\"}}\n{\"id\": \"b\", \"vars\": {\"name\": \"2\"}}\n",
    );
    for _ in 0..2 {
        let _ = project.evaluate(&["--responses", "live", "--repeats", "15"]);
    }
    let _ = project.evaluate(&["--responses", "live", "--repeats", "9"]);
    let run = project.evaluate(&HISTORY);
    assert_eq!(repeats(&pool(&run)), [9, 11]);
    assert_eq!(pool(&run)["answers"], 20);
    let paths = journals(&project);
    let text = project.read(paths.last().unwrap());
    let pooled = text.lines().filter(|line| line.contains("\"repeat\":20"));
    assert_eq!(pooled.count(), 2 * 20, "they stand in the journal");
}

#[test]
fn what_is_no_answer_to_the_same_question_is_left_out_and_said() {
    let (old, new) = (kind("luna-1"), kind("luna-2"));
    let mut project = with_two_runs(&old);
    let left_out = |project: &Project, why: &str| {
        let run = project.evaluate(&HISTORY);
        assert_eq!(pool(&run), Value::Null, "{why}");
        let _ = run.says(&["there are no earlier answers", "not pooled", why]);
        // The run just made is no part of what the next one is to find.
        let path = journals(project).pop().unwrap();
        let run = project.path(&path);
        fs::remove_dir_all(run.parent().unwrap()).unwrap();
    };
    let dataset = project.read("datasets/greet.jsonl");
    let more = "{\"id\": \"more\", \"vars\": {\"name\": \"user 99\"}}\n";
    project.file("datasets/greet.jsonl", &format!("{dataset}{more}"));
    left_out(&project, "the dataset was another");
    project.file("datasets/greet.jsonl", &dataset);
    suite(&project, "greet", "description: another\n");
    left_out(&project, "the suite was another");
    suite(&project, "greet", "");
    project.version(
        "greeter",
        "1.0.0",
        "openai/gpt-6-luna",
        "Greet {{ name }} anew.",
    );
    entries(&project, &[("1.0.0", "production"), ("1.1.0", "testing")]);
    left_out(&project, "the version's file was another");
    project.version("greeter", "1.0.0", "openai/gpt-6-luna", "Greet {{ name }}.");
    entries(&project, &[("1.0.0", "production"), ("1.1.0", "testing")]);

    // Of two models that answered under the name, the newest counts.
    project.set("OPENAI_BASE_URL", &new.url(Kind::OpenAi));
    let _ = project.evaluate(&LIVE);
    let run = project.evaluate(&HISTORY).exits(0);
    assert_eq!(repeats(&pool(&run)), [1]);
    let _ = run.says(&["another model answered or judged under the name"]);

    let paths = journals(&project);
    for path in &paths {
        let text = project.read(path);
        let plan: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        let started = plan["run"]["started_at"].as_str().unwrap();
        let then = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(31 * 24);
        let then = then.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        project.file(path, &text.replace(started, &then));
    }
    left_out(&project, "the stored run is 31 days old");
}

#[test]
fn a_pool_that_moved_is_refused() {
    // Every third answer was rude, and none is now.
    let (rude, kinder) = (model("luna-1", 3), kind("luna-1"));
    let mut project = with_two_runs(&rude);
    project.set("OPENAI_BASE_URL", &kinder.url(Kind::OpenAi));
    let run = project.evaluate(&HISTORY).exits(0);
    let refused = pool(&run)["refused"].as_str().unwrap().to_owned();
    assert!(refused.contains("the pool moved: 100.0 %"), "{refused}");
    assert!(reason(&run).contains("without the pooled answers: the pool moved"));
    let _ = run.says(&["1.0.0 without its 4 pooled answers a case"]);

    // Another model under the same name is no baseline, however it answers.
    let other = kind("luna-2");
    project.set("OPENAI_BASE_URL", &other.url(Kind::OpenAi));
    let run = project.evaluate(&HISTORY).exits(0);
    let _ = run.says(&["the pool moved: luna-2 answers under openai/gpt-6-luna now"]);
}

#[test]
fn an_answer_is_never_counted_twice() {
    let fake = kind("luna-1");
    let project = project(&fake);
    let _ = project.evaluate(&[]).exits(0);
    // The second run got its answers from the cache: they are those of the first.
    let _ = project.evaluate(&[]).exits(0);
    let cached = project
        .evaluate(&["--baseline-run", "history"])
        .exits(0)
        .says(&["it asked for no answer anew", "were not asked live"]);
    assert_eq!(repeats(&pool(&cached)), [1]);
    assert!(reason(&cached).contains("without the pooled answers: 80 of the baseline's 80"));
    let live = project.evaluate(&HISTORY).exits(0);
    assert_eq!(pool(&live)["refused"], Value::Null);
}

#[test]
fn a_run_that_is_gone_on_with_keeps_its_pool() {
    let fake = kind("luna-1");
    let project = with_two_runs(&fake);
    let whole = project.evaluate(&HISTORY).exits(0);
    let path = journals(&project).pop().unwrap();
    let text = project.read(&path);
    let lines: Vec<&str> = text.lines().collect();
    let kept = 1 + 4 * CASES + 30;
    project.file(&path, &format!("{}\n", lines[..kept].join("\n")));
    let before = fake.count();
    let resumed = project.evaluate(&["--resume"]).exits(0);
    let resumed = resumed.says(&["30 trials done"]);
    assert_eq!(fake.count() - before, 2 * CASES - 30);
    assert_eq!(pool(&resumed), pool(&whole));
    assert_eq!(reason(&resumed), reason(&whole));
}

#[test]
fn evidence_keeps_the_history_for_a_fresh_clone() {
    let fake = kind("luna-1");
    let project = with_two_runs(&fake);
    let _ = project.evaluate(&LIVE).exits(0);
    let _ = promote(&project, "canary", &[]).exits(0);
    let evidence = project.json(EVIDENCE);
    let own = &evidence["suites"][0];
    assert_eq!(own["live"], 1);
    let history = &own["history"];
    assert_eq!(repeats(history), [3, 1]);
    let cases = history["cases"].as_object().unwrap();
    assert_eq!(cases.len(), CASES);
    assert_eq!(cases["case-7"].as_array().unwrap().len(), 4);
    let trials = own["cases"]["case-7"]["trials"].as_array();
    assert_eq!(trials.unwrap().len(), 1);
    let _ = promote(&project, "production", &[]).exits(0);
    assert_eq!(project.json(EVIDENCE)["suites"][0]["history"], *history);

    fs::remove_dir_all(project.path(".prompteval")).unwrap();
    let text = "Greet {{ name }} warmly.";
    project.version("greeter", "1.2.0", "openai/gpt-6-luna", text);
    let before = fake.count();
    let run = project.evaluate(&HISTORY).exits(0);
    assert_eq!(fake.count() - before, 2 * CASES);
    assert_eq!(run.candidate(0)["baseline"], "1.1.0");
    assert_eq!(repeats(&pool(&run)), [1, 3, 1]);
    assert_eq!(pool(&run)["refused"], Value::Null);

    // The run that the evidence is of, and that is still here, counts once.
    let again = project.evaluate(&HISTORY).exits(0);
    assert_eq!(repeats(&pool(&again)), [1, 1, 3, 1]);

    // A file of an older program says of its answers only that they were asked live.
    let mut old = project.json(EVIDENCE);
    let suite = old["suites"][0].as_object_mut().unwrap();
    assert!(suite.remove("live").is_some() && suite.remove("history").is_some());
    project.other_evidence("greeter", "1.1.0", &old.to_string());
    fs::remove_dir_all(project.path(".prompteval")).unwrap();
    let _ = project.run(&["check"]).exits(0);
    let run = project.evaluate(&HISTORY).exits(0);
    assert_eq!(repeats(&pool(&run)), [1]);
    // Its own answers are still a baseline that need not be asked.
    let stored = project.evaluate(&["--responses", "live", "--baseline-run", "evidence"]);
    let _ = stored.says(&["80 answers of the baseline greeter@1.1.0"]);
}

#[test]
fn a_run_with_a_pool_is_evidence_like_any_other() {
    let fake = polite();
    let project = with_two_runs(&fake);
    let _ = project.evaluate(&HISTORY).exits(0);
    let _ = promote(&project, "canary", &[]).exits(0);
    let gate = &project.json(EVIDENCE)["suites"][0]["gates"][0];
    let reason = gate["reason"].as_str().unwrap();
    assert!(reason.contains("with 4 pooled answers a case"), "{reason}");
}

#[test]
fn shards_pool_their_own_cases() {
    let fake = kind("luna-1");
    let project = with_two_runs(&fake);
    let before = journals(&project).len();
    for shard in ["1/2", "2/2"] {
        let args = [
            "run",
            "--shard",
            shard,
            "--responses",
            "live",
            "--baseline-run",
            "history",
        ];
        let _ = project.run(&args).exits(0);
    }
    let parts: Vec<String> = journals(&project).split_off(before);
    let merged = project.run(&["merge", &parts[0], &parts[1], "--json", "report.json"]);
    let _ = merged.exits(0);
    let report = project.json("report.json");
    let pool = &report["suites"][0]["candidates"][0]["baseline_pool"];
    assert_eq!(repeats(pool), [3, 1]);
    assert_eq!(
        (&pool["answers"], &pool["refused"]),
        (&4.into(), &Value::Null)
    );
}
