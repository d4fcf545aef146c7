//! Refuses misspelt keywords in a JSON Schema: the standard ignores `requried`, and a check that checks nothing is green.
//!
//! Knows draft 2020-12, the default; a schema that names another draft in `$schema` is left to the compiler alone.

use serde_json::Value;

use crate::source::nearest;

use super::SpecError;

/// What stands under a keyword.
#[derive(Clone, Copy)]
pub(super) enum Holds {
    /// Something that is no schema.
    Plain,
    /// One schema.
    Schema,
    /// A list of schemas.
    List,
    /// Schemas by name.
    Names,
}

const KEYWORDS: &[(Holds, &[&str])] = &[
    (
        Holds::Plain,
        &[
            "$anchor",
            "$comment",
            "$dynamicAnchor",
            "$dynamicRef",
            "$id",
            "$ref",
            "$schema",
            "$vocabulary",
            "const",
            "contentEncoding",
            "contentMediaType",
            "default",
            "dependentRequired",
            "deprecated",
            "description",
            "enum",
            "examples",
            "exclusiveMaximum",
            "exclusiveMinimum",
            "format",
            "maxContains",
            "maxItems",
            "maxLength",
            "maxProperties",
            "maximum",
            "minContains",
            "minItems",
            "minLength",
            "minProperties",
            "minimum",
            "multipleOf",
            "pattern",
            "readOnly",
            "required",
            "title",
            "type",
            "uniqueItems",
            "writeOnly",
        ],
    ),
    (
        Holds::Schema,
        &[
            "additionalProperties",
            "contains",
            "contentSchema",
            "else",
            "if",
            "items",
            "not",
            "propertyNames",
            "then",
            "unevaluatedItems",
            "unevaluatedProperties",
        ],
    ),
    (Holds::List, &["allOf", "anyOf", "oneOf", "prefixItems"]),
    (
        Holds::Names,
        &[
            "$defs",
            "definitions",
            "dependentSchemas",
            "patternProperties",
            "properties",
        ],
    ),
];

/// Checks every schema within the schema.
pub(super) fn check(schema: &Value) -> Result<(), SpecError> {
    let draft = schema.get("$schema").and_then(Value::as_str);
    if draft.is_some_and(|draft| !draft.contains("2020-12")) {
        return Ok(());
    }
    check_at(schema, "")
}

fn check_at(schema: &Value, path: &str) -> Result<(), SpecError> {
    let Value::Object(entries) = schema else {
        return Ok(());
    };
    for (keyword, value) in entries {
        let path = format!("{path}/{keyword}");
        match (holds(keyword), value) {
            (None, _) if keyword.starts_with("x-") => {}
            (None, _) => return Err(unknown(keyword, &path)),
            (Some(Holds::Schema), _) => check_at(value, &path)?,
            (Some(Holds::List), Value::Array(items)) => {
                for (at, item) in items.iter().enumerate() {
                    check_at(item, &format!("{path}/{at}"))?;
                }
            }
            (Some(Holds::Names), Value::Object(named)) => {
                for (name, item) in named {
                    check_at(item, &format!("{path}/{name}"))?;
                }
            }
            // A wrong type under a keyword is the compiler's to tell.
            (Some(_), _) => {}
        }
    }
    Ok(())
}

/// What stands under a keyword of draft 2020-12.
pub(super) fn holds(keyword: &str) -> Option<Holds> {
    KEYWORDS
        .iter()
        .find(|(_, names)| names.contains(&keyword))
        .map(|(holds, _)| *holds)
}

fn unknown(keyword: &str, path: &str) -> SpecError {
    let known = KEYWORDS.iter().flat_map(|(_, names)| names.iter().copied());
    let error = SpecError::value(format!(
        "`{keyword}` is no keyword of JSON Schema 2020-12 (at {path} of the schema)"
    ));
    error.hint(match nearest::<str>(keyword, known) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => {
            "an older draft has to be named in `$schema`, a remark goes under `$comment`".into()
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_misspelt_keyword_is_found_at_any_depth_and_the_right_one_named() {
        let schema = json!({"properties": {"list": {"items": {"anyOf": [{"requried": ["a"]}]}}}});
        let error = check(&schema).unwrap_err();
        assert!(
            error
                .message
                .contains("/properties/list/items/anyOf/0/requried")
        );
        assert_eq!(error.hint.as_deref(), Some("did you mean `required`?"));
    }

    #[test]
    fn names_of_properties_and_plain_values_are_no_keywords() {
        let schema = json!({
            "properties": {"requried": {"type": "string"}},
            "enum": [{"anything": 1}],
            "x-note": {"mine": true},
            "items": false,
        });
        assert!(check(&schema).is_ok());
    }

    #[test]
    fn a_schema_of_another_draft_is_left_alone() {
        let draft = "http://json-schema.org/draft-07/schema#";
        assert!(check(&json!({"$schema": draft, "dependencies": {}})).is_ok());
        assert!(check(&json!({"dependencies": {}})).is_err());
    }
}
