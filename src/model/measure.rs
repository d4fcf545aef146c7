//! What one case contributes to a metric: the grain on which rates are averaged and versions are compared.

use super::record::{ArmRecord, CaseOutcome, EvaluatorState, State, SuiteRecord, TrialOutcome};

/// A metric that has a value for each case: a rate or a mean score, of the case as a whole or of one evaluator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseMetric {
    /// The evaluator (or named metric); `None` for the case as a whole.
    pub evaluator: Option<String>,
    /// Rate or score.
    pub kind: CaseMetricKind,
}

/// Rate or score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseMetricKind {
    /// Share of repeats that passed.
    PassRate,
    /// Mean score.
    Score,
}

impl CaseMetric {
    /// Reads a metric's name; `None` for one that has no value for each case (latency, cost, counts).
    pub fn parse(name: &str) -> Option<Self> {
        let (evaluator, kind) = match name.rsplit_once('.') {
            None => (None, name),
            Some((evaluator, kind)) => (Some(evaluator.to_owned()), kind),
        };
        let kind = match kind {
            "pass_rate" => CaseMetricKind::PassRate,
            "score" => CaseMetricKind::Score,
            _ => return None,
        };
        Some(Self { evaluator, kind })
    }

    /// The case's value in 0..=1; `None` where the case is in error or the evaluator does not apply to it.
    pub fn of(&self, suite: &SuiteRecord, arm: &ArmRecord, case: &CaseOutcome) -> Option<f64> {
        match &self.evaluator {
            None => self.of_whole(arm, case),
            Some(name) => self.of_evaluator(name, suite, arm, case),
        }
    }

    /// What each repeat of the case contributes, in 0..=1; `None` for a repeat in error. `None` as a whole where the evaluator
    /// applies to no repeat of it.
    pub fn answers(
        &self,
        suite: &SuiteRecord,
        arm: &ArmRecord,
        case: &CaseOutcome,
    ) -> Option<Vec<Option<f64>>> {
        self.answers_in(suite, arm.trials_of(case))
    }

    /// The same of any trials of one case, such as those that are pooled.
    pub(crate) fn answers_in<'t>(
        &self,
        suite: &SuiteRecord,
        trials: impl Iterator<Item = TrialOutcome<'t>>,
    ) -> Option<Vec<Option<f64>>> {
        let answers: Vec<Answer> = trials.map(|trial| self.answer(suite, &trial)).collect();
        let applies = answers.iter().any(|one| *one != Answer::NotApplicable);
        let value = |answer: &Answer| match answer {
            Answer::Known(value) => Some(*value),
            Answer::Error => None,
            // An evaluator that applies to some repeats only has nothing against the others.
            Answer::NotApplicable => Some(1.0),
        };
        applies.then(|| answers.iter().map(value).collect())
    }

    fn answer(&self, suite: &SuiteRecord, trial: &TrialOutcome<'_>) -> Answer {
        let Some(name) = &self.evaluator else {
            return match (self.kind, trial.state) {
                (_, State::Error) => Answer::Error,
                (CaseMetricKind::PassRate, state) => {
                    Answer::Known(f64::from(u8::from(state == State::Passed)))
                }
                (CaseMetricKind::Score, _) => trial.score.map_or(Answer::Error, Answer::Known),
            };
        };
        if trial.state == State::Error && trial.scores.is_empty() {
            return Answer::Error;
        }
        let (mut all, mut sum, mut count) = (true, 0.0, 0_u32);
        for outcome in trial.scores {
            let info = suite.evaluators.get(usize::from(outcome.evaluator));
            if !info.is_some_and(|info| info.counts_in(name)) {
                continue;
            }
            match outcome.state {
                EvaluatorState::Error => return Answer::Error,
                EvaluatorState::Skipped => {}
                EvaluatorState::Scored(passed, score) => {
                    all &= passed;
                    sum += decimal(score);
                    count += 1;
                }
            }
        }
        match self.kind {
            _ if count == 0 => Answer::NotApplicable,
            CaseMetricKind::PassRate => Answer::Known(f64::from(u8::from(all))),
            CaseMetricKind::Score => Answer::Known(sum / f64::from(count)),
        }
    }

    /// Whether an evaluator that counts in the metric could not judge the case.
    pub(crate) fn is_in_error(
        &self,
        suite: &SuiteRecord,
        arm: &ArmRecord,
        case: &CaseOutcome,
    ) -> bool {
        let Some(name) = &self.evaluator else {
            return case.error;
        };
        let patterns = arm.patterns_of(case).flatten();
        let mut scores = patterns.flat_map(|pattern| &pattern.scores);
        scores.any(|score| {
            let info = suite.evaluators.get(usize::from(score.evaluator));
            score.state == EvaluatorState::Error && info.is_some_and(|info| info.counts_in(name))
        })
    }

    fn of_whole(&self, arm: &ArmRecord, case: &CaseOutcome) -> Option<f64> {
        if self.kind == CaseMetricKind::PassRate {
            return case.pass_share();
        }
        let trials = arm.patterns_of(case);
        let count = trials.len();
        let sum = trials.map(|trial| trial?.score).sum::<Option<f64>>()?;
        (!case.error && count > 0).then(|| sum / count as f64)
    }

    fn of_evaluator(
        &self,
        name: &str,
        suite: &SuiteRecord,
        arm: &ArmRecord,
        case: &CaseOutcome,
    ) -> Option<f64> {
        let (mut sum, mut count) = (0.0, 0_u32);
        let patterns = arm.patterns_of(case).flatten();
        for outcome in patterns.flat_map(|pattern| &pattern.scores) {
            let info = suite.evaluators.get(usize::from(outcome.evaluator))?;
            if !info.counts_in(name) {
                continue;
            }
            match outcome.state {
                EvaluatorState::Error => return None,
                EvaluatorState::Skipped => {}
                EvaluatorState::Scored(passed, score) => {
                    sum += match self.kind {
                        CaseMetricKind::PassRate => f64::from(u8::from(passed)),
                        CaseMetricKind::Score => decimal(score),
                    };
                    count += 1;
                }
            }
        }
        (count > 0).then(|| sum / f64::from(count))
    }
}

/// What one repeat says of a metric.
#[derive(Clone, Copy, PartialEq)]
enum Answer {
    Known(f64),
    Error,
    NotApplicable,
}

/// A score is kept in 32 bits; its six decimals are what it was meant to be.
fn decimal(score: f32) -> f64 {
    (f64::from(score) * 1e6).round() / 1e6
}
