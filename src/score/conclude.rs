//! A trial's scores into one conclusion: passed, failed or error. What could not be judged never passes.

use crate::model::{Outcome, Score};

/// How far below the threshold a mean may lie by floating-point rounding alone: three times 0.7 averages to less than 0.7.
const ROUNDING: f64 = 1e-9;

/// What the scores of a trial come to.
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
    /// It cannot be decided.
    Error {
        /// Why not.
        cause: String,
    },
}

/// Concludes a trial.
///
/// It passes when every evaluator that counts passes; with a threshold, when the weighted mean score reaches it and
/// every critical evaluator passes. An evaluator counts when its weight is above 0 or it is critical; the others are
/// reported only, their errors included. Skipped evaluators are left out; where none is left, nothing was tested and the
/// trial is in error.
pub fn conclude(scores: &[Score], threshold: Option<f64>) -> Conclusion {
    let counted = || scores.iter().filter(|score| counts(score));
    if let Some(cause) = counted().find_map(error) {
        return Conclusion::Error { cause };
    }
    let tally = counted().fold(Tally::default(), Tally::add);
    if tally.scored == 0 {
        return Conclusion::Error {
            cause: "no evaluator applies to this case, so nothing was tested".to_owned(),
        };
    }
    let score = tally.mean();
    let sound = counted().all(|score| score.weight >= 0.0) && score.is_finite();
    if !sound {
        return Conclusion::Error {
            cause: "the weights of this case's evaluators give no mean".to_owned(),
        };
    }
    let passed = match threshold {
        None => tally.all_pass,
        Some(least) => tally.critical_pass && score >= least - ROUNDING,
    };
    if passed {
        Conclusion::Passed { score }
    } else {
        Conclusion::Failed { score }
    }
}

fn counts(score: &Score) -> bool {
    // Not `> 0.0`: a weight that is negative or no number must not drop out unseen.
    score.critical || score.weight != 0.0
}

fn error(score: &Score) -> Option<String> {
    match &score.outcome {
        Outcome::Errored { cause, .. } => Some(format!("{}: {cause}", score.name)),
        _ => None,
    }
}

/// Sums over the counted evaluators that were scored.
struct Tally {
    scored: usize,
    weight: f64,
    weighted: f64,
    all_pass: bool,
    critical_pass: bool,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            scored: 0,
            weight: 0.0,
            weighted: 0.0,
            all_pass: true,
            critical_pass: true,
        }
    }
}

impl Tally {
    fn add(mut self, one: &Score) -> Self {
        if let Outcome::Scored { passed, score, .. } = one.outcome {
            self.scored += 1;
            self.weight += one.weight;
            self.weighted += one.weight * score;
            self.all_pass &= passed;
            self.critical_pass &= passed || !one.critical;
        }
        self
    }

