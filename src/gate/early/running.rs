//! The running evidence of one gate: cases are added in the seeded order, until it is decided.

use super::stopped::{ALPHA_EARLY, ALPHA_FINAL, Stopped, Tally, is_count};
use crate::gate::evidence::Band;
use crate::gate::header::trivial;
use crate::model::CaseMetric;
use crate::model::event::{ArmHeader, SuiteHeader};
use crate::model::suite::{Condition, GateRule};
use crate::stats::{
    self, AcceptanceNumbers, ClusterEvidence, ClusterValues, HybridRule, gate_acceptance_numbers,
    hybrid_decision,
};

/// What a plan says of all evidence gates of a candidate.
#[derive(Clone, Copy, Debug)]
pub(super) struct PlanFacts {
    /// How many gates share the run's error rate.
    pub(super) gates: f64,
    /// Size of the largest cluster.
    pub(super) largest: u64,
}

/// One gate that may be decided before all cases are asked.
#[derive(Clone, Debug)]
pub(super) struct Running {
    /// What it measures of a case; `None` where that is nothing a case has.
    pub(super) metric: Option<CaseMetric>,
    /// The tag that it is limited to.
    pub(super) tag: Option<String>,
    /// Whether a case contributes its lead over the baseline.
    pub(super) compares: bool,
    evidence: Method,
    so_far: Tally,
    pub(super) stopped: Option<Stopped>,
}

#[derive(Clone, Debug)]
enum Method {
    /// Decided by what is not a case, or never before the end.
    None,
    /// Passes and failures of cases that stand for themselves: what is to come may be unable to change the verdict.
    Counts(HybridRule),
    Clusters {
        evidence: Box<ClusterEvidence>,
        alpha_fail: f64,
        clustered: bool,
    },
}

impl Running {
    /// No case yet.
    pub(super) fn new(
        header: &SuiteHeader,
        arm: &ArmHeader,
        rule: &GateRule,
        plan: PlanFacts,
    ) -> Self {
        let trivial = trivial(arm, rule);
        let evidence = match trivial {
            Some(_) => None,
            None => Method::new(header, rule, plan),
        };
        Self {
            metric: CaseMetric::parse(&rule.metric),
            tag: rule.tag.clone(),
            compares: rule.condition.compares(),
            evidence: evidence.unwrap_or(Method::None),
            so_far: Tally::default(),
            stopped: trivial.map(Stopped::Trivial),
        }
    }

    /// Adds the next cluster of the seeded order; one without a case to which the metric applies says nothing.
    pub(super) fn push(&mut self, cluster: ClusterValues) {
        if self.stopped.is_some() || cluster.cases == 0 {
            return;
        }
        self.so_far.add(cluster);
        let so_far = &self.so_far;
        self.stopped = match &mut self.evidence {
            Method::None => None,
            Method::Counts(rule) => counted(rule, so_far),
            Method::Clusters {
                evidence,
                alpha_fail,
                clustered,
            } => {
                let pushed = evidence.push(cluster);
                let decision = evidence.decision(ALPHA_EARLY, *alpha_fail);
                if pushed.is_err() {
                    self.evidence = Method::None;
                    None
                } else {
                    decision.map(|decision| Stopped::new(decision, so_far, *clustered))
                }
            }
        };
    }
}

impl Method {
    fn new(header: &SuiteHeader, rule: &GateRule, plan: PlanFacts) -> Option<Self> {
        let PlanFacts { gates, largest } = plan;
        let (target, floor) = match rule.condition {
            Condition::Evidence { target, floor } => (target, floor),
            Condition::LowerBound { min } => (min, min),
            // A lead d in [-1, 1] is the contribution (d + 1) / 2.
            Condition::Baseline { margin } => (0.5, 0.5 * (1.0 - margin)),
            _ => return None,
        };
        if is_count(rule) && largest == 1 {
            return Self::counts(header, rule, Band { target, floor }, gates);
        }
        Some(Self::Clusters {
            evidence: Box::new(ClusterEvidence::new(floor, target, largest).ok()?),
            // All gates have to pass, so that only blocking shares the error rate.
            alpha_fail: ALPHA_EARLY / gates,
            clustered: largest > 1,
        })
    }

    fn counts(
        header: &SuiteHeader,
        rule: &GateRule,
        Band { target, floor }: Band,
        gates: f64,
    ) -> Option<Self> {
        // How many cases a label will have in the end is not known before they are asked.
        let (total, numbers) = match rule.tag {
            None => {
                let total = u64::from(header.selected);
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
        Some(Self::Counts(HybridRule {
            total,
            target,
            floor,
            alpha_early: ALPHA_EARLY / gates,
            numbers,
        }))
    }
}

/// An error counts against either verdict.
fn counted(rule: &HybridRule, so_far: &Tally) -> Option<Stopped> {
    let decide = |passed: f64| hybrid_decision(passed as u64, so_far.cases, rule);
    let of = |passed: f64, decision: stats::Decision| {
        (decide(passed).ok()? == Some(decision)).then(|| Stopped::new(decision, so_far, false))
    };
    of(so_far.worst, stats::Decision::Pass).or_else(|| of(so_far.best, stats::Decision::Fail))
}
