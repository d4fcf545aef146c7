//! `value` as a template: every string in it, also inside lists and mappings, is rendered for each sample.

use std::collections::BTreeSet;

use serde_json::{Map, Number, Value};

use crate::template::{Engine, Template, TemplateError};

use super::SpecError;
use super::scope::Scope;

/// A value whose strings may be templates.
#[derive(Clone, Debug)]
pub(super) enum ValueTemplate {
    /// Holds no template: the same for every sample.
    Fixed(Value),
    Text(Template),
    List(Vec<Self>),
    Map(Vec<(String, Self)>),
}

impl ValueTemplate {
    /// Compiles every string in the value.
    pub(super) fn new(value: &Value, engine: &Engine) -> Result<Self, SpecError> {
        Self::compile(value, engine).map_err(|error| SpecError::template("value", &error))
    }

    /// Compiles a value that is a string; any other is taken as it stands, as a JSON Schema has to be.
    pub(super) fn of_text(value: &Value, engine: &Engine) -> Result<Self, SpecError> {
        if value.is_string() {
            Self::new(value, engine)
        } else {
            Ok(Self::Fixed(value.clone()))
        }
    }

    fn compile(value: &Value, engine: &Engine) -> Result<Self, TemplateError> {
        let compiled = match value {
            Value::String(text) => {
                let template = engine.template(text)?;
                if template.is_literal() {
                    Self::Fixed(value.clone())
                } else {
                    Self::Text(template)
                }
            }
            Value::Array(items) => Self::List(
                items
                    .iter()
                    .map(|item| Self::compile(item, engine))
                    .collect::<Result<_, _>>()?,
            ),
            Value::Object(entries) => Self::Map(
                entries
                    .iter()
                    .map(|(key, item)| Ok((key.clone(), Self::compile(item, engine)?)))
                    .collect::<Result<_, TemplateError>>()?,
            ),
            _ => Self::Fixed(value.clone()),
        };
        Ok(if compiled.is_fixed() {
            Self::Fixed(value.clone())
        } else {
            compiled
        })
    }

    fn is_fixed(&self) -> bool {
        match self {
            Self::Fixed(_) => true,
            Self::Text(_) => false,
            Self::List(items) => items.iter().all(Self::is_fixed),
            Self::Map(entries) => entries.iter().all(|(_, item)| item.is_fixed()),
        }
    }

    /// The value for one sample.
    pub(super) fn render(&self, scope: Scope<'_>) -> Result<Value, TemplateError> {
        Ok(match self {
            Self::Fixed(value) => value.clone(),
            Self::Text(template) => Value::String(template.render(scope)?),
            Self::List(items) => items
                .iter()
                .map(|item| item.render(scope))
                .collect::<Result<_, _>>()?,
            Self::Map(entries) => Value::Object(
                entries
                    .iter()
                    .map(|(key, item)| Ok((key.clone(), item.render(scope)?)))
                    .collect::<Result<Map<_, _>, TemplateError>>()?,
            ),
        })
    }

    /// Names that the templates take from outside.
    pub(super) fn variables(&self) -> BTreeSet<String> {
        match self {
            Self::Fixed(_) => BTreeSet::new(),
            Self::Text(template) => template.variables(),
            Self::List(items) => items.iter().flat_map(Self::variables).collect(),
            Self::Map(entries) => entries
                .iter()
                .flat_map(|(_, item)| item.variables())
                .collect(),
        }
    }
}

/// A text or a number as the text that is looked for; a number is written without a needless `.0`.
pub(super) fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number_text(number)),
        _ => None,
    }
}

fn number_text(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => float.to_string(),
        _ => number.to_string(),
    }
}

/// What kind of value stands where another was wanted.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}

/// A text that is not empty, which `what` names in the message.
pub(super) fn text(value: &Value, what: &str) -> Result<String, SpecError> {
    match as_text(value) {
        Some(text) if text.is_empty() => Err(SpecError::value(format!(
            "{what} is empty, so every output would do"
        ))),
        Some(text) => Ok(text),
        None => {
            let error = SpecError::value(format!(
                "{what} must be a text or a number, not {}",
                kind(value)
            ));
            Err(match value {
                Value::Bool(_) => error.hint("put it in quotes if the word is meant"),
                _ => error,
            })
        }
    }
}

