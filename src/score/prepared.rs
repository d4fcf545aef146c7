//! A configured evaluator that is ready to score: type looked up, templates compiled, `when` and `not-` applied once for all.

use std::collections::BTreeSet;
use std::fmt;

use super::Evaluator;
use super::evaluators::EVALUATORS;
use super::values::{RESERVED, TextValue, context};
use crate::model::{
    Completion, EvaluatorSpec, ModelTarget, Outcome, Problem, Request, Sample, Score,
};
use crate::source::did_you_mean;
use crate::template::{Engine, Expression};

/// An evaluator that is ready to score.
pub struct Prepared {
    /// How it was configured.
    pub spec: EvaluatorSpec,
    evaluator: Box<dyn Evaluator>,
    when: Option<Expression>,
    variables: BTreeSet<String>,
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prepared")
            .field("spec", &self.spec)
            .finish_non_exhaustive()
    }
}

/// Makes an evaluator of its configuration.
///
/// # Errors
/// A problem for each mistake, at the key where it stands.
pub fn build(spec: &EvaluatorSpec, engine: &Engine) -> Result<Prepared, Vec<Problem>> {
    let Some(entry) = EVALUATORS.iter().find(|entry| entry.name == spec.kind) else {
        let message = format!("unknown evaluator `{}`", spec.type_name());
        let names = EVALUATORS.iter().map(|entry| entry.name);
        let hint = did_you_mean(&spec.kind, names);
        return Err(vec![
            Problem::error("unknown-evaluator", spec.key_at("type"), message).maybe_hint(hint),
        ]);
    };
    let mut problems = Vec::new();
    let evaluator = (entry.build)(spec, engine).map_err(|error| {
        let at = spec.key_at(error.key);
        problems.push(Problem::error("bad-evaluator", at, error.message).maybe_hint(error.hint));
    });
    let when = spec
        .when
        .as_deref()
        .map(|text| engine.expression(text))
        .transpose();
    let when = when.map_err(|error| {
        let message = format!("`when` is no expression: {error}");
        problems.push(Problem::error(
            "bad-expression",
            spec.key_at("when"),
            message,
        ));
    });
    match (evaluator, when) {
        (Ok(evaluator), Ok(when)) => Ok(Prepared {
            variables: variables(spec, when.as_ref(), engine),
            spec: spec.clone(),
            evaluator,
            when,
        }),
        _ => Err(problems),
    }
}

/// Variables of the case that templates in `value` and the expression in `when` name.
fn variables(spec: &EvaluatorSpec, when: Option<&Expression>, engine: &Engine) -> BTreeSet<String> {
    let texts = match &spec.value {
        serde_json::Value::Array(items) => items.clone(),
        serde_json::Value::String(_) => vec![spec.value.clone()],
        _ => Vec::new(),
    };
    let mut names: BTreeSet<String> = texts
        .iter()
        .filter_map(|text| TextValue::new(text, engine).ok())
        .flat_map(|text| text.variables().collect::<Vec<_>>())
        .collect();
    names.extend(when.map(Expression::variables).unwrap_or_default());
    names.retain(|name| !RESERVED.contains(&name.as_str()));
    names
}

impl Prepared {
    /// What has to be asked before scoring; nothing where the evaluator does not apply.
    ///
    /// # Errors
    /// When the questions cannot be written for this sample.
    pub fn requests(&self, sample: &Sample<'_>) -> Result<Vec<Request>, String> {
        if self.applies(sample)? {
            self.evaluator.requests(sample)
        } else {
            Ok(Vec::new())
        }
    }

    /// Scores, with a reply to each request in its order.
    pub fn score(&self, sample: &Sample<'_>, replies: &[Completion]) -> Score {
        let outcome = match self.applies(sample) {
            Err(cause) => Outcome::errored(cause),
            Ok(false) => Outcome::Unscored {
                reason: format!(
                    "`when` does not hold: {}",
                    self.spec.when.as_deref().unwrap_or_default()
                ),
            },
            Ok(true) => self.evaluator.score(sample, replies),
        };
        self.named(if self.spec.negated {
            outcome.negated()
        } else {
            outcome
        })
    }

    /// An outcome under this evaluator's name.
    pub fn named(&self, outcome: Outcome) -> Score {
        Score {
            name: self.spec.name.clone(),
            type_name: self.spec.type_name(),
            metric: self.spec.metric.clone(),
            weight: self.spec.weight,
            critical: self.spec.critical,
            outcome,
        }
    }

    /// Variables that cases have to have for it.
    pub fn variables(&self) -> BTreeSet<String> {
        self.variables.clone()
    }

    /// The model it asks, if it asks one.
    pub fn judge(&self) -> Option<&ModelTarget> {
        self.spec.model.as_ref()
    }

    fn applies(&self, sample: &Sample<'_>) -> Result<bool, String> {
        match &self.when {
            None => Ok(true),
            Some(when) => when
                .holds(context(sample))
                .map_err(|error| format!("`when` cannot be decided: {error}")),
        }
    }
}
