//! Whose fault an error is: one that the answer under test causes fails the case, or the model could escape its own gate by it.
//!
//! What went wrong cannot be told from a message. The same thing is therefore tried on other answers: where any of them is judged, or
//! fails in another way, the answer caused the error. What fails in the same way whatever the answer is the evaluator's or the case's
//! own fault, and stays an error.

use serde_json::{Map, Value};

use crate::model::tool::ToolCall;
use crate::model::{Completion, Outcome, Sample};

/// Texts that are tried in the place of the one under test: none, a word, and JSON of each kind.
const OTHERS: [&str; 5] = ["", "a", "0", "{}", "[]"];

/// Whether an error depends on the answer: `attempt` gives the error for another one, if there is any.
pub(super) fn is_of_answer(
    sample: &Sample<'_>,
    error: &str,
    attempt: impl Fn(&Sample<'_>) -> Option<String>,
) -> bool {
    let texts = OTHERS.iter().map(|other| Completion {
        content: (*other).to_owned(),
        ..sample.completion.clone()
    });
    let calls = Completion {
        calls: other_calls(&sample.completion.calls),
        ..sample.completion.clone()
    };
    texts.chain(std::iter::once(calls)).any(|completion| {
        let other = Sample {
            completion: &completion,
            ..*sample
        };
        attempt(&other).as_deref() != Some(error)
    })
}

/// Calls of tools in the place of those under test: none, or one where there are none.
fn other_calls(calls: &[ToolCall]) -> Vec<ToolCall> {
    if !calls.is_empty() {
        return Vec::new();
    }
    vec![ToolCall {
        name: "a".to_owned(),
        arguments: Value::Object(Map::new()),
        index: 0,
        step: 0,
    }]
}

/// The outcome where the answer is at fault: a failure, under `not-` as well.
pub(super) fn failed(cause: &str) -> Outcome {
    Outcome::binary(
        false,
        format!("the answer makes this evaluator fail, so it fails the case: {cause}"),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::model::Outcome;
    use crate::score::testing::{Bench, cause};

    /// The evaluator and its `not-` form.
    fn both(spec: &Value) -> [Value; 2] {
        let mut negated = spec.clone();
        negated["type"] = json!(format!("not-{}", spec["type"].as_str().unwrap()));
        [spec.clone(), negated]
    }

    fn fails(output: &str, spec: &Value) {
        for spec in both(spec) {
            match Bench::new(output).var("n", "7").outcome(&spec) {
                Outcome::Scored {
                    passed: false,
                    score: 0.0,
                    reason,
                } => {
                    assert!(reason.starts_with("the answer makes"), "{spec}: {reason}");
                }
                other => panic!("{spec} on {output}: {other:?}"),
            }
        }
    }

    #[test]
    fn what_the_answer_makes_fail_fails_the_case_under_not_as_well() {
        let (loops, deep) = ("a".repeat(64) + "b", "[".repeat(400) + &"]".repeat(400));
        let text = format!("\"{loops}\"");
        let list = format!("[\"{loops}\"]");
        let pattern = json!({"pattern": "^(a|a)*\\1$"});
        let steps =
            "{% for a in output %}{% for b in range(9999) %}{{ b }}{% endfor %}{% endfor %}";
        for (output, spec) in [
            (&loops, json!({"type": "regex", "value": "^(a|a)*\\1$"})),
            (
                &loops,
                json!({"type": "contains", "value": format!("x{steps}")}),
            ),
            (&text, json!({"type": "is-json", "value": pattern})),
            (&text, json!({"type": "is-json", "value": {"not": pattern}})),
            (
                &text,
                json!({"type": "is-json", "value": {"anyOf": [pattern, {"type": "null"}]}}),
            ),
            (
                &list,
                json!({"type": "contains-json", "value": {"type": "array", "items": pattern}}),
            ),
            (
                &deep,
                json!({"type": "is-json", "value": {"type": "object"}}),
            ),
            (
                &deep,
                json!({"type": "contains-json", "value": {"type": "object"}}),
            ),
            (
                &loops,
                json!({"type": "word-count", "value": "{{ (output | fromjson).words }}"}),
            ),
            (
                &loops,
                json!({"type": "contains", "value": "a", "when": "(output | fromjson).n == 1"}),
            ),
        ] {
            fails(output, &spec);
        }
    }

    #[test]
    fn what_fails_whatever_the_answer_is_no_failure_of_it() {
        let judge = json!({"type": "llm-rubric", "value": "Good {{ gone }}.", "model": "a/b"});
        for spec in [
            json!({"type": "regex", "value": "{{ n }}("}),
            json!({"type": "contains", "value": "{{ gone }}{{ output }}"}),
            json!({"type": "contains", "value": "x", "when": "gone == output"}),
            json!({"type": "word-count", "value": "{{ n }} and {{ n }}"}),
            json!({"type": "equals"}),
            json!({"type": "latency", "threshold": 5}),
            judge,
        ] {
            for spec in both(&spec) {
                let outcome = Bench::new("an answer").var("n", "7").outcome(&spec);
                assert!(!cause(&outcome).is_empty(), "{spec}");
            }
        }
    }

    #[test]
    fn what_a_judge_says_is_not_the_answers_doing() {
        let spec = json!({"type": "llm-rubric", "value": "Good.", "model": "a/b"});
        for spec in both(&spec) {
            let bench = Bench::new("an answer");
            assert!(cause(&bench.judged(&spec, "no idea")).contains("no readable verdict"));
        }
    }
}
