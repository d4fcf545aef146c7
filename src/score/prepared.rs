//! From an evaluator's configuration to something that scores samples: what all types have in common is done here, once.

use std::collections::BTreeSet;

use crate::model::suite::JudgeSpec;
use crate::model::{
    Completion, EvaluatorSpec, ModelTarget, Outcome, Problem, Request, Sample, Score,
};
use crate::source::nearest;
use crate::template::{Engine, Expression};

use super::evaluators::{self, EVALUATORS};
use super::scope::{OWN_NAMES, Scope};
use super::{Evaluator, EvaluatorEntry, SpecError, blame};

/// An evaluator that is ready to score.
pub struct Prepared {
    /// What the user configured.
    pub spec: EvaluatorSpec,
    evaluator: Box<dyn Evaluator>,
    when: Option<Expression>,
}

impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Prepared").field(&self.spec).finish()
    }
}

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
        (Ok(evaluator), Ok(when)) if errors.is_empty() => Ok(Prepared {
            spec: spec.clone(),
            evaluator,
            when,
        }),
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

impl Prepared {
    /// Model calls that this sample needs; none where the evaluator does not apply.
    ///
    /// # Errors
    /// When `when` or a template fails; [`Prepared::score`] then says so too.
    pub fn requests(&self, sample: &Sample<'_>) -> Result<Vec<Request>, String> {
        if self.applies(sample)? {
            self.evaluator.requests(sample)
        } else {
            Ok(Vec::new())
        }
    }

    /// Model calls that an answer would need that is not there yet, with `sample` in its place; an expression that cannot be decided
    /// without it counts as true.
    ///
    /// # Errors
    /// When a template fails.
    pub fn requests_unseen(&self, sample: &Sample<'_>) -> Result<Vec<Request>, String> {
        if self.applies(sample).unwrap_or(true) {
            self.evaluator.requests(sample)
        } else {
            Ok(Vec::new())
        }
    }

    /// What the evaluator says of the sample, given the answers to its requests in their order.
    pub fn score(&self, sample: &Sample<'_>, replies: &[Completion]) -> Score {
        let outcome = match self.applies(sample) {
            Ok(true) => {
                let (outcome, gave_up) = self.judged(sample, replies);
                return self.named_as(outcome, gave_up);
            }
            Ok(false) => Outcome::Unscored {
                reason: format!("`when` does not hold: {}", self.when_text()),
            },
            Err(cause) => {
                let is_answers =
                    blame::is_of_answer(sample, &cause, |other| self.applies(other).err());
                of(cause, is_answers)
            }
        };
        self.named(outcome)
    }

    /// An outcome under this evaluator's name.
    pub fn named(&self, outcome: Outcome) -> Score {
        self.named_as(outcome, false)
    }

    fn named_as(&self, outcome: Outcome, gave_up: bool) -> Score {
        Score {
            gave_up,
            name: self.spec.name.clone(),
            type_name: self.spec.type_name(),
            metric: self.spec.metric.clone(),
            weight: self.spec.weight,
            critical: self.spec.critical,
            outcome,
        }
    }

    /// Names of the case variables that the value's templates need.
    pub fn variables(&self) -> BTreeSet<String> {
        let mut names = self.evaluator.variables();
        names.retain(|name| !OWN_NAMES.contains(&name.as_str()));
        names
    }

    /// The model that is asked, where the evaluator is a judge.
    pub fn judge(&self) -> Option<&ModelTarget> {
        self.spec.model.as_ref()
    }

    /// What it says, and whether the answer made it give up.
    fn judged(&self, sample: &Sample<'_>, replies: &[Completion]) -> (Outcome, bool) {
        let outcome = self.evaluator.score(sample, replies);
        if let Outcome::Errored { cause, gave_up } = outcome {
            let is_answers = self.is_of_answer(sample, &cause);
            return (of(cause, is_answers), gave_up && is_answers);
        }
        let outcome = if self.spec.negated {
            outcome.negated()
        } else {
            outcome
        };
        (outcome, false)
    }

    /// Whether scoring this sample surely takes no more than some milliseconds.
    pub fn is_quick(&self, sample: &Sample<'_>) -> bool {
        self.evaluator.is_quick(sample)
    }

