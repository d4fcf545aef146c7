//! `is-html` and `contains-html`: the output is HTML, or an element of HTML stands somewhere in it.

use crate::model::Outcome;
use crate::score::check::check;
use crate::score::{EvaluatorEntry, SpecError};
use crate::text::html::{contains_html, require_html};

pub(super) static IS_HTML: EvaluatorEntry = EvaluatorEntry {
    name: "is-html",
    summary: "the whole output is HTML: elements, and no text outside of them",
    params: &[],
    example: "{type: is-html}",
    build: |spec, engine| {
        check(spec, engine, nothing, |(), sample| {
            match require_html(sample.output()) {
                Ok(()) => Outcome::binary(true, "the output is HTML"),
                Err(cause) => Outcome::binary(false, format!("the output is no HTML: {cause}")),
            }
        })
    },
};

pub(super) static CONTAINS_HTML: EvaluatorEntry = EvaluatorEntry {
    name: "contains-html",
    summary: "the output contains an element of HTML; mostly used as `not-contains-html`",
    params: &[],
    example: "{type: not-contains-html}",
    build: |spec, engine| {
        check(spec, engine, nothing, |(), sample| {
            let passed = contains_html(sample.output());
            let verb = if passed {
                "contains"
            } else {
                "does not contain"
            };
            Outcome::binary(passed, format!("the output {verb} an element of HTML"))
        })
    },
};

#[expect(clippy::unnecessary_wraps, reason = "a value is read so")]
fn nothing(_value: &serde_json::Value) -> Result<(), SpecError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::score::testing::{Bench, passes, refusal};

    #[test]
    fn html_is_told_from_text() {
        let said =
            |kind: &str, output: &str| passes(&Bench::new(output).outcome(&json!({"type": kind})));
        assert!(said("is-html", "<p>hi</p>") && said("contains-html", "so <p>hi</p>"));
        assert!(said("not-is-html", "so <p>hi</p>") && said("not-contains-html", "a < b"));
        assert!(refusal(&json!({"type": "is-html", "value": "p"})).contains("takes no `value`"));
    }
}
