//! Gates that decide on evidence, end to end: looks, repeats, early stop, stored baselines, budgets and plans.

use serde_json::Value;

use crate::fake_provider::{FakeProvider, Kind, Reply, Script};
use crate::project::Project;

/// An answer that the suites accept.
const GREETING: &str = "Hello, and welcome.";

/// A provider that greets all users but those whose number is divisible by `every`.
fn rude_to_every(every: usize) -> FakeProvider {
    FakeProvider::start(Script::answering(move |seen| {
        Reply::text(if seen.user().is_multiple_of(every) {
            "Go away."
        } else {
            GREETING
        })
    }))
}

fn suite(project: &Project, gate: &str, more: &str) {
    project.gates(&format!("  - {gate}\n{more}\n"));
}

fn gate(report: &Value) -> Value {
    report["suites"][0]["candidates"][0]["gates"][0].clone()
}

#[test]
fn a_rate_passes_blocks_or_is_inconclusive_by_acceptance_numbers() {
    // 100 cases, target .90, floor .85 at 5 %: passes at 92, blocks at 84.
    for (every, verdict, code) in [(20, "pass", 0), (4, "fail", 1), (9, "inconclusive", 0)] {
        let fake = rude_to_every(every);
        let project = Project::greeting(100).at(&fake);
        suite(
            &project,
            "{metric: pass_rate, target: 0.90, floor: 0.85}",
            "repeats: 1",
        );
        let evaluation = project.evaluate(&[]).exits(code);
        let gate = gate(&evaluation.report);
        let reason = gate["reason"].as_str().unwrap();
        assert!(reason.contains("passes at 92, blocks at 84"), "{reason}");
        assert_eq!(gate["verdict"], verdict, "{gate}");
        let bounds = &gate["interval"];
        let measured = gate["measured"].as_f64().unwrap();
        assert!(bounds["lower"].as_f64().unwrap() < measured);
        assert!(bounds["upper"].as_f64().unwrap() > measured);
    }
}

#[test]
fn an_inconclusive_gate_does_what_the_suite_says() {
    // 88 of 100 pass: neither surely good nor surely bad, and at or above the middle of .85 and .90.
    let fake = rude_to_every(9);
    for (policy, code, junit) in [("lean", 0, 0), ("warn", 0, 0), ("block", 1, 1)] {
        let project = Project::greeting(100).at(&fake);
        suite(
            &project,
            "{metric: pass_rate, target: 0.90, floor: 0.85}",
            &format!("repeats: 1\non_inconclusive: {policy}"),
        );
        let evaluation = project
            .evaluate(&[])
            .exits(code)
            .says(&["not decided", "needs about"]);
        let failing_gates = evaluation.junit.matches("type=\"gate\"").count();
        assert_eq!(failing_gates, junit, "{policy}");
    }
}

#[test]
fn repeats_are_added_while_a_gate_is_open_and_only_then() {
    let open = rude_to_every(9);
    let project = Project::greeting(100).at(&open);
    suite(
        &project,
        "{metric: pass_rate, target: 0.90, floor: 0.85}",
        "",
    );
    let evaluation = project.evaluate(&[]);
    assert_eq!(
        open.count(),
        500,
        "looks at 1, 3 and 5 repeats of 100 cases"
    );
    assert_eq!(
        evaluation.report["suites"][0]["candidates"][0]["repeat_stats"]["repeats"],
        5
    );

    let clear = rude_to_every(1_000_000);
    let project = Project::greeting(100).at(&clear);
    suite(
        &project,
        "{metric: pass_rate, target: 0.90, floor: 0.85}",
        "",
    );
    let _ = project.evaluate(&[]).exits(0);
    assert_eq!(clear.count(), 100, "the first look was enough");

    let once = rude_to_every(9);
    let project = Project::greeting(100).at(&once);
    suite(
        &project,
        "{metric: pass_rate, target: 0.90, floor: 0.85}",
        "",
    );
    let _ = project.evaluate(&["--no-escalate"]);
    assert_eq!(once.count(), 100);
}

