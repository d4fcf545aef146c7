//! `equals`: the output is a text to the letter, or the same JSON document as a mapping or list.

use serde_json::{Number, Value};

use crate::model::{EvaluatorSpec, Outcome, Sample};
use crate::score::check::check;
use crate::score::value::as_text;
use crate::score::{Evaluator, EvaluatorEntry, Param, SpecError};
use crate::template::Engine;
use crate::text::excerpt::quoted;

pub(super) static ENTRY: EvaluatorEntry = EvaluatorEntry {
    name: "equals",
    summary: "the output equals the value, or the case's `expected` if there is no value",
    params: &[Param::optional(
        "value",
        "a text that the output equals to the letter, or a mapping or list that it equals as JSON",
    )],
    example: "{type: equals, value: \"{{ expected }}\"}",
    build,
};

fn build(spec: &EvaluatorSpec, engine: &Engine) -> Result<Box<dyn Evaluator>, SpecError> {
    if spec.value.is_null() {
        // `expected` is data of the case and never a template.
        return check(spec, engine, |_| Ok(()), |(), sample| expected(sample));
    }
    check(
        spec,
        engine,
        |value| Ok(value.clone()),
        |wanted, sample| compare(wanted, sample.output()),
    )
}

fn expected(sample: &Sample<'_>) -> Outcome {
    match &sample.case.expected {
        Some(expected) if !expected.is_null() => compare(expected, sample.output()),
        _ => Outcome::errored(
            "the case has no `expected` to compare with: give it one, or give the evaluator a `value`",
        ),
    }
}

fn compare(wanted: &Value, output: &str) -> Outcome {
    let text = match wanted {
        Value::Bool(truth) => Some(truth.to_string()),
        other => as_text(other),
    };
    let (passed, shown) = match text {
        Some(text) => (text == output, quoted(&text)),
        None => (
            serde_json::from_str(output).is_ok_and(|found: Value| same(&found, wanted)),
            quoted(&wanted.to_string()),
        ),
    };
    let reason = if passed {
        format!("the output equals {shown}")
    } else {
        format!("the output is {}, not {shown}", quoted(output))
    };
    Outcome::binary(passed, reason)
}

/// Deep equality in which 1 and 1.0 are the same number and the order of keys does not matter.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => same_number(one, other),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(key, one)| other.get(key).is_some_and(|other| same(one, other)))
        }
        _ => one == other,
    }
}

/// Whole numbers are compared exactly, beyond the 53 bits that a float would keep of them.
fn same_number(one: &Number, other: &Number) -> bool {
    one == other || ((one.is_f64() || other.is_f64()) && one.as_f64() == other.as_f64())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::score::testing::{Bench, cause, passes};

    #[test]
    fn without_a_value_the_cases_expected_is_compared() {
        let spec = json!({"type": "equals"});
        assert!(passes(&Bench::new("4").expected(json!("4")).outcome(&spec)));
        assert!(passes(&Bench::new("4").expected(json!(4)).outcome(&spec)));
        assert!(passes(
            &Bench::new("[1.0]").expected(json!([1])).outcome(&spec)
        ));
        assert!(!passes(
            &Bench::new("{{ x }}").expected(json!("x")).outcome(&spec)
        ));
    }

    #[test]
    fn expected_is_never_read_as_a_template() {
        let bench = Bench::new("{{ name }}")
            .expected(json!("{{ name }}"))
            .var("name", "Ana");
        assert!(passes(&bench.outcome(&json!({"type": "equals"}))));
    }

    #[test]
    fn a_case_without_expected_is_an_error_also_under_not() {
        for kind in ["equals", "not-equals"] {
            let outcome = Bench::new("x").outcome(&json!({"type": kind}));
            assert!(cause(&outcome).contains("no `expected`"));
        }
    }

    #[test]
    fn large_whole_numbers_are_compared_exactly() {
        let spec = json!({"type": "equals", "value": {"id": 9_007_199_254_740_993_u64}});
        assert!(!passes(
            &Bench::new("{\"id\": 9007199254740992}").outcome(&spec)
        ));
        assert!(passes(
            &Bench::new("{\"id\": 9007199254740993}").outcome(&spec)
        ));
    }

    #[test]
    fn templates_inside_a_mapping_are_filled() {
        let spec = json!({"type": "equals", "value": {"city": "{{ city }}"}});
        let bench = Bench::new("{\"city\": \"Oslo\"}").var("city", "Oslo");
        assert!(passes(&bench.outcome(&spec)));
    }
}
