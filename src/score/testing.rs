//! A sample to score and a configuration to build, for the unit tests of this module.

use serde_json::{Map, Value};

use crate::model::{
    Case, Completion, EvaluatorSpec, Location, ModelTarget, Outcome, Request, Sample, Score,
};
use crate::template::Engine;

use super::{Answer, Prepared, Question, Step, build};

/// An evaluator that looks for a greeting, with these keys beside.
pub(super) fn greeting(extra: &Value) -> Value {
    let mut spec = serde_json::json!({"type": "contains", "value": "hi"});
    for (key, value) in extra.as_object().into_iter().flatten() {
        spec[key] = value.clone();
    }
    spec
}

/// Owns what a [`Sample`] borrows.
pub(super) struct Bench {
    pub(super) case: Case,
    pub(super) completion: Completion,
    pub(super) latency_ms: Option<f64>,
    pub(super) cost_usd: Option<f64>,
}

impl Bench {
    pub(super) fn new(output: &str) -> Self {
        Self {
            case: Case {
                id: "case-1".into(),
                vars: Map::new(),
                expected: None,
                tags: Vec::new(),
                cluster: None,
                critical: false,
                threshold: None,
                evaluators: Vec::new(),
                output: None,
                line: 1,
            },
            completion: Completion {
                content: output.into(),
                ..Completion::default()
            },
            latency_ms: None,
            cost_usd: None,
        }
    }

    pub(super) fn var(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.case.vars.insert(name.into(), value.into());
        self
    }

    pub(super) fn expected(mut self, value: Value) -> Self {
        self.case.expected = Some(value);
        self
    }

    pub(super) fn tags(mut self, tags: &[&str]) -> Self {
        self.case.tags = tags.iter().map(|&tag| tag.to_owned()).collect();
        self
    }

    pub(super) fn sample(&self) -> Sample<'_> {
        Sample {
            case: &self.case,
            completion: &self.completion,
            latency_ms: self.latency_ms,
            cost_usd: self.cost_usd,
        }
    }

    /// What the configured evaluator says of this sample without asking anything.
    pub(super) fn outcome(&self, spec: &Value) -> Outcome {
        self.score(&prepared(spec)).outcome
    }

    pub(super) fn score(&self, evaluator: &Prepared) -> Score {
        match evaluator.step(&self.sample(), &[]) {
            Step::Done(score) => score,
            Step::Ask(questions) => panic!("it asks {questions:?}"),
        }
    }

    /// What a judge says of this sample when it replies so.
    pub(super) fn judged(&self, spec: &Value, reply: &str) -> Outcome {
        let answers = [Answer::Chat(Completion {
            content: reply.into(),
            ..Completion::default()
        })];
        match prepared(spec).step(&self.sample(), &answers) {
            Step::Done(score) => score.outcome,
            Step::Ask(questions) => panic!("it goes on to ask {questions:?}"),
        }
    }

    /// What it asks first; the cause where an error keeps it from asking.
    pub(super) fn requests(&self, spec: &Value) -> Result<Vec<Request>, String> {
        let request = |question| match question {
            Question::Chat(request) => request,
        };
        match prepared(spec).step(&self.sample(), &[]) {
            Step::Ask(questions) => Ok(questions.into_iter().map(request).collect()),
            Step::Done(score) => match score.outcome {
                Outcome::Errored { cause, .. } => Err(cause),
                _ => Ok(Vec::new()),
            },
        }
    }
}

/// An evaluator's configuration from the JSON form of its YAML.
pub(super) fn spec(written: &Value) -> EvaluatorSpec {
    let text = |key: &str| written.get(key).and_then(Value::as_str).map(str::to_owned);
    let type_name = text("type").unwrap();
    let kind = type_name.strip_prefix("not-").unwrap_or(&type_name);
    EvaluatorSpec {
        kind: kind.to_owned(),
        negated: kind != type_name,
        name: text("name").unwrap_or_else(|| type_name.clone()),
        metric: text("metric"),
        value: written.get("value").cloned().unwrap_or_default(),
        threshold: written.get("threshold").map(|t| t.as_f64().unwrap()),
        weight: written.get("weight").map_or(1.0, |w| w.as_f64().unwrap()),
        critical: written.get("critical") == Some(&Value::Bool(true)),
        model: text("model").map(|name| ModelTarget {
            name: name.parse().unwrap(),
            params: Map::new(),
            at: Location::default(),
        }),
        structured: None,
        rubric_prompt: text("rubric_prompt"),
        when: text("when"),
        at: Location::file("evals/suite.yaml"),
        keys: Vec::new(),
    }
}

pub(super) fn prepared(written: &Value) -> Prepared {
    build(&spec(written), &Engine::new()).unwrap()
}

/// What is wrong with a configuration, as `message (hint)`.
pub(super) fn refusal(written: &Value) -> String {
    let problems = build(&spec(written), &Engine::new())
        .err()
        .unwrap_or_else(|| panic!("{written} was accepted"));
    problems
        .iter()
        .map(|problem| match &problem.hint {
            Some(hint) => format!("{} ({hint})", problem.message),
            None => problem.message.clone(),
        })
        .collect::<Vec<_>>()
        .join("; ")
}

/// Whether it passed, and nothing else than passed or failed.
pub(super) fn passes(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Scored { passed, score, .. } => {
            assert!((0.0..=1.0).contains(score));
            *passed
        }
        other => panic!("neither passed nor failed: {other:?}"),
    }
}

/// Why it could not be judged.
pub(super) fn cause(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Errored { cause, .. } => cause,
        other => panic!("not in error: {other:?}"),
    }
}
