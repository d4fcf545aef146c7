//! Bounds what a JSON Schema costs: its compiler and its checks stop after a number of steps, the same on every machine.
//!
//! The library has no limit of its own. What its checks look at is therefore counted (`schema_node`), as are the schemas that it
//! compiles, each of which is given one more keyword for that. Where no step is left, the count unwinds out of the library.

use std::sync::Arc;

use jsonschema::paths::Location;
use jsonschema::{Keyword, Retrieve, ValidationError, ValidationOptions};
use serde_json::{Map, Value, json};

use super::schema_keywords::{Holds, holds};
use super::schema_node::{Counted, Look};
use super::schema_steps::{Stop, find, stop, take};
use crate::text::excerpt::{clipped, quoted};
use crate::text::pattern::{Pattern, Steps};

/// The keyword that counts. A reference can name no place below it, and nobody writes it by accident.
const COUNTER: &str = "$prompteval:step";

/// The type of every value.
const TYPES: [&str; 6] = ["array", "boolean", "null", "number", "object", "string"];

/// The library's options, with what counts.
pub(super) fn options() -> ValidationOptions<'static, Arc<dyn Retrieve>, Counted> {
    jsonschema::options_for::<Counted>()
        .offline()
        .should_validate_formats(true)
        .should_ignore_unknown_formats(false)
        .with_keyword(COUNTER, |_, _, _| {
            take(1);
            Ok(Box::new(Counter))
        })
        .with_keyword("pattern", pattern)
}

/// A schema with the counter in every schema of it.
pub(super) fn counted(schema: &Value) -> Value {
    let Value::Object(entries) = schema else {
        return match schema {
            Value::Array(items) => items.iter().map(counted).collect(),
            other => other.clone(),
        };
    };
    let mut with = Map::new();
    // First, so that the compiler counts a schema before those within it.
    with.insert(COUNTER.to_owned(), Value::Bool(true));
    // Every schema looks at the value first, or those that only refer to others would not be counted.
    if !entries.contains_key("type") {
        with.insert("type".to_owned(), json!(TYPES));
    }
    for (keyword, value) in entries {
        let value = match (holds(keyword), value) {
            (Some(Holds::Plain), _) => value.clone(),
            (Some(Holds::Names) | None, Value::Object(named))
                if holds(keyword).is_some() || keyword == "dependencies" =>
            {
                let named = named.iter().map(|(name, one)| (name.clone(), counted(one)));
                Value::Object(named.collect())
            }
            // What other drafts know, and what a reference may name: to count there too does no harm.
            _ => counted(value),
        };
        with.insert(keyword.clone(), value);
    }
    Value::Object(with)
}

/// Whether nothing in a schema multiplies its work: no references, and no patterns but for values that are quick.
pub(super) fn is_simple(schema: &Value) -> bool {
    match schema {
        Value::Object(entries) => entries.iter().all(|(keyword, value)| {
            let of_patterns = matches!(keyword.as_str(), "pattern" | "patternProperties");
            let own = !keyword.ends_with("Ref") && keyword != "$ref" && !of_patterns;
            own && is_simple(value)
        }),
        Value::Array(items) => items.iter().all(is_simple),
        _ => true,
    }
}

/// Has counted when it was compiled, and says nothing of any value.
struct Counter;

impl<'i> Keyword<'i, Counted> for Counter {
    fn validate(&self, _value: Look<'i>) -> Result<(), ValidationError<'i>> {
        Ok(())
    }

    fn is_valid(&self, _value: Look<'i>) -> bool {
        true
    }
}

/// `pattern`, searched for within steps.
struct Matches(Pattern, String);

fn pattern<'s>(
    _parent: &'s Map<String, Value>,
    value: &'s Value,
    _place: Location,
) -> Result<Box<dyn for<'i> Keyword<'i, Counted>>, ValidationError<'s>> {
    let source = value.as_str().unwrap_or_default();
    match read(source) {
        Ok(pattern) => Ok(Box::new(Matches(pattern, source.to_owned()))),
        Err(error) => Err(ValidationError::custom(error)),
    }
}

/// A pattern in the dialect of JSON Schema.
fn read(source: &str) -> Result<Pattern, String> {
    let no = |error: &str| format!("{} is no regular expression{error}", quoted(source));
    let translated = jsonschema_regex::to_rust_regex(source).map_err(|()| no(""))?;
    Pattern::new(&translated).map_err(|error| no(&format!(": {error}")))
}

impl Matches {
    fn matches(&self, text: &str) -> bool {
        find(&self.0, text).unwrap_or_else(|_| stop(Stop::Pattern(quoted(&self.1))))
    }
}

impl<'i> Keyword<'i, Counted> for Matches {
    fn validate(&self, value: Look<'i>) -> Result<(), ValidationError<'i>> {
        if Keyword::is_valid(self, value) {
            return Ok(());
        }
        let source = quoted(&self.1);
        let told = format!("{} does not match {source}", clipped(&value.0.to_string()));
        Err(ValidationError::custom(told))
    }

    fn is_valid(&self, value: Look<'i>) -> bool {
        value.0.as_str().is_none_or(|text| self.matches(text))
    }
}

/// Patterns that names of properties are held against and that go back. The library matches those by itself, so what that takes is
/// found out before it is asked.
#[derive(Debug, Default)]
pub(super) struct Names(Vec<(Pattern, String)>);

impl Names {
    /// Those of a schema.
    pub(super) fn of(schema: &Value) -> Result<Self, String> {
        let mut names = Self::default();
        names.collect(schema)?;
        Ok(names)
    }

    fn collect(&mut self, schema: &Value) -> Result<(), String> {
        match schema {
            Value::Array(items) => items.iter().try_for_each(|item| self.collect(item)),
            Value::Object(entries) => {
                if let Some(Value::Object(named)) = entries.get("patternProperties") {
                    for source in named.keys() {
                        let pattern = read(source)?;
                        if pattern.goes_back() {
                            self.0.push((pattern, source.clone()));
                        }
                    }
                }
                entries.values().try_for_each(|value| self.collect(value))
            }
            _ => Ok(()),
        }
    }

    /// Whether the names in a document can be held against them in a moment.
    pub(super) fn require_quick(&self, document: &Value) -> Result<(), Stop> {
        if self.0.is_empty() {
            return Ok(());
        }
        self.require(document, &mut Steps::default())
    }

    fn require(&self, value: &Value, steps: &mut Steps) -> Result<(), Stop> {
        match value {
            Value::Array(items) => items.iter().try_for_each(|item| self.require(item, steps)),
            Value::Object(entries) => entries.iter().try_for_each(|(name, value)| {
                for (pattern, source) in &self.0 {
                    let gone_back = pattern.go_back(name, steps);
                    gone_back.map_err(|_| Stop::Pattern(quoted(source)))?;
                }
                self.require(value, steps)
            }),
            _ => Ok(()),
        }
    }
}
