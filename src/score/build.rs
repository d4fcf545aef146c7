//! From an evaluator's configuration to something that scores samples, or to everything that is wrong with it.

use crate::model::suite::JudgeSpec;
use crate::model::{EvaluatorSpec, Problem};
use crate::source::nearest;
use crate::template::Engine;

use super::evaluators::{self, EVALUATORS};
use super::prepared::Prepared;
use super::{EvaluatorEntry, SpecError};

/// Builds an evaluator.
///
/// # Errors
/// Everything that is wrong with its configuration.
pub fn build(spec: &EvaluatorSpec, engine: &Engine) -> Result<Prepared, Vec<Problem>> {
    let entry = evaluators::find(&spec.kind).ok_or_else(|| vec![unknown(spec)])?;
    let mut errors = faults(spec, entry);
    let when = spec
        .when
        .as_deref()
        .map(|when| engine.expression(when))
        .transpose();
    if let Err(error) = &when {
        errors.push(SpecError::template("when", error));
    }
    // A type's own complaint about a key would repeat what was found already.
    let built = (entry.build)(spec, engine);
    if let Err(error) = &built
        && errors.iter().all(|known| known.key != error.key)
    {
        errors.push(error.clone());
    }
    match (built, when) {
        (Ok(evaluator), Ok(when)) if errors.is_empty() => Ok(Prepared::new(spec, evaluator, when)),
        _ => Err(errors
            .into_iter()
            .map(|error| problem(spec, error))
            .collect()),
    }
}

/// An evaluator with what it leaves open of its judge, where it has one.
pub fn judged(spec: &EvaluatorSpec, judge: &JudgeSpec) -> EvaluatorSpec {
    match evaluators::find(&spec.kind) {
        Some(entry) if entry.takes("model") => spec.judged_by(judge),
        _ => spec.clone(),
    }
}

fn unknown(spec: &EvaluatorSpec) -> Problem {
    let names: Vec<&str> = EVALUATORS.iter().map(|entry| entry.name).collect();
    let list = names.join(", ");
    let hint = match nearest::<str>(&spec.kind, names) {
        Some(meant) if spec.negated => format!("did you mean `not-{meant}`? The types are {list}"),
        Some(meant) => format!("did you mean `{meant}`? The types are {list}"),
        None => format!("the types are {list}, each also with `not-`"),
    };
    let message = format!("there is no evaluator `{}`", spec.type_name());
    Problem::error("unknown-evaluator", spec.key_at("type"), message).hint(hint)
}

fn problem(spec: &EvaluatorSpec, error: SpecError) -> Problem {
    let message = format!("`{}`: {}", spec.type_name(), error.message);
    Problem::error(error.code, spec.key_at(error.key), message).maybe_hint(error.hint)
}

/// Faults that can be told from the table alone.
fn faults(spec: &EvaluatorSpec, entry: &EvaluatorEntry) -> Vec<SpecError> {
    let written = [
        ("value", !spec.value.is_null()),
        ("threshold", spec.threshold.is_some()),
        ("model", spec.model.is_some()),
        ("structured", spec.structured.is_some()),
        ("rubric_prompt", spec.rubric_prompt.is_some()),
    ];
    let mut errors = Vec::new();
    for (key, is_written) in written {
        let param = entry.params.iter().find(|param| param.name == key);
        match param {
            Some(param) if param.required && !is_written => errors.push(
                SpecError::new(key, format!("`{key}` is missing: {}", param.summary))
                    .hint(format!("for example {}", entry.example)),
            ),
            // Every type may have a least score.
            None if is_written && key != "threshold" => errors
                .push(SpecError::new(key, format!("it takes no `{key}`")).hint("remove the key")),
            _ => {}
        }
    }
    if let Some(threshold) = spec.threshold
        && !(0.0..=1.0).contains(&threshold)
        && !entry.takes("threshold")
    {
        let message = format!("the threshold is a least score in 0..=1, not {threshold}");
        errors.push(SpecError::new("threshold", message));
    }
    if !(spec.weight >= 0.0 && spec.weight.is_finite()) {
        let message = format!("a weight is 0 or more, not {}", spec.weight);
        errors.push(SpecError::new("weight", message));
    }
    errors
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::Location;
    use crate::score::testing::{self, greeting, refusal};

    #[test]
    fn an_unknown_type_is_told_at_its_place_with_the_nearest_right_one() {
        let mut spec = testing::spec(&json!({"type": "not-contians", "value": "x"}));
        let at = Location {
            line: 7,
            ..Location::file("evals/suite.yaml")
        };
        spec.keys = vec![("type".into(), at.clone())];
        let problems = build(&spec, &Engine::new()).unwrap_err();
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].code, "unknown-evaluator");
        assert_eq!(*problems[0].location, at);
        let hint = problems[0].hint.as_deref().unwrap();
        assert!(hint.starts_with("did you mean `not-contains`?"), "{hint}");
        assert!(hint.ends_with("starts-with, word-count"), "{hint}");
    }

    #[test]
    fn every_mistake_is_told_at_once_and_at_its_own_key() {
        let spec = json!({
            "type": "regex", "value": "(", "weight": -1, "threshold": 1.5, "model": "a/b", "when": "a ==",
        });
        let mut spec = testing::spec(&spec);
        let keys = ["value", "weight", "threshold", "model", "when"];
        spec.keys = keys
            .iter()
            .map(|&key| (key.to_owned(), Location::file(key)))
            .collect();
        let problems = build(&spec, &Engine::new()).unwrap_err();
        let mut places: Vec<&str> = problems
            .iter()
            .map(|problem| problem.location.path.as_str())
            .collect();
        places.sort_unstable();
        assert_eq!(places, ["model", "threshold", "value", "weight", "when"]);
    }

    #[test]
    fn a_key_that_the_type_does_not_know_is_refused() {
        let refused = refusal(&json!({"type": "is-refusal", "value": "x"}));
        assert!(refused.contains("takes no `value`"), "{refused}");
        assert!(refusal(&greeting(&json!({"model": "a/b"}))).contains("takes no `model`"));
    }

    #[test]
    fn weights_and_thresholds_that_make_no_sense_are_refused() {
        for weight in [f64::NAN, f64::INFINITY, -0.5] {
            let mut spec = testing::spec(&greeting(&json!({})));
            spec.weight = weight;
            assert!(build(&spec, &Engine::new()).is_err(), "{weight}");
        }
        for threshold in [f64::NAN, f64::INFINITY, -0.1, 1.1] {
            let mut spec = testing::spec(&greeting(&json!({})));
            spec.threshold = Some(threshold);
            assert!(build(&spec, &Engine::new()).is_err(), "{threshold}");
        }
        testing::prepared(&greeting(&json!({"weight": 0, "threshold": 0.5})));
    }
}
