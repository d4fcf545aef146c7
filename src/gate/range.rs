//! `min` and `max`: a plain comparison of the measured number.

use super::candidate::Candidate;
use crate::model::number::{percent, short};
use crate::model::record::Measured;
use crate::model::suite::GateRule;
use crate::model::verdict::{CountedCases, GateResult, GateVerdict};
use crate::model::{CaseMetric, CaseMetricKind, Tally};
use crate::stats::flip_probability;

/// Differences below this are rounding: thirds of repeats do not add up exactly.
const ROUNDING: f64 = 1e-9;

/// Chance of disagreement from which it is said.
const WORTH_SAYING: f64 = 0.01;

impl Candidate<'_> {
    pub(super) fn range(&self, rule: &GateRule, min: Option<f64>, max: Option<f64>) -> GateResult {
        let metrics = match &rule.tag {
            None => Some(&self.results.metrics),
            Some(tag) => self.results.slices.get(tag),
        };
        let value = match metrics.and_then(|metrics| metrics.get(&rule.metric)) {
            Some(Measured::Known(value)) => *value,
            Some(Measured::Unknown(why)) => {
                return Self::result(rule, GateVerdict::Error, why.clone());
            }
            None => {
                let reason = format!("`{}` was measured on no case", rule.metric);
                return Self::result(rule, GateVerdict::Error, reason);
            }
        };
        let holds = min.is_none_or(|min| value >= min - ROUNDING)
            && max.is_none_or(|max| value <= max + ROUNDING);
        let verdict = if holds {
            GateVerdict::Pass
        } else {
            GateVerdict::Fail
        };
        let flips = min.and_then(|min| self.flips(rule, min));
        let reason = self.describe(rule, value);
        GateResult {
            measured: Some(value),
            counted: self.counted(rule),
            ..Self::result(
                rule,
                verdict,
                format!("{reason}{}", flips.unwrap_or_default()),
            )
        }
    }

    /// How often two runs of the same version would disagree about a rate that is merely compared with a number.
    fn flips(&self, rule: &GateRule, min: f64) -> Option<String> {
        let metric = CaseMetric::parse(&rule.metric)?;
        // "Every case" is a rule and no estimate: there luck is no excuse.
        let is_rule = min >= 1.0 || min <= 0.0;
        if metric.kind != CaseMetricKind::PassRate || self.header.repeats > 1 || is_rule {
            return None;
        }
        let values: Vec<f64> = self
            .cases(rule)
            .filter_map(|(place, _)| self.results.case(place))
            .filter_map(|case| metric.of(self.suite, self.results, &case))
            .collect();
        let rate = values.iter().sum::<f64>() / values.len().max(1) as f64;
        let chance = flip_probability(values.len() as u64, min, rate).ok()?;
        (chance >= WORTH_SAYING).then(|| {
            format!(
                "; two such runs would disagree {} of the time",
                percent(chance)
            )
        })
    }

    /// The number with the counts behind it.
    fn describe(&self, rule: &GateRule, value: f64) -> String {
        let Some(metric) = CaseMetric::parse(&rule.metric) else {
            return format!("measured {}", short(value));
        };
        let cases = self.cases(rule);
        let cases = cases.filter_map(|(place, _)| self.results.case(place));
        if metric.kind == CaseMetricKind::Score {
            let values = cases.filter_map(|case| metric.of(self.suite, self.results, &case));
            return format!("mean of {} cases is {}", values.count(), short(value));
        }
        rate(&metric.tally(self.suite, self.results, cases), value)
    }

    /// Cases whose failing the gate counts.
    pub(super) fn counted(&self, rule: &GateRule) -> CountedCases {
        let Some(metric) = CaseMetric::parse(&rule.metric) else {
            return CountedCases::None;
        };
        let failing = self.cases(rule).filter(|(place, _)| {
            let case = self.results.case(*place);
            let value = case.and_then(|case| metric.of(self.suite, self.results, &case));
            value.is_some_and(|value| value < 1.0)
        });
        let cases = failing.map(|(place, _)| place).collect();
        match metric.evaluator {
            None => CountedCases::Whole(cases),
            Some(name) => CountedCases::Metric(name, cases),
        }
    }
}

/// A rate as counts that can be checked; as percent where cases have different numbers of results, for no count is the rate there.
fn rate(tally: &Tally, value: f64) -> String {
    let (passed, results, cases) = (tally.passed, tally.results, tally.cases);
    match tally.each {
        Some(1) => format!("{passed} of {cases} cases pass"),
        Some(_) if results == tally.answers => {
            format!("{passed} of {results} answers to {cases} cases pass")
        }
        Some(_) => format!("{passed} of {results} results of {cases} cases pass"),
        None => format!("{} pass, as the mean of {cases} cases", percent(value)),
    }
}
