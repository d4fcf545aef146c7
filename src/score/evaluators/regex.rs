//! `regex`: a pattern is found anywhere in the answer. Look-around, Unicode classes and inline flags work.

use fancy_regex::Regex;

use super::super::entry::{Built, EvaluatorEntry, Param, SpecError};
use super::super::values::TextValue;
use crate::model::{Completion, EvaluatorSpec, Outcome, Sample};
use crate::score::Evaluator;
use crate::template::Engine;

pub(super) static ENTRY: EvaluatorEntry = EvaluatorEntry {
    name: "regex",
    summary: "The pattern is found in the answer",
    params: &[Param::required(
        "value",
        "the pattern; `(?i)` ignores case; a template over the case",
    )],
    example: "{type: regex, value: '(?i)order #\\d+'}",
    build,
};

/// The same pattern for every case, or one that each case fills in.
enum Pattern {
    Fixed(Box<Regex>),
    Template(TextValue),
}

fn build(spec: &EvaluatorSpec, engine: &Engine) -> Built {
    let text = TextValue::required(spec, engine)?;
    let pattern = match text.literal() {
        None => Pattern::Template(text),
        Some(pattern) => {
            let regex = Regex::new(&pattern).map_err(|error| {
                SpecError::new(
                    "value",
                    format!("`value` is no regular expression: {error}"),
                )
            })?;
            Pattern::Fixed(Box::new(regex))
        }
    };
    Ok(Box::new(pattern))
}

impl Evaluator for Pattern {
    fn score(&self, sample: &Sample<'_>, _: &[Completion]) -> Outcome {
        match self {
            Self::Fixed(regex) => search(regex, sample.output()),
            Self::Template(text) => {
                let pattern = match text.text(sample) {
                    Ok(pattern) => pattern,
                    Err(cause) => return Outcome::errored(cause),
                };
                match Regex::new(&pattern) {
                    Ok(regex) => search(&regex, sample.output()),
                    Err(error) => {
                        Outcome::errored(format!("`{pattern}` is no regular expression: {error}"))
                    }
                }
            }
        }
    }
}

fn search(regex: &Regex, output: &str) -> Outcome {
    match regex.find(output) {
        Ok(Some(found)) => Outcome::binary(true, format!("matches at \"{}\"", found.as_str())),
        Ok(None) => Outcome::binary(false, format!("does not match {}", regex.as_str())),
        // A pattern that takes for ever says nothing about the answer.
        Err(error) => Outcome::errored(format!("the pattern could not be searched: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::passes;

    #[test]
    fn patterns_are_unanchored_and_know_unicode_flags_and_lookaround() {
        let ok = |pattern: &str, output: &str| {
            passes(&json!({"type": "regex", "value": pattern}), output)
        };
        assert_eq!(ok("b+", "abbc"), Ok(Some(true)));
        assert_eq!(ok("(?i)HELLO", "hello"), Ok(Some(true)));
        assert_eq!(ok(r"^.$", "🦀"), Ok(Some(true)));
        assert_eq!(ok(r"\p{Han}", "漢"), Ok(Some(true)));
        assert_eq!(ok(r"a(?!b)", "ab ac"), Ok(Some(true)));
        assert_eq!(ok("{{ name }}!", "Ann!"), Ok(Some(true)));
        assert!(ok("(", "x").is_err());
        let evil = format!("{}!", "a".repeat(60));
        assert_eq!(
            ok(r"^(a|a)*(?=b)c$", &evil),
            Ok(None),
            "a runaway pattern is an error"
        );
    }
}
