//! `contains`, `contains-any`, `contains-all` and their siblings that ignore case.

use std::borrow::Cow;

use crate::model::{Outcome, Sample};
use crate::score::check::check;
use crate::score::value::{text, texts};
use crate::score::{EvaluatorEntry, Param, SpecError};
use crate::text::excerpt::quoted;

const PART: &[Param] = &[Param::required("value", "the text to look for")];
const PARTS: &[Param] = &[Param::required(
    "value",
    "a list of texts to look for, or one text split at its commas",
)];

pub(super) static CONTAINS: EvaluatorEntry = EvaluatorEntry {
    name: "contains",
    summary: "the output contains the text",
    params: PART,
    example: "{type: contains, value: order number}",
    build: |spec, engine| {
        check(spec, engine, part, |parts, sample| {
            all(parts, sample, exact)
        })
    },
};

pub(super) static ICONTAINS: EvaluatorEntry = EvaluatorEntry {
    name: "icontains",
    summary: "the output contains the text in upper or lower case",
    params: PART,
    example: "{type: icontains, value: sorry}",
    build: |spec, engine| {
        check(spec, engine, part, |parts, sample| {
            all(parts, sample, folded)
        })
    },
};

pub(super) static CONTAINS_ANY: EvaluatorEntry = EvaluatorEntry {
    name: "contains-any",
    summary: "the output contains at least one of the texts",
    params: PARTS,
    example: "{type: contains-any, value: [DHL, UPS, FedEx]}",
    build: |spec, engine| {
        check(spec, engine, texts, |parts, sample| {
            any(parts, sample, exact)
        })
    },
};

pub(super) static CONTAINS_ALL: EvaluatorEntry = EvaluatorEntry {
    name: "contains-all",
    summary: "the output contains every one of the texts",
    params: PARTS,
    example: "{type: contains-all, value: [\"{{ name }}\", tracking number]}",
    build: |spec, engine| {
        check(spec, engine, texts, |parts, sample| {
            all(parts, sample, exact)
        })
    },
};

pub(super) static ICONTAINS_ANY: EvaluatorEntry = EvaluatorEntry {
    name: "icontains-any",
    summary: "the output contains at least one of the texts in upper or lower case",
    params: PARTS,
    example: "{type: icontains-any, value: [hello, hi, thanks]}",
    build: |spec, engine| {
        check(spec, engine, texts, |parts, sample| {
            any(parts, sample, folded)
        })
    },
};

pub(super) static ICONTAINS_ALL: EvaluatorEntry = EvaluatorEntry {
    name: "icontains-all",
    summary: "the output contains every one of the texts in upper or lower case",
    params: PARTS,
    example: "{type: icontains-all, value: \"refund, 14 days\"}",
    build: |spec, engine| {
        check(spec, engine, texts, |parts, sample| {
            all(parts, sample, folded)
        })
    },
};

/// How a text is changed before it is compared.
type Fold = fn(&str) -> Cow<'_, str>;

fn exact(text: &str) -> Cow<'_, str> {
    Cow::Borrowed(text)
}

fn folded(text: &str) -> Cow<'_, str> {
    Cow::Owned(text.to_lowercase())
}

/// A single text is a list of one.
fn part(value: &serde_json::Value) -> Result<Vec<String>, SpecError> {
    text(value, "the value").map(|part| vec![part])
}

fn any(parts: &[String], sample: &Sample<'_>, fold: Fold) -> Outcome {
    let output = fold(sample.output());
    match parts.iter().find(|part| output.contains(&*fold(part))) {
        Some(part) => Outcome::binary(true, format!("the output contains {}", quoted(part))),
        None => Outcome::binary(
            false,
            format!("the output contains none of {}", list(parts)),
        ),
    }
}

fn all(parts: &[String], sample: &Sample<'_>, fold: Fold) -> Outcome {
    let output = fold(sample.output());
    let missing = parts.iter().filter(|part| !output.contains(&*fold(part)));
    let missing = list(missing);
    if missing.is_empty() {
        Outcome::binary(true, format!("the output contains {}", list(parts)))
    } else {
        Outcome::binary(false, format!("the output does not contain {missing}"))
    }
}

fn list<'a>(parts: impl IntoIterator<Item = &'a String>) -> String {
    let quoted: Vec<String> = parts.into_iter().map(|part| quoted(part)).collect();
    quoted.join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::model::Outcome;
    use crate::score::testing::{Bench, cause, passes, refusal};

    #[test]
    fn a_template_is_filled_from_the_case_before_it_is_looked_for() {
        let spec = json!({"type": "contains-all", "value": ["{{ name }}", "{{ expected }}"]});
        let bench = Bench::new("Dear Ana, 42")
            .var("name", "Ana")
            .expected(json!(42));
        assert!(passes(&bench.outcome(&spec)));
    }

    #[test]
    fn a_template_that_comes_out_empty_is_an_error_and_not_a_pass() {
        let spec = json!({"type": "contains", "value": "{{ name }}"});
        let outcome = Bench::new("anything").var("name", "").outcome(&spec);
        assert!(cause(&outcome).contains("empty"));
        let spec = json!({"type": "not-contains", "value": "{{ missing }}"});
        assert!(cause(&Bench::new("x").outcome(&spec)).contains("missing"));
    }

    #[test]
    fn the_reason_names_what_is_missing() {
        let spec = json!({"type": "contains-all", "value": ["red", "pink"]});
        let Outcome::Scored { reason, .. } = Bench::new("red").outcome(&spec) else {
            panic!("not scored");
        };
        assert_eq!(reason, "the output does not contain \"pink\"");
    }

    #[test]
    fn case_is_ignored_in_every_script_that_has_one() {
        let spec = json!({"type": "icontains-all", "value": "ÉCOLE, привет, ΣΟΦΟΣ"});
        assert!(passes(&Bench::new("école ПРИВЕТ σοφος").outcome(&spec)));
    }

    #[test]
    fn a_check_that_every_or_no_output_passes_is_refused() {
        for kind in ["contains", "icontains"] {
            assert!(refusal(&json!({"type": kind, "value": ""})).contains("empty"));
        }
        for kind in [
            "contains-any",
            "contains-all",
            "icontains-any",
            "icontains-all",
        ] {
            assert!(refusal(&json!({"type": kind, "value": []})).contains("empty"));
            assert!(refusal(&json!({"type": kind, "value": ["a", ""]})).contains("empty"));
        }
        assert!(refusal(&json!({"type": "contains"})).contains("`value` is missing"));
    }
}
