//! The pool of a run: earlier answers of each baseline, put into the journal beside the fresh ones, so that the journal alone
//! tells what was decided on.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::past::Past;
use super::past_run::{MOST, PastRun, Question};
use crate::load;
use crate::model::case::Case;
use crate::model::event::{BaselineLink, PoolFrom};
use crate::model::evidence::Ids;
use crate::model::looks::POOL_REPEATS;
use crate::model::record::JudgeModels;
use crate::model::{TrialId, TrialRecord};
use crate::plan::SuitePlan;
use crate::stored::Asker;
use crate::stored::{StoredOutcome, trial_of};

/// A dataset that cannot be relied on.
#[derive(Debug, thiserror::Error)]
#[error("{path} cannot be relied on any more: {error}")]
pub(crate) struct PoolError {
    path: String,
    error: io::Error,
}

/// The earlier answers of one baseline.
#[derive(Debug)]
pub(crate) struct PooledArm {
    /// Place of the suite and of the arm.
    pub(crate) place: (u32, u32),
    pub(crate) from: PoolFrom,
    /// Ids of the cases that are asked here, to which the runs hold answers.
    cases: Ids,
    runs: Vec<PastRun>,
}

/// Finds the earlier answers of every baseline; says beside them for each suite what is pooled and what is left out for which reason.
///
/// # Errors
/// When a dataset cannot be read.
pub(crate) fn pool(asker: &Asker<'_>) -> Result<(Vec<PooledArm>, Vec<String>), PoolError> {
    let mut notes = Vec::new();
    let mut pools = Vec::new();
    for (place, suite) in (0_u32..).zip(&asker.plan.suites) {
        let cases = ids(suite).map_err(|error| PoolError {
            path: suite.dataset.path.to_string(),
            error,
        })?;
        for arm in baselines(suite) {
            let found = past(asker, (suite, arm), cases.clone());
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
fn ids(suite: &SuitePlan) -> io::Result<Ids> {
    let here = suite.cases.iter().filter(|place| suite.holds(**place));
    here.map(|place| Ok(suite.dataset.case(*place)?.id))
        .collect()
}

fn past(asker: &Asker<'_>, (suite, arm): (&SuitePlan, u32), cases: Ids) -> Option<Past> {
    let arm = suite.arms.get(arm as usize)?;
    let includes = asker.includes(&arm.version);
    let suite_sha256 = load::suite_sha256(asker.root, &suite.suite);
    let mut past = Past::read(
        asker.root,
        &Question {
            id: &arm.version.id,
            sha256: &arm.version.sha256,
            includes: &includes,
            model: &arm.target.name,
            suite: &suite.suite.name,
            suite_sha256: &suite_sha256,
            dataset_sha256: &suite.dataset.sha256,
            cases,
            base: asker.base,
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

impl PooledArm {
    /// Every pooled answer to a case, at its place in the order of the suite, as a trial of this run.
    pub(crate) fn trials(
        &self,
        (place, order): (u32, u32),
        case: &Case,
    ) -> impl Iterator<Item = TrialRecord> {
        let answers = self.runs.iter().flat_map(|run| {
            let own = self.cases.place(&case.id).map(|at| run.of_case(at));
            own.into_iter().flatten().map(move |answer| (run, answer))
        });
        POOL_REPEATS
            .zip(answers)
            .filter_map(move |(repeat, (run, answer))| {
                let trial = TrialId {
                    suite: self.place.0,
                    arm: self.place.1,
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
                trial_of((trial, order), case, &outcome).ok()
            })
    }
}
