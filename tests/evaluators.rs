//! Evaluators held against what promptfoo 0.121.20 measurably does, and against what their table promises.
//!
//! Each row of the vectors is an output, an assertion and promptfoo's verdict on it (null where it threw). Where ours
//! differs it is on purpose: such rows are listed with their reason, and a row that no longer differs has to leave the list.
//! `PROMPTEVAL_EVALUATOR_VECTORS` names another file of rows.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "functions beside the tests are tests too"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use prompteval::model::{Case, Completion, EvaluatorSpec, Location, ModelTarget, Outcome, Sample};
use prompteval::score::{EVALUATORS, Step, build, evaluators};
use prompteval::template::Engine;
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Deserialize)]
struct Row {
    id: String,
    output: String,
    assertion: Assertion,
    promptfoo_pass: Option<bool>,
    promptfoo_score: Option<f64>,
}

/// The keys that promptfoo's assertions and our evaluators share.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Assertion {
    #[serde(rename = "type")]
    type_name: String,
    #[serde(default)]
    value: Value,
    threshold: Option<f64>,
    model: Option<String>,
}

/// What one of the two says of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Said {
    /// Passed or failed with this score.
    Scored(bool, f64),
    /// Refused the assertion, or could not judge.
    Error,
}

const PASS: Said = Said::Scored(true, 1.0);
const FAIL: Said = Said::Scored(false, 0.0);

/// Where ours differs from promptfoo: row, what ours says, why.
const DIFFERENCES: &[(&str, Said, &str)] = &[
    (
        "contains-all-034",
        Said::Error,
        "an empty list checks nothing: promptfoo passes it",
    ),
    (
        "contains-all-038",
        Said::Error,
        "every output contains the empty text: promptfoo passes it",
    ),
    (
        "contains-any-041",
        Said::Error,
        "an empty list checks nothing: promptfoo fails it",
    ),
    (
        "contains-json-168",
        FAIL,
        "single quotes are no JSON: promptfoo reads it as YAML",
    ),
    (
        "is-refusal-257",
        PASS,
        "a blank output is a refusal: promptfoo passes it with score 0",
    ),
    (
        "is-refusal-259",
        FAIL,
        "an answer that is sorry for a delay is no refusal",
    ),
    ("regex-109", PASS, r"\w is any letter: promptfoo's is ASCII"),
    ("regex-111", PASS, r"\d is any digit: promptfoo's is ASCII"),
];

fn spec(assertion: &Assertion) -> EvaluatorSpec {
    let type_name = assertion.type_name.as_str();
    let kind = type_name.strip_prefix("not-").unwrap_or(type_name);
    EvaluatorSpec {
        kind: kind.to_owned(),
        negated: kind != type_name,
        name: type_name.to_owned(),
        metric: None,
        value: assertion.value.clone(),
        threshold: assertion.threshold,
        weight: 1.0,
        critical: false,
        model: assertion.model.as_ref().map(|name| ModelTarget {
            name: name.parse().unwrap(),
            params: Map::new(),
            at: Location::default(),
        }),
        structured: None,
        rubric_prompt: None,
        when: None,
        at: Location::default(),
        keys: Vec::new(),
    }
}

fn case() -> Case {
    Case {
        id: "1".into(),
        vars: Map::from_iter([("name".to_owned(), Value::from("Ana"))]),
        expected: Some(Value::from("Dear Ana")),
        tags: Vec::new(),
        cluster: None,
        critical: false,
        threshold: None,
        evaluators: Vec::new(),
        output: None,
        line: 1,
    }
}

fn said(assertion: &Assertion, output: &str) -> Said {
    let Ok(evaluator) = build(&spec(assertion), &Engine::new()) else {
        return Said::Error;
    };
    let completion = Completion {
        content: output.to_owned(),
        ..Completion::default()
    };
    let sample = Sample {
        case: &case(),
        completion: &completion,
        latency_ms: Some(100.0),
        cost_usd: Some(0.001),
    };
    let Step::Done(score) = evaluator.step(&sample, &[]) else {
        return Said::Error;
    };
    match score.outcome {
        Outcome::Scored { passed, score, .. } => Said::Scored(passed, score),
        _ => Said::Error,
    }
}

