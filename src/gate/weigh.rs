//! Evidence gates of a candidate, decided together.

use super::Candidate;
use super::evidence::{Decided, Evidence, decide};
use super::measured::Measured;
use super::wording;
use crate::model::event::BaselineLink;
use crate::model::looks::{ALPHA, Look};
use crate::model::suite::{Condition, GateRule};
use crate::model::verdict::{Bounds, CountedCases, Decision, GateResult, GateVerdict};
use crate::stats;

/// Error rate that is left for the look at all cases where a run may stop before it.
pub(super) const ALPHA_FINAL: f64 = 0.04;

impl Candidate<'_> {
    /// Every evidence gate, in the suite's order.
    pub(super) fn evidence_gates(&self) -> Vec<GateResult> {
        let rules: Vec<&GateRule> = self.evidence_rules().collect();
        let early = if self.header.stop_decided {
            self.early()
        } else {
            None
        };
        let data: Vec<Result<Measured<'_>, &str>> = rules
            .iter()
            .map(|rule| match self.trivial(rule) {
                Some(reason) => Err(reason),
                None => Measured::new(self, rule),
            })
            .collect();
        let open = data.iter().flatten().count();
        let gates: Vec<(usize, Box<dyn Evidence + '_>)> = data
            .iter()
            .enumerate()
            .filter_map(|(at, data)| Some((at, data.as_ref().ok()?.evidence(open)?)))
            .collect();
        let refs: Vec<&dyn Evidence> = gates.iter().map(|(_, gate)| gate.as_ref()).collect();
        let mut decided: Vec<Option<Result<Decided, stats::StatsError>>> =
            rules.iter().map(|_| None).collect();
        for ((at, _), result) in
            gates
                .iter()
                .zip(decide(&refs, &self.looks(), self.header.on_inconclusive))
        {
            if let Some(place) = decided.get_mut(*at) {
                *place = Some(result);
            }
        }
        let early = early.unwrap_or_default();
        rules
            .iter()
            .zip(&data)
            .zip(decided)
            .enumerate()
            .map(
                |(at, ((rule, data), decided))| match (early.get(at), data, decided) {
                    (Some(Some(stopped)), ..) => stopped.result(self, rule),
                    (_, Err(reason), _) => self.not_looked_at(rule, reason),
                    (_, Ok(data), Some(Ok(decided))) => self.weighed(rule, data, &decided),
                    (_, Ok(_), Some(Err(error))) => Self::error(rule, error.to_string()),
                    (_, Ok(_), None) => Self::error(rule, "it was not looked at"),
                },
            )
            .collect()
    }

    pub(super) fn evidence_rules(&self) -> impl Iterator<Item = &GateRule> {
        let rules = self.header.gates.iter();
        rules.filter(|rule| rule.condition.is_evidence())
    }

    /// Where a run may stop before its end, a part of the error rate is spent by then.
    fn looks(&self) -> Vec<Look> {
        let mut looks = self.header.looks.clone();
        if self.header.stop_decided {
            for look in &mut looks {
                look.alpha *= ALPHA_FINAL / ALPHA;
            }
        }
        looks
    }

    /// A comparison that has no second side.
    pub(super) fn trivial(&self, rule: &GateRule) -> Option<&'static str> {
        match (&rule.condition, self.arm.baseline) {
            (Condition::Baseline { .. }, BaselineLink::NoneYet) => Some("no baseline yet"),
            (Condition::Baseline { .. }, BaselineLink::Itself) => Some("is the baseline"),
            _ => None,
        }
    }

    fn not_looked_at(&self, rule: &GateRule, reason: &str) -> GateResult {
        let verdict = match self.trivial(rule) {
            Some(_) => GateVerdict::Pass,
            None => GateVerdict::Error,
        };
        Self::result(rule, verdict, reason.to_owned())
    }

    fn weighed(&self, rule: &GateRule, data: &Measured<'_>, decided: &Decided) -> GateResult {
        let seen = &decided.seen;
        let (verdict, resolved) = match (decided.decision, decided.blocks) {
            (stats::Decision::Pass, _) => (GateVerdict::Pass, Decision::Pass),
            (stats::Decision::Fail, _) => (GateVerdict::Fail, Decision::Fail),
            (stats::Decision::Inconclusive, true) => (GateVerdict::Inconclusive, Decision::Fail),
            (stats::Decision::Inconclusive, false) => (GateVerdict::Inconclusive, Decision::Pass),
        };
        let compares = matches!(rule.condition, Condition::Baseline { .. });
        let measured = self.mean(rule, data, self.results);
        let baseline = self.baseline.filter(|_| compares);
        let baseline = baseline.and_then(|arm| self.mean(rule, data, arm));
        let inconclusive = verdict == GateVerdict::Inconclusive;
        GateResult {
            measured,
            baseline,
            resolved,
            interval: Some(Bounds {
                lower: seen.lower,
                upper: seen.upper,
                alpha: seen.look.alpha,
            }),
            needs: inconclusive.then(|| wording::needs(rule, seen)),
            counted: if resolved == Decision::Fail {
                self.blamed(rule, data)
            } else {
                CountedCases::None
            },
            ..Self::result(
                rule,
                verdict,
                wording::reason(rule, data, decided, self.header),
            )
        }
    }

    /// The metric's mean over the cases that were looked at.
    fn mean(
        &self,
        rule: &GateRule,
        data: &Measured<'_>,
        arm: &crate::model::record::ArmRecord,
    ) -> Option<f64> {
        let metric = crate::model::CaseMetric::parse(&rule.metric)?;
        let values: Vec<f64> = data
            .places
            .iter()
            .filter_map(|place| metric.of(self.suite, arm, &arm.case(*place)?))
            .collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    }

    /// A comparison blames what got worse, a rate whatever fails.
    fn blamed(&self, rule: &GateRule, data: &Measured<'_>) -> CountedCases {
        if !matches!(rule.condition, Condition::Baseline { .. }) {
            return self.counted(rule);
        }
        let Some(metric) = crate::model::CaseMetric::parse(&rule.metric) else {
            return CountedCases::None;
        };
        let value = |arm: Option<&crate::model::record::ArmRecord>, place: u32| {
            let arm = arm?;
            metric.of(self.suite, arm, &arm.case(place)?)
        };
        let worse = |place: &&u32| {
            let own = value(Some(self.results), **place);
            own.zip(value(self.baseline, **place))
                .is_some_and(|(own, other)| own < other)
        };
        let places = data.places.iter().filter(worse).copied().collect();
        match metric.evaluator.clone() {
            None => CountedCases::Whole(places),
            Some(name) => CountedCases::Metric(name, places),
        }
    }
}
