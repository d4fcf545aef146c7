//! `is-xml` and `contains-xml`: the output is XML, or XML stands somewhere in it, with the elements that are asked for.

use serde_json::Value;

use crate::model::{Outcome, Sample};
use crate::score::check::check;
use crate::score::value::{kind, text, texts};
use crate::score::{EvaluatorEntry, Param, SpecError};
use crate::text::excerpt::quoted;
use crate::text::xml::{self, Document};

const ELEMENTS: &[Param] = &[Param::optional(
    "value",
    "elements that have to be there, as paths from the root (`order.item`): a list, a text with commas, or `{requiredElements: [...]}`",
)];

pub(super) static IS_XML: EvaluatorEntry = EvaluatorEntry {
    name: "is-xml",
    summary: "the whole output is one XML document, which has the elements if any are asked for",
    params: ELEMENTS,
    example: "{type: is-xml, value: [order.item, order.total]}",
    build: |spec, engine| check(spec, engine, paths, |paths, sample| is_xml(paths, sample)),
};

pub(super) static CONTAINS_XML: EvaluatorEntry = EvaluatorEntry {
    name: "contains-xml",
    summary: "the output contains an XML element, and the elements that are asked for",
    params: ELEMENTS,
    example: "{type: contains-xml, value: answer}",
    build: |spec, engine| {
        check(spec, engine, paths, |paths, sample| {
            contains_xml(paths, sample)
        })
    },
};

fn paths(value: &Value) -> Result<Vec<String>, SpecError> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Object(entries) => match entries.get("requiredElements") {
            Some(Value::Array(items)) if entries.len() == 1 && !items.is_empty() => {
                items.iter().map(|item| text(item, "an element")).collect()
            }
            _ => Err(SpecError::value(
                "a mapping has the key `requiredElements` alone, with a list of elements",
            )),
        },
        Value::String(_) | Value::Array(_) => texts(value),
        other => {
            let found = kind(other);
            Err(SpecError::value(format!(
                "the elements must be a list or a text, not {found}"
            )))
        }
    }
}

fn is_xml(paths: &[String], sample: &Sample<'_>) -> Outcome {
    match Document::read(sample.output()) {
        Ok(document) => has_all(paths, &[document], "is XML"),
        Err(cause) => Outcome::binary(false, format!("the output is no XML: {cause}")),
    }
}

fn contains_xml(paths: &[String], sample: &Sample<'_>) -> Outcome {
    match xml::elements(sample.output()) {
        Ok(elements) if elements.is_empty() => {
            Outcome::binary(false, "the output contains no XML element")
        }
        Ok(elements) => has_all(paths, &elements, "contains XML"),
        Err(_) => {
            Outcome::gave_up("the output nests broken XML too often to find what is XML in it")
        }
    }
}

fn has_all(paths: &[String], documents: &[Document<'_>], what: &str) -> Outcome {
    let missing = paths
        .iter()
        .filter(|path| !documents.iter().any(|one| one.has(path)));
    let missing: Vec<String> = missing.map(|path| quoted(path)).collect();
    if missing.is_empty() {
        return Outcome::binary(true, format!("the output {what}"));
    }
    let missing = missing.join(", ");
    Outcome::binary(
        false,
        format!("the output {what} without the elements {missing}"),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::score::testing::{Bench, passes, refusal};

    fn found(kind: &str, value: &Value, output: &str) -> bool {
        passes(&Bench::new(output).outcome(&json!({"type": kind, "value": value})))
    }

    #[test]
    fn elements_are_found_by_their_paths() {
        let output = "<a><b>1</b><b><c x=\"1\"/></b></a>";
        for (value, is_there) in [
            (json!(null), true),
            (json!("a.b, a.b.c"), true),
            (json!(["a.b.c.@_x"]), true),
            (json!(["a.b.1.c"]), true),
            (json!(["a.b.0.c"]), false),
            (json!({"requiredElements": ["a", "a.d"]}), false),
        ] {
            assert_eq!(found("is-xml", &value, output), is_there, "{value}");
            let within = format!("see {output} there");
            assert_eq!(found("contains-xml", &value, &within), is_there, "{value}");
            assert!(!found("is-xml", &value, &within));
        }
    }

    #[test]
    fn elements_beside_each_other_are_looked_at_together() {
        let both = json!(["thinking", "answer"]);
        assert!(!found("contains-xml", &both, "<thinking>x < y</thinking>"));
        assert!(found(
            "contains-xml",
            &both,
            "<thinking>hm</thinking>\n<answer>4</answer>"
        ));
        assert!(!found(
            "is-xml",
            &both,
            "<thinking>hm</thinking><answer>4</answer>"
        ));
    }

    #[test]
    fn a_value_that_names_no_element_is_refused() {
        for value in [
            json!(""),
            json!([]),
            json!({}),
            json!({"required": ["a"]}),
            json!(7),
            json!({"requiredElements": []}),
        ] {
            refusal(&json!({"type": "is-xml", "value": value}));
        }
    }
}
