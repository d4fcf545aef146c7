//! `is-json`: the whole output is one JSON document, and follows a schema where one is given.

use serde::de::IgnoredAny;

use crate::model::{Outcome, Sample};
use crate::score::check::check_template;
use crate::score::schema::Schema;
use crate::score::value::ValueTemplate;
use crate::score::{EvaluatorEntry, Param};

pub(super) static ENTRY: EvaluatorEntry = EvaluatorEntry {
    name: "is-json",
    summary: "the whole output is one JSON document, which follows the schema if there is one",
    params: &[Param::optional(
        "value",
        "a JSON Schema (draft 2020-12 unless `$schema` names another)",
    )],
    example: "{type: is-json, value: {type: object, required: [name], properties: {name: {type: string}}}}",
    build: |spec, engine| {
        let template = ValueTemplate::of_text(&spec.value, engine)?;
        check_template(template, Schema::read, is_json, Schema::is_quick)
    },
};

fn is_json(schema: &Schema, sample: &Sample<'_>) -> Outcome {
    let output = sample.output();
    // Reads the grammar alone: any depth, and numbers beyond what a float can hold.
    if let Err(error) = serde_json::from_str::<IgnoredAny>(output) {
        return Outcome::binary(false, format!("the output is no JSON: {error}"));
    }
    if schema.is_absent() {
        return Outcome::binary(true, "the output is JSON");
    }
    match serde_json::from_str(output) {
        Ok(document) => match schema.check(&document) {
            Ok(()) => Outcome::binary(true, "the output is JSON that follows the schema"),
            Err(miss) => miss.into(),
        },
        Err(error) => Outcome::errored(format!(
            "the output is JSON, but beyond what can be held against a schema: {error}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::score::testing::{Bench, cause, passes, refusal};

    fn is_json(output: &str) -> bool {
        passes(&Bench::new(output).outcome(&json!({"type": "is-json"})))
    }

    #[test]
    fn a_document_is_the_whole_output_and_nothing_else() {
        for output in [
            "{}",
            " [1]\n",
            "12",
            "\"a\"",
            "null",
            "1e400",
            "{\"a\":1,\"a\":2}",
        ] {
            assert!(is_json(output), "{output}");
        }
        for output in [
            "",
            " ",
            "```json\n{}\n```",
            "\u{feff}{}",
            "{} x",
            "{'a':1}",
            "[1,]",
            "NaN",
        ] {
            assert!(!is_json(output), "{output}");
        }
    }

    #[test]
    fn depth_costs_nothing_without_a_schema_and_fails_with_one() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert!(is_json(&deep));
        let spec = json!({"type": "is-json", "value": {"type": "array"}});
        assert!(!passes(&Bench::new(&deep).outcome(&spec)));
    }

    #[test]
    fn a_schema_given_as_text_may_be_a_template() {
        let spec = json!({"type": "is-json", "value": r#"{"const": "{{ city }}"}"#});
        let bench = Bench::new("\"Oslo\"");
        assert!(passes(&bench.var("city", "Oslo").outcome(&spec)));
        let outcome = Bench::new("1").var("city", "\"").outcome(&spec);
        assert!(cause(&outcome).contains("no JSON"));
    }

    #[test]
    fn an_invalid_schema_is_refused() {
        assert!(refusal(&json!({"type": "is-json", "value": {"type": 3}})).contains("schema"));
        assert!(
            refusal(&json!({"type": "is-json", "value": {"requried": []}})).contains("required")
        );
    }
}
