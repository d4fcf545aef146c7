//! `rouge-n` and `rouge-l`: how many words of output and reference are in the other one, in any order or in the same.

use crate::score::likeness::{Likeness, alike};
use crate::score::{EvaluatorEntry, Param};
use crate::text::{rouge_l, rouge_n, words};

const PARAMS: &[Param] = &[
    Param::required("value", "the reference, or a list of them"),
    Param::optional(
        "threshold",
        "the least score in 0..=1; 0.75 where none is written",
    ),
];

pub(super) static ROUGE_L: EvaluatorEntry = EvaluatorEntry {
    name: "rouge-l",
    summary: "ROUGE-L (words in the same order) against the nearest reference reaches `threshold`",
    params: PARAMS,
    example: "{type: rouge-l, value: \"The parcel arrives on Monday.\", threshold: 0.6}",
    build: |spec, engine| alike(spec, engine, &LONGEST),
};

pub(super) static ROUGE_N: EvaluatorEntry = EvaluatorEntry {
    name: "rouge-n",
    summary: "ROUGE-1 (words in any order) against the nearest reference reaches `threshold`",
    params: PARAMS,
    example: "{type: rouge-n, value: \"The parcel arrives on Monday.\", threshold: 0.6}",
    build: |spec, engine| alike(spec, engine, &SINGLE),
};

static SINGLE: Likeness = Likeness {
    name: "ROUGE-1",
    least: 0.75,
    measure: |output, references| {
        let output = words(output);
        nearest(references, |reference| {
            Some(rouge_n(&output, reference, 1).f1)
        })
    },
};

static LONGEST: Likeness = Likeness {
    name: "ROUGE-L",
    least: 0.75,
    measure: |output, references| {
        let output = words(output);
        nearest(references, |reference| {
            Some(rouge_l(&output, reference)?.f1)
        })
    },
};

fn nearest(references: &[String], score: impl Fn(&[String]) -> Option<f64>) -> Option<f64> {
    references.iter().try_fold(0.0_f64, |most, reference| {
        Some(most.max(score(&words(reference))?))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::score::testing::{Bench, passes};

    fn rouge(kind: &str, output: &str) -> bool {
        let spec = json!({"type": kind, "value": ["the quick brown fox", "東京は大きい都市"], "threshold": 0.8});
        passes(&Bench::new(output).outcome(&spec))
    }

    #[test]
    fn order_counts_for_the_longest_sequence_only() {
        for (output, any, same) in [
            ("The quick, brown fox!", true, true),
            ("fox brown quick the", true, false),
            ("東京は大きい", true, true),
            ("a cat", false, false),
            ("", false, false),
        ] {
            assert_eq!(rouge("rouge-n", output), any, "{output}");
            assert_eq!(rouge("rouge-l", output), same, "{output}");
        }
        assert!(rouge("not-rouge-n", "a cat"));
    }

    #[test]
    fn two_texts_of_many_words_fail_also_under_not() {
        let many = "a ".repeat(20_000);
        for kind in ["rouge-l", "not-rouge-l"] {
            let spec = json!({"type": kind, "value": many});
            assert!(!passes(&Bench::new(&many).outcome(&spec)));
        }
    }
}
