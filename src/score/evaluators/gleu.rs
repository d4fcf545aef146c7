//! `gleu`: the word sequences that output and reference share, of all that either has.

use crate::score::likeness::{Likeness, alike};
use crate::score::{EvaluatorEntry, Param};
use crate::text::gleu;

pub(super) static ENTRY: EvaluatorEntry = EvaluatorEntry {
    name: "gleu",
    summary: "GLEU against the nearest reference reaches `threshold`",
    params: &[
        Param::required("value", "the reference, or a list of them"),
        Param::optional(
            "threshold",
            "the least score in 0..=1; 0.5 where none is written",
        ),
    ],
    example: "{type: gleu, value: \"The parcel arrives on Monday.\", threshold: 0.4}",
    build: |spec, engine| alike(spec, engine, &GLEU),
};

static GLEU: Likeness = Likeness {
    name: "GLEU",
    least: 0.5,
    measure: |output, references| {
        let scores = references.iter().map(|reference| gleu(output, reference));
        scores.reduce(f64::max)
    },
};

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::score::testing::{Bench, passes};

    #[test]
    fn the_nearest_reference_counts() {
        let spec = json!({
            "type": "gleu", "threshold": 0.99, "value": ["something else", "The parcel arrives on Monday."],
        });
        assert!(passes(
            &Bench::new("the parcel arrives on monday").outcome(&spec)
        ));
        assert!(!passes(&Bench::new("the parcel arrives").outcome(&spec)));
        assert!(!passes(&Bench::new("").outcome(&spec)));
    }
}
