//! What an evidence gate looks at: outcomes of the cases that all arms could measure, taken out of the record.

use std::collections::BTreeMap;

use super::Candidate;
use super::evidence::{Evidence, LowerBound, MeanAbove, MeanDifference, Outcomes, Paired, Rate};
use crate::model::record::{ArmRecord, CaseInfo};
use crate::model::suite::{Condition, GateRule};
use crate::model::{CaseMetric, CaseMetricKind};

/// Data and rule of one evidence gate.
pub(super) struct Measured<'a> {
    pub(super) rule: &'a GateRule,
    /// Places of the cases in the suite's list.
    pub(super) places: Vec<u32>,
    data: Data,
    clusters: Option<Vec<usize>>,
}

enum Data {
    /// Passes and failures of the candidate, and of the baseline where the gate compares.
    Outcomes(Outcomes, Option<Outcomes>),
    /// Mean scores, or differences of them, and the repeats behind each.
    Scores(Vec<f64>, u32),
}

impl<'a> Measured<'a> {
    /// Takes the data out of the record; an error where there is nothing to look at.
    pub(super) fn new(candidate: &Candidate<'_>, rule: &'a GateRule) -> Result<Self, &'static str> {
        let metric = CaseMetric::parse(&rule.metric).ok_or("it is no rate and no score")?;
        let compares = matches!(rule.condition, Condition::Baseline { .. });
        let baseline = match (compares, candidate.baseline) {
            (false, _) => None,
            (true, Some(baseline)) => Some(baseline),
            (true, None) => return Err("there is nothing to compare with"),
        };
        let mut places = Vec::new();
        let mut infos = Vec::new();
        let (mut own, mut other, mut scores) = (Vec::new(), Vec::new(), Vec::new());
        let mut repeats = u32::MAX;
        for (place, info) in candidate.cases(rule) {
            if metric.kind == CaseMetricKind::PassRate {
                let outcomes =
                    |arm: &ArmRecord| metric.outcomes(candidate.suite, arm, &arm.case(place)?);
                // A case that either arm could not measure is left out on both.
                let (Some(mine), Some(theirs)) = (
                    outcomes(candidate.results),
                    baseline.map_or(Some(Vec::new()), outcomes),
                ) else {
                    continue;
                };
                own.push(mine);
                other.push(theirs);
            } else {
                let score = |arm: &ArmRecord| {
                    let case = arm.case(place)?;
                    Some((metric.of(candidate.suite, arm, &case)?, case.trials))
                };
                let (Some(mine), Some(theirs)) = (
                    score(candidate.results),
                    baseline.map_or(Some((0.0, u32::MAX)), score),
                ) else {
                    continue;
                };
                repeats = repeats.min(mine.1);
                scores.push(mine.0 - theirs.0);
            }
            places.push(place);
            infos.push(info);
        }
        if places.is_empty() {
            return Err("no case could be measured");
        }
        Ok(Self {
            rule,
            clusters: clusters(&infos),
            places,
            data: if metric.kind == CaseMetricKind::PassRate {
                Data::Outcomes(Outcomes(own), baseline.map(|_| Outcomes(other)))
            } else {
                Data::Scores(scores, repeats)
            },
        })
    }

    /// The gate, ready to look.
    pub(super) fn evidence(&self, gates: usize) -> Option<Box<dyn Evidence + '_>> {
        let clusters = self.clusters.as_deref();
        Some(match (&self.data, &self.rule.condition) {
            (Data::Outcomes(candidate, Some(baseline)), Condition::Baseline { margin }) => {
                Box::new(Paired {
                    baseline,
                    candidate,
                    clusters,
                    margin: *margin,
                })
            }
            (Data::Outcomes(outcomes, None), Condition::Evidence { target, floor }) => {
                Box::new(Rate {
                    outcomes,
                    clusters,
                    target: *target,
                    floor: *floor,
                })
            }
            (Data::Outcomes(outcomes, None), Condition::LowerBound { min }) => {
                Box::new(LowerBound {
                    outcomes,
                    clusters,
                    min: *min,
                })
            }
            (Data::Scores(scores, repeats), Condition::Evidence { target, floor }) => {
                Box::new(MeanAbove {
                    scores,
                    repeats: *repeats,
                    clusters,
                    target: *target,
                    floor: *floor,
                    gates,
                })
            }
            (Data::Scores(scores, repeats), Condition::LowerBound { min }) => Box::new(MeanAbove {
                scores,
                repeats: *repeats,
                clusters,
                target: *min,
                floor: *min,
                gates,
            }),
            (Data::Scores(scores, repeats), Condition::Baseline { margin }) => {
                Box::new(MeanDifference {
                    differences: scores,
                    repeats: *repeats,
                    clusters,
                    margin: *margin,
                    gates,
                })
            }
            _ => return None,
        })
    }

    /// Passes of the candidate and of the baseline in a case's first repeat, where the gate is about a rate.
    pub(super) fn first(&self, at: usize) -> Option<(bool, Option<bool>)> {
        let Data::Outcomes(own, other) = &self.data else {
            return None;
        };
        let first = |outcomes: &Outcomes| outcomes.0.get(at)?.first().copied();
        let other = match other {
            None => None,
            Some(other) => Some(first(other)?),
        };
        Some((first(own)?, other))
    }

    /// Whether each case stands for itself.
    pub(super) fn is_plain(&self) -> bool {
        self.clusters.is_none() && matches!(self.data, Data::Outcomes(..))
    }

    /// Cases that got better and worse in their majority, against the baseline.
    pub(super) fn moves(&self) -> Option<(usize, usize)> {
        let Data::Outcomes(own, Some(other)) = &self.data else {
            return None;
        };
        let share = |case: &Vec<bool>| {
            case.iter().filter(|passed| **passed).count() as f64 / case.len().max(1) as f64
        };
        let pairs = || own.0.iter().zip(&other.0).map(|(a, b)| share(a) - share(b));
        Some((
            pairs().filter(|difference| *difference > 0.0).count(),
            pairs().filter(|difference| *difference < 0.0).count(),
        ))
    }
}

/// Numbers for clusters; `None` where no case names one.
fn clusters(cases: &[CaseInfo<'_>]) -> Option<Vec<usize>> {
    if cases.iter().all(|case| case.cluster.is_none()) {
        return None;
    }
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    let mut next = 0;
    let mut fresh = || {
        next += 1;
        next - 1
    };
    let number = cases.iter().map(|case| match case.cluster {
        None => fresh(),
        Some(name) => *numbers.entry(name).or_insert_with(&mut fresh),
    });
    Some(number.collect())
}
