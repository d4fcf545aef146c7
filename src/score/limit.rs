//! A measured quantity of an answer against its greatest allowed amount; what was not measured is an error.

use crate::model::{EvaluatorSpec, Outcome, Sample};

use super::{Answer, Evaluator, SpecError, Step};

/// A quantity that an answer has, or that is unknown.
pub(super) struct Limit {
    pub(super) what: &'static str,
    pub(super) unit: &'static str,
    /// How an unknown quantity becomes known.
    pub(super) mend: &'static str,
    pub(super) measure: fn(&Sample<'_>) -> Option<f64>,
}

struct Within {
    limit: &'static Limit,
    most: f64,
}

/// An evaluator that demands at most `threshold` of the quantity.
pub(super) fn within(
    spec: &EvaluatorSpec,
    limit: &'static Limit,
) -> Result<Box<dyn Evaluator>, SpecError> {
    match spec.threshold {
        Some(most) if most.is_finite() && most >= 0.0 => Ok(Box::new(Within { limit, most })),
        most => Err(SpecError::new(
            "threshold",
            format!(
                "the threshold is a number of {} that is 0 or more, not {}",
                limit.unit,
                most.map_or_else(|| "nothing".to_owned(), |most| most.to_string())
            ),
        )),
    }
}

impl Evaluator for Within {
    fn step(&self, sample: &Sample<'_>, _answers: &[Answer]) -> Step<Outcome> {
        let Limit {
            what,
            unit,
            mend,
            measure,
        } = self.limit;
        let measured = measure(sample).filter(|measured| measured.is_finite() && *measured >= 0.0);
        Step::Done(match measured {
            Some(measured) => Outcome::binary(
                measured <= self.most,
                format!(
                    "the {what} is {measured} {unit}; allowed: {} {unit}",
                    self.most
                ),
            ),
            None => Outcome::errored(format!("the {what} of this answer is unknown: {mend}")),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::score::testing::{Bench, cause, passes, refusal};

    fn answer(latency_ms: Option<f64>, cost_usd: Option<f64>) -> Bench {
        Bench {
            latency_ms,
            cost_usd,
            ..Bench::new("x")
        }
    }

    #[test]
    fn the_limit_itself_is_allowed() {
        let bench = answer(Some(250.0), Some(0.002));
        assert!(passes(
            &bench.outcome(&json!({"type": "latency", "threshold": 250}))
        ));
        assert!(!passes(
            &bench.outcome(&json!({"type": "latency", "threshold": 249.9}))
        ));
        assert!(passes(
            &bench.outcome(&json!({"type": "cost", "threshold": 0.002}))
        ));
        assert!(passes(
            &bench.outcome(&json!({"type": "not-cost", "threshold": 0.001}))
        ));
    }

    #[test]
    fn what_is_unknown_is_an_error_with_the_way_to_mend_it_also_under_not() {
        for kind in ["latency", "not-latency", "cost", "not-cost"] {
            let spec = json!({"type": kind, "threshold": 5});
            for unknown in [None, Some(f64::NAN), Some(-1.0)] {
                let outcome = answer(unknown, unknown).outcome(&spec);
                assert!(cause(&outcome).contains("unknown: "), "{kind}");
            }
        }
    }

    #[test]
    fn a_limit_has_to_be_given_and_make_sense() {
        for kind in ["latency", "cost"] {
            assert!(refusal(&json!({"type": kind})).contains("`threshold` is missing"));
            assert!(refusal(&json!({"type": kind, "threshold": -1})).contains("0 or more"));
            assert!(
                refusal(&json!({"type": kind, "threshold": 5, "value": 5})).contains("no `value`")
            );
        }
    }
}
