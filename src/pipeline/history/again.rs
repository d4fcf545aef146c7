//! The pool of a finished run once more, so that what its journal says of earlier answers can be held against them.

use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;

use super::{Past, Question};
use crate::model::PromptRef;
use crate::model::event::{ArmHeader, PoolFrom, SuiteHeader};
use crate::pipeline::evidence::{OneOutcome, TrialOutcomes};

/// The answers of the runs that a pool names, in its order.
///
/// # Errors
/// Which of the runs is not known here any more.
pub(in crate::pipeline) fn outcomes(
    root: &Path,
    id: &PromptRef,
    (suite, arm): (&SuiteHeader, &ArmHeader),
    (pool, cases): (&PoolFrom, BTreeSet<String>),
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
    };
    let past = Past::read(root, &question);
    let mut outcomes = TrialOutcomes::default();
    for named in &pool.runs {
        let found = past.runs.iter().find(|run| run.from.run == named.id);
        let Some(run) = found.filter(|run| run.repeats >= named.repeats) else {
            let mut left_out = past.left_out.iter();
            let why = left_out.find(|(run, _)| *run == named.id);
            let why = why.map_or("it is not kept here", |(_, why)| why.as_str());
            return Err(format!("run {}, whose answers are pooled: {why}", named.id));
        };
        let evaluators: Rc<[_]> = run.evaluators.as_slice().into();
        for (case, answers) in &run.cases {
            for answer in answers.iter().take(named.repeats as usize) {
                let evaluators = Rc::clone(&evaluators);
                outcomes.add(
                    case,
                    OneOutcome {
                        evaluators,
                        answer: answer.clone(),
                    },
                );
            }
        }
    }
    Ok(outcomes)
}