    /// Whether the answer caused an error of the evaluator. What a judge that was asked says, or does not say, is not its doing.
    fn is_of_answer(&self, sample: &Sample<'_>, cause: &str) -> bool {
        match self.evaluator.requests(sample) {
            Ok(requests) if requests.is_empty() => blame::is_of_answer(sample, cause, |other| {
                error(self.evaluator.score(other, &[]))
            }),
            Ok(_) => false,
            Err(cause) => blame::is_of_answer(sample, &cause, |other| {
                // Without a request nothing was written that could have failed.
                match self.evaluator.requests(other) {
                    Ok(requests) if requests.is_empty() => Some(cause.clone()),
                    Ok(_) => None,
                    Err(other) => Some(other),
                }
            }),
        }
    }

    fn applies(&self, sample: &Sample<'_>) -> Result<bool, String> {
        match &self.when {
            None => Ok(true),
            Some(when) => when
                .holds(Scope(sample))
                .map_err(|error| format!("`when` ({}) failed: {error}", self.when_text())),
        }
    }

    fn when_text(&self) -> &str {
        self.spec.when.as_deref().unwrap_or_default()
    }
}

/// The outcome of an error that the answer under test caused, or that it did not.
fn of(cause: String, is_answers: bool) -> Outcome {
    if is_answers {
        blame::failed(&cause)
    } else {
        Outcome::errored(cause)
    }
}

fn error(outcome: Outcome) -> Option<String> {
    match outcome {
        Outcome::Errored { cause, .. } => Some(cause),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::model::Location;
    use crate::score::testing::{self, Bench, cause, passes, refusal};

    fn greeting(extra: &Value) -> Value {
        let mut spec = json!({"type": "contains", "value": "hi"});
        for (key, value) in extra.as_object().into_iter().flatten() {
            spec[key] = value.clone();
        }
        spec
    }

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

    #[test]
    fn not_turns_passed_and_score_round_but_never_an_error() {
        let spec = json!({"type": "not-contains", "value": "hi"});
        assert!(passes(&Bench::new("bye").outcome(&spec)));
        assert!(!passes(&Bench::new("hi").outcome(&spec)));
        let spec = json!({"type": "not-contains", "value": "{{ missing }}"});
        assert!(cause(&Bench::new("bye").outcome(&spec)).contains("missing"));
    }

    #[test]
    fn when_decides_whether_an_evaluator_applies() {
        let spec = greeting(&json!({"when": "case.tags contains 'faq' and lang == 'en'"}));
        let bench = |lang: &str| Bench::new("hi").var("lang", lang).tags(&["faq"]);
        assert!(passes(&bench("en").outcome(&spec)));
        assert!(matches!(
            bench("de").outcome(&spec),
            Outcome::Unscored { reason } if reason.contains("lang == 'en'")
        ));
    }

    #[test]
    fn a_when_that_fails_is_an_error_and_asks_nothing() {
        let judge = json!({
            "type": "llm-rubric", "value": "Good.", "model": "openai/gpt-6-luna", "when": "tags contains 'faq'",
        });
        let bench = Bench::new("hi");
        assert!(bench.requests(&judge).is_err());
        assert!(cause(&bench.outcome(&judge)).starts_with("`when` ("));
        let mut skipped = judge;
        skipped["when"] = json!("case.tags contains 'faq'");
        assert!(bench.requests(&skipped).unwrap().is_empty());
    }

    #[test]
    fn variables_are_those_of_the_case_alone() {
        let spec = json!({
            "type": "contains-all",
            "value": ["{{ name }}", "{{ vars.city }} {{ expected }} {{ case.id }} {{ output }}"],
        });
        let prepared = testing::prepared(&spec);
        assert_eq!(prepared.variables(), BTreeSet::from(["name".to_owned()]));
        assert!(prepared.judge().is_none());
    }

    #[test]
    fn the_score_carries_what_the_user_named() {
        let spec =
            greeting(&json!({"name": "polite", "metric": "tone", "weight": 2, "critical": true}));
        let score = testing::prepared(&spec).score(&Bench::new("hi").sample(), &[]);
        assert_eq!(
            (score.name.as_str(), score.type_name.as_str()),
            ("polite", "contains")
        );
        assert_eq!(score.metric.as_deref(), Some("tone"));
        assert!(score.critical && score.weight.total_cmp(&2.0).is_eq());
    }
}
