//! `latency` and `cost`: what an answer took. Where that is not known the evaluation is an error, never a pass.

use super::super::entry::{Built, EvaluatorEntry, Param};
use super::super::values::limit;
use crate::model::{Completion, EvaluatorSpec, Outcome, Sample};
use crate::score::Evaluator;
use crate::template::Engine;

pub(super) static LATENCY: EvaluatorEntry = EvaluatorEntry {
    name: "latency",
    summary: "The answer came within so many milliseconds",
    params: &[Param::required(
        "threshold",
        "milliseconds; of a stored answer, those of its recording",
    )],
    example: "{type: latency, threshold: 4000}",
    build: |spec, engine| build(spec, engine, Quantity::Latency),
};

pub(super) static COST: EvaluatorEntry = EvaluatorEntry {
    name: "cost",
    summary: "The answer cost at most so many US dollars at list price",
    params: &[Param::required("threshold", "US dollars")],
    example: "{type: cost, threshold: 0.002}",
    build: |spec, engine| build(spec, engine, Quantity::Cost),
};

#[derive(Clone, Copy)]
enum Quantity {
    Latency,
    Cost,
}

struct Measured {
    quantity: Quantity,
    limit: f64,
}

fn build(spec: &EvaluatorSpec, _: &Engine, quantity: Quantity) -> Built {
    let unit = match quantity {
        Quantity::Latency => "milliseconds",
        Quantity::Cost => "US dollars",
    };
    Ok(Box::new(Measured {
        quantity,
        limit: limit(spec, unit)?,
    }))
}

impl Evaluator for Measured {
    fn score(&self, sample: &Sample<'_>, _: &[Completion]) -> Outcome {
        let (value, name, remedy) = match self.quantity {
            Quantity::Latency => (
                sample.latency_ms,
                "latency in ms",
                "log `latency_ms`, or call live",
            ),
            Quantity::Cost => (
                sample.cost_usd,
                "cost in USD",
                "set the model's price under `prices:` in prompteval.yaml",
            ),
        };
        let Some(value) = value else {
            return Outcome::errored(format!("the {name} is not known: {remedy}"));
        };
        let limit = self.limit;
        Outcome::binary(
            value <= limit,
            format!("{name} is {value}, the limit {limit}"),
        )
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::passes;

    #[test]
    fn what_is_not_known_is_an_error_and_a_limit_is_demanded() {
        assert_eq!(
            passes(&json!({"type": "latency", "threshold": 100}), ""),
            Ok(Some(true))
        );
        assert_eq!(
            passes(&json!({"type": "latency", "threshold": 99}), ""),
            Ok(Some(false))
        );
        assert_eq!(
            passes(&json!({"type": "cost", "threshold": 1}), ""),
            Ok(None)
        );
        assert!(passes(&json!({"type": "cost"}), "").is_err());
        assert!(passes(&json!({"type": "latency", "threshold": -1}), "").is_err());
    }
}
