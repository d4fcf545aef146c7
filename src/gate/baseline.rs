//! `baseline: true`: the candidate is not worse than the baseline, case by case.

use super::range::short;
use super::{Candidate, ROUNDING};
use crate::model::CaseMetric;
use crate::model::event::BaselineLink;
use crate::model::suite::GateRule;
use crate::model::verdict::{CountedCases, GateResult, GateVerdict};

impl Candidate<'_> {
    pub(super) fn compare(&self, rule: &GateRule, margin: f64) -> GateResult {
        let trivial = match self.arm.baseline {
            BaselineLink::NoneYet => Some("no baseline yet"),
            BaselineLink::Itself => Some("is the baseline"),
            BaselineLink::Unused | BaselineLink::Arm(_) => None,
        };
        if let Some(reason) = trivial {
            return Self::result(rule, GateVerdict::Pass, reason.to_owned());
        }
        let (Some(baseline), Some(metric)) = (self.baseline, CaseMetric::parse(&rule.metric))
        else {
            let reason = "there is nothing to compare with".to_owned();
            return Self::result(rule, GateVerdict::Error, reason);
        };
        // A case that either arm could not measure is left out on both.
        let pairs: Vec<(u32, f64, f64)> = self
            .cases(rule)
            .filter_map(|(place, _)| {
                let own = metric.of(self.suite, self.results, self.results.case(place)?)?;
                let other = metric.of(self.suite, baseline, baseline.case(place)?)?;
                Some((place, own, other))
            })
            .collect();
        if pairs.is_empty() {
            let reason = "no case was measured on both versions".to_owned();
            return Self::result(rule, GateVerdict::Error, reason);
        }
        let count = pairs.len() as f64;
        let own = pairs.iter().map(|(_, own, _)| own).sum::<f64>() / count;
        let other = pairs.iter().map(|(.., other)| other).sum::<f64>() / count;
        let worse: Vec<u32> = pairs
            .iter()
            .filter(|(_, own, other)| own < other)
            .map(|(place, ..)| *place)
            .collect();
        let better = pairs.iter().filter(|(_, own, other)| own > other).count();
        let verdict = if other - own < margin - ROUNDING || own >= other {
            GateVerdict::Pass
        } else {
            GateVerdict::Fail
        };
        let reason = format!(
            "{} against {}: {better} cases better, {} worse, of {}",
            short(own),
            short(other),
            worse.len(),
            pairs.len()
        );
        GateResult {
            measured: Some(own),
            baseline: Some(other),
            counted: match metric.evaluator {
                None => CountedCases::Whole(worse),
                Some(name) => CountedCases::Metric(name, worse),
            },
            ..Self::result(rule, verdict, reason)
        }
    }
}
