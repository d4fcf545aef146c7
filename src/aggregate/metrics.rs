//! Numbers of an arm, over all cases and over the cases of each label.

use std::collections::BTreeSet;

use crate::model::record::{
    ArmRecord, CaseOutcome, Measured, Metrics, State, SuiteRecord, TrialOutcome,
};
use crate::model::{CaseMetric, CaseMetricKind};
use crate::stats::{StatsError, pass_at_k, pass_hat_k};

/// Fills in the metrics of every arm.
pub(super) fn compute(suite: &mut SuiteRecord) {
    let tags = suite.cases.tags();
    let mut computed = Vec::new();
    for arm in &suite.arms {
        let slices = tags.iter().map(|tag| {
            let part = Part::with_tag(suite, arm, tag);
            ((*tag).to_owned(), part.metrics())
        });
        computed.push((Part::whole(suite, arm).metrics(), slices.collect()));
    }
    for (arm, (metrics, slices)) in suite.arms.iter_mut().zip(computed) {
        arm.metrics = metrics;
        arm.slices = slices;
    }
}

/// Cases that numbers are taken over. They are gone through once a number instead of being collected: there may be a million.
struct Part<'a> {
    suite: &'a SuiteRecord,
    arm: &'a ArmRecord,
    /// Places of the cases; `None` for all.
    only: Option<Vec<u32>>,
}

impl<'a> Part<'a> {
    fn whole(suite: &'a SuiteRecord, arm: &'a ArmRecord) -> Self {
        Self {
            suite,
            arm,
            only: None,
        }
    }

    fn with_tag(suite: &'a SuiteRecord, arm: &'a ArmRecord, tag: &str) -> Self {
        let has_tag = |place: &u32| {
            let info = suite.cases.get(*place as usize);
            info.is_some_and(|info| info.tags.iter().any(|own| own == tag))
        };
        let places = arm.cases().map(|case| case.case);
        Self {
            only: Some(places.filter(has_tag).collect()),
            ..Self::whole(suite, arm)
        }
    }

