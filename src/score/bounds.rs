//! A least and a greatest number that something of the output may have, both allowed.

use serde_json::Value;

use crate::model::Outcome;

use super::SpecError;
use super::value::kind;

/// Least and greatest number, both allowed.
pub(super) struct Bounds {
    least: u64,
    most: Option<u64>,
}

impl Bounds {
    /// Reads a number, or a mapping with `min`, `max` or both; `things` are what is counted.
    pub(super) fn read(value: &Value, things: &str) -> Result<Self, SpecError> {
        let number = |value: &Value| number(value, things);
        let Value::Object(entries) = value else {
            let exactly = number(value)?;
            return Ok(Self {
                least: exactly,
                most: Some(exactly),
            });
        };
        if let Some(key) = entries
            .keys()
            .find(|key| !matches!(key.as_str(), "min" | "max"))
        {
            return Err(SpecError::value(format!("`{key}` is no bound"))
                .hint("the bounds are `min` and `max`"));
        }
        let least = entries.get("min").map(number).transpose()?.unwrap_or(0);
        let most = entries.get("max").map(number).transpose()?;
        match most {
            Some(most) if most < least => Err(SpecError::value(format!(
                "no output has at least {least} and at most {most} {things}"
            ))),
            None if least == 0 => Err(SpecError::value(
                "the bounds allow every output: give `min` above 0, `max` or both",
            )),
            _ => Ok(Self { least, most }),
        }
    }

    /// Whether an output that has so many of them keeps to the bounds.
    pub(super) fn hold(&self, count: u64, things: &str) -> Outcome {
        let passed = count >= self.least && self.most.is_none_or(|most| count <= most);
        let wanted = match (self.least, self.most) {
            (least, None) => format!("at least {least}"),
            (0, Some(most)) => format!("at most {most}"),
            (least, Some(most)) if least == most => format!("exactly {least}"),
            (least, Some(most)) => format!("{least} to {most}"),
        };
        Outcome::binary(
            passed,
            format!("the output has {count} {things}; wanted: {wanted}"),
        )
    }
}

/// A whole number, also as the text that a template gives.
fn number(value: &Value, things: &str) -> Result<u64, SpecError> {
    let number = match value {
        // A float that is whole comes from files that write 3.0.
        Value::Number(number) => number.as_u64().or_else(|| {
            let float = number.as_f64().filter(|float| float.fract() == 0.0)?;
            (0.0..1e15).contains(&float).then_some(float as u64)
        }),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| {
        let shown = match value {
            Value::Number(_) | Value::String(_) => value.to_string(),
            other => kind(other).to_owned(),
        };
        SpecError::value(format!(
            "a number of {things} is a whole number of 0 or more, not {shown}"
        ))
    })
}
