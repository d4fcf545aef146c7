//! What `critical: true` stands for: a veto of its own, whatever the rates say.

use super::candidate::Candidate;
use crate::model::record::{EvaluatorState, Measured, State};
use crate::model::suite::GateRule;
use crate::model::verdict::{CountedCases, GateResult, GateVerdict};

impl Candidate<'_> {
    /// No trial may fail the evaluator. Others may have its name, in the suite or in single cases: only those that are critical
    /// themselves count.
    pub(super) fn critical_evaluator(&self, rule: &GateRule) -> GateResult {
        let name = rule
            .metric
            .strip_suffix(".pass_rate")
            .unwrap_or(&rule.metric);
        let (mut failed, mut unknown, mut passed) = (Vec::new(), 0, 0);
        let mut namesakes = false;
        for trial in self.results.trials.iter() {
            // A trial without an answer was not judged at all.
            unknown += usize::from(trial.state == State::Error && trial.scores.is_empty());
            for score in trial.scores {
                let info = self.suite.evaluators.get(usize::from(score.evaluator));
                if info.is_none_or(|info| info.name != name) {
                    continue;
                }
                if !score.critical {
                    namesakes = true;
                    continue;
                }
                match score.state {
                    EvaluatorState::Scored(true, _) => passed += 1,
                    EvaluatorState::Skipped => {}
                    EvaluatorState::Scored(false, _) => failed.push(trial.case),
                    EvaluatorState::Error => unknown += 1,
                }
            }
        }
        let trials = failed.len();
        failed.dedup();
        // The metric is of all that have the name.
        let measured = if namesakes {
            let judged = passed + trials;
            (judged > 0).then(|| passed as f64 / judged as f64)
        } else {
            let metric = self.results.metrics.get(&rule.metric);
            metric.and_then(Measured::value)
        };
        let (verdict, reason) = match (trials, unknown) {
            (0, 0) if passed == 0 => (GateVerdict::Error, "it judged no trial".to_owned()),
            (0, 0) => (GateVerdict::Pass, "no trial fails it".to_owned()),
            (0, _) => (
                GateVerdict::Error,
                format!("{unknown} trials could not be judged"),
            ),
            _ => (
                GateVerdict::Fail,
                format!("{trials} trials fail it: {}", self.ids(&failed)),
            ),
        };
        GateResult {
            measured,
            counted: CountedCases::Metric(name.to_owned(), failed),
            ..Self::result(rule, verdict, reason)
        }
    }

    /// Every critical case passes in the majority of its repeats.
    pub(super) fn critical_cases(&self, rule: &GateRule) -> GateResult {
        let (mut failed, mut unknown, mut count) = (Vec::new(), Vec::new(), 0);
        for (place, info) in self.cases(rule) {
            let Some(case) = self.results.case(place).filter(|_| info.critical) else {
                continue;
            };
            count += 1;
            if case.error {
                unknown.push(place);
            } else if case.passes * 2 <= case.trials {
                failed.push(place);
            }
        }
        let (verdict, reason) = if !failed.is_empty() {
            (
                GateVerdict::Fail,
                format!("critical cases fail: {}", self.ids(&failed)),
            )
        } else if unknown.is_empty() {
            (
                GateVerdict::Pass,
                format!("all {count} critical cases pass"),
            )
        } else {
            let reason = format!("critical cases are in error: {}", self.ids(&unknown));
            (GateVerdict::Error, reason)
        };
        GateResult {
            counted: CountedCases::Whole(failed),
            ..Self::result(rule, verdict, reason)
        }
    }

    /// The first few ids of cases.
    fn ids(&self, places: &[u32]) -> String {
        const SHOWN: usize = 5;
        let ids = places
            .iter()
            .filter_map(|place| self.suite.cases.get(*place as usize));
        let shown: Vec<&str> = ids.take(SHOWN).map(|case| case.id).collect();
        let more = places.len().saturating_sub(SHOWN);
        let tail = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        format!("{}{tail}", shown.join(", "))
    }
}
