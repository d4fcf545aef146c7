//! What CI systems rely on: counts, identities, and red or green in step with the verdict.

use std::collections::BTreeSet;

use prompteval::report::junit::JUNIT;

use crate::scenarios::{self, Scenario};
use crate::xml::{Element, parse};

fn junit((run, verdict): Scenario) -> Element {
    let mut bytes = Vec::new();
    run.view(&verdict, |view| (JUNIT.write)(view, &mut bytes).unwrap());
    parse(&bytes)
}

/// Testcases of all suites.
fn testcases(root: &Element) -> Vec<&Element> {
    root.all("testsuite")
        .flat_map(|s| s.all("testcase"))
        .collect()
}

fn named<'a>(root: &'a Element, name: &str) -> &'a Element {
    let mut found = testcases(root)
        .into_iter()
        .filter(|t| t.get("name") == name);
    found.next().unwrap_or_else(|| panic!("no testcase {name}"))
}

/// Holds the counts of every element against what stands below it; the numbers are failures and errors.
pub(crate) fn check_counts(root: &Element) -> (usize, usize) {
    let count = |suite: &Element, kind: &str| {
        suite
            .all("testcase")
            .filter(|t| t.child(kind).is_some())
            .count()
    };
    let mut totals = [0; 3];
    let mut identities = BTreeSet::new();
    for suite in root.all("testsuite") {
        assert_eq!(suite.get("skipped"), count(suite, "skipped").to_string());
        let counts = [
            suite.all("testcase").count(),
            count(suite, "failure"),
            count(suite, "error"),
        ];
        for ((name, counted), total) in ["tests", "failures", "errors"]
            .iter()
            .zip(counts)
            .zip(&mut totals)
        {
            assert_eq!(suite.get(name), counted.to_string());
            *total += counted;
        }
        for testcase in suite.all("testcase") {
            let identity = (testcase.get("classname"), testcase.get("name"));
            assert!(identities.insert(identity), "{identity:?} is there twice");
        }
    }
    let stated: [usize; 3] =
        ["tests", "failures", "errors"].map(|name| root.get(name).parse().unwrap());
    assert_eq!(stated, totals);
    (totals[1], totals[2])
}

#[test]
fn counts_agree_with_what_they_count_and_identities_are_unique() {
    for (name, scenario) in scenarios::all() {
        let decision = scenario.1.decision;
        let (failures, errors) = check_counts(&junit(scenario));
        assert_eq!(failures + errors > 0, decision.as_str() != "pass", "{name}");
    }
}

#[test]
fn only_what_a_failing_gate_counts_is_a_failure() {
    let root = junit(scenarios::blocked());
    assert!(
        named(&root, "refund-late / refund-promise")
            .child("failure")
            .is_some()
    );
    let tolerated = named(&root, "where-is-it / greeting");
    assert!(tolerated.child("failure").is_none());
    let out = tolerated.child("system-out").unwrap();
    assert_eq!(out.text, "tolerated: found none of 3 texts");
    let gate = named(&root, "gate pass_rate within 0.05 of the baseline");
    assert!(gate.child("failure").is_some());
    assert!(
        named(&root, "gate cost_usd min 0")
            .child("failure")
            .is_none()
    );
}

#[test]
fn a_request_refused_for_its_content_is_a_failure_of_the_answer() {
    let root = junit(scenarios::blocked());
    let answer = named(&root, "angry-customer / (answer)");
    assert_eq!(answer.child("failure").unwrap().get("type"), "content");
}

#[test]
fn a_fault_is_an_error_of_its_class_and_tolerated_where_the_candidate_passes() {
    let root = junit(scenarios::undecided());
    let error = named(&root, "first / (answer)").child("error").unwrap();
    assert_eq!(error.get("type"), "auth");
    let root = junit(scenarios::pass());
    let skipped = named(&root, "slow / (answer)").child("skipped").unwrap();
    assert!(skipped.get("message").starts_with("tolerated: "));
}

#[test]
fn repeats_fold_into_one_testcase() {
    let root = junit(scenarios::repeats());
    let flaky = named(&root, "flaky / greeting").child("failure").unwrap();
    assert_eq!(flaky.get("message"), "2/3 passed: found none of 3 texts");
    let unjudged = named(&root, "unjudged / helpful").child("error").unwrap();
    assert_eq!(
        unjudged.get("message"),
        "1/3 in error: the judge answered {}"
    );
    assert!(
        named(&root, "threshold / (answer)")
            .child("failure")
            .is_some()
    );
}

#[test]
fn cases_that_never_ran_are_one_skipped_testcase() {
    let root = junit(scenarios::interrupted());
    let skipped = named(&root, "(not run)").child("skipped").unwrap();
    assert_eq!(skipped.get("message"), "3 of 4 planned cases were not run");
}

#[test]
fn the_message_stands_at_the_start_of_the_text() {
    for (_, scenario) in scenarios::all() {
        let root = junit(scenario);
        for testcase in testcases(&root) {
            for kind in ["failure", "error", "skipped"] {
                if let Some(element) = testcase.child(kind) {
                    assert!(element.text.starts_with(element.get("message")));
                }
            }
        }
    }
}

#[test]
fn hostile_text_comes_back_readable() {
    let root = junit(scenarios::hostile());
    let failing = named(&root, "::error::id]]>\\u{0} / a\"b<c>");
    let text = &failing.child("failure").unwrap().text;
    assert!(
        text.contains("x\\u{0}\\u{1b}[31mred\\u{1b}[0m ]]> <b>&amp; \u{1f600}\\u{fffe}\\u{ffff}")
    );
    assert!(text.contains("\n\tend\n"));
}

#[test]
fn two_models_of_one_version_are_two_suites() {
    let root = junit(scenarios::models());
    let names: Vec<&str> = root.all("testsuite").map(|s| s.get("name")).collect();
    let label = "support customer-support@1.2.0";
    assert_eq!(
        names,
        [
            format!("{label} openai/gpt-6-luna"),
            format!("{label} anthropic/claude-haiku-5-5")
        ]
    );
}

#[test]
fn times_have_three_decimals_and_add_up() {
    for (_, scenario) in scenarios::all() {
        let root = junit(scenario);
        let ms = |element: &Element| {
            let (seconds, digits) = element.get("time").split_once('.').unwrap();
            assert_eq!(digits.len(), 3);
            format!("{seconds}{digits}").parse::<u64>().unwrap()
        };
        let sum: u64 = testcases(&root).into_iter().map(ms).sum();
        assert_eq!(ms(&root), sum);
    }
}
