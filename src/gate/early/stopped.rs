//! A gate that was decided before all cases were asked, and what it says.

use crate::gate::candidate::Candidate;
use crate::model::number::{percent, short};
use crate::model::suite::GateRule;
use crate::model::verdict::{Bounds, CountedCases, Decision, GateResult, GateVerdict};
use crate::model::{CaseMetric, CaseMetricKind};
use crate::stats::{self, ClusterValues, betting_cs_counts};

/// Error rate of the looks after every case, on each side.
pub(super) const ALPHA_EARLY: f64 = 0.01;

/// Error rate that is left for the look at all cases where a run may stop before it.
pub(in crate::gate) const ALPHA_FINAL: f64 = 0.04;

/// What was seen so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    clusters: u64,
    pub(super) cases: u64,
    pub(super) worst: f64,
    pub(super) best: f64,
}

impl Tally {
    pub(super) fn add(&mut self, sum: ClusterValues) {
        self.clusters += 1;
        self.cases += sum.cases;
        self.worst += sum.worst;
        self.best += sum.best;
    }
}

/// A gate that was decided before all cases were asked.
#[derive(Clone, Debug)]
pub(in crate::gate) enum Stopped {
    /// There is nothing to compare with, and why: it passes.
    Trivial(&'static str),
    /// The first cases of the seeded order decided it.
    After(Prefix),
}

/// The cases that decided a gate.
#[derive(Clone, Debug)]
pub(in crate::gate) struct Prefix {
    passes: bool,
    /// How many they are.
    seen: u64,
    /// Clusters that they are, where cases belong together.
    clusters: Option<u64>,
    /// Sum of what the cases contribute, with errors against the verdict.
    sum: f64,
}

/// Whether a gate is about a number of passes.
pub(super) fn is_count(rule: &GateRule) -> bool {
    let metric = CaseMetric::parse(&rule.metric);
    let is_rate = metric.is_some_and(|metric| metric.kind == CaseMetricKind::PassRate);
    is_rate && !rule.condition.compares()
}

impl Stopped {
    pub(super) fn new(decision: stats::Decision, seen: &Tally, clustered: bool) -> Self {
        let passes = decision == stats::Decision::Pass;
        Self::After(Prefix {
            passes,
            seen: seen.cases,
            clusters: clustered.then_some(seen.clusters),
            sum: if passes { seen.worst } else { seen.best },
        })
    }

    pub(in crate::gate) fn passes(&self) -> bool {
        match self {
            Self::Trivial(_) => true,
            Self::After(prefix) => prefix.passes,
        }
    }

    pub(in crate::gate) fn result(&self, candidate: &Candidate<'_>, rule: &GateRule) -> GateResult {
        match self {
            Self::Trivial(reason) => {
                Candidate::result(rule, GateVerdict::Pass, (*reason).to_owned())
            }
            Self::After(prefix) => prefix.result(candidate, rule),
        }
    }
}

impl Prefix {
    fn result(&self, candidate: &Candidate<'_>, rule: &GateRule) -> GateResult {
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
            return format!("{} against the baseline", percent(lead));
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
