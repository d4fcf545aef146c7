//! The counts behind a rate, for people to check: how many results there are, how many of them pass, of how many cases.

use super::record::{ArmRecord, CaseOutcome, EvaluatorState, State, SuiteRecord};
use super::{CaseMetric, CaseMetricKind};

/// Results of a rate. Passed by all results is the rate itself only where each case has as many results as any other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Cases that the rate has a value for.
    pub cases: u64,
    /// Answers that were judged, over all of these cases.
    pub answers: u64,
    /// What was said of them: more than answers where several evaluators count in one metric.
    pub results: u64,
    /// How many results pass.
    pub passed: u64,
    /// Results of each case, where all cases have the same number.
    pub each: Option<u64>,
}

impl CaseMetric {
    /// Counts a rate's results over cases; cases without a value are left out, as they are of the rate.
    pub fn tally(
        &self,
        suite: &SuiteRecord,
        arm: &ArmRecord,
        cases: impl Iterator<Item = CaseOutcome>,
    ) -> Tally {
        let rate = Self {
            kind: CaseMetricKind::PassRate,
            ..self.clone()
        };
        let mut tally = Tally::default();
        for case in cases.filter(|case| rate.of(suite, arm, case).is_some()) {
            let (mut results, before) = (0, tally.cases);
            for trial in arm.trials_of(&case) {
                let (passed, all) = match &self.evaluator {
                    None => (u64::from(trial.state == State::Passed), 1),
                    Some(name) => counts(suite, trial.scores, name),
                };
                results += all;
                tally.answers += u64::from(all > 0);
                tally.passed += passed;
            }
            tally.cases += 1;
            tally.results += results;
            tally.each = (before == 0 || tally.each == Some(results)).then_some(results);
        }
        tally
    }
}

/// How many evaluators that count in a metric pass an answer, of how many that judge it.
fn counts(
    suite: &SuiteRecord,
    scores: &[super::record::EvaluatorOutcome],
    metric: &str,
) -> (u64, u64) {
    let mut counts = (0, 0);
    for score in scores {
        let info = suite.evaluators.get(usize::from(score.evaluator));
        if let (EvaluatorState::Scored(passed, _), Some(info)) = (score.state, info)
            && info.counts_in(metric)
        {
            counts.0 += u64::from(passed);
            counts.1 += 1;
        }
    }
    counts
}
