//! `equals`: the answer is the text, letter by letter; or, where the value is no text, the same JSON.

use serde_json::Value;

use super::super::entry::{Built, EvaluatorEntry, Param};
use super::super::values::TextValue;
use crate::model::{Completion, EvaluatorSpec, Outcome, Sample};
use crate::score::Evaluator;
use crate::template::Engine;

pub(super) static ENTRY: EvaluatorEntry = EvaluatorEntry {
    name: "equals",
    summary: "The answer is the text, or the same JSON where the value is a list or a mapping",
    params: &[Param::optional(
        "value",
        "what the answer has to be; the case's `expected` where absent",
    )],
    example: "{type: equals, value: Paris}",
    build,
};

enum Equals {
    Expected,
    Text(TextValue),
    Json(Value),
}

fn build(spec: &EvaluatorSpec, engine: &Engine) -> Built {
    Ok(Box::new(match &spec.value {
        Value::Null => Equals::Expected,
        value @ (Value::Array(_) | Value::Object(_)) => Equals::Json(value.clone()),
        value => Equals::Text(TextValue::new(value, engine)?),
    }))
}

impl Evaluator for Equals {
    fn score(&self, sample: &Sample<'_>, _: &[Completion]) -> Outcome {
        match self {
            Self::Json(value) => same_json(sample.output(), value),
            Self::Text(text) => match text.text(sample) {
                Ok(text) => same_text(sample.output(), &text),
                Err(cause) => Outcome::errored(cause),
            },
            Self::Expected => match &sample.case.expected {
                None => Outcome::errored("the case has no `expected` to compare with"),
                Some(Value::String(text)) => same_text(sample.output(), text),
                Some(value @ (Value::Array(_) | Value::Object(_))) => {
                    same_json(sample.output(), value)
                }
                Some(value) => same_text(sample.output(), &value.to_string()),
            },
        }
    }
}

fn same_text(output: &str, text: &str) -> Outcome {
    if output == text {
        return Outcome::binary(true, "is the expected text");
    }
    Outcome::binary(false, format!("is not \"{text}\""))
}

fn same_json(output: &str, value: &Value) -> Outcome {
    match serde_json::from_str::<Value>(output) {
        Ok(json) if json == *value => Outcome::binary(true, "is the expected JSON"),
        Ok(_) => Outcome::binary(false, format!("is not {value}")),
        Err(error) => Outcome::binary(false, format!("is no JSON: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::passes;

    #[test]
    fn texts_are_equal_letter_by_letter_and_json_by_meaning() {
        assert_eq!(
            passes(&json!({"type": "equals", "value": "a"}), "a "),
            Ok(Some(false))
        );
        assert_eq!(
            passes(&json!({"type": "equals", "value": ""}), ""),
            Ok(Some(true))
        );
        assert_eq!(
            passes(
                &json!({"type": "equals", "value": {"a": [1]}}),
                "{ \"a\": [1] }"
            ),
            Ok(Some(true))
        );
        assert_eq!(
            passes(&json!({"type": "equals", "value": {"a": 1}}), "no"),
            Ok(Some(false))
        );
    }
}
