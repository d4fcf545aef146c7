//! Substrings: `contains` and its relatives, which differ in case, in how many texts, and in where they must stand.

use super::super::entry::{Built, EvaluatorEntry, Param};
use super::super::values::{TextValue, list};
use crate::model::{Completion, EvaluatorSpec, Outcome, Sample};
use crate::score::Evaluator;
use crate::template::Engine;

const TEXT: &[Param] = &[Param::required(
    "value",
    "the text; a template over the case",
)];
const TEXTS: &[Param] = &[Param::required(
    "value",
    "a list of texts, or one text split at its commas",
)];

pub(super) static CONTAINS: EvaluatorEntry = EvaluatorEntry {
    name: "contains",
    summary: "The answer contains the text",
    params: TEXT,
    example: "{type: contains, value: tracking}",
    build: |spec, engine| build(spec, engine, Case::Exact, Quantity::One),
};

pub(super) static ICONTAINS: EvaluatorEntry = EvaluatorEntry {
    name: "icontains",
    summary: "The answer contains the text, upper or lower case",
    params: TEXT,
    example: "{type: icontains, value: sorry}",
    build: |spec, engine| build(spec, engine, Case::Folded, Quantity::One),
};

pub(super) static STARTS_WITH: EvaluatorEntry = EvaluatorEntry {
    name: "starts-with",
    summary: "The answer begins with the text",
    params: TEXT,
    example: "{type: starts-with, value: Hello}",
    build: |spec, engine| build(spec, engine, Case::Exact, Quantity::Start),
};

pub(super) static CONTAINS_ANY: EvaluatorEntry = EvaluatorEntry {
    name: "contains-any",
    summary: "The answer contains at least one of the texts",
    params: TEXTS,
    example: "{type: contains-any, value: [verify, identity]}",
    build: |spec, engine| build(spec, engine, Case::Exact, Quantity::Any),
};

pub(super) static CONTAINS_ALL: EvaluatorEntry = EvaluatorEntry {
    name: "contains-all",
    summary: "The answer contains all of the texts",
    params: TEXTS,
    example: "{type: contains-all, value: [Visa, PayPal]}",
    build: |spec, engine| build(spec, engine, Case::Exact, Quantity::All),
};

pub(super) static ICONTAINS_ANY: EvaluatorEntry = EvaluatorEntry {
    name: "icontains-any",
    summary: "The answer contains at least one of the texts, upper or lower case",
    params: TEXTS,
    example: "{type: icontains-any, value: [hello, thanks]}",
    build: |spec, engine| build(spec, engine, Case::Folded, Quantity::Any),
};

pub(super) static ICONTAINS_ALL: EvaluatorEntry = EvaluatorEntry {
    name: "icontains-all",
    summary: "The answer contains all of the texts, upper or lower case",
    params: TEXTS,
    example: "{type: icontains-all, value: [visa, paypal]}",
    build: |spec, engine| build(spec, engine, Case::Folded, Quantity::All),
};

/// Whether upper and lower case differ.
#[derive(Clone, Copy)]
enum Case {
    Exact,
    Folded,
}

/// How many of the texts must be there, and where.
#[derive(Clone, Copy)]
enum Quantity {
    One,
    Start,
    Any,
    All,
}

struct Contains {
    texts: Vec<TextValue>,
    case: Case,
    quantity: Quantity,
}

fn build(spec: &EvaluatorSpec, engine: &Engine, case: Case, quantity: Quantity) -> Built {
    let texts = match quantity {
        Quantity::One | Quantity::Start => vec![TextValue::required(spec, engine)?],
        Quantity::Any | Quantity::All => list(spec, engine)?,
    };
    Ok(Box::new(Contains {
        texts,
        case,
        quantity,
    }))
}

impl Case {
    fn fold(self, text: &str) -> String {
        match self {
            Self::Exact => text.to_owned(),
            Self::Folded => text.to_lowercase(),
        }
    }
}

impl Evaluator for Contains {
    fn score(&self, sample: &Sample<'_>, _: &[Completion]) -> Outcome {
        let output = self.case.fold(sample.output());
        let mut found = Vec::new();
        let mut missing = Vec::new();
        for text in &self.texts {
            let text = match text.text(sample) {
                Ok(text) if text.is_empty() => {
                    return Outcome::errored("the text to look for is empty for this case");
                }
                Ok(text) => text,
                Err(cause) => return Outcome::errored(cause),
            };
            let folded = self.case.fold(&text);
            let is_there = match self.quantity {
                Quantity::Start => output.starts_with(&folded),
                _ => output.contains(&folded),
            };
            if is_there { &mut found } else { &mut missing }.push(text);
        }
        match self.quantity {
            Quantity::Start if missing.is_empty() => {
                Outcome::binary(true, format!("begins with {}", quoted(&found)))
            }
            Quantity::Start => {
                Outcome::binary(false, format!("does not begin with {}", quoted(&missing)))
            }
            Quantity::Any if found.is_empty() => {
                Outcome::binary(false, format!("contains none of {}", quoted(&missing)))
            }
            Quantity::Any => Outcome::binary(true, format!("contains {}", quoted(&found))),
            Quantity::One | Quantity::All if missing.is_empty() => {
                Outcome::binary(true, format!("contains {}", quoted(&found)))
            }
            Quantity::One | Quantity::All => {
                Outcome::binary(false, format!("does not contain {}", quoted(&missing)))
            }
        }
    }
}

fn quoted(texts: &[String]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| format!("\"{text}\"")).collect();
    quoted.join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::passes;

    #[test]
    fn texts_are_found_by_case_number_and_place() {
        let ok = |kind: &str, value: serde_json::Value, output: &str| {
            passes(&json!({"type": kind, "value": value}), output)
        };
        assert_eq!(
            ok("contains", json!("World"), "hello world"),
            Ok(Some(false))
        );
        assert_eq!(
            ok("icontains", json!("ÄPFEL"), "zwei äpfel"),
            Ok(Some(true))
        );
        assert_eq!(ok("contains", json!(42), "it is 42"), Ok(Some(true)));
        assert_eq!(ok("contains-any", json!(["a", "z"]), "abc"), Ok(Some(true)));
        assert_eq!(ok("contains-all", json!("a, c"), "abc"), Ok(Some(true)));
        assert_eq!(
            ok("contains-all", json!("a, \"b,c\""), "a b,c"),
            Ok(Some(true))
        );
        assert_eq!(
            ok("icontains-all", json!(["A", "Z"]), "abc"),
            Ok(Some(false))
        );
        assert_eq!(ok("starts-with", json!("ab"), "abc"), Ok(Some(true)));
        assert_eq!(ok("starts-with", json!("bc"), "abc"), Ok(Some(false)));
    }

    #[test]
    fn a_check_that_says_the_same_of_every_answer_is_refused() {
        for (kind, value) in [
            ("contains", json!("")),
            ("contains", json!(null)),
            ("contains-any", json!([])),
            ("contains-all", json!([])),
            ("contains-all", json!(["a", ""])),
            ("contains", json!(["a"])),
        ] {
            assert!(
                passes(&json!({"type": kind, "value": value}), "x").is_err(),
                "{kind} {value}"
            );
        }
    }
}
