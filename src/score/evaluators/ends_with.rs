//! `ends-with`: the output ends with a text.

use crate::model::Outcome;
use crate::score::check::check;
use crate::score::value::text;
use crate::score::{EvaluatorEntry, Param};
use crate::text::excerpt::quoted;

pub(super) static ENTRY: EvaluatorEntry = EvaluatorEntry {
    name: "ends-with",
    summary: "the output ends with the text",
    params: &[Param::required("value", "the text it has to end with")],
    example: "{type: ends-with, value: \"Yours, {{ name }}\"}",
    build: |spec, engine| {
        check(
            spec,
            engine,
            |value| text(value, "the value"),
            |end, sample| {
                let passed = sample.output().ends_with(end.as_str());
                let verb = if passed { "ends" } else { "does not end" };
                Outcome::binary(passed, format!("the output {verb} with {}", quoted(end)))
            },
        )
    },
};

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::score::testing::{Bench, passes, refusal};

    #[test]
    fn trailing_white_space_counts_and_an_empty_end_is_refused() {
        let spec = json!({"type": "ends-with", "value": "Yours, Ana"});
        assert!(passes(&Bench::new("Bye. Yours, Ana").outcome(&spec)));
        assert!(!passes(&Bench::new("Yours, Ana\n").outcome(&spec)));
        assert!(refusal(&json!({"type": "ends-with", "value": ""})).contains("empty"));
    }
}
