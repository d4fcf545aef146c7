//! `starts-with`: the output begins with a text.

use crate::model::Outcome;
use crate::score::check::check;
use crate::score::value::text;
use crate::score::{EvaluatorEntry, Param};
use crate::text::excerpt::quoted;

pub(super) static ENTRY: EvaluatorEntry = EvaluatorEntry {
    name: "starts-with",
    summary: "the output begins with the text",
    params: &[Param::required("value", "the text it has to begin with")],
    example: "{type: starts-with, value: \"Dear {{ name }}\"}",
    build: |spec, engine| {
        check(
            spec,
            engine,
            |value| text(value, "the value"),
            |start, sample| {
                let passed = sample.output().starts_with(start.as_str());
                let verb = if passed { "begins" } else { "does not begin" };
                Outcome::binary(passed, format!("the output {verb} with {}", quoted(start)))
            },
        )
    },
};

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::score::testing::{Bench, passes, refusal};

    #[test]
    fn leading_white_space_counts_and_an_empty_start_is_refused() {
        let spec = json!({"type": "starts-with", "value": "Yes"});
        assert!(passes(&Bench::new("Yes.").outcome(&spec)));
        assert!(!passes(&Bench::new(" Yes.").outcome(&spec)));
        assert!(refusal(&json!({"type": "starts-with", "value": ""})).contains("empty"));
    }
}
