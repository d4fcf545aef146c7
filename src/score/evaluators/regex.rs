//! `regex`: a regular expression matches somewhere in the output.

use serde_json::Value;

use crate::model::{Outcome, Sample};
use crate::score::check::check_template;
use crate::score::value::{ValueTemplate, text};
use crate::score::{EvaluatorEntry, Param, SpecError};
use crate::text::excerpt::quoted;
use crate::text::pattern::Pattern;

pub(super) static ENTRY: EvaluatorEntry = EvaluatorEntry {
    name: "regex",
    summary: "the regular expression matches somewhere in the output",
    params: &[Param::required(
        "value",
        "the pattern: Unicode, with look-around, back-references and inline flags such as (?i)",
    )],
    example: "{type: regex, value: '(?i)\\border #\\d{5,}\\b'}",
    build: |spec, engine| {
        let template = ValueTemplate::new(&spec.value, engine)?;
        check_template(template, pattern, matches, |pattern, length| {
            pattern.is_some_and(|pattern| pattern.is_quick(length))
        })
    },
};

fn pattern(value: &Value) -> Result<Pattern, SpecError> {
    let source = text(value, "the pattern")?;
    Pattern::new(&source).map_err(|error| {
        SpecError::value(format!(
            "{} is no regular expression: {error}",
            quoted(&source)
        ))
    })
}

fn matches(pattern: &Pattern, sample: &Sample<'_>) -> Outcome {
    let source = quoted(pattern.as_str());
    match pattern.find(sample.output()) {
        Ok(Some(found)) => {
            let found = quoted(found);
            Outcome::binary(true, format!("{found} in the output matches {source}"))
        }
        Ok(None) => Outcome::binary(false, format!("nothing in the output matches {source}")),
        Err(error) => Outcome::gave_up(format!(
            "{source} could not be decided on this output ({error}): simplify the pattern"
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::score::testing::{Bench, cause, passes, refusal};

    fn found(pattern: &str, output: &str) -> bool {
        passes(&Bench::new(output).outcome(&json!({"type": "regex", "value": pattern})))
    }

    #[test]
    fn flags_look_around_and_unicode_work() {
        assert!(found("(?i)we will refund", "We WILL refund you"));
        assert!(found("foo(?!bar)", "foobar foobaz"));
        assert!(found(r"(?<=\$)\d+", "costs $12"));
        assert!(found("^.$", "🗼"));
        assert!(found(r"^\p{Han}+$", "東京"));
        assert!(found(r"^\w+$", "naïve"));
    }

    #[test]
    fn the_end_of_the_text_is_its_very_end() {
        assert!(!found("^abc$", "abc\n"));
        assert!(!found("^abc$", "x\nabc\ny"));
        assert!(found("(?m)^abc$", "x\nabc\ny"));
        assert!(!found("a.b", "a\nb"));
    }

    #[test]
    fn escapes_of_javascript_patterns_are_understood() {
        assert!(found(r"[\u4e00-\u9fff]+", "東京"));
        assert!(found(r"https?:\/\/\S+", "see http://example.com"));
        assert!(found(r"(?<year>\d{4})-\k<year>", "2026-2026"));
    }

    #[test]
    fn an_invalid_pattern_is_refused_and_one_from_a_template_is_an_error() {
        assert!(refusal(&json!({"type": "regex", "value": "("})).contains("no regular expression"));
        assert!(refusal(&json!({"type": "regex", "value": ""})).contains("empty"));
        let spec = json!({"type": "not-regex", "value": "{{ pattern }}"});
        let outcome = Bench::new("x").var("pattern", "(").outcome(&spec);
        assert!(cause(&outcome).contains("no regular expression"));
    }

    #[test]
    fn an_answer_on_which_the_pattern_takes_too_long_fails_also_under_not() {
        let output = "a".repeat(64) + "b";
        for kind in ["regex", "not-regex"] {
            let spec = json!({"type": kind, "value": "^(a|a)*\\1$"});
            assert!(!passes(&Bench::new(&output).outcome(&spec)));
        }
    }
}
