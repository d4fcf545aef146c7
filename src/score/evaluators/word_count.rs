//! `word-count`: how many words, divided by white space, the answer has.

use serde_json::Value;

use super::super::entry::{Built, EvaluatorEntry, Param, SpecError};
use crate::model::{Completion, EvaluatorSpec, Outcome, Sample};
use crate::score::Evaluator;
use crate::template::Engine;

pub(super) static ENTRY: EvaluatorEntry = EvaluatorEntry {
    name: "word-count",
    summary: "The answer has so many words, divided by white space",
    params: &[Param::required(
        "value",
        "a number, or {min, max} with at least one of them",
    )],
    example: "{type: word-count, value: {max: 150}}",
    build,
};

struct WordCount {
    min: Option<u64>,
    max: Option<u64>,
}

fn build(spec: &EvaluatorSpec, _: &Engine) -> Built {
    let bad = |message: &str| {
        SpecError::new("value", format!("`value` {message}"))
            .hint("write a number, or `{min: 10, max: 150}`")
    };
    let whole = |value: &Value| match value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_u64(),
    };
    let (min, max) = match &spec.value {
        Value::Null => return Err(SpecError::new("type", "`word-count` needs a `value`")),
        Value::Object(map) => {
            if let Some(key) = map
                .keys()
                .find(|key| !["min", "max"].contains(&key.as_str()))
            {
                return Err(bad(&format!("has the unknown key `{key}`")));
            }
            let bound = |key: &str| match map.get(key) {
                None => Ok(None),
                Some(value) => whole(value)
                    .map(Some)
                    .ok_or_else(|| bad(&format!("takes a whole number as `{key}`"))),
            };
            (bound("min")?, bound("max")?)
        }
        other => {
            let count = whole(other).ok_or_else(|| bad("is no whole number"))?;
            (Some(count), Some(count))
        }
    };
    match (min, max) {
        (None, None) => Err(bad("has neither `min` nor `max`")),
        (Some(min), Some(max)) if min > max => Err(bad("has a `min` above its `max`")),
        _ => Ok(Box::new(WordCount { min, max })),
    }
}

impl Evaluator for WordCount {
    fn score(&self, sample: &Sample<'_>, _: &[Completion]) -> Outcome {
        let count = sample.output().split_whitespace().count() as u64;
        if let Some(min) = self.min.filter(|min| count < *min) {
            return Outcome::binary(false, format!("has {count} words, fewer than {min}"));
        }
        if let Some(max) = self.max.filter(|max| count > *max) {
            return Outcome::binary(false, format!("has {count} words, more than {max}"));
        }
        Outcome::binary(true, format!("has {count} words"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::passes;

    #[test]
    fn words_are_counted_by_white_space_and_bounds_are_inclusive() {
        let ok = |value: serde_json::Value, output: &str| {
            passes(&json!({"type": "word-count", "value": value}), output)
        };
        assert_eq!(ok(json!(2), " two\nwords "), Ok(Some(true)));
        assert_eq!(ok(json!({"max": 2}), "a b c"), Ok(Some(false)));
        assert_eq!(ok(json!({"min": 1}), ""), Ok(Some(false)));
        for bad in [
            json!({}),
            json!({"min": 3, "max": 2}),
            json!({"most": 2}),
            json!(-1),
            json!(1.5),
            json!("x"),
        ] {
            assert!(ok(bad.clone(), "a").is_err(), "{bad}");
        }
    }
}
