//! `numeric`: the last number of the output is the value, or the case's `expected`.

use serde_json::Value;

use crate::model::{EvaluatorSpec, Outcome};
use crate::score::check::check;
use crate::score::value::{as_text, kind};
use crate::score::{Evaluator, EvaluatorEntry, Param, SpecError};
use crate::template::Engine;
use crate::text::excerpt::quoted;
use crate::text::number::{Found, last_number};

pub(super) static ENTRY: EvaluatorEntry = EvaluatorEntry {
    name: "numeric",
    summary: "the last number of the output is the value, or the case's `expected` if there is no value",
    params: &[
        Param::optional("value", "the number, or a text whose last number it is"),
        Param::optional(
            "threshold",
            "the greatest difference that is allowed; 0 where none is written",
        ),
    ],
    example: "{type: numeric, value: \"1,250.00\", threshold: 0.005}",
    build,
};

fn build(spec: &EvaluatorSpec, engine: &Engine) -> Result<Box<dyn Evaluator>, SpecError> {
    let most = spec.threshold.unwrap_or(0.0);
    if !(most.is_finite() && most >= 0.0) {
        let message = format!("the threshold is a difference that is 0 or more, not {most}");
        return Err(SpecError::new("threshold", message));
    }
    if spec.value.is_null() {
        return check(
            spec,
            engine,
            |_| Ok(()),
            move |(), sample| match &sample.case.expected {
                Some(expected) if !expected.is_null() => match wanted(expected) {
                    Ok(wanted) => compare(wanted, sample.output(), most),
                    Err(error) => Outcome::errored(format!("the case's `expected`: {error}")),
                },
                _ => Outcome::errored(
                    "the case has no `expected` to compare with: give it one, or give the evaluator a `value`",
                ),
            },
        );
    }
    check(spec, engine, wanted, move |wanted, sample| {
        compare(*wanted, sample.output(), most)
    })
}

fn wanted(value: &Value) -> Result<f64, SpecError> {
    let text = as_text(value).ok_or_else(|| {
        let found = kind(value);
        SpecError::value(format!("the value must be a number or a text, not {found}"))
    })?;
    let found = last_number(&text);
    let found = found
        .ok_or_else(|| SpecError::value(format!("there is no number in {}", quoted(&text))))?;
    Ok(found.number)
}

fn compare(wanted: f64, output: &str, most: f64) -> Outcome {
    let Some(Found { number, written }) = last_number(output) else {
        return Outcome::binary(false, format!("the output has no number; wanted: {wanted}"));
    };
    // What decimal digits lose as floats is no difference.
    let rounding = 4.0 * f64::EPSILON * number.abs().max(wanted.abs());
    let passed = (number - wanted).abs() <= most + rounding;
    let tolerance = if most > 0.0 {
        format!(" ± {most}")
    } else {
        String::new()
    };
    Outcome::binary(
        passed,
        format!(
            "the last number of the output is {}; wanted: {wanted}{tolerance}",
            quoted(written)
        ),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::score::testing::{Bench, cause, passes, refusal};

    fn numeric(output: &str, value: &Value, threshold: f64) -> bool {
        let spec = json!({"type": "numeric", "value": value, "threshold": threshold});
        passes(&Bench::new(output).outcome(&spec))
    }

    #[test]
    fn the_last_number_counts() {
        assert!(numeric("3 eggs at $2 are $6.00.", &json!(6), 0.0));
        assert!(!numeric("6 or 7", &json!(6), 0.0));
        assert!(numeric("So she has 1,250 left", &json!("#### 1250"), 0.0));
        assert!(numeric("about 3.2", &json!(3.15), 0.05 + 1e-12));
        assert!(!numeric("about 3.3", &json!(3.15), 0.1));
        assert!(numeric("1.3", &json!(1.2), 0.1));
        assert!(!numeric("10000000001", &json!(10_000_000_000_u64), 0.0));
        assert!(!numeric("none", &json!(0), 0.0));
    }

    #[test]
    fn what_the_case_expects_is_compared_with_where_there_is_no_value() {
        let spec = json!({"type": "numeric"});
        assert!(passes(
            &Bench::new("= 42").expected(json!("42 €")).outcome(&spec)
        ));
        assert!(cause(&Bench::new("= 42").outcome(&spec)).contains("no `expected`"));
        let outcome = Bench::new("42").expected(json!("forty-two")).outcome(&spec);
        assert!(cause(&outcome).contains("no number"));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for value in [json!("many"), json!([1]), json!(true)] {
            refusal(&json!({"type": "numeric", "value": value}));
        }
        refusal(&json!({"type": "numeric", "value": 1, "threshold": -1}));
    }
}
