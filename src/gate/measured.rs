//! What an evidence gate looks at: answers of the cases that the gate is about, taken out of the record.

use std::collections::BTreeMap;

use super::Candidate;
use super::evidence::{
    Evidence, LowerBound, MeanAbove, MeanDifference, Outcomes, Paired, Rate, Scores,
};
use super::pool::GatePool;
use crate::model::record::{ArmRecord, CaseInfo};
use crate::model::suite::{Condition, GateRule};
use crate::model::{CaseMetric, CaseMetricKind};

/// What each repeat of each case contributes, in 0..=1; `None` for one in error.
type Answers = Vec<Vec<Option<f64>>>;

/// Data and rule of one evidence gate on one set of cases.
pub(super) struct Measured {
    pub(super) condition: Condition,
    /// Places of the cases in the suite's list.
    pub(super) places: Vec<u32>,
    /// Cases of which either arm has a repeat in error.
    pub(super) errors: usize,
    clusters: Option<Vec<usize>>,
    kind: CaseMetricKind,
    own: Answers,
    other: Option<Answers>,
    /// Earlier answers of the baseline, where the gate is about a rate.
    pub(super) pool: Option<GatePool>,
    /// Errors in the candidate's favour, and against it where there are any.
    best: Sides,
    worst: Option<Sides>,
}

/// The data with something in the place of every error.
enum Sides {
    Rates(Outcomes, Option<Outcomes>),
    Means(Scores, Option<Scores>),
}

/// How errors are counted.
#[derive(Clone, Copy)]
enum Errors {
    ForTheCandidate,
    AgainstIt,
}

impl Measured {
    /// Takes the data out of the record; an error where there is nothing to look at.
    pub(super) fn new(candidate: &Candidate<'_>, rule: &GateRule) -> Result<Self, &'static str> {
        let metric = CaseMetric::parse(&rule.metric).ok_or("it is no rate and no score")?;
        let baseline = match (rule.condition.compares(), candidate.baseline) {
            (false, _) => None,
            (true, Some(baseline)) => Some(baseline),
            (true, None) => return Err("there is nothing to compare with"),
        };
        let mut places = Vec::new();
        let mut infos = Vec::new();
        let (mut own, mut other) = (Vec::new(), Vec::new());
        for (place, info) in candidate.cases(rule) {
            let answers = |arm: &ArmRecord| metric.answers(candidate.suite, arm, &arm.case(place)?);
            // A case that the metric does not apply to on either arm is left out on both.
            let (Some(mine), Some(theirs)) = (
                answers(candidate.results),
                baseline.map_or(Some(Vec::new()), answers),
            ) else {
                continue;
            };
            own.push(mine);
            other.push(theirs);
            places.push(place);
            infos.push(info);
        }
        if places.is_empty() {
            return Err("no case could be measured");
        }
        let other = baseline.map(|_| other);
        let errors = count_errors(&own, other.as_ref());
        let sides = |errors| Sides::new(metric.kind, (&own, other.as_ref()), errors);
        let clusters = clusters(&infos);
        let pool = other
            .as_ref()
            .filter(|_| metric.kind == CaseMetricKind::PassRate)
            .and_then(|other| candidate.pool_of(&metric, (&places, other, clusters.as_deref())));
        Ok(Self {
            condition: rule.condition.clone(),
            clusters,
            pool,
            places,
            errors,
            kind: metric.kind,
            best: sides(Errors::ForTheCandidate),
            worst: (errors > 0).then(|| sides(Errors::AgainstIt)),
            own,
            other,
        })
    }

    /// The gate, with errors in the candidate's favour.
    pub(super) fn evidence(&self) -> Option<Box<dyn Evidence + '_>> {
        self.gate(&self.best)
    }