/// A list of texts; a single text is split at its commas, where quotes protect a comma.
pub(super) fn texts(value: &Value) -> Result<Vec<String>, SpecError> {
    let parts = match value {
        Value::Array(items) => items
            .iter()
            .map(|item| text(item, "an item of the list"))
            .collect::<Result<Vec<_>, _>>()?,
        _ => split_at_commas(&text(value, "the value")?)
            .into_iter()
            .map(|part| text(&Value::String(part), "a part between commas"))
            .collect::<Result<_, _>>()?,
    };
    if parts.is_empty() {
        return Err(SpecError::value("the list is empty, so nothing is checked"));
    }
    Ok(parts)
}

/// The fields of a comma-separated text, white space around them removed; `"a, b"` is one, `""` inside it a quote.
fn split_at_commas(text: &str) -> Vec<String> {
    let mut fields = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let mut field = String::new();
        while let Some(quoted) = rest.strip_prefix('"') {
            let end = quoted.find('"').unwrap_or(quoted.len());
            field.push_str(&quoted[..end]);
            rest = quoted.get(end + 1..).unwrap_or_default();
            if rest.starts_with('"') {
                field.push('"');
            }
        }
        let comma = rest.find(',');
        field.push_str(rest[..comma.unwrap_or(rest.len())].trim_end());
        fields.push(field);
        let Some(comma) = comma else { return fields };
        rest = &rest[comma + 1..];
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::score::testing::Bench;

    #[test]
    fn strings_deep_inside_a_value_are_rendered_and_the_rest_is_kept() {
        let value = json!({"all": ["{{ name }}", 3], "plain": "x"});
        let template = ValueTemplate::new(&value, &Engine::new()).unwrap();
        let bench = Bench::new("out").var("name", "Ana");
        assert_eq!(
            template.render(Scope(&bench.sample())).unwrap(),
            json!({"all": ["Ana", 3], "plain": "x"})
        );
        assert_eq!(template.variables(), BTreeSet::from(["name".to_owned()]));
    }

    #[test]
    fn a_value_without_templates_is_fixed_and_a_schema_is_never_a_template() {
        let engine = Engine::new();
        let list = ValueTemplate::new(&json!(["a", {"b": "c"}]), &engine).unwrap();
        assert!(matches!(list, ValueTemplate::Fixed(_)));
        let schema = json!({"pattern": "{{x}}"});
        let schema = ValueTemplate::of_text(&schema, &engine).unwrap();
        assert!(matches!(schema, ValueTemplate::Fixed(_)));
    }

    #[test]
    fn a_broken_template_says_where() {
        let error = ValueTemplate::new(&json!("a\n {{ b"), &Engine::new()).unwrap_err();
        assert!(error.message.contains("line 2"), "{}", error.message);
    }

    #[test]
    fn a_text_is_split_at_commas_outside_quotes() {
        assert_eq!(
            split_at_commas("red, GREEN ,blue"),
            ["red", "GREEN", "blue"]
        );
        assert_eq!(
            split_at_commas("\"a, b\", \"say \"\"hi\"\"\",c d"),
            ["a, b", "say \"hi\"", "c d"]
        );
        assert_eq!(split_at_commas("a,,b,"), ["a", "", "b", ""]);
    }

    #[test]
    fn numbers_are_written_as_people_write_them() {
        let written = |value: Value| as_text(&value).unwrap();
        assert_eq!(written(json!(42)), "42");
        assert_eq!(written(json!(1.0)), "1");
        assert_eq!(written(json!(0.25)), "0.25");
    }

    #[test]
    fn what_cannot_be_looked_for_is_refused() {
        for value in [
            json!([]),
            json!([""]),
            json!("a,,b"),
            json!(""),
            json!({}),
            json!([["a"]]),
        ] {
            assert!(texts(&value).is_err(), "{value}");
        }
        assert!(text(&json!(true), "x").unwrap_err().hint.is_some());
    }
}
