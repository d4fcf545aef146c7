//! What programs rely on in report.json.

use prompteval::report::json::JSON;
use serde_json::{Value, json};

use crate::scenarios::{self, Scenario};

fn report((run, verdict): Scenario) -> Value {
    let mut bytes = Vec::new();
    run.view(&verdict, |view| (JSON.write)(view, &mut bytes).unwrap());
    assert!(bytes.ends_with(b"}\n"));
    serde_json::from_slice(&bytes).unwrap()
}

fn candidate(report: &Value) -> &Value {
    &report["suites"][0]["candidates"][0]
}

/// Every field that report.json promises, by the place of the object it stands in.
const PROMISED: [(&str, &str); 9] = [
    ("", "schema_version run verdict suites"),
    (
        "/run",
        "id started_at finished_at git_commit responses seed prompteval",
    ),
    ("/suites/0", "name family dataset verdict candidates"),
    ("/suites/0/dataset", "path sha256 cases"),
    (
        "/suites/0/candidates/0",
        "version sha256 model resolved_models verdict counts metrics gates cases",
    ),
    (
        "/suites/0/candidates/0/counts",
        "cases passed failed errors",
    ),
    (
        "/suites/0/candidates/0/gates/0",
        "metric condition measured verdict reason",
    ),
    (
        "/suites/0/candidates/0/cases/0",
        "id tags passed score trials",
    ),
    (
        "/suites/0/candidates/0/cases/0/trials/0",
        "repeat output error finish_reason source latency_ms usage cost_usd scores",
    ),
];

#[test]
fn the_shape_holds_every_promised_field() {
    let report = report(scenarios::blocked());
    assert_eq!(report["schema_version"], 1);
    for (place, fields) in PROMISED {
        let object = report.pointer(place).unwrap();
        for field in fields.split(' ') {
            assert!(object.get(field).is_some(), "{place} has no {field}");
        }
    }
    let score = &candidate(&report)["cases"][0]["trials"][0]["scores"][1];
    let expected = json!({
        "name": "refund-promise", "type": "not-regex", "status": "scored", "passed": false,
        "score": 0.0, "reason": "found \"we will refund\" at 40",
    });
    assert_eq!(*score, expected);
}

#[test]
fn only_candidates_have_cases_and_the_baseline_is_named() {
    let report = report(scenarios::blocked());
    assert_eq!(
        report["suites"][0]["candidates"].as_array().unwrap().len(),
        1
    );
    assert_eq!(candidate(&report)["baseline"], "1.1.0");
    assert_eq!(candidate(&report)["gates"][1]["baseline"], 2.0 / 3.0);
}

#[test]
fn what_is_undecided_is_null_and_says_why() {
    let report = report(scenarios::undecided());
    let case = &candidate(&report)["cases"][0];
    assert_eq!(
        (&case["passed"], &case["score"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(case["trials"][0]["error_kind"], "auth");
    assert_eq!(candidate(&report)["metrics"]["pass_rate"], Value::Null);
    assert!(candidate(&report)["unknown_metrics"]["pass_rate"].is_string());
    assert_eq!(candidate(&report)["verdict"], "error");
}

#[test]
fn a_judge_that_could_not_judge_is_the_error_of_its_trial() {
    let report = report(scenarios::repeats());
    let trial = &candidate(&report)["cases"][1]["trials"][2];
    assert_eq!(trial["error"], "the judge answered {}");
    assert_eq!(trial["error_kind"], "evaluator");
    assert_eq!(trial["scores"][0]["status"], "error");
}

#[test]
fn outputs_come_back_as_they_were() {
    let scenario = scenarios::hostile();
    let output = scenario.0.trials[0].output.clone();
    let report = report(scenario);
    assert_eq!(
        candidate(&report)["cases"][0]["trials"][0]["output"],
        json!(output)
    );
}

#[test]
fn an_interrupted_run_is_said_to_be_incomplete() {
    let report = report(scenarios::interrupted());
    assert_eq!(report["verdict"], "interrupted");
    assert_eq!(report["run"]["complete"], false);
    assert_eq!(candidate(&report)["counts"]["missing"], 3);
}
