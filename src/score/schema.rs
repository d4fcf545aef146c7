//! JSON Schema in an evaluator's value: compiled without network or files, and answered in words with the place at fault.

use jsonschema::{ValidationError, Validator};
use serde_json::Value;

use crate::model::Outcome;
use crate::text::excerpt::clipped;

use super::SpecError;
use super::schema_bound::{self, Names};
use super::schema_depth;
use super::schema_keywords;
use super::schema_node::{Counted, Look};
use super::schema_steps::{CHECKING, COMPILING, LISTING, Stop, with_steps};
use super::value::kind;

/// How many faults of one document are told.
const TOLD: usize = 3;

/// Bytes of a document that is checked in a moment against a schema without anything that multiplies the work.
const QUICK: usize = 8 << 10;

/// A compiled schema, or none where the value is absent.
pub(super) struct Schema(Option<Compiled>);

struct Compiled {
    validator: Validator<Counted>,
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
            Some(Self(None)) => length <= super::evaluator::QUICK,
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
        let listed = with_steps(LISTING, || {
            let faults = self.validator.iter_errors(Look(document)).take(TOLD);
            faults.map(|error| describe(&error)).collect::<Vec<_>>()
        });
        let faults = match listed {
            // A list of faults takes memory for each; whether there are any takes none.
            Err(Stop::Steps) => self.faults(document).map_err(gave_up)?,
            listed => listed.map_err(gave_up)?,
        };
        if faults.is_empty() {
            Ok(())
        } else {
            Err(Miss::Fault(faults.join("; ")))
        }
    }

    /// The first fault of a document that has many, or that is large.
    fn faults(&self, document: &Value) -> Result<Vec<String>, Stop> {
        let valid = with_steps(CHECKING, || self.validator.is_valid(Look(document)))?;
        if valid {
            return Ok(Vec::new());
        }
        let first = with_steps(LISTING, || {
            let fault = self.validator.validate(Look(document)).err();
            fault.map(|error| describe(&error))
        });
        let nowhere = || "where cannot be told, for that takes too many steps".to_owned();
        Ok(vec![first.ok().flatten().unwrap_or_else(nowhere)])
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
    schema_depth::require(schema)?;
    let names = Names::of(schema).map_err(SpecError::value)?;
    let counted = schema_bound::counted(schema);
    let built = with_steps(COMPILING, || schema_bound::options().build(&counted));
    let built = built.map_err(|stop| {
        SpecError::value(format!("the schema cannot be used: {stop}"))
            .hint("references that multiply are compiled once for each use: write the schema without them")
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
    #[expect(clippy::disallowed_methods, reason = "a test of how long it takes")]
    fn parts_that_multiply_are_given_up_whatever_they_come_to() {
        for (keyword, draft) in [("anyOf", "2020-12"), ("allOf", "2020-12"), ("oneOf", "07")] {
            for last in [
                json!(false),
                json!(true),
                json!({}),
                json!({"type": "string"}),
            ] {
                let mut defs = serde_json::Map::new();
                for n in 0..40 {
                    let next = json!({"$ref": format!("#/definitions/d{}", n + 1)});
                    let other = json!({"allOf": [next], "minLength": 0});
                    defs.insert(format!("d{n}"), json!({keyword: [other, next]}));
                }
                defs.insert("d40".to_owned(), last);
                let mut schema =
                    json!({"definitions": defs, "allOf": [{"$ref": "#/definitions/d0"}]});
                if draft == "07" {
                    schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
                }
                // One that passes or fails at its first part ends at once.
                for document in [json!(1), json!([1])] {
                    let began = std::time::Instant::now();
                    let _ = fault(&schema, &document);
                    assert!(began.elapsed().as_secs() < 20, "{keyword} {document}");
                }
            }
        }
    }

    #[test]
    fn references_one_after_the_other_are_followed_so_far_and_no_further() {
        let chain = |length: usize| {
            let mut defs = serde_json::Map::new();
            for n in 0..length {
                defs.insert(
                    format!("d{n}"),
                    json!({"$ref": format!("#/$defs/d{}", n + 1)}),
                );
            }
            defs.insert(format!("d{length}"), json!({"type": "string"}));
            json!({"$defs": defs, "$ref": "#/$defs/d0"})
        };
        assert!(matches!(
            fault(&chain(100), &json!(1)),
            Some(Miss::Fault(_))
        ));
        assert!(refused(&chain(20_000)).contains("levels"));
        let tree = json!({"type": "object", "properties": {"child": {"$ref": "#"}}});
        assert_eq!(fault(&tree, &json!({"child": {"child": {}}})), None);
        assert!(fault(&tree, &json!({"child": {"child": 1}})).is_some());
    }

    #[test]
    fn a_pattern_that_takes_too_long_leaves_it_undecided() {
        let schema = json!({"pattern": "^(a|a)*\\1$"});
        let document = json!("a".repeat(64) + "b");
        assert!(matches!(fault(&schema, &document), Some(Miss::GaveUp(_))));
    }
}
