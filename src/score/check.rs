//! The shape that nearly every evaluator has: compare the output with a value that was read beforehand.
//!
//! A value without templates is read once, when the suite is loaded, so that its mistakes are found before anything is
//! called. One with templates is read for each sample, and then a mistake is that sample's error.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::model::{EvaluatorSpec, Outcome, Sample};
use crate::template::Engine;

use super::evaluator::QUICK;
use super::scope::Scope;
use super::value::ValueTemplate;
use super::{Answer, Evaluator, SpecError, Step};

/// How a value is read into what the comparison works with.
pub(super) type Read<T> = fn(&Value) -> Result<T, SpecError>;

/// Whether a comparison of this value, where it is known yet, with an output of this length surely takes a moment only.
pub(super) type IsQuick<T> = fn(Option<&T>, usize) -> bool;

struct Check<T, C> {
    reading: Reading<T>,
    /// How an output is compared with the value.
    compare: C,
    is_quick: IsQuick<T>,
}

enum Reading<T> {
    Once(T),
    EachSample(ValueTemplate, Read<T>),
}

/// An evaluator whose value may hold templates anywhere.
pub(super) fn check<T: Send + Sync + 'static>(
    spec: &EvaluatorSpec,
    engine: &Engine,
    read: Read<T>,
    compare: impl Fn(&T, &Sample<'_>) -> Outcome + Send + Sync + 'static,
) -> Result<Box<dyn Evaluator>, SpecError> {
    let template = ValueTemplate::new(&spec.value, engine)?;
    check_template(template, read, compare, |_, length| length <= QUICK)
}

/// An evaluator whose value was compiled by the caller, and whose work is not linear in the output.
pub(super) fn check_template<T: Send + Sync + 'static>(
    template: ValueTemplate,
    read: Read<T>,
    compare: impl Fn(&T, &Sample<'_>) -> Outcome + Send + Sync + 'static,
    is_quick: IsQuick<T>,
) -> Result<Box<dyn Evaluator>, SpecError> {
    let reading = match template {
        ValueTemplate::Fixed(value) => Reading::Once(read(&value)?),
        template => Reading::EachSample(template, read),
    };
    Ok(Box::new(Check {
        reading,
        compare,
        is_quick,
    }))
}

impl<T, C> Evaluator for Check<T, C>
where
    T: Send + Sync,
    C: Fn(&T, &Sample<'_>) -> Outcome + Send + Sync,
{
    fn step(&self, sample: &Sample<'_>, _answers: &[Answer]) -> Step<Outcome> {
        Step::Done(match &self.reading {
            Reading::Once(value) => (self.compare)(value, sample),
            Reading::EachSample(template, read) => {
                let value = template
                    .render(Scope(sample))
                    .map_err(|error| error.to_string())
                    .and_then(|value| read(&value).map_err(|error| error.to_string()));
                match value {
                    Ok(value) => (self.compare)(&value, sample),
                    Err(cause) => Outcome::errored(format!("the value for this case: {cause}")),
                }
            }
        })
    }

    fn is_quick(&self, sample: &Sample<'_>) -> bool {
        let length = sample.output().len();
        match &self.reading {
            Reading::Once(value) => (self.is_quick)(Some(value), length),
            Reading::EachSample(..) => (self.is_quick)(None, length),
        }
    }

    fn variables(&self) -> BTreeSet<String> {
        match &self.reading {
            Reading::Once(_) => BTreeSet::new(),
            Reading::EachSample(template, _) => template.variables(),
        }
    }
}
