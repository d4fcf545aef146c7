//! Evaluators held against what their table promises.
#![expect(
    clippy::unwrap_used,
    reason = "functions beside the tests are tests too"
)]

mod assertions;

use prompteval::score::{EVALUATORS, build};
use prompteval::template::Engine;
use serde_json::Value;

use crate::assertions::{Assertion, Said, said, spec};

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