    fn cases(&self) -> Box<dyn Iterator<Item = CaseOutcome> + '_> {
        match &self.only {
            None => Box::new(self.arm.cases()),
            Some(places) => Box::new(places.iter().filter_map(|place| self.arm.case(*place))),
        }
    }

    fn metrics(&self) -> Metrics {
        let mut metrics = Metrics::new();
        let mut put = |name: &str, value: Measured| {
            metrics.insert(name.to_owned(), value);
        };
        for (name, metric) in self.rates() {
            let values = self.cases();
            let values = values.filter_map(|case| metric.of(self.suite, self.arm, &case));
            let unknown = || Measured::Unknown("no case could be measured".to_owned());
            put(&name, mean(values).map_or_else(unknown, Measured::Known));
        }
        for (name, value) in self.several() {
            put(&name, value);
        }
        let errors = self.cases().filter(|case| case.error).count();
        put("errors", Measured::Known(errors as f64));
        let trials = self.cases().flat_map(|case| self.arm.trials_of(&case));
        let fallbacks = trials.filter(|trial| trial.fallback).count();
        put("fallbacks", Measured::Known(fallbacks as f64));
        put("refusal_rate", self.refusal_rate());
        for (name, value) in self.latencies() {
            put(name, value);
        }
        for (name, value) in self.totals() {
            put(name, value);
        }
        metrics
    }

    /// Rates and scores, of the case as a whole and of each evaluator.
    fn rates(&self) -> Vec<(String, CaseMetric)> {
        let mut names: BTreeSet<Option<String>> = BTreeSet::from([None]);
        for info in &self.suite.evaluators {
            names.insert(Some(info.name.clone()));
            names.extend(info.metric.clone().map(Some));
        }
        let kinds = [
            (CaseMetricKind::PassRate, "pass_rate"),
            (CaseMetricKind::Score, "score"),
        ];
        let mut rates = Vec::new();
        for evaluator in names {
            for (kind, end) in kinds {
                let name = match &evaluator {
                    None => end.to_owned(),
                    Some(evaluator) => format!("{evaluator}.{end}"),
                };
                let evaluator = evaluator.clone();
                rates.push((name, CaseMetric { evaluator, kind }));
            }
        }
        rates
    }

    /// `pass@k` (at least one of k repeats passes) and `pass^k` (all of k do), unbiased (Chen et al. 2021; Yao et al. 2024),
    /// for every k from 2 to the repeats that all cases have.
    fn several(&self) -> Vec<(String, Measured)> {
        let measured = || self.cases().filter(|case| !case.error);
        let repeats = measured().map(|case| case.trials).min();
        let mut metrics = Vec::new();
        for k in 2..=repeats.unwrap_or_default() {
            let each = |one: fn(u64, u64, u64) -> Result<f64, StatsError>| {
                let values = measured().filter_map(|case| {
                    one(u64::from(case.trials), u64::from(case.passes), u64::from(k)).ok()
                });
                mean(values).map_or_else(no_answer, Measured::Known)
            };
            metrics.push((format!("pass@{k}"), each(pass_at_k)));
            metrics.push((format!("pass^{k}"), each(pass_hat_k)));
        }
        metrics
    }

    /// Trials with an answer, of the cases that are not in error.
    fn answered(&self) -> impl Iterator<Item = TrialOutcome<'a>> + '_ {
        let cases = self.cases().filter(|case| !case.error);
        cases.flat_map(|case| answered(self.arm, &case))
    }

    fn refusal_rate(&self) -> Measured {
        let refused = self.answered();
        let refused = refused.map(|trial| f64::from(u8::from(trial.refused)));
        mean(refused).map_or_else(no_answer, Measured::Known)
    }

    fn latencies(&self) -> Vec<(&'static str, Measured)> {
        let known = || self.answered().filter_map(|trial| trial.latency_ms);
        let missing = self.answered().filter(|trial| trial.latency_ms.is_none());
        let missing = missing.count();
        let mean = mean(known());
        let mut sorted: Vec<f64> = known().collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let measure = |value: Option<f64>| match value {
            _ if missing > 0 => Measured::Unknown(format!(
                "{missing} answers carry no latency: log `latency_ms`, or call live"
            )),
            Some(value) => Measured::Known(value),
            None => no_answer(),
        };
        vec![
            ("latency_ms.mean", measure(mean)),
            ("latency_ms.p50", measure(quantile(&sorted, 0.50))),
            ("latency_ms.p95", measure(quantile(&sorted, 0.95))),
            ("latency_ms.p99", measure(quantile(&sorted, 0.99))),
        ]
    }

    fn totals(&self) -> Vec<(&'static str, Measured)> {
        let tokens = |pick: fn((u64, u64)) -> u64| {
            self.total(
                |trial| trial.tokens.map(|tokens| pick(tokens) as f64),
                "carry no token counts",
            )
        };
        vec![
            ("tokens.input", tokens(|(input, _)| input)),
            ("tokens.output", tokens(|(_, output)| output)),
            (
                "tokens.total",
                tokens(|(input, output)| input.saturating_add(output)),
            ),
            (
                "cost_usd",
                self.total(
                    |trial| trial.cost_usd,
                    "have no known cost: set the model's price under `prices:` in prompteval.yaml",
                ),
            ),
            (
                "judge.cost_usd",
                self.total(
                    |trial| trial.judge_cost_usd,
                    "have a judge of unknown cost: set its price under `prices:` in prompteval.yaml",
                ),
            ),
        ]
    }

    /// The sum over cases of the mean over repeats.
    fn total(&self, value: impl Fn(&TrialOutcome<'_>) -> Option<f64>, missing: &str) -> Measured {
        let mut sum = 0.0;
        let (mut trials, mut unknown) = (0, 0);
        for case in self.cases().filter(|case| !case.error) {
            let known = answered(self.arm, &case).map(|trial| {
                let value = value(&trial);
                trials += 1;
                unknown += usize::from(value.is_none());
                value
            });
            sum += mean(known.flatten()).unwrap_or_default();
        }
        if trials == 0 {
            no_answer()
        } else if unknown > 0 {
            Measured::Unknown(format!("{unknown} answers {missing}"))
        } else {
            Measured::Known(sum)
        }
    }
}

/// The trials of a case that have an answer.
fn answered<'a>(
    arm: &'a ArmRecord,
    case: &CaseOutcome,
) -> impl Iterator<Item = TrialOutcome<'a>> + use<'a> {
    let is_answered =
        |trial: &TrialOutcome<'_>| trial.state != State::Error && trial.source.is_some();
    arm.trials_of(case).filter(is_answered)
}

fn no_answer() -> Measured {
    Measured::Unknown("there is no answer to measure".to_owned())
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0_usize);
    for value in values {
        sum += value;
        count += 1;
    }
    (count > 0).then(|| sum / count as f64)
}

/// Linear interpolation between the two nearest values (Hyndman and Fan 1996, type 7).
fn quantile(sorted: &[f64], q: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = last as f64 * q;
    let low = sorted.get(place.floor() as usize)?;
    let high = sorted.get(place.ceil() as usize)?;
    Some(low + (high - low) * place.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_interpolate_and_nothing_has_none() {
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(quantile(&[3.0], 0.95), Some(3.0));
        assert_eq!(quantile(&[1.0, 2.0, 3.0, 4.0], 0.5), Some(2.5));
        assert_eq!(mean(std::iter::empty()), None);
    }
}
