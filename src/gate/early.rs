//! `stop: decided`: evidence that is looked at after every case, so that a clear pass or fail stops paying.
//!
//! Betting evidence at any time (Waudby-Smith and Ramdas 2024) at 1 %, curtailment for free where passes are counted, and the ordinary
//! look at all cases at the remaining 4 %: STATISTICS of the project call it the hybrid rule. Only the finished prefix of the seeded
//! order counts, cluster by cluster.

use super::prefix::Prefix;
use super::range::short;
use super::weigh::ALPHA_FINAL;
use super::{Candidate, wording};
use crate::model::suite::{Condition, GateRule};
use crate::model::verdict::{Bounds, CountedCases, Decision, GateResult, GateVerdict};
use crate::model::{CaseMetric, CaseMetricKind};
use crate::stats::{
    self, AcceptanceNumbers, ClusterEvidence, ClusterValues, HybridRule, betting_cs_counts,
    gate_acceptance_numbers, hybrid_decision,
};

/// Error rate of the looks after every case, on each side.
const ALPHA_EARLY: f64 = 0.01;

/// A gate that was decided before all cases were asked.
#[derive(Clone, Debug, Default)]
pub(super) struct Stopped {
    passes: bool,
    /// Cases that it took.
    seen: u64,
    /// Clusters that they are, where cases belong together.
    clusters: Option<u64>,
    /// Sum of what the cases contribute, with errors against the verdict.
    sum: f64,
}

impl Candidate<'_> {
    /// For each evidence gate: how the finished prefix decides it. `None` where the suite's gates cannot be decided early.
    pub(super) fn early(&self) -> Option<Vec<Option<Stopped>>> {
        let gates = self.family.max(1) as f64;
        let prefix = self.prefix()?;
        self.evidence_rules()
            .map(|rule| {
                if self.trivial(rule).is_some() {
                    return Some(Some(Stopped {
                        passes: true,
                        ..Stopped::default()
                    }));
                }
                if matches!(rule.condition, Condition::EachTag { .. }) {
                    return None;
                }
                Some(self.stopped(rule, &prefix, gates))
            })
            .collect()
    }

    fn stopped(&self, rule: &GateRule, prefix: &Prefix, gates: f64) -> Option<Stopped> {
        let sums = self.contributions(rule, prefix);
        let (floor, target) = match rule.condition {
            Condition::Evidence { target, floor } => (floor, target),
            Condition::LowerBound { min } => (min, min),
            // A lead d in [-1, 1] is the contribution (d + 1) / 2.
            Condition::Baseline { margin } => (0.5 * (1.0 - margin), 0.5),
            _ => return None,
        };
        if is_count(rule) && prefix.largest == 1 {
            return self.stopped_count(&sums, rule, (floor, target), gates);
        }
        let mut evidence = ClusterEvidence::new(floor, target, prefix.largest).ok()?;
        // All gates have to pass, so that only blocking shares the error rate.
        let alpha_fail = ALPHA_EARLY / gates;
        let mut so_far = Tally::default();
        for sum in sums {
            so_far.add(sum);
            evidence.push(sum).ok()?;
            if let Some(decision) = evidence.decision(ALPHA_EARLY, alpha_fail) {
                let clustered = prefix.largest > 1;
                return Some(so_far.stopped(decision, clustered));
            }
        }
        None
    }

    /// Passes and failures of cases that stand for themselves: what is to come may be unable to change the verdict.
    fn stopped_count(
        &self,
        cases: &[ClusterValues],
        rule: &GateRule,
        (floor, target): (f64, f64),
        gates: f64,
    ) -> Option<Stopped> {
        // How many cases a label will have in the end is not known before they are asked.
        let (total, numbers) = match rule.tag {
            None => {
                let total = u64::from(self.header.selected);
                let numbers = gate_acceptance_numbers(total, target, floor, ALPHA_FINAL / gates);
                (total, numbers.ok()?)
            }
            Some(_) => (
                u64::MAX >> 12,
                AcceptanceNumbers {
                    min_passes_to_pass: None,
                    max_passes_to_fail: None,
                },
            ),
        };
        // Several gates share the error rate, as Holm's test does at the end.
        let hybrid = HybridRule {
            total,
            target,
            floor,
            alpha_early: ALPHA_EARLY / gates,
            numbers,
        };
        let mut so_far = Tally::default();
        for case in cases {
            so_far.add(*case);
            let decide = |passed: f64| hybrid_decision(passed as u64, so_far.cases, &hybrid);
            // An error counts against either verdict.
            if decide(so_far.worst).ok()? == Some(stats::Decision::Pass) {
                return Some(so_far.stopped(stats::Decision::Pass, false));
            }
            if decide(so_far.best).ok()? == Some(stats::Decision::Fail) {
                return Some(so_far.stopped(stats::Decision::Fail, false));
            }
        }
        None
    }
}