fn rows() -> Vec<Row> {
    let path = std::env::var_os("PROMPTEVAL_EVALUATOR_VECTORS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/evaluators.jsonl"),
        PathBuf::from,
    );
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
        .collect()
}

#[test]
fn every_row_agrees_with_promptfoo_or_is_a_documented_difference() {
    let differences: BTreeMap<&str, Said> = DIFFERENCES
        .iter()
        .map(|(id, ours, _)| (*id, *ours))
        .collect();
    let mut unsupported: BTreeMap<String, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    let mut compared = 0;
    for row in rows() {
        let kind = row
            .assertion
            .type_name
            .trim_start_matches("not-")
            .to_owned();
        if evaluators::find(&kind).is_none() {
            *unsupported.entry(kind).or_default() += 1;
            continue;
        }
        compared += 1;
        let theirs = match (row.promptfoo_pass, row.promptfoo_score) {
            (Some(passed), Some(score)) => Said::Scored(passed, score),
            _ => Said::Error,
        };
        let ours = said(&row.assertion, &row.output);
        match differences.get(row.id.as_str()) {
            Some(documented) if *documented != ours || theirs == ours => wrong.push(format!(
                "{}: documented as {documented:?}, ours is {ours:?}, promptfoo's {theirs:?}",
                row.id
            )),
            None if theirs != ours => wrong.push(format!(
                "{}: ours is {ours:?}, promptfoo's {theirs:?} ({:?} on {:?})",
                row.id, row.assertion, row.output
            )),
            _ => {}
        }
    }
    println!("{compared} rows compared; types that are not there yet: {unsupported:?}");
    assert!(compared > 0, "no row was compared");
    assert!(
        wrong.is_empty(),
        "{} of {compared} rows\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn the_table_is_sorted_and_every_name_is_there_once() {
    let names: Vec<&str> = EVALUATORS.iter().map(|entry| entry.name).collect();
    assert!(names.is_sorted_by(|one, next| one < next), "{names:?}");
    assert!(names.iter().all(|name| !name.starts_with("not-")));
}

#[test]
fn every_example_runs_and_says_the_same_thing_twice() {
    for entry in EVALUATORS {
        let example: Assertion = serde_saphyr::from_str(entry.example)
            .unwrap_or_else(|e| panic!("{}: {e}", entry.example));
        let kind = example.type_name.trim_start_matches("not-");
        assert_eq!(kind, entry.name, "the example is of another type");
        assert!(
            build(&spec(&example), &Engine::new()).is_ok(),
            "{}",
            entry.example
        );
        for output in [
            "",
            "Dear Ana",
            "{\"total\": 1}",
            "\u{0}\u{202e}🗼[[[",
            "```json\n{}\n```",
        ] {
            let first = said(&example, output);
            assert_eq!(first, said(&example, output), "{}", entry.name);
            if let Said::Scored(_, score) = first {
                assert!((0.0..=1.0).contains(&score), "{}", entry.name);
            }
        }
    }
}

#[test]
fn what_a_type_requires_is_missed_when_it_is_left_out() {
    for entry in EVALUATORS {
        let example: Assertion = serde_saphyr::from_str(entry.example).unwrap();
        for param in entry.params.iter().filter(|param| param.required) {
            let mut without = example.clone();
            match param.name {
                "value" => without.value = Value::Null,
                "threshold" => without.threshold = None,
                "model" => without.model = None,
                other => panic!("{}: unknown parameter {other}", entry.name),
            }
            let problems = build(&spec(&without), &Engine::new()).unwrap_err();
            let told = format!("`{}` is missing", param.name);
            assert!(problems[0].message.contains(&told), "{problems:?}");
        }
    }
}

#[test]
fn the_page_of_evaluators_has_a_row_and_a_section_for_each_type() {
    let page = include_str!("../docs/evaluators.md");
    for entry in EVALUATORS {
        let row = format!("| `{}` | {} |", entry.name, entry.summary);
        assert!(
            page.contains(&row),
            "docs/evaluators.md lacks the row: {row}"
        );
        let section = page
            .lines()
            .any(|line| line.starts_with("### ") && line.contains(&format!("`{}`", entry.name)));
        assert!(
            section,
            "docs/evaluators.md lacks a section for {}",
            entry.name
        );
    }
}