#[test]
fn a_clear_suite_stops_asking_as_soon_as_it_is_decided() {
    let fake = rude_to_every(1_000_000);
    let project = Project::greeting(500).at(&fake);
    suite(
        &project,
        "{metric: pass_rate, target: 0.90, floor: 0.85}",
        "stop: decided",
    );
    let evaluation = project.evaluate(&["--concurrency", "4"]).exits(0);
    assert!(
        fake.count() < 150,
        "{} of 500 cases were asked",
        fake.count()
    );
    let reason = gate(&evaluation.report)["reason"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(reason.contains("of 500 cases"), "{reason}");
}

#[test]
fn a_total_cannot_be_gated_where_cases_may_not_be_asked() {
    let project = Project::greeting(10);
    suite(&project, "{metric: cost_usd, max: 1}", "stop: decided");
    let _ = project
        .run(&["check"])
        .exits(2)
        .says(&["total over all cases", "evals/greet.yaml:"]);
}

#[test]
fn a_baseline_is_taken_from_a_stored_run_until_something_changes() {
    let fake = rude_to_every(1_000_000);
    let project = Project::greeting(80).at(&fake);
    project.production("greeter", "1.0.0");
    project.kindly();
    suite(
        &project,
        "{metric: pass_rate, baseline: true, margin: 0.05}",
        "repeats: 1",
    );
    let _ = project.evaluate(&["--responses", "live"]).exits(0);
    assert_eq!(fake.count(), 160);
    let again = project
        .evaluate(&["--responses", "live", "--baseline-run", "last"])
        .exits(0);
    assert_eq!(fake.count(), 240, "only the candidate was asked again");
    let _ = again.says(&["80 answers of the baseline greeter@1.0.0"]);
    suite(
        &project,
        "{metric: pass_rate, baseline: true, margin: 0.06}",
        "repeats: 1",
    );
    let changed = project
        .evaluate(&["--responses", "live", "--baseline-run", "last"])
        .exits(0);
    assert_eq!(fake.count(), 400);
    let _ = changed.says(&["asked again: the suite has changed"]);
}

#[test]
fn a_budget_ends_the_run_before_the_call_that_would_pass_it() {
    let fake = rude_to_every(1_000_000);
    let project = Project::greeting(50).at(&fake);
    project.bounded("greeter", "1.0.0");
    let evaluation = project
        .evaluate(&[
            "--responses",
            "live",
            "--concurrency",
            "1",
            "--max-cost",
            "0.0003",
        ])
        .exits(3)
        .says(&["budget of $0.0003"]);
    assert!(fake.count() < 50 && fake.count() > 0, "{}", fake.count());
    assert_eq!(evaluation.report["run"]["complete"], false);
}

#[test]
fn a_plan_says_what_so_few_cases_can_find_out() {
    let project = Project::greeting(20);
    project.production("greeter", "1.0.0");
    project.version("greeter", "1.1.0", "openai/gpt-6-luna", "Hi {{ name }}.");
    suite(
        &project,
        "{metric: pass_rate, baseline: true, margin: 0.05}",
        "",
    );
    let _ = project
        .run(&["plan"])
        .exits(0)
        .says(&["can never pass with 20 cases (59 needed)", "40 of prompts"]);
    let _ = project
        .run(&["check"])
        .exits(0)
        .says(&["never-passes", "evals/greet.yaml:"]);
}

#[test]
fn one_case_is_too_little_evidence_and_no_error() {
    let fake = FakeProvider::saying(GREETING);
    let project = Project::greeting(1).at(&fake);
    suite(
        &project,
        "{metric: pass_rate, target: 0.95, floor: 0.90}",
        "",
    );
    let evaluation = project.evaluate(&[]).exits(0);
    assert_eq!(gate(&evaluation.report)["verdict"], "inconclusive");
    suite(
        &project,
        "{metric: pass_rate, target: 0.95, floor: 0.90}",
        "on_inconclusive: block",
    );
    let _ = project.evaluate(&[]).exits(1);
}

#[test]
fn a_baseline_that_does_not_exist_is_a_mistake_whether_a_gate_needs_it_or_not() {
    let project = Project::greeting(3);
    suite(&project, "{metric: pass_rate, min: 1.0}", "baseline: 9.9.9");
    let _ = project
        .run(&["check"])
        .exits(2)
        .says(&["no version 9.9.9", "evals/greet.yaml:"]);
}

#[test]
fn what_is_critical_cannot_be_left_out_by_stopping_early() {
    let project = Project::greeting(10);
    project.file(
        "datasets/greet.jsonl",
        "{\"vars\": {\"name\": \"a\"}, \"critical\": true}\n",
    );
    suite(
        &project,
        "{metric: pass_rate, target: 0.9, floor: 0.8}",
        "stop: decided",
    );
    let _ = project.run(&["check"]).exits(2).says(&["stopped-critical"]);
}

#[test]
fn a_rate_is_a_share() {
    let project = Project::greeting(3);
    suite(&project, "{metric: pass_rate, min: 95}", "");
    let _ = project
        .run(&["check"])
        .exits(2)
        .says(&["between 0 and 1", "0.95"]);
}

#[test]
fn a_critical_evaluator_that_judged_nothing_has_shown_nothing() {
    let fake = FakeProvider::saying(GREETING);
    let project = Project::greeting(3).at(&fake);
    let text = "prompt: greeter\ndataset: datasets/greet.jsonl\nevaluators:\n  - {type: icontains, value: hello}\n  - {type: icontains, name: never, value: x, critical: true, when: \"false\"}\ngates:\n  - {metric: pass_rate, min: 1.0}\n";
    project.file("evals/greet.yaml", text);
    let _ = project.evaluate(&[]).exits(3).says(&["it judged no trial"]);
}

#[test]
fn a_critical_case_is_asked_three_times_and_decided_by_the_majority() {
    let fake = FakeProvider::start(Script::answering(|seen| {
        Reply::text(if seen.number == 1 {
            "Go away."
        } else {
            GREETING
        })
    }));
    let project = Project::greeting(1).at(&fake);
    project.file(
        "datasets/greet.jsonl",
        "{\"vars\": {\"name\": \"a\"}, \"critical\": true}\n",
    );
    suite(&project, "{metric: pass_rate, min: 0.5}", "");
    let _ = project
        .evaluate(&[])
        .exits(0)
        .says(&["all 1 critical cases pass"]);
    assert_eq!(fake.count(), 3);
}

#[test]
fn a_stored_baseline_of_another_model_is_asked_again() {
    let answer = |model: &'static str| {
        FakeProvider::start(Script::answering(move |_| Reply::text(GREETING).by(model)))
    };
    let (old, new) = (answer("luna-1"), answer("luna-2"));
    let mut project = Project::greeting(80).at(&old);
    project.production("greeter", "1.0.0");
    project.kindly();
    suite(
        &project,
        "{metric: pass_rate, baseline: true, margin: 0.05}",
        "repeats: 1",
    );
    let _ = project.evaluate(&["--responses", "live"]).exits(0);
    project.set("OPENAI_BASE_URL", &new.url(Kind::OpenAi));
    let args = ["--responses", "live", "--baseline-run", "last"];
    let moved = project.evaluate(&args).exits(0);
    assert_eq!(new.count(), 160, "the baseline is asked again, too");
    let _ = moved.says(&["1.0.0 was asked again", "another model answered"]);
}
