//! The finished prefix of the seeded order, cluster by cluster, and what its cases contribute to a gate.

use std::collections::{BTreeSet, HashSet};

use super::Candidate;
use crate::model::CaseMetric;
use crate::model::record::{ArmRecord, CaseOutcome};
use crate::model::suite::GateRule;
use crate::stats::ClusterValues;

/// Cases in the seeded order up to the first one that is not finished, whole clusters only.
pub(super) struct Prefix {
    /// Places in the suite's list of cases, each with the number of its cluster; cases without one are clusters of their own.
    cases: Vec<(usize, u32)>,
    /// Size of the largest cluster of the plan.
    pub(super) largest: u64,
}

impl Candidate<'_> {
    /// The prefix. `None` where clusters are not asked one after another, as in runs of earlier versions.
    pub(super) fn prefix(&self) -> Option<Prefix> {
        let mut finished: Vec<(u32, u32)> = (0_u32..)
            .zip(self.suite.cases.iter())
            .filter(|(place, _)| {
                has(self.results, *place) && self.baseline.is_none_or(|arm| has(arm, *place))
            })
            .map(|(place, case)| (case.order, place))
            .collect();
        finished.sort_unstable();
        let orders = finished.into_iter().zip(0_u32..);
        let mut cases: Vec<(usize, u32)> = Vec::new();
        let (mut last, mut cluster) = (None, 0);
        let mut seen: HashSet<&str> = HashSet::new();
        for ((order, place), expected) in orders {
            if order != expected {
                break;
            }
            let own = self.suite.cases.get(place as usize)?.cluster;
            if own.is_none() || own != last {
                cluster += 1;
                if own.is_some_and(|name| !seen.insert(name)) {
                    return None;
                }
            }
            last = own;
            cases.push((cluster, place));
        }
        // More cases of the last cluster may be to come.
        if last.is_some() && cases.len() < self.header.selected as usize {
            cases.retain(|(number, _)| *number != cluster);
        }
        let largest = match self.header.largest_cluster {
            Some(largest) => u64::from(largest),
            None if seen.is_empty() => 1,
            None => return None,
        };
        Some(Prefix { cases, largest })
    }

    /// What each cluster of the prefix contributes to a gate: pass or score of the candidate, or half of one more than its lead over
    /// the baseline, in a case's first repeat. Clusters to which the metric does not apply are left out.
    pub(super) fn contributions(&self, rule: &GateRule, prefix: &Prefix) -> Vec<ClusterValues> {
        let Some(metric) = CaseMetric::parse(&rule.metric) else {
            return Vec::new();
        };
        let tagged: Option<BTreeSet<u32>> = rule
            .tag
            .is_some()
            .then(|| self.cases(rule).map(|(place, _)| place).collect());
        let counts = |place: &u32| tagged.as_ref().is_none_or(|tagged| tagged.contains(place));
        let clusters = prefix.cases.chunk_by(|a, b| a.0 == b.0);
        let sums = clusters.map(|cluster| {
            let mut sum = ClusterValues {
                cases: 0,
                worst: 0.0,
                best: 0.0,
            };
            for (_, place) in cluster.iter().filter(|(_, place)| counts(place)) {
                if let Some((worst, best)) = self.contribution(&metric, rule, *place) {
                    sum.cases += 1;
                    sum.worst += worst;
                    sum.best += best;
                }
            }
            sum
        });
        sums.filter(|sum| sum.cases > 0).collect()
    }

    /// A case's value in 0..=1 with errors against the candidate and in its favour.
    fn contribution(&self, metric: &CaseMetric, rule: &GateRule, place: u32) -> Option<(f64, f64)> {
        let first = |arm: &ArmRecord| -> Option<Option<f64>> {
            let case = arm.case(place)?;
            let case = CaseOutcome { trials: 1, ..case };
            metric.answers(self.suite, arm, &case)?.first().copied()
        };
        let own = first(self.results)?;
        let (worst, best) = (own.unwrap_or(0.0), own.unwrap_or(1.0));
        if !rule.condition.compares() {
            return Some((worst, best));
        }
        let other = first(self.baseline?)?;
        Some((
            0.5 * (worst - other.unwrap_or(1.0) + 1.0),
            0.5 * (best - other.unwrap_or(0.0) + 1.0),
        ))
    }
}

/// Whether an arm has the first repeat of a case.
fn has(arm: &ArmRecord, place: u32) -> bool {
    let case = arm.case(place);
    let first = case.and_then(|case| arm.trials_of(&case).next());
    first.is_some_and(|trial| trial.repeat == 0)
}
