//! Patterns and schemas that take for ever on an answer: signals, deadlines and the run's end come all the same.

#![cfg(unix)]

use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::fake_provider::{FakeProvider, Reply, Script};
use crate::project::{self, Outcome, Project};

/// Goes back without end on `aaa...b`.
const HOPELESS: &str = "^(a|a)*\\1$";

/// A suite of logged answers, one an `a` for each byte and a `b`.
fn logged(cases: usize, bytes: usize, evaluators: &str) -> Project {
    let project = Project::greeting(1);
    let answer = "a".repeat(bytes) + "b";
    let row = |n: usize| {
        format!(
            "{{\"id\": \"case-{n}\", \"vars\": {{\"name\": \"Ana\"}}, \"output\": \"{answer}\"}}\n"
        )
    };
    let rows: Vec<String> = (0..cases).map(row).collect();
    project.file("datasets/greet.jsonl", &rows.concat());
    suite(&project, evaluators);
    project
}

fn suite(project: &Project, evaluators: &str) {
    project.file(
        "evals/greet.yaml",
        &format!(
            "prompt: greeter\ndataset: datasets/greet.jsonl\nevaluators:\n{evaluators}gates:\n  - {{metric: pass_rate, min: 0.5}}\n"
        ),
    );
}

fn regex(pattern: &str) -> String {
    format!("  - {{type: not-regex, name: hopeless, value: '{pattern}'}}\n")
}

/// Twenty evaluators, each of which takes all the steps it may.
fn many() -> String {
    let one = |n: usize| {
        format!("  - {{type: not-regex, name: r{n}, weight: 0, value: '{HOPELESS}|{n}'}}\n")
    };
    (0..20).map(one).collect::<String>() + "  - {type: icontains, value: a}\n"
}

#[test]
fn signals_end_a_run_whose_patterns_take_for_ever() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let project = logged(200, 60, &many());
        let child = project.start(&["run"]);
        sleep(Duration::from_millis(1500));
        project::signal(&child, signal);
        let signalled = Instant::now();
        let outcome = Outcome::of(&child.wait_with_output().unwrap());
        assert!(
            signalled.elapsed() < Duration::from_secs(2),
            "{signal}: {:?}",
            signalled.elapsed()
        );
        let _ = outcome.exits(code);
    }
}

#[test]
fn a_deadline_ends_a_run_whose_patterns_take_for_ever() {
    let project = logged(200, 60, &many());
    let began = Instant::now();
    let outcome = project.run(&["run", "--timeout", "2s"]).exits(3);
    let took = began.elapsed();
    assert!(took < Duration::from_secs(5), "{took:?}");
    let _ = outcome.says(&["deadline of 2 s"]);
}

#[test]
fn a_pattern_that_gives_up_fails_the_case_and_is_named() {
    let project = logged(9, 60, &regex(HOPELESS));
    let evaluation = project.evaluate(&[]).exits(1);
    assert_eq!(evaluation.candidate(0)["counts"]["failed"], 9);
    let trial = &evaluation.candidate(0)["cases"][0]["trials"][0];
    let reason = trial["scores"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("the answer makes this evaluator fail"));
    assert!(reason.contains("^(a|a)*"), "{reason}");
}

#[test]
fn after_ten_cases_the_suite_ends_and_nothing_more_is_paid() {
    let answer = "a".repeat(60) + "b";
    let fake = FakeProvider::saying(&answer);
    let project = Project::greeting(200).at(&fake);
    suite(&project, &regex(HOPELESS));
    let evaluation = project.evaluate(&["--concurrency", "2"]).exits(3);
    assert!(fake.count() <= 14, "{} were asked", fake.count());
    assert_eq!(evaluation.report["run"]["complete"], true);
    let why = ["greet", "`hopeless` gave up on 10 cases", "^(a|a)*"];
    let _ = evaluation.says(&why);
    // The journal says the same when it is derived again.
    let _ = project.run(&["report", "last"]).exits(3).says(&why);
}

#[test]
fn other_suites_are_run_to_their_end_and_decided() {
    let answer = "a".repeat(60) + "b";
    // Eight of nine are answered so: between the target and the floor, so that further repeats are asked.
    let fake = FakeProvider::start(Script::answering(move |seen| {
        Reply::text(if seen.user().is_multiple_of(9) {
            "b"
        } else {
            &answer
        })
    }));
    let project = Project::greeting(100).at(&fake);
    suite(&project, &regex(HOPELESS));
    project.file(
        "evals/healthy.yaml",
        "prompt: greeter\ndataset: datasets/greet.jsonl\nevaluators:\n  - {type: icontains, value: a}\ngates:\n  - {metric: pass_rate, target: 0.90, floor: 0.85}\n",
    );
    let evaluation = project.evaluate(&["--concurrency", "1"]).exits(3);
    let suites = &evaluation.report["suites"];
    let (greet, healthy) = (&suites[0], &suites[1]);
    assert_eq!(greet["name"], "greet");
    assert_eq!(greet["verdict"], "error");
    let problem = greet["candidates"][0]["problem"].as_str().unwrap();
    assert!(problem.contains("gave up on 10 cases"), "{problem}");
    assert_eq!(healthy["verdict"], "pass", "{healthy}");
    let cases = healthy["candidates"][0]["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 100);
    for case in cases {
        assert_eq!(case["trials"].as_array().unwrap().len(), 5);
    }
}

#[test]
fn a_shard_that_gave_up_is_merged_into_an_error() {
    let project = logged(40, 60, &regex(HOPELESS));
    for shard in ["1/2", "2/2"] {
        let _ = project.run(&["run", "--shard", shard]).exits(3);
    }
    let runs = std::fs::read_dir(project.path(".prompteval/runs")).unwrap();
    let mut ids: Vec<String> = runs
        .map(|run| run.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("20"))
        .collect();
    ids.sort();
    assert_eq!(ids.len(), 2);
    let _ = project
        .run(&["merge", &ids[0], &ids[1]])
        .exits(3)
        .says(&["gave up on 10 cases"]);
}

#[test]
fn look_arounds_on_a_long_line_are_decided() {
    let project = logged(
        1,
        100_000,
        &(regex("(?=a*c)x") + &regex("(?!.*sorry).*refund").replace("hopeless", "natural")),
    );
    let began = Instant::now();
    let _ = project.run(&["run"]).exits(0);
    assert!(began.elapsed() < Duration::from_secs(20));
}
