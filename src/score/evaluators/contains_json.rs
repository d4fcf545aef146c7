//! `contains-json`: a JSON object or array stands somewhere in the output, and follows a schema where one is given.

use serde_json::Value;

use crate::model::{Outcome, Sample};
use crate::score::check::check_template;
use crate::score::schema::{Miss, Schema};
use crate::score::value::ValueTemplate;
use crate::score::{EvaluatorEntry, Param};
use crate::text::excerpt::quoted;
use crate::text::json_scan::containers;

pub(super) static ENTRY: EvaluatorEntry = EvaluatorEntry {
    name: "contains-json",
    summary: "the output contains a JSON object or array, which follows the schema if there is one",
    params: &[Param::optional(
        "value",
        "a JSON Schema (draft 2020-12 unless `$schema` names another)",
    )],
    example: "{type: contains-json, value: {type: object, required: [total]}}",
    build: |spec, engine| {
        let template = ValueTemplate::of_text(&spec.value, engine)?;
        check_template(template, Schema::read, contains_json, Schema::is_quick)
    },
};

fn contains_json(schema: &Schema, sample: &Sample<'_>) -> Outcome {
    let mut candidates = containers(sample.output());
    if schema.is_absent() {
        return match candidates.next() {
            Some(found) => Outcome::binary(
                true,
                format!("the output contains the JSON {}", quoted(found)),
            ),
            None => nothing(),
        };
    }
    let mut first_miss = None;
    for text in candidates {
        match check(schema, text) {
            Ok(()) => {
                let reason = format!(
                    "the output contains JSON that follows the schema: {}",
                    quoted(text)
                );
                return Outcome::binary(true, reason);
            }
            Err(gave_up @ Miss::GaveUp(_)) => return gave_up.into(),
            Err(undecided @ Miss::Undecided(_)) => first_miss = Some(undecided),
            Err(miss) => {
                first_miss.get_or_insert(miss);
            }
        }
    }
    first_miss.map_or_else(nothing, Outcome::from)
}

fn nothing() -> Outcome {
    Outcome::binary(false, "the output contains no JSON object or array")
}

fn check(schema: &Schema, text: &str) -> Result<(), Miss> {
    let document: Value = serde_json::from_str(text)
        .map_err(|error| Miss::Undecided(format!("it is beyond what can be checked: {error}")))?;
    check_with_items(schema, &document)
}

/// A list does for its items: asked for an order, an answer with a list of orders contains one.
///
/// What stands under a key does not count by itself, for a wrong document often holds some small object that a lenient
/// schema would accept.
fn check_with_items(schema: &Schema, document: &Value) -> Result<(), Miss> {
    let miss = match (schema.check(document), document) {
        (Err(miss @ Miss::Fault(_)), Value::Array(_)) => miss,
        (result, _) => return result,
    };
    let items = document.as_array().into_iter().flatten();
    for item in items.filter(|item| item.is_object() || item.is_array()) {
        match check_with_items(schema, item) {
            Err(Miss::Fault(_)) => {}
            decided => return decided,
        }
    }
    Err(miss)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use serde_json::{Value, json};

    use crate::score::testing::{Bench, passes};

    fn order() -> Value {
        json!({"type": "contains-json", "value": {"type": "object", "required": ["total"]}})
    }

    fn contains_json(output: &str) -> bool {
        passes(&Bench::new(output).outcome(&json!({"type": "contains-json"})))
    }

    #[test]
    fn lists_and_objects_with_braces_in_their_strings_are_found() {
        assert!(contains_json("the list is [1, 2]"));
        assert!(contains_json(r#"see {"a": "}"} there"#));
        assert!(contains_json("```json\n{}\n```"));
    }

    #[test]
    fn what_only_looks_like_json_is_not_found() {
        for output in ["{a: 1}", "{\"a\":1", "{'a': 'b'}", "\"text\"", "42", ""] {
            assert!(!contains_json(output), "{output}");
        }
    }

    #[test]
    fn with_a_schema_the_right_one_may_come_later_or_stand_in_a_list() {
        assert!(passes(
            &Bench::new(r#"{"x": 1} and {"total": 2}"#).outcome(&order())
        ));
        assert!(passes(
            &Bench::new(r#"[[{"x": 1}], [{"total": 2}]]"#).outcome(&order())
        ));
        assert!(passes(
            &Bench::new(r#"{broken {"total": 2}"#).outcome(&order())
        ));
    }

    #[test]
    fn an_object_inside_a_wrong_object_does_not_count() {
        assert!(!passes(
            &Bench::new(r#"{"x": {"total": 2}}"#).outcome(&order())
        ));
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test of how long it takes")]
    fn hostile_outputs_are_decided_quickly() {
        for output in [
            "[".repeat(100_000),
            "[{\"x\":".repeat(50_000),
            "[".repeat(120) + &"{\"x\":1},".repeat(10_000),
        ] {
            let started = Instant::now();
            assert!(!passes(&Bench::new(&output).outcome(&order())));
            assert!(started.elapsed() < Duration::from_secs(5));
        }
    }
}
