//! Takes the pooled earlier answers of a baseline out of the record, and says whether they count.

use super::candidate::Candidate;
use super::clusters::clusters;
use super::evidence::{Outcomes, Pool};
use crate::model::event::{ArmHeader, BaselineLink, PoolFrom};
use crate::model::record::{ArmRecord, State, judged_alike};
use crate::model::verdict::PoolUse;
use crate::model::{CaseMetric, CaseMetricKind, Source};

/// What the baseline's answers say of a metric, case by case.
pub(super) type Answers = Vec<Vec<Option<f64>>>;

/// A baseline's fresh answers to some of the cases.
#[derive(Clone, Copy)]
pub(super) struct FreshAnswers<'a> {
    /// Places of the cases in the suite's list.
    pub(super) places: &'a [u32],
    /// Case by case.
    pub(super) answers: &'a Answers,
    /// The cluster of each case, where cases belong together.
    pub(super) clusters: Option<&'a [usize]>,
}

/// A baseline with pooled answers.
struct Pooled<'a> {
    header: &'a ArmHeader,
    from: &'a PoolFrom,
    record: &'a ArmRecord,
}

/// The pool of one gate.
pub(super) struct GatePool {
    /// How many earlier runs it is of.
    runs: u32,
    /// The answers to the gate's cases, or why none of its looks has them.
    answers: Result<Pool, String>,
}

impl Candidate<'_> {
    /// The pool behind the baseline, with what the test of all its cases says at the last look there are answers for.
    pub(super) fn pool_use(&self) -> Option<PoolUse> {
        let pooled = self.pooled()?;
        let repeats = pooled.record.cases().map(|case| case.trials).min();
        let refused = match self.whole_pool(&pooled) {
            Ok(pool) => pool.refused(repeats.unwrap_or_default()).map(moved),
            Err(reason) => Some(reason),
        };
        let depths = pooled.record.pool.cases().map(|case| case.trials);
        Some(PoolUse {
            answers: depths.min().unwrap_or_default(),
            runs: pooled.from.runs.len() as u32,
            refused,
        })
    }

    /// The pooled answers to a gate's cases; `None` where there is no pool. What is refused as a whole counts for no gate.
    pub(super) fn pool_of(&self, metric: &CaseMetric, fresh: FreshAnswers<'_>) -> Option<GatePool> {
        let pooled = self.pooled()?;
        let answers = self.whole_pool(&pooled).and_then(|whole| {
            let own = self.tested(&pooled, metric, fresh)?;
            Ok(own.refused_like(&whole))
        });
        Some(GatePool {
            runs: pooled.from.runs.len() as u32,
            answers,
        })
    }

    fn pooled(&self) -> Option<Pooled<'_>> {
        let BaselineLink::Arm(place) = self.arm.baseline else {
            return None;
        };
        let header = self.header.arms.get(place as usize)?;
        Some(Pooled {
            header,
            from: header.pool.as_ref()?,
            record: self.baseline?,
        })
    }

    /// All cases: the answers have to be of the same model, and the fresh ones really fresh.
    fn whole_pool(&self, pooled: &Pooled<'_>) -> Result<Pool, String> {
        pooled.comparable()?;
        let metric = CaseMetric {
            evaluator: None,
            kind: CaseMetricKind::PassRate,
        };
        let (mut places, mut all, mut infos) = (Vec::new(), Vec::new(), Vec::new());
        for (place, info) in (0_u32..).zip(self.suite.cases.iter()) {
            let case = pooled.record.case(place);
            let answers = case.and_then(|case| metric.answers(self.suite, pooled.record, &case));
            if let Some(answers) = answers {
                places.push(place);
                all.push(answers);
                infos.push(info);
            }
        }
        let clusters = clusters(&infos);
        let fresh = FreshAnswers {
            places: &places,
            answers: &all,
            clusters: clusters.as_deref(),
        };
        self.tested(pooled, &metric, fresh)
    }

    fn tested(
        &self,
        pooled: &Pooled<'_>,
        metric: &CaseMetric,
        fresh: FreshAnswers<'_>,
    ) -> Result<Pool, String> {
        let outcomes = fresh.places.iter().map(|place| {
            let known = self.suite.cases.get(*place as usize);
            let name = || known.map_or_else(String::new, |case| format!(" to `{}`", case.id));
            let trials = pooled.record.pool.trials_of(*place);
            let answers = metric.answers_in(self.suite, trials);
            let answers: Option<Vec<f64>> = answers.into_iter().flatten().collect();
            let answers = answers.filter(|answers| !answers.is_empty());
            let answers = answers.ok_or_else(|| format!("pooled answers{} are missing", name()))?;
            Ok(answers.iter().map(|one| *one > 0.5).collect())
        });
        let outcomes: Vec<Vec<bool>> = outcomes.collect::<Result<_, String>>()?;
        let passed = |one: &Option<f64>| one.map(|one| one > 0.5);
        let answers: Vec<Vec<Option<bool>>> = fresh
            .answers
            .iter()
            .map(|case| case.iter().map(passed).collect())
            .collect();
        let looks: Vec<u32> = self.header.looks.iter().map(|look| look.repeats).collect();
        Pool::new(Outcomes(outcomes), &answers, fresh.clusters, &looks)
            .map_err(|error| error.to_string())
    }
}

impl Pooled<'_> {
    /// Whether old and new answers are of one model, and no answer can be on both sides.
    fn comparable(&self) -> Result<(), String> {
        let (then, now) = (&self.from.models, &self.record.resolved_models);
        if then != now {
            let names = |models: &std::collections::BTreeSet<String>| match models.len() {
                0 => "a model without a name".to_owned(),
                _ => models.iter().cloned().collect::<Vec<_>>().join(", "),
            };
            let model = &self.header.model;
            return Err(moved(&format!(
                "{} answers under {model} now, and {} did then",
                names(now),
                names(then)
            )));
        }
        if !judged_alike(&self.from.judge_models, &self.record.judge_models) {
            return Err(moved("another model judges under the same name now"));
        }
        let answered = || {
            let trials = self.record.trials.iter();
            trials.filter(|trial| trial.state != State::Error)
        };
        let old = answered().filter(|trial| trial.source != Some(Source::Live));
        match old.count() {
            0 => Ok(()),
            old => Err(format!(
                "{old} of the baseline's {} answers were not asked live and may be pooled ones (`--responses live`)",
                answered().count()
            )),
        }
    }
}

fn moved(reason: &str) -> String {
    format!("the pool moved: {reason}")
}

impl GatePool {
    /// The pool, where there is one that any look may count.
    pub(super) fn answers(&self) -> Option<&Pool> {
        self.answers.as_ref().ok()
    }

    /// What a gate's reason says of it at a look at so many repeats.
    pub(super) fn told(&self, repeats: u32) -> String {
        let refused = match &self.answers {
            Err(reason) => Some(reason.clone()),
            Ok(pool) => pool.refused(repeats).map(moved),
        };
        if let Some(reason) = refused {
            return format!("without the pooled answers: {reason}");
        }
        let used = PoolUse {
            answers: self.answers().map_or(0, Pool::depth),
            runs: self.runs,
            refused: None,
        };
        format!("with {}", used.told())
    }
}
