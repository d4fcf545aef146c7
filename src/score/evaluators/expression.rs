//! `expression`: an expression over the answer, its calls and the case holds.

use std::collections::BTreeSet;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

use crate::model::{EvaluatorSpec, Outcome, Sample};
use crate::score::scope::{OWN_NAMES, Scope};
use crate::score::value::kind;
use crate::score::{Answer, Evaluator, EvaluatorEntry, Param, SpecError, Step};
use crate::template::{Engine, Expression};
use crate::text::excerpt::quoted;
use crate::text::fence::unfenced;

/// Names that an expression has beside those that templates have.
const NAMES: [&str; 5] = ["calls", "cost_usd", "json", "latency_ms", "usage"];

pub(super) static ENTRY: EvaluatorEntry = EvaluatorEntry {
    name: "expression",
    summary: "the expression over the answer, its calls and the case holds",
    params: &[
        Param::required(
            "value",
            "a Jinja expression that gives true or false, a number, or `{pass, score, reason}`",
        ),
        Param::optional(
            "threshold",
            "the least number that passes, where the expression gives one; without it, any above 0",
        ),
    ],
    example: "{type: expression, value: \"json.items | length > 1 and json.currency == 'EUR'\"}",
    build,
};

struct Rule {
    source: String,
    expression: Expression,
    /// Whether it looks at the output as JSON.
    reads_json: bool,
    threshold: Option<f64>,
}

fn build(spec: &EvaluatorSpec, engine: &Engine) -> Result<Box<dyn Evaluator>, SpecError> {
    let Value::String(source) = &spec.value else {
        let message = format!("the value must be an expression, not {}", kind(&spec.value));
        return Err(SpecError::value(message));
    };
    if source.contains("{{") {
        let message = "an expression stands without braces";
        return Err(
            SpecError::value(message).hint("write `json.total > 3`, not `{{ json.total > 3 }}`")
        );
    }
    if spec.threshold.is_some_and(|least| !least.is_finite()) {
        let message = "the threshold must be a finite number";
        return Err(SpecError::new("threshold", message));
    }
    let expression = engine
        .expression(source)
        .map_err(|error| SpecError::template("value", &error))?;
    Ok(Box::new(Rule {
        source: source.clone(),
        reads_json: expression.variables().contains("json"),
        expression,
        threshold: spec.threshold,
    }))
}

impl Evaluator for Rule {
    fn step(&self, sample: &Sample<'_>, _answers: &[Answer]) -> Step<Outcome> {
        Step::Done(self.outcome(sample))
    }

    fn variables(&self) -> BTreeSet<String> {
        let names = self.expression.variables().into_iter();
        names
            .filter(|name| !NAMES.contains(&name.as_str()))
            .collect()
    }
}

impl Rule {
    fn outcome(&self, sample: &Sample<'_>) -> Outcome {
        let json = if self.reads_json {
            match read(sample.output()) {
                Ok(json) => Some(json),
                Err(why) => return Outcome::errored(why),
            }
        } else {
            None
        };
        let scope = Wide {
            sample,
            json: json.as_ref(),
        };
        match self.expression.value(scope) {
            Ok(value) => self.judged(&value),
            Err(error) => Outcome::errored(error.to_string()),
        }
    }

    fn judged(&self, value: &Value) -> Outcome {
        match value {
            Value::Bool(passed) => {
                let verb = if *passed { "holds" } else { "does not hold" };
                Outcome::binary(*passed, format!("{} {verb}", quoted(&self.source)))
            }
            Value::Number(number) => self.number(number.as_f64().unwrap_or(f64::NAN)),
            Value::Object(whole) => {
                let score = whole.get("score").and_then(Value::as_f64);
                let reason = whole.get("reason").and_then(Value::as_str);
                let reason = reason.map_or_else(
                    || format!("{} decided it", quoted(&self.source)),
                    str::to_owned,
                );
                match (whole.get("pass"), score) {
                    (Some(Value::Bool(passed)), score) => {
                        let score = score.unwrap_or(f64::from(u8::from(*passed)));
                        Outcome::scored(*passed, score, reason)
                    }
                    (None, Some(score)) => Outcome::scored(self.reaches(score), score, reason),
                    _ => Outcome::errored(
                        "the expression gives a mapping without `pass: true|false` and without `score`",
                    ),
                }
            }
            other => Outcome::errored(format!(
                "the expression gives {}: compare it with something, as in `json.name == expected`",
                kind(other)
            )),
        }
    }

    fn number(&self, number: f64) -> Outcome {
        let least = self
            .threshold
            .map_or_else(|| "above 0".to_owned(), |least| format!("at least {least}"));
        let reason = format!("{} is {number}; wanted: {least}", quoted(&self.source));
        Outcome::scored(self.reaches(number), number, reason)
    }

    fn reaches(&self, number: f64) -> bool {
        match self.threshold {
            Some(least) => number >= least,
            None => number > 0.0,
        }
    }
}

