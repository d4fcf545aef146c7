//! JSON Schema in an evaluator's value: compiled without network or files, and answered in words with the place at fault.

use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

use crate::model::Outcome;
use crate::text::excerpt::clipped;

use super::SpecError;
use super::schema_keywords;
use super::value::kind;

/// How many faults of one document are told.
const TOLD: usize = 3;

/// A compiled schema, or none where the value is absent.
pub(super) struct Schema(Option<Validator>);

/// What a document fails on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Miss {
    /// It does not follow the schema.
    Fault(String),
    /// It could not be decided.
    Undecided(String),
}

impl Schema {
    /// Reads a schema: a mapping, the same as JSON text, or nothing.
    pub(super) fn read(value: &Value) -> Result<Self, SpecError> {
        match value {
            Value::Null => Ok(Self(None)),
            Value::Object(_) => compile(value),
            Value::String(text) => {
                let parsed: Value = serde_json::from_str(text)
                    .map_err(|error| SpecError::value(format!("the schema is no JSON: {error}")))?;
                if parsed.is_object() {
                    compile(&parsed)
                } else {
                    Err(not_a_schema(&parsed))
                }
            }
            other => Err(not_a_schema(other)),
        }
    }

    /// Whether every document will do.
    pub(super) fn is_absent(&self) -> bool {
        self.0.is_none()
    }

    /// Whether a document follows the schema.
    pub(super) fn check(&self, document: &Value) -> Result<(), Miss> {
        let Some(validator) = &self.0 else {
            return Ok(());
        };
        let mut faults = Vec::new();
        for error in validator.iter_errors(document).take(TOLD) {
            if let ValidationErrorKind::BacktrackLimitExceeded { .. } = error.kind() {
                return Err(Miss::Undecided(describe(&error)));
            }
            faults.push(describe(&error));
        }
        if faults.is_empty() {
            Ok(())
        } else {
            Err(Miss::Fault(faults.join("; ")))
        }
    }
}

impl From<Miss> for Outcome {
    fn from(miss: Miss) -> Self {
        match miss {
            Miss::Fault(fault) => Self::binary(
                false,
                format!("the JSON does not follow the schema: {fault}"),
            ),
            Miss::Undecided(cause) => {
                Self::errored(format!("the JSON could not be checked: {cause}"))
            }
        }
    }
}

fn compile(schema: &Value) -> Result<Schema, SpecError> {
    schema_keywords::check(schema)?;
    jsonschema::options()
        .offline()
        .should_validate_formats(true)
        .should_ignore_unknown_formats(false)
        .build(schema)
        .map(|validator| Schema(Some(validator)))
        .map_err(|error| {
            SpecError::value(format!("the schema is invalid {}", describe(&error))).hint(
                "schemas follow draft 2020-12; for another draft add \"$schema\", \
                 for example \"http://json-schema.org/draft-07/schema#\"; references to other documents are not followed",
            )
        })
}

fn not_a_schema(value: &Value) -> SpecError {
    SpecError::value(format!("a JSON Schema is a mapping, not {}", kind(value)))
}

fn describe(error: &ValidationError<'_>) -> String {
    let path = error.instance_path().as_str();
    let place = if path.is_empty() { "/" } else { path };
    format!("at {place}: {}", clipped(&error.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fault(schema: &Value, document: &Value) -> Option<Miss> {
        Schema::read(schema).unwrap().check(document).err()
    }

    fn refused(schema: &Value) -> String {
        Schema::read(schema).err().unwrap().message
    }

    #[test]
    fn a_fault_is_told_with_its_place() {
        let schema = json!({"properties": {"age": {"type": "integer"}}});
        let Some(Miss::Fault(told)) = fault(&schema, &json!({"age": "3"})) else {
            panic!("accepted");
        };
        assert!(told.starts_with("at /age: "), "{told}");
        assert_eq!(fault(&schema, &json!({"age": 3.0})), None);
    }

    #[test]
    fn a_schema_may_be_written_as_text_and_formats_are_checked() {
        let schema = json!(r#"{"type": "string", "format": "email"}"#);
        assert_eq!(fault(&schema, &json!("a@example.com")), None);
        assert!(fault(&schema, &json!("nope")).is_some());
    }

    #[test]
    fn what_is_no_schema_is_refused() {
        assert!(refused(&json!({"type": "strng"})).contains("/type"));
        assert!(refused(&json!({"format": "emial"})).contains("emial"));
        assert!(refused(&json!({"pattern": "("})).contains("/pattern"));
        assert!(refused(&json!("{")).contains("no JSON"));
        for value in [json!(true), json!(7), json!(["object"]), json!("[]")] {
            assert!(refused(&value).contains("is a mapping"), "{value}");
        }
    }

    #[test]
    fn a_reference_to_another_document_is_refused_and_not_fetched() {
        for reference in ["https://example.com/schema.json", "file:///etc/passwd"] {
            assert!(Schema::read(&json!({"$ref": reference})).is_err());
        }
    }

    #[test]
    fn a_pattern_that_takes_too_long_leaves_it_undecided() {
        let schema = json!({"pattern": "^(a|a)*\\1$"});
        let document = json!("a".repeat(64) + "b");
        assert!(matches!(
            fault(&schema, &document),
            Some(Miss::Undecided(_))
        ));
    }
}
