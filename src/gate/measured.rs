//! What an evidence gate looks at: answers of the cases that the gate is about, taken out of the record.

use super::candidate::Candidate;
use super::clusters::clusters;
use super::evidence::{Above, Band, Bar, EvidenceGate, MeanDifference, Outcomes, Paired, Scores};
use super::pool::{FreshAnswers, GatePool};
use crate::model::record::ArmRecord;
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
    metric: CaseMetric,
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
        let sides = |errors| Sides::new(metric.kind, &own, other.as_ref(), errors);
        let best = sides(Errors::ForTheCandidate);
        let worst = (errors > 0).then(|| sides(Errors::AgainstIt));
        let clusters = clusters(&infos);
        let pool = other
            .as_ref()
            .filter(|_| metric.kind == CaseMetricKind::PassRate)
            .and_then(|answers| {
                let fresh = FreshAnswers {
                    places: &places,
                    answers,
                    clusters: clusters.as_deref(),
                };
                candidate.pool_of(&metric, fresh)
            });
        Ok(Self {
            condition: rule.condition.clone(),
            clusters,
            pool,
            places,
            errors,
            metric,
            best,
            worst,
        })
    }

    /// Whether the gate is about a rate.
    pub(super) fn is_rate(&self) -> bool {
        self.metric.kind == CaseMetricKind::PassRate
    }

    /// The gate, with errors in the candidate's favour.
    pub(super) fn evidence(&self) -> Option<Box<dyn EvidenceGate + '_>> {
        self.gate(&self.best)
    }

    /// The gate with errors against the candidate, where there are any.
    pub(super) fn against(&self) -> Option<Box<dyn EvidenceGate + '_>> {
        self.gate(self.worst.as_ref()?)
    }

    fn gate<'s>(&'s self, sides: &'s Sides) -> Option<Box<dyn EvidenceGate + 's>> {
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
            (Sides::Rates(answers, None), condition) => Box::new(Above {
                answers,
                clusters,
                bar: bar(condition)?,
            }),
            (Sides::Means(answers, None), condition) => Box::new(Above {
                answers,
                clusters,
                bar: bar(condition)?,
            }),
            _ => return None,
        })
    }

    /// Whether each case stands for itself.
    pub(super) fn is_plain(&self) -> bool {
        self.clusters.is_none() && self.is_rate() && self.errors == 0
    }

    /// What a look saw, over the cases without an error; read from the record again, for a large run has many.
    pub(super) fn summary(&self, candidate: &Candidate<'_>, repeats: u32) -> Summary {
        let baseline = candidate.baseline.filter(|_| self.condition.compares());
        let mean = |arm: &ArmRecord, place: u32| -> Option<f64> {
            let answers = self
                .metric
                .answers(candidate.suite, arm, &arm.case(place)?)?;
            let first: Option<Vec<f64>> = answers.into_iter().take(repeats as usize).collect();
            let first = first.filter(|first| !first.is_empty())?;
            Some(first.iter().sum::<f64>() / first.len() as f64)
        };
        let pool = self.pool.as_ref().and_then(GatePool::answers);
        let pool = pool.and_then(|pool| pool.at(repeats));
        let mut summary = Summary::default();
        for (at, place) in self.places.iter().enumerate() {
            let own = mean(candidate.results, *place);
            let other = baseline.map(|arm| mean(arm, *place));
            if let (Some(own), Some(other)) = (own, other.map_or(Some(None), |one| one.map(Some))) {
                let pooled = pool.and_then(|pool| pool.0.get(at));
                let known = other.map(|fresh| (fresh, with_pool(fresh, repeats, pooled)));
                summary.add(own, known);
            }
        }
        summary
    }
}

/// What a condition demands of one version.
fn bar(condition: &Condition) -> Option<Bar> {
    match *condition {
        Condition::Evidence { target, floor } => Some(Bar::Band(Band { target, floor })),
        Condition::LowerBound { min } => Some(Bar::AtLeast(min)),
        _ => None,
    }
}

/// What a look saw.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Summary {
    cases: u32,
    own: f64,
    other: Option<f64>,
    /// Cases that got better and worse against the baseline.
    pub(super) better: u32,
    pub(super) worse: u32,
}

impl Summary {
    /// A case, and what the baseline's fresh answers and all of its answers say of it. What got better or worse is told by the
    /// fresh ones: against a mean of many answers almost every case differs a little.
    fn add(&mut self, own: f64, other: Option<(f64, f64)>) {
        self.cases += 1;
        self.own += own;
        if let Some((fresh, all)) = other {
            *self.other.get_or_insert_default() += all;
            self.better += u32::from(own > fresh);
            self.worse += u32::from(own < fresh);
        }
    }

    /// Mean of the candidate and of the baseline.
    pub(super) fn means(&self) -> (Option<f64>, Option<f64>) {
        let mean = |sum: f64| (self.cases > 0).then(|| sum / f64::from(self.cases));
        (mean(self.own), self.other.and_then(mean))
    }
}

/// The baseline's mean over its fresh and its pooled answers to a case.
fn with_pool(fresh: f64, repeats: u32, pooled: Option<&Vec<bool>>) -> f64 {
    let Some(pooled) = pooled else {
        return fresh;
    };
    let passes = pooled.iter().filter(|passed| **passed).count() as f64;
    let repeats = f64::from(repeats);
    (fresh * repeats + passes) / (repeats + pooled.len() as f64)
}

impl Sides {
    fn new(kind: CaseMetricKind, own: &Answers, other: Option<&Answers>, errors: Errors) -> Self {
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