    /// The gate with errors against the candidate, where there are any.
    pub(super) fn against(&self) -> Option<Box<dyn Evidence + '_>> {
        self.gate(self.worst.as_ref()?)
    }

    fn gate<'s>(&'s self, sides: &'s Sides) -> Option<Box<dyn Evidence + 's>> {
        let clusters = self.clusters.as_deref();
        Some(match (sides, &self.condition) {
            (
                Sides::Rates(candidate, Some(baseline)),
                Condition::Baseline { margin } | Condition::EachTag { margin },
            ) => Box::new(Paired {
                baseline,
                pool: self.pool.as_ref().and_then(GatePool::answers),
                candidate,
                clusters,
                margin: *margin,
            }),
            (
                Sides::Means(candidate, Some(baseline)),
                Condition::Baseline { margin } | Condition::EachTag { margin },
            ) => Box::new(MeanDifference {
                baseline,
                candidate,
                clusters,
                margin: *margin,
            }),
            (Sides::Rates(outcomes, None), Condition::Evidence { target, floor }) => {
                Box::new(Rate {
                    outcomes,
                    clusters,
                    target: *target,
                    floor: *floor,
                })
            }
            (Sides::Rates(outcomes, None), Condition::LowerBound { min }) => Box::new(LowerBound {
                outcomes,
                clusters,
                min: *min,
            }),
            (Sides::Means(scores, None), Condition::Evidence { target, floor }) => {
                Box::new(MeanAbove {
                    scores,
                    clusters,
                    target: *target,
                    floor: *floor,
                    strict: false,
                })
            }
            (Sides::Means(scores, None), Condition::LowerBound { min }) => Box::new(MeanAbove {
                scores,
                clusters,
                target: *min,
                floor: *min,
                strict: true,
            }),
            _ => return None,
        })
    }

    /// Passes of the candidate and of the baseline in a case's first repeat, where the gate is about a rate.
    pub(super) fn first(&self, at: usize) -> Option<(bool, Option<bool>)> {
        let Sides::Rates(own, other) = &self.best else {
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
        self.clusters.is_none() && self.kind == CaseMetricKind::PassRate && self.errors == 0
    }

    /// Mean over the cases without an error, of the candidate and of the baseline, as a look saw them.
    pub(super) fn means(&self, repeats: u32) -> (Option<f64>, Option<f64>) {
        let rows = self.values(repeats);
        let mean = |values: Vec<f64>| {
            (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
        };
        let own = mean(rows.iter().map(|row| row.own).collect());
        let pool = self.pool.as_ref().and_then(GatePool::answers);
        let pool = pool.and_then(|pool| pool.at(repeats));
        let other = mean(rows.iter().filter_map(|row| row.with_pool(pool)).collect());
        (own, other)
    }

    /// Cases that got better and worse against the baseline, as a look saw them.
    pub(super) fn moves(&self, repeats: u32) -> Option<(usize, usize)> {
        if self.kind != CaseMetricKind::PassRate || self.other.is_none() {
            return None;
        }
        let rows = self.values(repeats);
        let differences = || rows.iter().filter_map(|row| Some(row.own - row.other?));
        Some((
            differences().filter(|difference| *difference > 0.0).count(),
            differences().filter(|difference| *difference < 0.0).count(),
        ))
    }

    /// Mean of each case without an error over the repeats of a look.
    fn values(&self, repeats: u32) -> Vec<Row> {
        let mean = |case: &Vec<Option<f64>>| -> Option<f64> {
            let first: Option<Vec<f64>> = case.iter().take(repeats as usize).copied().collect();
            let first = first.filter(|first| !first.is_empty())?;
            Some(first.iter().sum::<f64>() / first.len() as f64)
        };
        let row = |at: usize, own: &Vec<Option<f64>>| {
            let other = match &self.other {
                None => None,
                Some(other) => Some(mean(other.get(at)?)?),
            };
            Some(Row {
                at,
                own: mean(own)?,
                other,
                repeats,
            })
        };
        let rows = self.own.iter().enumerate();
        rows.filter_map(|(at, own)| row(at, own)).collect()
    }
}

/// Means of one case.
struct Row {
    /// Its place among the gate's cases.
    at: usize,
    own: f64,
    other: Option<f64>,
    /// Fresh repeats behind each.
    repeats: u32,
}

impl Row {
    /// The baseline's mean over its fresh and its pooled answers.
    fn with_pool(&self, pool: Option<&Outcomes>) -> Option<f64> {
        let fresh = self.other?;
        let Some(pooled) = pool.and_then(|pool| pool.0.get(self.at)) else {
            return Some(fresh);
        };
        let passes = pooled.iter().filter(|passed| **passed).count() as f64;
        let repeats = f64::from(self.repeats);
        Some((fresh * repeats + passes) / (repeats + pooled.len() as f64))
    }
}

impl Sides {
    fn new(
        kind: CaseMetricKind,
        (own, other): (&Answers, Option<&Answers>),
        errors: Errors,
    ) -> Self {
        let (mine, theirs) = match errors {
            Errors::ForTheCandidate => (1.0, 0.0),
            Errors::AgainstIt => (0.0, 1.0),
        };
        let scores = |answers: &Answers, error: f64| {
            let case =
                |case: &Vec<Option<f64>>| case.iter().map(|one| one.unwrap_or(error)).collect();
            Scores(answers.iter().map(case).collect())
        };
        let outcomes = |answers: &Answers, error: f64| {
            let case = |case: &Vec<Option<f64>>| {
                case.iter().map(|one| one.unwrap_or(error) > 0.5).collect()
            };
            Outcomes(answers.iter().map(case).collect())
        };
        match kind {
            CaseMetricKind::PassRate => Self::Rates(
                outcomes(own, mine),
                other.map(|other| outcomes(other, theirs)),
            ),
            CaseMetricKind::Score => {
                Self::Means(scores(own, mine), other.map(|other| scores(other, theirs)))
            }
        }
    }
}

fn count_errors(own: &Answers, other: Option<&Answers>) -> usize {
    let has_error = |case: &Vec<Option<f64>>| case.iter().any(Option::is_none);
    let either = |(at, case): (usize, &Vec<Option<f64>>)| {
        has_error(case) || other.and_then(|other| other.get(at)).is_some_and(has_error)
    };
    own.iter().enumerate().filter(|one| either(*one)).count()
}

/// Numbers for clusters; `None` where no case names one.
pub(super) fn clusters(cases: &[CaseInfo<'_>]) -> Option<Vec<usize>> {
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
