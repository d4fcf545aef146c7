//! From the scores of a trial's evaluators to whether the trial passes.

use crate::model::{Outcome, Score};

/// What a trial's scores come to.
#[derive(Clone, Debug, PartialEq)]
pub enum Conclusion {
    /// The trial passes.
    Passed {
        /// Weighted mean score.
        score: f64,
    },
    /// The trial fails.
    Failed {
        /// Weighted mean score.
        score: f64,
    },
    /// It could not be decided.
    Error {
        /// Why not.
        cause: String,
    },
}

/// A trial passes when every evaluator of it does; with a threshold, when the weighted mean score reaches it and every critical
/// evaluator passes. Weight 0 is reported and not counted, unless critical. An evaluator that could not judge leaves the trial
/// undecided, and so does a trial to which no evaluator applies.
pub fn conclude(scores: &[Score], threshold: Option<f64>) -> Conclusion {
    let counted = || {
        scores
            .iter()
            .filter(|score| score.weight > 0.0 || score.critical)
    };
    let (mut sum, mut weights) = (0.0, 0.0);
    let (mut scored, mut all, mut critical) = (0_usize, true, true);
    for score in counted() {
        match &score.outcome {
            Outcome::Errored { cause } => {
                return Conclusion::Error {
                    cause: format!("{}: {cause}", score.name),
                };
            }
            Outcome::Unscored { .. } => {}
            Outcome::Scored {
                passed,
                score: value,
                ..
            } => {
                scored += 1;
                sum += value * score.weight;
                weights += score.weight;
                all &= passed;
                critical &= *passed || !score.critical;
            }
        }
    }
    if scored == 0 {
        return Conclusion::Error {
            cause: "no evaluator that counts applies to this case".to_owned(),
        };
    }
    // Only critical evaluators of weight 0: their passing is the score.
    let score = if weights > 0.0 {
        sum / weights
    } else {
        f64::from(u8::from(critical))
    };
    let passed = match threshold {
        None => all,
        Some(threshold) => critical && score >= threshold - 1e-12,
    };
    if passed {
        Conclusion::Passed { score }
    } else {
        Conclusion::Failed { score }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(passed: Option<bool>, weight: f64, critical: bool) -> Score {
        Score {
            name: "e".into(),
            type_name: "equals".into(),
            metric: None,
            weight,
            critical,
            outcome: passed.map_or_else(
                || Outcome::errored("?"),
                |passed| Outcome::binary(passed, ""),
            ),
        }
    }

    #[test]
    fn every_evaluator_must_pass_unless_there_is_a_threshold() {
        let scores = [
            score(Some(true), 1.0, false),
            score(Some(false), 1.0, false),
        ];
        assert_eq!(conclude(&scores, None), Conclusion::Failed { score: 0.5 });
        assert_eq!(
            conclude(&scores, Some(0.5)),
            Conclusion::Passed { score: 0.5 }
        );
        let vetoed = [score(Some(true), 1.0, false), score(Some(false), 1.0, true)];
        assert_eq!(
            conclude(&vetoed, Some(0.5)),
            Conclusion::Failed { score: 0.5 }
        );
    }

    #[test]
    fn weight_zero_is_never_counted_and_an_error_never_passes() {
        let ignored = [
            score(Some(true), 1.0, false),
            score(None, 0.0, false),
            score(Some(false), 0.0, false),
        ];
        assert_eq!(conclude(&ignored, None), Conclusion::Passed { score: 1.0 });
        let broken = [score(Some(true), 1.0, false), score(None, 1.0, false)];
        assert!(matches!(
            conclude(&broken, Some(0.0)),
            Conclusion::Error { .. }
        ));
        assert!(matches!(conclude(&[], None), Conclusion::Error { .. }));
        assert!(matches!(
            conclude(&[score(Some(true), 0.0, false)], None),
            Conclusion::Error { .. }
        ));
    }
}
