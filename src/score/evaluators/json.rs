//! `is-json` and `contains-json`: the answer is, or holds, JSON, if wanted of a schema.

use jsonschema::Validator;
use serde_json::Value;

use super::super::entry::{Built, EvaluatorEntry, Param, SpecError};
use crate::model::{Completion, EvaluatorSpec, Outcome, Sample};
use crate::score::Evaluator;
use crate::template::Engine;

const PARAMS: &[Param] = &[Param::optional(
    "value",
    "a JSON Schema, as a mapping or as a text of JSON",
)];

pub(super) static IS_JSON: EvaluatorEntry = EvaluatorEntry {
    name: "is-json",
    summary: "The whole answer is JSON, if wanted of a schema",
    params: PARAMS,
    example: "{type: is-json, value: {type: object, required: [city]}}",
    build: |spec, engine| build(spec, engine, Whole::Yes),
};

pub(super) static CONTAINS_JSON: EvaluatorEntry = EvaluatorEntry {
    name: "contains-json",
    summary: "A JSON object or list stands somewhere in the answer, if wanted of a schema",
    params: PARAMS,
    example: "{type: contains-json}",
    build: |spec, engine| build(spec, engine, Whole::No),
};

/// How many brackets are tried as the beginning of JSON: an answer of brackets alone must not take for ever.
const MAX_STARTS: usize = 1_000;

#[derive(Clone, Copy, PartialEq)]
enum Whole {
    Yes,
    No,
}

struct Json {
    schema: Option<Validator>,
    whole: Whole,
}

fn build(spec: &EvaluatorSpec, _: &Engine, whole: Whole) -> Built {
    let schema = match &spec.value {
        Value::Null => None,
        Value::String(text) => Some(serde_json::from_str(text).map_err(|error| {
            SpecError::new("value", format!("`value` is no JSON Schema: {error}"))
        })?),
        value @ (Value::Object(_) | Value::Bool(_)) => Some(value.clone()),
        _ => return Err(SpecError::new("value", "`value` takes a JSON Schema")),
    };
    let schema = schema.map(|schema| {
        jsonschema::validator_for(&schema).map_err(|error| {
            let place = error.instance_path().to_string();
            let place = if place.is_empty() {
                String::new()
            } else {
                format!(" at {place}")
            };
            SpecError::new(
                "value",
                format!("`value` is no valid JSON Schema{place}: {error}"),
            )
        })
    });
    Ok(Box::new(Json {
        schema: schema.transpose()?,
        whole,
    }))
}

impl Evaluator for Json {
    fn score(&self, sample: &Sample<'_>, _: &[Completion]) -> Outcome {
        if self.whole == Whole::Yes {
            return match serde_json::from_str::<Value>(sample.output()) {
                Err(error) => Outcome::binary(false, format!("is no JSON: {error}")),
                Ok(value) => match self.fault(&value) {
                    None => Outcome::binary(true, "is JSON as demanded"),
                    Some(fault) => Outcome::binary(false, fault),
                },
            };
        }
        let mut last = None;
        for value in found(sample.output()) {
            match self.fault(&value) {
                None => return Outcome::binary(true, "holds JSON as demanded"),
                Some(fault) => last = Some(fault),
            }
        }
        Outcome::binary(
            false,
            last.unwrap_or_else(|| "holds no JSON object or list".to_owned()),
        )
    }
}

impl Json {
    /// The first thing in which a value differs from the schema.
    fn fault(&self, value: &Value) -> Option<String> {
        let error = self.schema.as_ref()?.iter_errors(value).next()?;
        let place = error.instance_path().to_string();
        let place = if place.is_empty() {
            "/".to_owned()
        } else {
            place
        };
        Some(format!("differs from the schema at {place}: {error}"))
    }
}

/// JSON objects and lists in a text, outermost ones, from the front.
fn found(text: &str) -> impl Iterator<Item = Value> + '_ {
    let mut from = 0;
    let mut starts = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = text.get(from..)?;
            let at = from + rest.find(['{', '['])?;
            starts += 1;
            if starts > MAX_STARTS {
                return None;
            }
            let mut stream =
                serde_json::Deserializer::from_str(text.get(at..)?).into_iter::<Value>();
            match stream.next() {
                Some(Ok(value)) => {
                    from = at + stream.byte_offset();
                    return Some(value);
                }
                // Both brackets are one byte.
                _ => from = at + 1,
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::passes;

    #[test]
    fn json_is_strict_and_is_found_in_prose() {
        let is = |output: &str| passes(&json!({"type": "is-json"}), output);
        assert_eq!(is("{\"a\": 1}"), Ok(Some(true)));
        assert_eq!(is("42"), Ok(Some(true)));
        assert_eq!(is("```json\n{}\n```"), Ok(Some(false)));
        assert_eq!(is("\u{feff}{}"), Ok(Some(false)));
        let holds = |output: &str| passes(&json!({"type": "contains-json"}), output);
        assert_eq!(
            holds("So: ```json\n{\"a\": \"}\"}\n``` there"),
            Ok(Some(true))
        );
        assert_eq!(holds("[1, 2]"), Ok(Some(true)));
        assert_eq!(holds("{a: 1} and {\"a\":1"), Ok(Some(false)));
        assert_eq!(holds(&"[".repeat(100_000)), Ok(Some(false)));
        assert_eq!(holds(&"{\"a\":".repeat(20_000)), Ok(Some(false)));
    }

    #[test]
    fn a_schema_is_held_and_a_broken_one_refused() {
        let schema = json!({"type": "object", "required": ["city"]});
        assert_eq!(
            passes(
                &json!({"type": "is-json", "value": schema}),
                "{\"city\": 1}"
            ),
            Ok(Some(true))
        );
        assert_eq!(
            passes(&json!({"type": "is-json", "value": schema}), "{}"),
            Ok(Some(false))
        );
        let holds = json!({"type": "contains-json", "value": schema.to_string()});
        assert_eq!(passes(&holds, "{} then {\"city\": \"x\"}"), Ok(Some(true)));
        assert!(
            passes(
                &json!({"type": "is-json", "value": {"type": "objekt"}}),
                "{}"
            )
            .is_err()
        );
        let remote = json!({"type": "is-json", "value": {"$ref": "https://example.com/x.json"}});
        assert!(passes(&remote, "{}").is_err());
    }
}
