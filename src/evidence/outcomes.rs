//! Outcomes that a run took over from elsewhere, and whether a journal's trial is one of them.

use std::path::Path;

use super::read_at;
use crate::model::event::StoredFrom;
use crate::model::evidence::{
    Answers, ById, ERROR, EvaluatorEvidence, FAILED, PASSED, SKIPPED, TrialEvidence,
};
use crate::model::{PromptRef, TrialRecord};

/// Outcomes by case and repeat: those of one run after those of another.
#[derive(Debug, Default)]
pub(crate) struct TrialOutcomes(Vec<RunOutcomes>);

/// Those of one run.
#[derive(Debug)]
pub(crate) struct RunOutcomes {
    /// Evaluators, in the order of the signs.
    pub(crate) evaluators: Vec<EvaluatorEvidence>,
    /// The outcomes of every case.
    pub(crate) answers: ById<Answers>,
    /// How many of each case count at most.
    pub(crate) repeats: usize,
}

/// One of them, with the evaluators that its signs stand for.
#[derive(Clone, Debug)]
pub(crate) struct OneOutcome<'a> {
    evaluators: &'a [EvaluatorEvidence],
    answer: TrialEvidence,
}

impl TrialOutcomes {
    /// Adds those of the next run.
    pub(crate) fn add(&mut self, run: RunOutcomes) {
        self.0.push(run);
    }

    /// The outcome of a case and repeat.
    pub(crate) fn of(&self, case: &str, repeat: u32) -> Option<OneOutcome<'_>> {
        let mut repeat = repeat as usize;
        for run in &self.0 {
            let Some(place) = run.answers.ids().place(case) else {
                continue;
            };
            let answers = run.answers.rows();
            let own = answers.count(place).min(run.repeats);
            if repeat < own {
                return Some(OneOutcome {
                    evaluators: &run.evaluators,
                    answer: answers.one(place, repeat)?,
                });
            }
            repeat -= own;
        }
        None
    }
}

/// What the evidence of a version says of a suite.
///
/// # Errors
/// Why it says nothing.
pub(crate) fn stored_outcomes(
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
    let mut suites = found.suites.into_iter();
    let suite = suites.find(|one| one.name == suite);
    let suite = suite.ok_or("the evidence it was taken over from has no such suite")?;
    let cases = suite.cases.iter();
    let mut outcomes = TrialOutcomes::default();
    outcomes.add(RunOutcomes {
        answers: cases.map(|(id, case)| (id, case.trials)).collect(),
        evaluators: suite.evaluators,
        repeats: usize::MAX,
    });
    Ok(outcomes)
}

/// Whether a trial came out as it did where it was taken over from.
///
/// # Errors
/// That it did not.
pub(crate) fn agree(outcome: &OneOutcome<'_>, trial: &TrialRecord) -> Result<(), String> {
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
