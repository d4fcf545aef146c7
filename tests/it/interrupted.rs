//! Runs that do not come to their end: signals, broken connections; what was done is kept and called incomplete.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::evaluation::{Evaluation, KEY};
use crate::fake_provider::{FakeProvider, Fault, Reply, Script};
use crate::project::{self, Outcome, Project};

const CASES: usize = 40;

/// Runs 40 cases two at a time and sends a signal once a few are answered.
fn interrupted(signal: &str) -> (Project, Evaluation) {
    let script = Script::always(Reply::text("hello")).latency(Duration::from_millis(50));
    let fake = FakeProvider::start(script);
    let project = Project::greeting(CASES).at(&fake);
    let reports = ["--json", "report.json", "--junit", "junit.xml"];
    let child = project.start(&[&["run", "--concurrency", "2"], &reports[..]].concat());
    fake.wait_for(6);
    project::signal(&child, signal);
    let signalled = Instant::now();
    let outcome = Outcome::of(&child.wait_with_output().unwrap());
    assert!(
        signalled.elapsed() < Duration::from_secs(3),
        "took too long to end"
    );
    assert!(fake.count() < CASES, "it went on calling");
    let evaluation = project.evaluation(outcome);
    (project, evaluation)
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_keeps_what_was_done_and_says_that_it_is_incomplete() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let (project, evaluation) = interrupted(signal);
        let evaluation = evaluation.exits(code);
        assert_eq!(evaluation.report["run"]["complete"], false);
        assert_eq!(evaluation.report["run"]["ended"], "interrupted");
        let counts = &evaluation.candidate(0)["counts"];
        let (passed, missing) = (counts["passed"].as_u64(), counts["missing"].as_u64());
        assert!(passed >= Some(4), "{counts}");
        assert!(missing > Some(0), "{counts}");
        assert_ne!(evaluation.candidate(0)["verdict"], "pass");
        assert!(
            evaluation.junit.contains("interrupted"),
            "{}",
            evaluation.junit
        );

        let id = evaluation.report["run"]["id"].as_str().unwrap();
        let journal = project.read(&format!(".prompteval/runs/{id}/journal.jsonl"));
        assert!(journal.ends_with('\n'));
        let lines: Vec<Value> = journal
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert!(
            lines.len() as u64 >= passed.unwrap() + 2,
            "a plan, trials and an end"
        );

        // Written again, the reports are the same, and it is still no pass.
        let again = project.run(&[
            "report",
            "last",
            "--json",
            "again.json",
            "--junit",
            "again.xml",
        ]);
        assert!(again.code == 130 || again.code == code, "{again:#?}");
        assert_eq!(project.read("again.json"), project.read("report.json"));
        assert_eq!(project.read("again.xml"), project.read("junit.xml"));
    }
}

#[test]
fn answers_that_break_off_leave_the_run_undecided() {
    for fault in [
        Fault::Reset,
        Fault::ShortBody,
        Fault::CutChunk,
        Fault::Html,
        Fault::NoJson,
    ] {
        let fake = FakeProvider::start(Script::always(Reply::Fault(fault)));
        let project = Project::greeting(2).at(&fake);
        let evaluation = project.evaluate(&[]).exits(3);
        assert_eq!(evaluation.candidate(0)["counts"]["errors"], 2, "{fault:?}");
        assert!(!evaluation.outcome.stdout.contains(KEY));
    }
}

#[test]
fn a_provider_that_falls_silent_is_given_up_after_the_timeout() {
    let fake = FakeProvider::start(Script::always(Reply::Fault(Fault::Stall)));
    let project = Project::greeting(2).at(&fake);
    project.file(
        "prompteval.yaml",
        "version: 1\ndefaults: {max_retries: 0, timeout_s: 1}\n",
    );
    let began = Instant::now();
    let _ = project.evaluate(&[]).exits(3);
    assert!(began.elapsed() < Duration::from_secs(4));
}
