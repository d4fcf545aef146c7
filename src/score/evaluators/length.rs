//! `length`: the output has so many characters.

use crate::model::{Outcome, Sample};
use crate::score::bounds::Bounds;
use crate::score::check::check;
use crate::score::{EvaluatorEntry, Param};

pub(super) static ENTRY: EvaluatorEntry = EvaluatorEntry {
    name: "length",
    summary: "the number of characters in the output lies within the bounds",
    params: &[Param::required(
        "value",
        "exactly so many characters, or a mapping with `min`, `max` or both",
    )],
    example: "{type: length, value: {max: 280}}",
    build: |spec, engine| {
        check(
            spec,
            engine,
            |value| Bounds::read(value, "characters"),
            count,
        )
    },
};

fn count(bounds: &Bounds, sample: &Sample<'_>) -> Outcome {
    bounds.hold(sample.output().chars().count() as u64, "characters")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::score::testing::{Bench, passes, refusal};

    fn within(value: &Value, output: &str) -> bool {
        passes(&Bench::new(output).outcome(&json!({"type": "length", "value": value})))
    }

    #[test]
    fn characters_are_counted_and_not_bytes() {
        assert!(within(&json!({"max": 3}), "東京😀"));
        assert!(!within(&json!({"max": 3}), "abc\n"));
        assert!(within(&json!({"min": 1, "max": 2}), "a"));
        assert!(within(&json!(0), ""));
        assert!(!within(&json!({"min": 1}), ""));
    }

    #[test]
    fn bounds_that_make_no_sense_are_refused() {
        for value in [
            json!({"min": 3, "max": 2}),
            json!({}),
            json!({"mni": 3}),
            json!(2.5),
            json!("long"),
        ] {
            refusal(&json!({"type": "length", "value": value}));
        }
    }
}
