//! The evaluators: one line in the table each.

mod contains;
mod equals;
mod json;
mod measured;
mod refusal;
mod regex;
mod word_count;

use super::entry::EvaluatorEntry;

/// Every evaluator, by name. `not-` before a name turns it round.
pub static EVALUATORS: &[&EvaluatorEntry] = &[
    &contains::CONTAINS,
    &contains::CONTAINS_ALL,
    &contains::CONTAINS_ANY,
    &json::CONTAINS_JSON,
    &measured::COST,
    &equals::ENTRY,
    &contains::ICONTAINS,
    &contains::ICONTAINS_ALL,
    &contains::ICONTAINS_ANY,
    &json::IS_JSON,
    &refusal::ENTRY,
    &measured::LATENCY,
    &super::judge::ENTRY,
    &regex::ENTRY,
    &contains::STARTS_WITH,
    &word_count::ENTRY,
];

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Map, Value, json};

    use super::*;
    use crate::model::{Case, Completion, EvaluatorSpec, Location, ModelTarget, Outcome, Sample};
    use crate::score::build;
    use crate::source::Source;
    use crate::template::Engine;

    pub(in crate::score) fn with_sample<T>(output: &str, then: impl FnOnce(&Sample<'_>) -> T) -> T {
        let case = Case {
            id: "c".into(),
            vars: Map::from_iter([("name".into(), json!("Ann"))]),
            expected: Some(json!("hello Ann")),
            tags: vec!["faq".into()],
            cluster: None,
            critical: false,
            threshold: None,
            evaluators: vec![],
            output: None,
            line: 1,
        };
        let completion = Completion {
            content: output.into(),
            ..Completion::default()
        };
        then(&Sample {
            case: &case,
            completion: &completion,
            latency_ms: Some(100.0),
            cost_usd: None,
        })
    }

    pub(in crate::score) fn spec(yaml: &Value) -> EvaluatorSpec {
        let written = yaml["type"].as_str().unwrap();
        let kind = written.strip_prefix("not-").unwrap_or(written);
        EvaluatorSpec {
            kind: kind.into(),
            negated: kind != written,
            name: written.into(),
            metric: None,
            value: yaml["value"].clone(),
            threshold: yaml["threshold"].as_f64(),
            weight: 1.0,
            critical: false,
            model: yaml["model"].as_str().map(|name| ModelTarget {
                name: name.parse().unwrap(),
                params: Map::new(),
                at: Location::default(),
            }),
            when: yaml["when"].as_str().map(str::to_owned),
            at: Location::default(),
            keys: vec![],
        }
    }

    /// Whether an answer passes: `Err` for a mistake in the configuration, `None` for an evaluation error.
    pub(in crate::score) fn passes(
        evaluator: &Value,
        output: &str,
    ) -> Result<Option<bool>, String> {
        let built = build(&spec(evaluator), &Engine::new());
        let built = built.map_err(|problems| problems[0].message.clone())?;
        Ok(with_sample(output, |sample| {
            match built.score(sample, &[]).outcome {
                Outcome::Scored { passed, score, .. } => {
                    assert!((0.0..=1.0).contains(&score));
                    Some(passed)
                }
                _ => None,
            }
        }))
    }

    #[test]
    fn the_table_is_sorted_without_doubles_and_every_example_builds() {
        let names: Vec<&str> = EVALUATORS.iter().map(|entry| entry.name).collect();
        let sorted: BTreeSet<&str> = names.iter().copied().collect();
        assert_eq!(names, sorted.into_iter().collect::<Vec<_>>());
        for entry in EVALUATORS {
            let source = Source::new("example", entry.example.as_bytes()).unwrap();
            let example = source.yaml().unwrap().json();
            assert_eq!(example["type"], entry.name);
            build(&spec(&example), &Engine::new())
                .unwrap_or_else(|p| panic!("{}: {p:?}", entry.name));
            for param in entry.params.iter().filter(|param| param.required) {
                assert!(
                    !example[param.name].is_null(),
                    "{} lacks {}",
                    entry.name,
                    param.name
                );
            }
        }
    }

    #[test]
    fn the_docs_name_every_evaluator() {
        let docs = include_str!("../../../docs/evaluators.md");
        for entry in EVALUATORS {
            assert!(
                docs.contains(&format!("`{}`", entry.name)),
                "{}",
                entry.name
            );
        }
    }

    #[test]
    fn not_turns_a_result_round_and_leaves_errors_alone() {
        assert_eq!(
            passes(&json!({"type": "not-contains", "value": "x"}), "abc"),
            Ok(Some(true))
        );
        assert_eq!(
            passes(&json!({"type": "not-cost", "threshold": 1}), "abc"),
            Ok(None)
        );
        let judge = json!({"type": "not-llm-rubric", "value": "Is rude.", "model": "a/b"});
        assert_eq!(
            passes(&judge, ""),
            Ok(Some(false)),
            "an empty answer never passes a judge"
        );
    }

    #[test]
    fn values_are_templates_over_the_case() {
        assert_eq!(
            passes(
                &json!({"type": "contains", "value": "{{ name }}"}),
                "hi Ann"
            ),
            Ok(Some(true))
        );
        assert_eq!(
            passes(&json!({"type": "equals"}), "hello Ann"),
            Ok(Some(true))
        );
        assert_eq!(
            passes(&json!({"type": "contains", "value": "{{ nme }}"}), "hi"),
            Ok(None)
        );
        let when = json!({"type": "contains", "value": "x", "when": "case.tags contains 'other'"});
        assert_eq!(
            passes(&when, "y"),
            Ok(None),
            "an evaluator that does not apply scores nothing"
        );
    }
}
