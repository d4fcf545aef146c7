//! Numbers of an arm, over all cases and over the cases of each label.

use std::collections::BTreeSet;

use crate::model::record::{
    ArmRecord, CaseOutcome, Measured, Metrics, State, SuiteRecord, TrialOutcome,
};
use crate::model::{CaseMetric, CaseMetricKind};
use crate::stats::{StatsError, pass_at_k, pass_hat_k};

/// Fills in the metrics of every arm.
pub(super) fn compute(suite: &mut SuiteRecord) {
    let tags: BTreeSet<String> = suite
        .cases
        .iter()
        .flat_map(|case| case.tags.clone())
        .collect();
    let mut computed = Vec::new();
    for arm in &suite.arms {
        let all: Vec<&CaseOutcome> = arm.cases.iter().collect();
        let slices = tags.iter().map(|tag| {
            let has_tag = |case: &&CaseOutcome| {
                let info = suite.cases.get(case.case as usize);
                info.is_some_and(|info| info.tags.contains(tag))
            };
            let cases: Vec<&CaseOutcome> = arm.cases.iter().filter(has_tag).collect();
            (tag.clone(), metrics(suite, arm, &cases))
        });
        computed.push((metrics(suite, arm, &all), slices.collect()));
    }
    for (arm, (metrics, slices)) in suite.arms.iter_mut().zip(computed) {
        arm.metrics = metrics;
        arm.slices = slices;
    }
}

fn metrics(suite: &SuiteRecord, arm: &ArmRecord, cases: &[&CaseOutcome]) -> Metrics {
    let mut metrics = Metrics::new();
    let mut put = |name: &str, value: Measured| {
        metrics.insert(name.to_owned(), value);
    };
    let mean_of = |metric: &CaseMetric| {
        let values = cases.iter().filter_map(|case| metric.of(suite, arm, case));
        mean(&values.collect::<Vec<_>>()).map_or_else(
            || Measured::Unknown("no case could be measured".to_owned()),
            Measured::Known,
        )
    };
    let mut names: BTreeSet<Option<String>> = BTreeSet::from([None]);
    for info in &suite.evaluators {
        names.insert(Some(info.name.clone()));
        names.extend(info.metric.clone().map(Some));
    }
    for evaluator in names {
        for (kind, end) in [
            (CaseMetricKind::PassRate, "pass_rate"),
            (CaseMetricKind::Score, "score"),
        ] {
            let name = match &evaluator {
                None => end.to_owned(),
                Some(evaluator) => format!("{evaluator}.{end}"),
            };
            let metric = CaseMetric {
                evaluator: evaluator.clone(),
                kind,
            };
            put(&name, mean_of(&metric));
        }
    }
    for (name, value) in several(cases) {
        put(&name, value);
    }
    let errors = cases.iter().filter(|case| case.error).count();
    put("errors", Measured::Known(errors as f64));
    let answered = Answered::new(arm, cases);
    put("refusal_rate", answered.refusal_rate());
    for (name, value) in answered.latencies() {
        put(name, value);
    }
    for (name, value) in answered.totals() {
        put(name, value);
    }
    metrics
}

/// `pass@k` (at least one of k repeats passes) and `pass^k` (all of k do), unbiased (Chen et al. 2021; Yao et al. 2024), for
/// every k from 2 to the repeats that all cases have.
fn several(cases: &[&CaseOutcome]) -> Vec<(String, Measured)> {
    let measured: Vec<&&CaseOutcome> = cases.iter().filter(|case| !case.error).collect();
    let repeats = measured
        .iter()
        .map(|case| case.trials)
        .min()
        .unwrap_or_default();
    let mut metrics = Vec::new();
    for k in 2..=repeats {
        let each = |one: fn(u64, u64, u64) -> Result<f64, StatsError>| {
            let values = measured.iter().filter_map(|case| {
                one(u64::from(case.trials), u64::from(case.passes), u64::from(k)).ok()
            });
            let mean = mean(&values.collect::<Vec<_>>());
            mean.map_or_else(no_answer, Measured::Known)
        };
        metrics.push((format!("pass@{k}"), each(pass_at_k)));
        metrics.push((format!("pass^{k}"), each(pass_hat_k)));
    }
    metrics
}

/// Cases that are not in error, with those of their trials that have an answer.
struct Answered<'a> {
    cases: Vec<Vec<&'a TrialOutcome>>,
}

impl<'a> Answered<'a> {
    fn new(arm: &'a ArmRecord, cases: &[&CaseOutcome]) -> Self {
        let answered =
            |trial: &&TrialOutcome| trial.state != State::Error && trial.source.is_some();
        let cases = cases
            .iter()
            .filter(|case| !case.error)
            .map(|case| arm.trials_of(case).iter().filter(answered).collect())
            .collect();
        Self { cases }
    }

    fn trials(&self) -> impl Iterator<Item = &'a TrialOutcome> + '_ {
        self.cases.iter().flatten().copied()
    }

    fn refusal_rate(&self) -> Measured {
        let refused: Vec<f64> = self
            .trials()
            .map(|trial| f64::from(u8::from(trial.refused)))
            .collect();
        mean(&refused).map_or_else(no_answer, Measured::Known)
    }

    fn latencies(&self) -> Vec<(&'static str, Measured)> {
        let known: Vec<f64> = self.trials().filter_map(|trial| trial.latency_ms).collect();
        let missing = self.trials().count() - known.len();
        let mut sorted = known.clone();
        sorted.sort_by(f64::total_cmp);
        let measure = |value: Option<f64>| match value {
            _ if missing > 0 => Measured::Unknown(format!(
                "{missing} answers carry no latency: log `latency_ms`, or call live"
            )),
            Some(value) => Measured::Known(value),
            None => no_answer(),
        };
        vec![
            ("latency_ms.mean", measure(mean(&known))),
            ("latency_ms.p50", measure(quantile(&sorted, 0.50))),
            ("latency_ms.p95", measure(quantile(&sorted, 0.95))),
            ("latency_ms.p99", measure(quantile(&sorted, 0.99))),
        ]
    }

    fn totals(&self) -> Vec<(&'static str, Measured)> {
        let tokens = |pick: fn((u32, u32)) -> u64| {
            self.total(
                |trial| trial.tokens.map(|tokens| pick(tokens) as f64),
                "carry no token counts",
            )
        };
        vec![
            ("tokens.input", tokens(|(input, _)| u64::from(input))),
            ("tokens.output", tokens(|(_, output)| u64::from(output))),
            (
                "tokens.total",
                tokens(|(input, output)| u64::from(input) + u64::from(output)),
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
    fn total(&self, value: impl Fn(&TrialOutcome) -> Option<f64>, missing: &str) -> Measured {
        let mut sum = 0.0;
        let mut unknown = 0;
        for trials in self.cases.iter().filter(|trials| !trials.is_empty()) {
            let known: Vec<f64> = trials.iter().filter_map(|trial| value(trial)).collect();
            unknown += trials.len() - known.len();
            sum += mean(&known).unwrap_or_default();
        }
        if self.trials().next().is_none() {
            no_answer()
        } else if unknown > 0 {
            Measured::Unknown(format!("{unknown} answers {missing}"))
        } else {
            Measured::Known(sum)
        }
    }
}

fn no_answer() -> Measured {
    Measured::Unknown("there is no answer to measure".to_owned())
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
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
        assert_eq!(mean(&[]), None);
    }
}
