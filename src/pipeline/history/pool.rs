//! The pool of a run: earlier answers of each baseline, put into the journal beside the fresh ones, so that the journal alone
//! tells what was decided on.

use std::collections::{BTreeMap, BTreeSet};

use super::{MOST, Past, PastRun, Question};
use crate::model::TrialId;
use crate::model::event::{BaselineLink, PoolFrom, RunEvent};
use crate::model::evidence::Ids;
use crate::model::looks::POOL_REPEATS;
use crate::model::record::JudgeModels;
use crate::pipeline::error::RunError;
use crate::pipeline::outlets::Outlets;
use crate::pipeline::stored::{StoredOutcome, trial_of};
use crate::pipeline::{Checked, Ready, header};
use crate::plan::SuitePlan;

/// The earlier answers of one baseline.
#[derive(Debug)]
pub(in crate::pipeline) struct PooledArm {
    /// Place of the suite and of the arm.
    pub(in crate::pipeline) place: (u32, u32),
    pub(in crate::pipeline) from: PoolFrom,
    /// Ids of the cases that are asked here, to which the runs hold answers.
    cases: Ids,
    runs: Vec<PastRun>,
}

/// Finds the earlier answers of every baseline; says beside them for each suite what is pooled and what is left out for which reason.
///
/// # Errors
/// When a dataset cannot be read.
pub(in crate::pipeline) fn pool(
    checked: &Checked,
) -> Result<(Vec<PooledArm>, Vec<String>), RunError> {
    let mut notes = Vec::new();
    let mut pools = Vec::new();
    for (place, suite) in (0_u32..).zip(&checked.plan.suites) {
        let cases = ids(suite).map_err(|error| RunError::dataset(suite, error))?;
        for arm in baselines(suite) {
            let found = past(checked, (suite, arm), cases.clone());
            let Some(past) = found else { continue };
            notes.extend(told(suite, arm, &past));
            if past.runs.is_empty() {
                continue;
            }
            let models = past.runs.first().map(|run| run.models.clone());
            pools.push(PooledArm {
                place: (place, arm),
                from: PoolFrom {
                    runs: past.runs.iter().map(PastRun::pooled).collect(),
                    models: models.unwrap_or_default(),
                    judge_models: judges(&past.runs),
                },
                cases: cases.clone(),
                runs: past.runs,
            });
        }
    }
    Ok((pools, notes))
}

/// Arms that a candidate is compared with: versions beside the candidates, and candidates that are in production.
fn baselines(suite: &SuitePlan) -> BTreeSet<u32> {
    let links = suite.arms.iter().map(|arm| arm.baseline);
    links
        .filter_map(|link| match link {
            BaselineLink::Arm(place) => Some(place),
            _ => None,
        })
        .collect()
}

/// Ids of the cases that are asked here.
fn ids(suite: &SuitePlan) -> std::io::Result<Ids> {
    let here = suite.cases.iter().filter(|place| suite.holds(**place));
    here.map(|place| Ok(suite.dataset.case(*place)?.id))
        .collect()
}

fn past(checked: &Checked, (suite, arm): (&SuitePlan, u32), cases: Ids) -> Option<Past> {
    let arm = suite.arms.get(arm as usize)?;
    let includes = header::includes(checked, &arm.version);
    let suite_sha256 = header::suite_hash(checked, suite);
    let mut past = Past::read(
        &checked.root,
        &Question {
            id: &arm.version.id,
            sha256: &arm.version.sha256,
            includes: &includes,
            model: &arm.target.name,
            suite: &suite.suite.name,
            suite_sha256: &suite_sha256,
            dataset_sha256: &suite.dataset.sha256,
            cases,
            base: checked.base.as_deref(),
            own: None,
        },
    );
    past.choose(MOST, None);
    Some(past)
}

/// Who judged in any of them.
fn judges(runs: &[PastRun]) -> JudgeModels {
    let mut all = JudgeModels::new();
    for (name, models) in runs.iter().flat_map(|run| &run.judges) {
        let own = all.entry(name.clone()).or_default();
        own.extend(models.iter().cloned());
    }
    all
}

/// What is pooled, and what is left out: a line for each reason.
fn told(suite: &SuitePlan, arm: u32, past: &Past) -> Vec<String> {
    let name = &suite.suite.name;
    let version = suite.arms.get(arm as usize).map(|arm| &arm.version.id);
    let version = version.map_or_else(String::new, ToString::to_string);
    let answers = match past.runs.iter().map(|run| run.repeats).sum() {
        1 => "1 earlier answer".to_owned(),
        answers => format!("{answers} earlier answers"),
    };
    let are = if answers.ends_with('s') { "are" } else { "is" };
    let mut lines = vec![match past.runs.as_slice() {
        [] => format!("{name}: there are no earlier answers of the baseline {version} to pool"),
        [run] => format!(
            "{name}: {answers} a case of the baseline {version} {are} pooled, of run {}",
            run.from.run
        ),
        [run, ..] => format!(
            "{name}: {answers} a case of the baseline {version} {are} pooled, of {} runs, the newest {}",
            past.runs.len(),
            run.from.run
        ),
    }];
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (run, reason) in &past.left_out {
        reasons.entry(reason).or_default().push(run);
    }
    lines.extend(reasons.into_iter().map(|(reason, runs)| {
        let runs = runs.join(", ");
        format!("{name}: not pooled: {runs}: {reason}")
    }));
    lines
}

impl Ready {
    /// Writes the pools into a new journal, case by case: they are in no hurry to be read, and may be large.
    pub(in crate::pipeline) fn write_pools(&self, out: &mut Outlets<'_>) -> Result<(), RunError> {
        for pool in &self.pools {
            if let Some(suite) = self.plan.suites.get(pool.place.0 as usize) {
                self.write_pool(pool, suite, out)?;
            }
        }
        Ok(())
    }

    fn write_pool(
        &self,
        pool: &PooledArm,
        suite: &SuitePlan,
        out: &mut Outlets<'_>,
    ) -> Result<(), RunError> {
        let order = suite.order(self.plan.seed, pool.place.0 as usize);
        let here = (0_u32..).zip(order).filter(|(_, case)| suite.holds(*case));
        for (order, place) in here {
            let case = suite.dataset.case(place);
            let case = case.map_err(|error| RunError::dataset(suite, error))?;
            let answers = pool.runs.iter().flat_map(|run| {
                let own = pool.cases.place(&case.id).map(|at| run.of_case(at));
                own.into_iter().flatten().map(move |answer| (run, answer))
            });
            for (repeat, (run, answer)) in POOL_REPEATS.zip(answers) {
                let trial = TrialId {
                    suite: pool.place.0,
                    arm: pool.place.1,
                    case: place,
                    repeat,
                };
                let outcome = StoredOutcome {
                    answer: &answer,
                    evaluators: &run.evaluators,
                    models: &run.models,
                    judges: Some(&run.judges),
                    why: &format!("as in run {}", run.from.run),
                };
                // An outcome that does not say what each evaluator says was left out before.
                if let Ok(trial) = trial_of((trial, order), &case, &outcome) {
                    out.event(&RunEvent::Trial(Box::new(trial)))?;
                }
            }
        }
        Ok(())
    }
}
