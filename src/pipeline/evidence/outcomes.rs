//! Outcomes that a run took over from elsewhere, and whether a journal's trial is one of them.

use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;

use super::read_at;
use crate::model::event::StoredFrom;
use crate::model::evidence::{ERROR, EvaluatorEvidence, FAILED, PASSED, SKIPPED, TrialEvidence};
use crate::model::{PromptRef, TrialRecord};

/// Outcomes by case and repeat.
#[derive(Debug, Default)]
pub(in crate::pipeline) struct TrialOutcomes(HashMap<String, Vec<OneOutcome>>);

/// One of them, with the evaluators that its signs stand for.
#[derive(Clone, Debug)]
pub(in crate::pipeline) struct OneOutcome {
    /// Evaluators, in the order of the signs.
    pub(in crate::pipeline) evaluators: Rc<[EvaluatorEvidence]>,
    /// The outcome.
    pub(in crate::pipeline) answer: TrialEvidence,
}

impl TrialOutcomes {
    /// Adds the next outcome of a case.
    pub(in crate::pipeline) fn add(&mut self, case: &str, outcome: OneOutcome) {
        self.0.entry(case.to_owned()).or_default().push(outcome);
    }

    /// The outcome of a case and repeat.
    pub(in crate::pipeline) fn of(&self, case: &str, repeat: u32) -> Option<&OneOutcome> {
        self.0.get(case)?.get(repeat as usize)
    }
}

/// What the evidence of a version says of a suite.
///
/// # Errors
/// Why it says nothing.
pub(in crate::pipeline) fn stored_outcomes(
    root: &Path,
    id: &PromptRef,
    suite: &str,
    from: &StoredFrom,
) -> Result<TrialOutcomes, String> {
    let found =
        read_at(root, None, id).map_err(|error| format!("its evidence cannot be read: {error}"))?;
    let found = found.ok_or_else(|| {
        format!(
            "the answers of {id} are those of run {}, and there is no evidence to hold them against",
            from.run
        )
    })?;
    let suite = found.suites.iter().find(|one| one.name == suite);
    let suite = suite.ok_or("the evidence it was taken over from has no such suite")?;
    let evaluators: Rc<[EvaluatorEvidence]> = suite.evaluators.as_slice().into();
    let mut outcomes = TrialOutcomes::default();
    for (id, case) in &suite.cases {
        for answer in &case.trials {
            outcomes.add(
                id,
                OneOutcome {
                    evaluators: Rc::clone(&evaluators),
                    answer: answer.clone(),
                },
            );
        }
    }
    Ok(outcomes)
}

/// Whether a trial came out as it did where it was taken over from.
///
/// # Errors
/// That it did not.
pub(in crate::pipeline) fn agree(outcome: &OneOutcome, trial: &TrialRecord) -> Result<(), String> {
    let answer = &outcome.answer;
    let mut signs = answer.outcome.chars();
    let state = |passed: Option<bool>| match passed {
        Some(true) => PASSED,
        Some(false) => FAILED,
        None => ERROR,
    };
    let own = signs.next();
    let mut same = own == Some(state(trial.passed)) && answer.score == trial.score;
    let mut count = 0;
    for (evaluator, sign) in outcome.evaluators.iter().zip(signs) {
        if sign == SKIPPED {
            continue;
        }
        count += 1;
        let said = trial.scores.iter().find(|said| said.name == evaluator.name);
        same &= said.is_some_and(|said| {
            let plain = said.passed.map(|passed| f64::from(u8::from(passed)));
            let score = answer.scores.get(&said.name).copied().or(plain);
            state(said.passed) == sign
                && said.score == score
                && said.type_name == evaluator.type_name
        });
    }
    if same && count == trial.scores.len() {
        return Ok(());
    }
    Err("it came out otherwise where it was taken over from".to_owned())
}
