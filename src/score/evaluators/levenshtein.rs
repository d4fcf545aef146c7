//! `levenshtein`: so few edits turn the output into the value.

use serde_json::Value;

use crate::model::{EvaluatorSpec, Outcome};
use crate::score::check::check_template;
use crate::score::value::{ValueTemplate, as_text, kind};
use crate::score::{Evaluator, EvaluatorEntry, Param, SpecError};
use crate::template::Engine;
use crate::text::excerpt::quoted;
use crate::text::levenshtein_within;

pub(super) static ENTRY: EvaluatorEntry = EvaluatorEntry {
    name: "levenshtein",
    summary: "at most `threshold` edits of one character turn the output into the text",
    params: &[
        Param::required("value", "the text that the output is compared with"),
        Param::optional(
            "threshold",
            "the greatest number of edits; 5 where none is written",
        ),
    ],
    example: "{type: levenshtein, value: \"Dear {{ name }}\", threshold: 3}",
    build,
};

/// Edits that are allowed where none are written, as in promptfoo.
const EDITS: f64 = 5.0;

/// Product of two lengths up to which the distance is counted to its end, for the reason.
const SMALL: usize = 1_000_000;

/// Bytes of an output that is compared in some milliseconds.
const QUICK: usize = 4 << 10;

fn build(spec: &EvaluatorSpec, engine: &Engine) -> Result<Box<dyn Evaluator>, SpecError> {
    let most = spec.threshold.unwrap_or(EDITS);
    if !(most.is_finite() && most >= 0.0) {
        let message = format!("the threshold is a number of edits that is 0 or more, not {most}");
        return Err(SpecError::new("threshold", message));
    }
    let template = ValueTemplate::new(&spec.value, engine)?;
    check_template(
        template,
        wanted,
        move |wanted, sample| compare(wanted, sample.output(), most),
        |_, length| length <= QUICK,
    )
}

fn wanted(value: &Value) -> Result<String, SpecError> {
    as_text(value).ok_or_else(|| {
        let found = kind(value);
        SpecError::value(format!("the value must be a text or a number, not {found}"))
    })
}

fn compare(wanted: &str, output: &str, most: f64) -> Outcome {
    let allowed = most as usize;
    let is_small = wanted.len().saturating_mul(output.len()) <= SMALL;
    let counted = if is_small {
        wanted.len().max(output.len())
    } else {
        allowed
    };
    let Ok(found) = levenshtein_within(output, wanted, counted.max(allowed)) else {
        return Outcome::gave_up("the distance takes more steps than it may: lower `threshold`");
    };
    let passed = found.is_some_and(|edits| edits as f64 <= most);
    let edits = found.map_or_else(|| format!("more than {allowed}"), |edits| edits.to_string());
    let wanted = quoted(wanted);
    Outcome::binary(
        passed,
        format!("the output is {edits} edits away from {wanted}; allowed: {most}"),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::model::Outcome;
    use crate::score::testing::{Bench, passes, refusal};

    fn outcome(output: &str, value: &str, threshold: &Value) -> Outcome {
        let mut spec = json!({"type": "levenshtein", "value": value});
        if !threshold.is_null() {
            spec["threshold"] = threshold.clone();
        }
        Bench::new(output).outcome(&spec)
    }

    #[test]
    fn edits_are_counted_in_characters() {
        assert!(passes(&outcome("kitten", "sitting", &json!(3))));
        assert!(!passes(&outcome("kitten", "sitting", &json!(2.9))));
        assert!(passes(&outcome("12345", "", &Value::Null)));
        assert!(!passes(&outcome("123456", "", &Value::Null)));
        // Two units of UTF-16, and one character.
        assert!(passes(&outcome("😀", "a", &json!(1))));
    }

    #[test]
    fn a_megabyte_is_decided_and_what_takes_too_long_fails_also_under_not() {
        let long = "ab".repeat(500_000);
        assert!(!passes(&outcome(&long, "ab", &json!(3))));
        let far =
            json!({"type": "not-levenshtein", "value": "c".repeat(900_000), "threshold": 500_000});
        assert!(!passes(&Bench::new(&long).outcome(&far)));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        refusal(&json!({"type": "levenshtein", "value": ["a"]}));
        refusal(&json!({"type": "levenshtein", "value": "a", "threshold": -1}));
        assert!(refusal(&json!({"type": "levenshtein"})).contains("`value` is missing"));
    }
}