    /// The weighted mean; where only critical evaluators of weight 0 were scored, whether they pass.
    fn mean(&self) -> f64 {
        if self.weight == 0.0 {
            f64::from(u8::from(self.all_pass))
        } else {
            self.weighted / self.weight
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scored(passed: bool, score: f64) -> Score {
        Score {
            gave_up: false,
            name: "x".into(),
            type_name: "contains".into(),
            metric: None,
            weight: 1.0,
            critical: false,
            outcome: Outcome::scored(passed, score, ""),
        }
    }

    fn weighted(weight: f64, score: Score) -> Score {
        Score { weight, ..score }
    }

    fn critical(score: Score) -> Score {
        Score {
            critical: true,
            ..score
        }
    }

    fn with(outcome: Outcome) -> Score {
        Score {
            outcome,
            ..scored(true, 1.0)
        }
    }

    fn is_error(conclusion: &Conclusion) -> bool {
        matches!(conclusion, Conclusion::Error { .. })
    }

    #[test]
    fn without_a_threshold_every_evaluator_has_to_pass() {
        let scores = [scored(true, 1.0), scored(true, 0.5)];
        assert_eq!(conclude(&scores, None), Conclusion::Passed { score: 0.75 });
        let scores = [scored(true, 1.0), scored(false, 0.5)];
        assert_eq!(conclude(&scores, None), Conclusion::Failed { score: 0.75 });
    }

    #[test]
    fn a_threshold_asks_for_the_weighted_mean_instead() {
        let scores = [weighted(3.0, scored(true, 1.0)), scored(false, 0.0)];
        assert_eq!(
            conclude(&scores, Some(0.75)),
            Conclusion::Passed { score: 0.75 }
        );
        assert_eq!(
            conclude(&scores, Some(0.76)),
            Conclusion::Failed { score: 0.75 }
        );
    }

    #[test]
    fn rounding_alone_does_not_fail_a_mean() {
        let scores = [scored(true, 0.7), scored(true, 0.7), scored(true, 0.7)];
        assert!(matches!(
            conclude(&scores, Some(0.7)),
            Conclusion::Passed { .. }
        ));
    }

    #[test]
    fn a_critical_evaluator_has_to_pass_whatever_the_mean() {
        let scores = [
            weighted(9.0, scored(true, 1.0)),
            critical(scored(false, 0.9)),
        ];
        assert!(matches!(
            conclude(&scores, Some(0.5)),
            Conclusion::Failed { .. }
        ));
        let scores = [
            scored(true, 1.0),
            weighted(0.0, critical(scored(false, 0.0))),
        ];
        assert_eq!(conclude(&scores, None), Conclusion::Failed { score: 1.0 });
    }

    #[test]
    fn weight_0_is_never_counted_neither_its_failure_nor_its_error() {
        let scores = [
            scored(true, 1.0),
            weighted(0.0, scored(false, 0.0)),
            weighted(0.0, with(Outcome::errored("dead"))),
        ];
        assert_eq!(conclude(&scores, None), Conclusion::Passed { score: 1.0 });
    }

    #[test]
    fn an_error_of_a_counted_evaluator_is_the_trials_error_and_named() {
        let scores = [scored(false, 0.0), with(Outcome::errored("dead"))];
        assert_eq!(
            conclude(&scores, Some(0.0)),
            Conclusion::Error {
                cause: "x: dead".into()
            }
        );
        let scores = [
            scored(true, 1.0),
            weighted(0.0, critical(with(Outcome::errored("dead")))),
        ];
        assert!(is_error(&conclude(&scores, None)));
    }

    #[test]
    fn a_trial_in_which_nothing_was_tested_is_in_error() {
        let skipped = with(Outcome::Unscored {
            reason: String::new(),
        });
        assert!(is_error(&conclude(&[], None)));
        assert!(is_error(&conclude(
            std::slice::from_ref(&skipped),
            Some(0.0)
        )));
        assert!(is_error(&conclude(
            &[skipped, weighted(0.0, scored(true, 1.0))],
            None
        )));
    }

    #[test]
    fn critical_evaluators_of_weight_0_alone_decide_by_themselves() {
        let scores = [weighted(0.0, critical(scored(true, 0.4)))];
        assert_eq!(
            conclude(&scores, Some(1.0)),
            Conclusion::Passed { score: 1.0 }
        );
    }

    #[test]
    fn weights_that_give_no_mean_are_an_error_and_a_threshold_that_is_no_number_passes_nothing() {
        for weight in [f64::NAN, f64::INFINITY, -1.0] {
            let scores = [weighted(weight, scored(true, 1.0))];
            assert!(is_error(&conclude(&scores, None)), "{weight}");
        }
        assert!(matches!(
            conclude(&[scored(true, 1.0)], Some(f64::NAN)),
            Conclusion::Failed { .. }
        ));
    }

    proptest! {
        #[test]
        fn a_better_score_never_turns_a_pass_into_a_failure(
            scores in prop::collection::vec((0.0..=1.0f64, 0.0..5.0f64, any::<bool>()), 1..6),
            threshold in prop::option::of(0.0..=1.0f64),
        ) {
            let trial = |lift: f64| -> Vec<Score> {
                scores
                    .iter()
                    .map(|&(score, weight, is_critical)| Score {
                        weight,
                        critical: is_critical,
                        ..scored(score + lift >= 0.5, score + lift)
                    })
                    .collect()
            };
            if matches!(conclude(&trial(0.0), threshold), Conclusion::Passed { .. }) {
                let lifted = conclude(&trial(0.25), threshold);
                let still_passes = matches!(lifted, Conclusion::Passed { .. });
                prop_assert!(still_passes);
            }
        }
    }
}
