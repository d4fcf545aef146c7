//! The shape of evaluators that say how like the output is to a reference: a score that has to reach `threshold`.

use serde_json::Value;

use crate::model::{EvaluatorSpec, Outcome};
use crate::template::Engine;

use super::check::check_template;
use super::value::{ValueTemplate, text};
use super::{Evaluator, SpecError};

/// Bytes of an output that is compared in some milliseconds.
const QUICK: usize = 8 << 10;

/// A measure of likeness.
pub(super) struct Likeness {
    /// What it is called.
    pub(super) name: &'static str,
    /// The least score where none is written.
    pub(super) least: f64,
    /// The score in 0..=1 of an output against references; `None` where it takes too many steps.
    pub(super) measure: fn(&str, &[String]) -> Option<f64>,
}

/// An evaluator that demands at least `threshold` of the likeness.
pub(super) fn alike(
    spec: &EvaluatorSpec,
    engine: &Engine,
    likeness: &'static Likeness,
) -> Result<Box<dyn Evaluator>, SpecError> {
    let least = spec.threshold.unwrap_or(likeness.least);
    if !(0.0..=1.0).contains(&least) {
        let message = format!("the threshold is a least score in 0..=1, not {least}");
        return Err(SpecError::new("threshold", message));
    }
    let template = ValueTemplate::new(&spec.value, engine)?;
    check_template(
        template,
        references,
        move |references, sample| {
            let Some(score) = (likeness.measure)(sample.output(), references) else {
                let cause = format!("{} takes more steps than it may", likeness.name);
                return Outcome::gave_up(cause);
            };
            let reason = format!("{} is {score:.4}; wanted: at least {least}", likeness.name);
            Outcome::scored(score >= least, score, reason)
        },
        |_, length| length <= QUICK,
    )
}

/// One text, or a list of texts of which the nearest counts.
fn references(value: &Value) -> Result<Vec<String>, SpecError> {
    match value {
        Value::Array(items) if items.is_empty() => Err(SpecError::value(
            "the list is empty, so nothing is compared",
        )),
        Value::Array(items) => items
            .iter()
            .map(|item| text(item, "a reference of the list"))
            .collect(),
        _ => Ok(vec![text(value, "the reference")?]),
    }
}
