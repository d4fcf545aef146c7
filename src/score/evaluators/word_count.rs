//! `word-count`: the output has so many words, counted between white space.

use serde_json::Value;

use crate::model::{Outcome, Sample};
use crate::score::check::check;
use crate::score::value::kind;
use crate::score::{EvaluatorEntry, Param, SpecError};

pub(super) static ENTRY: EvaluatorEntry = EvaluatorEntry {
    name: "word-count",
    summary: "the number of words in the output lies within the bounds",
    params: &[Param::required(
        "value",
        "exactly so many words, or a mapping with `min`, `max` or both",
    )],
    example: "{type: word-count, value: {max: 150}}",
    build: |spec, engine| check(spec, engine, bounds, count),
};

/// Least and greatest number of words, both allowed.
struct Bounds {
    least: u64,
    most: Option<u64>,
}

fn bounds(value: &Value) -> Result<Bounds, SpecError> {
    let Value::Object(entries) = value else {
        let exactly = number(value)?;
        return Ok(Bounds {
            least: exactly,
            most: Some(exactly),
        });
    };
    if let Some(key) = entries
        .keys()
        .find(|key| !matches!(key.as_str(), "min" | "max"))
    {
        return Err(
            SpecError::value(format!("`{key}` is no bound")).hint("the bounds are `min` and `max`")
        );
    }
    let least = entries.get("min").map(number).transpose()?.unwrap_or(0);
    let most = entries.get("max").map(number).transpose()?;
    match most {
        Some(most) if most < least => Err(SpecError::value(format!(
            "no output has at least {least} and at most {most} words"
        ))),
        None if least == 0 => Err(SpecError::value(
            "the bounds allow every output: give `min` above 0, `max` or both",
        )),
        _ => Ok(Bounds { least, most }),
    }
}

/// A whole number, also as the text that a template gives.
fn number(value: &Value) -> Result<u64, SpecError> {
    let number = match value {
        // A float that is whole comes from files that write 3.0.
        Value::Number(number) => number.as_u64().or_else(|| {
            let float = number.as_f64().filter(|float| float.fract() == 0.0)?;
            (0.0..1e15).contains(&float).then_some(float as u64)
        }),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| {
        let shown = match value {
            Value::Number(_) | Value::String(_) => value.to_string(),
            other => kind(other).to_owned(),
        };
        SpecError::value(format!(
            "a number of words is a whole number of 0 or more, not {shown}"
        ))
    })
}

fn count(bounds: &Bounds, sample: &Sample<'_>) -> Outcome {
    let words = sample.output().split_whitespace().count() as u64;
    let passed = words >= bounds.least && bounds.most.is_none_or(|most| words <= most);
    let wanted = match (bounds.least, bounds.most) {
        (least, None) => format!("at least {least}"),
        (0, Some(most)) => format!("at most {most}"),
        (least, Some(most)) if least == most => format!("exactly {least}"),
        (least, Some(most)) => format!("{least} to {most}"),
    };
    Outcome::binary(
        passed,
        format!("the output has {words} words; wanted: {wanted}"),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::score::testing::{Bench, cause, passes, refusal};

    fn within(value: &Value, output: &str) -> bool {
        passes(&Bench::new(output).outcome(&json!({"type": "word-count", "value": value})))
    }

    #[test]
    fn bounds_are_inclusive_and_any_white_space_separates() {
        assert!(within(&json!({"min": 2, "max": 3}), "one\ttwo\n three"));
        assert!(within(&json!({"min": 3}), "one two\u{a0}three"));
        assert!(!within(&json!({"max": 2}), "one two three"));
        assert!(within(&json!(0), " \n "));
        assert!(within(&json!(2.0), "a b"));
    }

    #[test]
    fn a_bound_may_come_from_the_case() {
        let spec = json!({"type": "word-count", "value": {"max": "{{ limit }}"}});
        assert!(passes(&Bench::new("a b").var("limit", 2).outcome(&spec)));
        let outcome = Bench::new("a b").var("limit", "two").outcome(&spec);
        assert!(cause(&outcome).contains("whole number"));
    }

    #[test]
    fn bounds_that_make_no_sense_are_refused() {
        for value in [
            json!({"min": 3, "max": 2}),
            json!({}),
            json!({"min": 0}),
            json!({"maximum": 3}),
            json!(-1),
            json!(2.5),
            json!("two"),
            json!([1, 2]),
            json!(true),
        ] {
            refusal(&json!({"type": "word-count", "value": value}));
        }
    }
}