/// The output as JSON, without the code fence that may be around it.
fn read(output: &str) -> Result<Value, String> {
    let text = unfenced(output).ok_or_else(|| "the output is no JSON".to_owned())?;
    serde_json::from_str(text).map_err(|error| format!("the output is no JSON: {error}"))
}

/// What an expression sees: the names of templates, and those of the answer.
struct Wide<'a> {
    sample: &'a Sample<'a>,
    json: Option<&'a Value>,
}

impl Serialize for Wide<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let sample = self.sample;
        let is_own = |name: &str| NAMES.contains(&name) || OWN_NAMES.contains(&name);
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in sample.case.vars.iter().filter(|(name, _)| !is_own(name)) {
            map.serialize_entry(name, value)?;
        }
        Scope(sample).own(&mut map)?;
        if let Some(json) = self.json {
            map.serialize_entry("json", json)?;
        }
        map.serialize_entry("calls", &sample.completion.calls)?;
        // Absent rather than null: nothing is faster or cheaper than what is not known.
        if let Some(latency_ms) = sample.latency_ms {
            map.serialize_entry("latency_ms", &latency_ms)?;
        }
        if let Some(cost_usd) = sample.cost_usd {
            map.serialize_entry("cost_usd", &cost_usd)?;
        }
        if let Some(usage) = sample.usage() {
            map.serialize_entry("usage", &usage)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::model::Outcome;
    use crate::model::tool::ToolCall;
    use crate::score::testing::{Bench, cause, passes, refusal};
    use crate::template::Engine;

    fn holds(bench: &Bench, value: &str) -> bool {
        passes(&bench.outcome(&json!({"type": "expression", "value": value})))
    }

    #[test]
    fn it_sees_the_answer_as_text_and_as_json_and_the_case_beside_it() {
        let bench = Bench::new("```json\n{\"category\": \"refund\", \"items\": [1, 2, 3, 4]}\n```")
            .var("id", "o-1")
            .expected(json!("refund"));
        assert!(holds(&bench, "json.category == expected"));
        assert!(holds(&bench, "json.items | length > 3"));
        assert!(!holds(&bench, "json.items | length > 4"));
        assert!(holds(
            &bench,
            "vars.id == 'o-1' and id == 'o-1' and 'refund' in output"
        ));
    }

    #[test]
    fn it_sees_the_calls_of_tools() {
        let mut bench = Bench::new("").var("id", "o-1");
        bench.completion.calls.push(ToolCall {
            name: "lookup".into(),
            arguments: json!({"id": "o-1"}),
            index: 0,
            step: 0,
        });
        assert!(holds(&bench, "calls[0].arguments.id == vars.id"));
        assert!(holds(
            &bench,
            "calls | length == 1 and calls[0].name == 'lookup'"
        ));
    }

    #[test]
    fn a_number_is_held_against_the_threshold() {
        let bench = Bench::new("{\"sure\": 0.7}");
        let with =
            |threshold| json!({"type": "expression", "value": "json.sure", "threshold": threshold});
        assert!(passes(&bench.outcome(&with(0.7))));
        assert!(!passes(&bench.outcome(&with(0.8))));
        assert!(holds(&bench, "json.sure"));
        assert!(!holds(&Bench::new("{\"sure\": 0}"), "json.sure"));
        let mut spec = crate::score::testing::spec(&with(0.7));
        for threshold in [f64::NAN, f64::NEG_INFINITY] {
            spec.threshold = Some(threshold);
            assert!(
                crate::score::build(&spec, &Engine::new()).is_err(),
                "{threshold}"
            );
        }
    }

    #[test]
    fn a_mapping_says_whether_it_passes_and_why() {
        let spec = json!({"type": "expression", "value": "{'pass': output == 'x', 'score': 0.25, 'reason': 'as told'}"});
        match Bench::new("x").outcome(&spec) {
            Outcome::Scored {
                passed,
                score,
                reason,
            } => {
                assert!(passed);
                assert_eq!(
                    (score.to_string().as_str(), reason.as_str()),
                    ("0.25", "as told")
                );
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_answer_that_it_cannot_be_applied_to_fails_the_case_under_not_as_well() {
        for kind in ["expression", "not-expression"] {
            for (output, value) in [
                ("no json", "json.category == 'refund'"),
                ("{\"cat\": 1}", "json.category == 'refund'"),
                ("no call", "calls[0].name == 'lookup'"),
            ] {
                let outcome = Bench::new(output).outcome(&json!({"type": kind, "value": value}));
                assert!(
                    matches!(outcome, Outcome::Scored { passed: false, .. }),
                    "{outcome:?}"
                );
            }
        }
    }

    #[test]
    fn what_gives_neither_yes_nor_no_is_an_error() {
        let text = json!({"type": "expression", "value": "vars.name"});
        let outcome = Bench::new("x").var("name", "Ann").outcome(&text);
        assert!(cause(&outcome).contains("compare it"));
        assert!(refusal(&json!({"type": "expression", "value": "a =="})).contains("syntax"));
        assert!(
            refusal(&json!({"type": "expression", "value": "{{ json.a }}"})).contains("braces")
        );
        assert!(refusal(&json!({"type": "expression", "value": 3})).contains("expression"));
    }
}