/// Whether a gate is about a number of passes.
fn is_count(rule: &GateRule) -> bool {
    let metric = CaseMetric::parse(&rule.metric);
    let is_rate = metric.is_some_and(|metric| metric.kind == CaseMetricKind::PassRate);
    is_rate && !rule.condition.compares()
}

/// What was seen so far.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    clusters: u64,
    cases: u64,
    worst: f64,
    best: f64,
}

impl Tally {
    fn add(&mut self, sum: ClusterValues) {
        self.clusters += 1;
        self.cases += sum.cases;
        self.worst += sum.worst;
        self.best += sum.best;
    }

    fn stopped(self, decision: stats::Decision, clustered: bool) -> Stopped {
        let passes = decision == stats::Decision::Pass;
        Stopped {
            passes,
            seen: self.cases,
            clusters: clustered.then_some(self.clusters),
            sum: if passes { self.worst } else { self.best },
        }
    }
}

impl Stopped {
    pub(super) fn passes(&self) -> bool {
        self.passes
    }

    pub(super) fn result(&self, candidate: &Candidate<'_>, rule: &GateRule) -> GateResult {
        if let Some(reason) = candidate.trivial(rule) {
            return Candidate::result(rule, GateVerdict::Pass, reason.to_owned());
        }
        let verdict = if self.passes {
            GateVerdict::Pass
        } else {
            GateVerdict::Fail
        };
        let planned = candidate.header.selected;
        let clusters = self.clusters.map(|n| format!(" ({n} clusters)"));
        let result = Candidate::result(
            rule,
            verdict,
            format!(
                "{}, decided after {} of {planned} cases{}",
                self.what(rule),
                self.seen,
                clusters.unwrap_or_default()
            ),
        );
        GateResult {
            measured: (!rule.condition.compares()).then(|| self.mean()),
            interval: self.interval(rule),
            counted: if result.resolved == Decision::Fail {
                candidate.counted(rule)
            } else {
                CountedCases::None
            },
            ..result
        }
    }

    fn mean(&self) -> f64 {
        self.sum / self.seen as f64
    }

    /// What was measured until then.
    fn what(&self, rule: &GateRule) -> String {
        if rule.condition.compares() {
            let lead = 2.0 * self.mean() - 1.0;
            return format!("{} against the baseline", wording::percent(lead));
        }
        if is_count(rule) {
            return format!("{} of {} cases pass", self.sum, self.seen);
        }
        format!("mean of {} cases is {}", self.seen, short(self.mean()))
    }

    /// Bounds of a rate over cases that stand for themselves, valid whenever the run stopped.
    fn interval(&self, rule: &GateRule) -> Option<Bounds> {
        if !is_count(rule) || self.clusters.is_some() {
            return None;
        }
        let bounds = betting_cs_counts(self.sum as u64, self.seen, ALPHA_EARLY).ok()?;
        Some(Bounds {
            lower: bounds.lower,
            upper: bounds.upper,
            alpha: ALPHA_EARLY,
        })
    }
}
