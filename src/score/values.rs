//! Values that evaluators compare with: texts that may be templates over the case, and numbers with their ranges.

use serde_json::{Value, json};

use super::entry::SpecError;
use crate::model::{EvaluatorSpec, Sample};
use crate::template::{Engine, Template};

/// A text that may be a template.
#[derive(Clone, Debug)]
pub(super) struct TextValue(Template);

impl TextValue {
    /// Takes a text, or a number as it is written.
    pub(super) fn new(value: &Value, engine: &Engine) -> Result<Self, SpecError> {
        let source = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Bool(truth) => truth.to_string(),
            _ => return Err(SpecError::new("value", "`value` takes a text")),
        };
        let template = engine
            .template(&source)
            .map_err(|error| SpecError::new("value", format!("`value` is no template: {error}")))?;
        Ok(Self(template))
    }

    /// The text that a spec has to have; blank ones are a mistake, for everything contains them.
    pub(super) fn required(spec: &EvaluatorSpec, engine: &Engine) -> Result<Self, SpecError> {
        if spec.value.is_null() {
            return Err(missing(spec));
        }
        let text = Self::new(&spec.value, engine)?;
        if spec.value.as_str().is_some_and(str::is_empty) {
            let message = "`value` is empty: every answer contains nothing";
            return Err(SpecError::new("value", message));
        }
        Ok(text)
    }

    /// The text for a sample.
    pub(super) fn text(&self, sample: &Sample<'_>) -> Result<String, String> {
        if self.0.is_literal() {
            return self.0.render(()).map_err(|error| error.to_string());
        }
        self.0
            .render(context(sample))
            .map_err(|error| format!("`value` cannot be filled in: {error}"))
    }

    /// The text where it does not depend on the sample.
    pub(super) fn literal(&self) -> Option<String> {
        self.0
            .is_literal()
            .then(|| self.0.render(()).unwrap_or_default())
    }

    /// Variables it takes from outside.
    pub(super) fn variables(&self) -> impl Iterator<Item = String> {
        self.0.variables().into_iter()
    }
}

/// The texts of a list; one text alone is split at its commas, as in promptfoo.
pub(super) fn list(spec: &EvaluatorSpec, engine: &Engine) -> Result<Vec<TextValue>, SpecError> {
    let items: Vec<Value> = match &spec.value {
        Value::Null => return Err(missing(spec)),
        Value::Array(items) => items.clone(),
        Value::String(text) => split_commas(text).into_iter().map(Value::String).collect(),
        other => vec![other.clone()],
    };
    if items.is_empty()
        || items
            .iter()
            .any(|item| item.as_str().is_some_and(str::is_empty))
    {
        let message =
            "`value` holds nothing to look for: such a check says the same of every answer";
        return Err(SpecError::new("value", message));
    }
    items
        .iter()
        .map(|item| TextValue::new(item, engine))
        .collect()
}

/// Splits at commas outside of double quotes; a doubled quote inside them is one quote, as in CSV.
fn split_commas(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.next_if_eq(&'"').is_some() => push(&mut parts, '"'),
            '"' => quoted = !quoted,
            ',' if !quoted => parts.push(String::new()),
            other => push(&mut parts, other),
        }
    }
    parts
        .into_iter()
        .map(|part| part.trim().to_owned())
        .collect()
}

fn push(parts: &mut [String], character: char) {
    if let Some(part) = parts.last_mut() {
        part.push(character);
    }
}

fn missing(spec: &EvaluatorSpec) -> SpecError {
    let message = format!("`{}` needs a `value`", spec.type_name());
    SpecError::new("type", message)
}

/// What templates and expressions see of a sample.
pub(super) fn context(sample: &Sample<'_>) -> Value {
    let case = sample.case;
    let mut context = case.vars.clone();
    context.insert("vars".into(), Value::Object(case.vars.clone()));
    context.insert("expected".into(), case.expected.clone().unwrap_or_default());
    context.insert("output".into(), sample.output().into());
    context.insert(
        "case".into(),
        json!({
            "id": case.id,
            "tags": case.tags,
            "cluster": case.cluster,
            "vars": case.vars,
            "expected": case.expected,
        }),
    );
    Value::Object(context)
}

/// Names in `context` that are no variables of the case.
pub(super) const RESERVED: [&str; 4] = ["vars", "expected", "output", "case"];

/// A limit that has to be there.
pub(super) fn limit(spec: &EvaluatorSpec, unit: &str) -> Result<f64, SpecError> {
    let limit = spec.threshold.ok_or_else(|| {
        SpecError::new(
            "type",
            format!("`{}` needs a `threshold` in {unit}", spec.type_name()),
        )
    })?;
    if limit.is_finite() && limit >= 0.0 {
        Ok(limit)
    } else {
        Err(SpecError::new(
            "threshold",
            format!("`threshold` is a number of {unit}, not {limit}"),
        ))
    }
}

/// The score from which a graded evaluator passes, where it is written.
pub(super) fn least_score(spec: &EvaluatorSpec) -> Result<Option<f64>, SpecError> {
    match spec.threshold {
        Some(score) if !(0.0..=1.0).contains(&score) => {
            let message = format!("`threshold` is a score between 0 and 1, not {score}");
            Err(SpecError::new("threshold", message))
        }
        other => Ok(other),
    }
}
