//! `bleu`: how many word sequences of the output are in a reference, by sentence BLEU.

use crate::score::likeness::{Likeness, alike};
use crate::score::{EvaluatorEntry, Param};
use crate::text::{apart, sentence_bleu};

pub(super) static ENTRY: EvaluatorEntry = EvaluatorEntry {
    name: "bleu",
    summary: "sentence BLEU against the references reaches `threshold`",
    params: &[
        Param::required("value", "the reference, or a list of them"),
        Param::optional(
            "threshold",
            "the least score in 0..=1; 0.5 where none is written",
        ),
    ],
    example: "{type: bleu, value: \"The parcel arrives on Monday.\", threshold: 0.4}",
    build: |spec, engine| alike(spec, engine, &BLEU),
};

static BLEU: Likeness = Likeness {
    name: "BLEU",
    least: 0.5,
    measure: |output, references| {
        let lower = |text: &str| apart(&text.to_lowercase()).into_owned();
        let references: Vec<String> = references.iter().map(|one| lower(one)).collect();
        let bleu = sentence_bleu(&lower(output), &references)?;
        Some(bleu.score / 100.0)
    },
};

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::score::testing::{Bench, passes, refusal};

    const FOX: &str = "the quick brown fox jumps over the lazy dog";

    fn bleu(output: &str, value: &Value, threshold: f64) -> bool {
        let spec = json!({"type": "bleu", "value": value, "threshold": threshold});
        passes(&Bench::new(output).outcome(&spec))
    }

    #[test]
    fn case_does_not_count_and_several_references_share_their_words() {
        assert!(bleu(&FOX.to_uppercase(), &json!(FOX), 0.999));
        assert!(!bleu("a cat", &json!(FOX), 0.01));
        assert!(!bleu("", &json!(FOX), 0.01));
        let both = json!([
            "the quick brown fox sleeps",
            "a bird jumps over the lazy dog"
        ]);
        assert!(bleu(FOX, &both, 0.6));
        assert!(!bleu(FOX, &both[0], 0.6));
    }

    #[test]
    fn what_cannot_be_compared_with_is_refused() {
        for value in [json!([]), json!(""), json!([""]), json!({"a": 1})] {
            refusal(&json!({"type": "bleu", "value": value}));
        }
        let spec = json!({"type": "bleu", "value": "a", "threshold": 1.5});
        assert!(refusal(&spec).contains("0..=1"));
    }
}
