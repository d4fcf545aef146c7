//! JSON Schema in an evaluator's value: compiled without network or files, and answered in words with the place at fault.

use jsonschema::{ValidationError, Validator};
use serde_json::Value;

use crate::model::Outcome;
use crate::text::excerpt::clipped;

use super::SpecError;
use super::schema_bound::{self, Names, Stop};
use super::schema_keywords;
use super::value::kind;

/// How many faults of one document are told.
const TOLD: usize = 3;

/// Bytes of a document that is checked in a moment against a schema without anything that multiplies the work.
const QUICK: usize = 8 << 10;

/// A compiled schema, or none where the value is absent.
pub(super) struct Schema(Option<Compiled>);

struct Compiled {
    validator: Validator,
    /// Patterns for names of properties.
    names: Names,
    is_simple: bool,
}

/// What a document fails on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Miss {
    /// It does not follow the schema.
    Fault(String),
    /// It could not be decided.
    Undecided(String),
    /// It could not be decided in as many steps as a check may take.
    GaveUp(String),
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

    /// Whether a check of a document of this length surely takes a moment only.
    pub(super) fn is_quick(schema: Option<&Self>, length: usize) -> bool {
        match schema {
            Some(Self(None)) => length <= super::QUICK,
            Some(Self(Some(compiled))) => compiled.is_simple && length <= QUICK,
            None => false,
        }
    }

    /// Whether a document follows the schema.
    pub(super) fn check(&self, document: &Value) -> Result<(), Miss> {
        let Some(compiled) = &self.0 else {
            return Ok(());
        };
        compiled.check(document)
    }
}

impl Compiled {
    fn check(&self, document: &Value) -> Result<(), Miss> {
        let gave_up = |stop: Stop| Miss::GaveUp(stop.to_string());
        self.names.require_quick(document).map_err(gave_up)?;
        let listed = schema_bound::with_steps(schema_bound::LISTING, || {
            let faults = self.validator.iter_errors(document).take(TOLD);
            faults.map(|error| describe(&error)).collect::<Vec<_>>()
        });
        match listed {
            Ok(faults) if faults.is_empty() => Ok(()),
            Ok(faults) => Err(Miss::Fault(faults.join("; "))),
            // A list of faults takes memory for each; whether there are any takes none.
            Err(Stop::Steps) => {
                let valid = schema_bound::with_steps(schema_bound::CHECKING, || {
                    self.validator.is_valid(document)
                });
                if valid.map_err(gave_up)? {
                    Ok(())
                } else {
                    Err(Miss::Fault(
                        "there are too many places to look through to tell where".to_owned(),
                    ))
                }
            }
            Err(stop) => Err(gave_up(stop)),
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
            Miss::GaveUp(cause) => Self::gave_up(format!("the JSON could not be checked: {cause}")),
        }
    }
}

fn compile(schema: &Value) -> Result<Schema, SpecError> {
    schema_keywords::check(schema)?;
    let names = Names::of(schema).map_err(SpecError::value)?;
    let counted = schema_bound::counted(schema);
    let built = schema_bound::with_steps(schema_bound::COMPILING, || {
        schema_bound::options().build(&counted)
    });
    let built = built.map_err(|stop| {
        SpecError::value(format!("the schema cannot be used: {stop}"))
            .hint("references that multiply or nest without end cannot be followed")
    })?;
    let validator = built.map_err(|error| {
        SpecError::value(format!("the schema is invalid {}", describe(&error))).hint(
            "schemas follow draft 2020-12; for another draft add \"$schema\", \
             for example \"http://json-schema.org/draft-07/schema#\"; references to other documents are not followed",
        )
    })?;
    Ok(Schema(Some(Compiled {
        validator,
        names,
        is_simple: schema_bound::is_simple(schema),
    })))
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
        assert!(matches!(fault(&schema, &document), Some(Miss::GaveUp(_))));
    }
}
