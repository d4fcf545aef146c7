//! `word-count`: the output has so many words, counted between white space.

use crate::model::{Outcome, Sample};
use crate::score::bounds::Bounds;
use crate::score::check::check;
use crate::score::{EvaluatorEntry, Param};

pub(super) static ENTRY: EvaluatorEntry = EvaluatorEntry {
    name: "word-count",
    summary: "the number of words in the output lies within the bounds",
    params: &[Param::required(
        "value",
        "exactly so many words, or a mapping with `min`, `max` or both",
    )],
    example: "{type: word-count, value: {max: 150}}",
    build: |spec, engine| check(spec, engine, |value| Bounds::read(value, "words"), count),
};

fn count(bounds: &Bounds, sample: &Sample<'_>) -> Outcome {
    bounds.hold(sample.output().split_whitespace().count() as u64, "words")
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
