//! `stop: decided`: evidence that is looked at after every case, so that a clear pass or fail stops paying.
//!
//! Betting evidence at any time (Waudby-Smith and Ramdas 2024) at 1 %, curtailment for free where passes are counted, and the ordinary
//! look at all cases at the remaining 4 %: STATISTICS of the project call it the hybrid rule. Only the finished prefix of the seeded
//! order counts, cluster by cluster. The evidence is a running one: each case is added once, however often it is looked at.

mod running;
mod watch;

pub use watch::EarlyWatch;

use super::range::short;
use super::weigh::trivial;
use super::{Candidate, wording};
use crate::model::event::{ArmRole, SuiteHeader};
use crate::model::record::{Hopeless, SuiteRecord};
use crate::model::suite::GateRule;
use crate::model::verdict::{Bounds, CountedCases, Decision, GateResult, GateVerdict};
use crate::model::{CaseMetric, CaseMetricKind};
use crate::stats::{self, betting_cs_counts};
use running::Tally;
use watch::CandidateWatch;

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

/// The evaluator that gave up on too many cases before the suite was decided. What was in flight by then, or comes from another part of
/// the run, changes no decision.
pub(super) fn given_up<'a>(
    header: &SuiteHeader,
    suite: &'a SuiteRecord,
    family: usize,
) -> Option<Hopeless<'a>> {
    let hopeless = suite.given_up.hopeless()?;
    let decided_at = header.stop_decided.then(|| {
        let arms = (0_u32..).zip(&header.arms);
        let candidates = arms.filter(|(_, arm)| arm.role == ArmRole::Candidate);
        let decided_at = candidates.map(|arm| {
            let mut watch = CandidateWatch::new(header, arm, family);
            watch.see(suite, |_| true);
            watch.decided_at().unwrap_or(u32::MAX)
        });
        decided_at.max()
    });
    let is_before = |decided: u32| hopeless.at < decided;
    decided_at
        .flatten()
        .is_none_or(is_before)
        .then_some(hopeless)
}

impl Candidate<'_> {
    /// For each evidence gate: how the finished prefix decides it. `None` where the suite's gates cannot be decided early.
    pub(super) fn early(&self) -> Option<Vec<Option<Stopped>>> {
        let mut watch = CandidateWatch::new(self.header, (self.place, self.arm), self.family);
        watch.see(self.suite, |_| true);
        watch.into_stopped()
    }
}

/// Whether a gate is about a number of passes.
fn is_count(rule: &GateRule) -> bool {
    let metric = CaseMetric::parse(&rule.metric);
    let is_rate = metric.is_some_and(|metric| metric.kind == CaseMetricKind::PassRate);
    is_rate && !rule.condition.compares()
}

impl Stopped {
    fn new(decision: stats::Decision, seen: &Tally, clustered: bool) -> Self {
        let passes = decision == stats::Decision::Pass;
        Self {
            passes,
            seen: seen.cases,
            clusters: clustered.then_some(seen.clusters),
            sum: if passes { seen.worst } else { seen.best },
        }
    }

    pub(super) fn passes(&self) -> bool {
        self.passes
    }

    pub(super) fn result(&self, candidate: &Candidate<'_>, rule: &GateRule) -> GateResult {
        if let Some(reason) = trivial(candidate.arm, rule) {
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
