//! An assertion as promptfoo writes it, and what our evaluator of the same name says of an output.

use prompteval::model::{Case, Completion, EvaluatorSpec, Location, ModelTarget, Outcome, Sample};
use prompteval::score::{Step, build};
use prompteval::template::Engine;
use serde::Deserialize;
use serde_json::{Map, Value};

/// The keys that promptfoo's assertions and our evaluators share.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Assertion {
    #[serde(rename = "type")]
    pub(crate) type_name: String,
    #[serde(default)]
    pub(crate) value: Value,
    pub(crate) threshold: Option<f64>,
    pub(crate) model: Option<String>,
}

/// What one of the two says of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Said {
    /// Passed or failed with this score.
    Scored(bool, f64),
    /// Refused the assertion, or could not judge.
    Error,
}

pub(crate) fn spec(assertion: &Assertion) -> EvaluatorSpec {
    let type_name = assertion.type_name.as_str();
    let kind = type_name.strip_prefix("not-").unwrap_or(type_name);
    EvaluatorSpec {
        kind: kind.to_owned(),
        negated: kind != type_name,
        name: type_name.to_owned(),
        metric: None,
        value: assertion.value.clone(),
        threshold: assertion.threshold,
        weight: 1.0,
        critical: false,
        model: assertion.model.as_ref().map(|name| ModelTarget {
            name: name.parse().unwrap(),
            params: Map::new(),
            at: Location::default(),
        }),
        structured: None,
        rubric_prompt: None,
        when: None,
        at: Location::default(),
        keys: Vec::new(),
    }
}

fn case() -> Case {
    Case {
        id: "1".into(),
        vars: Map::from_iter([("name".to_owned(), Value::from("Ana"))]),
        expected: Some(Value::from("Dear Ana")),
        tags: Vec::new(),
        cluster: None,
        critical: false,
        threshold: None,
        evaluators: Vec::new(),
        output: None,
        line: 1,
    }
}

pub(crate) fn said(assertion: &Assertion, output: &str) -> Said {
    let Ok(evaluator) = build(&spec(assertion), &Engine::new()) else {
        return Said::Error;
    };
    let completion = Completion {
        content: output.to_owned(),
        ..Completion::default()
    };
    let sample = Sample {
        case: &case(),
        completion: &completion,
        latency_ms: Some(100.0),
        cost_usd: Some(0.001),
    };
    let Step::Done(score) = evaluator.step(&sample, &[]) else {
        return Said::Error;
    };
    match score.outcome {
        Outcome::Scored { passed, score, .. } => Said::Scored(passed, score),
        _ => Said::Error,
    }
}
