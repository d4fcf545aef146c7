//! The pool of a finished run once more, so that what its journal says of earlier answers can be held against them.

use std::path::Path;

use super::past::Past;
use super::past_run::Question;
use crate::evidence::{RunOutcomes, TrialOutcomes};
use crate::model::PromptRef;
use crate::model::event::{ArmHeader, PoolFrom, SuiteHeader};
use crate::model::evidence::{ById, Ids};

/// The answers of the runs that a pool names, in its order.
///
/// # Errors
/// Which of the runs is not known here any more.
pub(crate) fn outcomes(
    root: &Path,
    id: &PromptRef,
    (suite, arm): (&SuiteHeader, &ArmHeader),
    (pool, cases): (&PoolFrom, Ids),
) -> Result<TrialOutcomes, String> {
    let question = Question {
        id,
        sha256: &arm.sha256,
        includes: &arm.includes,
        model: &arm.model,
        suite: &suite.name,
        suite_sha256: &suite.sha256,
        dataset_sha256: &suite.dataset.sha256,
        cases,
        base: None,
        own: None,
    };
    let mut past = Past::read(root, &question);
    let mut outcomes = TrialOutcomes::default();
    for named in &pool.runs {
        let found = past.runs.iter().position(|run| run.from.run == named.id);
        let found = found.map(|place| past.runs.swap_remove(place));
        let Some(run) = found.filter(|run| run.repeats >= named.repeats) else {
            let mut left_out = past.left_out.iter();
            let why = left_out.find(|(run, _)| *run == named.id);
            let why = why.map_or("it is not kept here", |(_, why)| why.as_str());
            return Err(format!("run {}, whose answers are pooled: {why}", named.id));
        };
        outcomes.add(RunOutcomes {
            evaluators: run.evaluators,
            answers: ById::new(question.cases.clone(), run.answers),
            repeats: named.repeats as usize,
        });
    }
    Ok(outcomes)
}
