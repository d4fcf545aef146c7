//! What evidence keeps of other runs, so that a fresh clone has the baseline's history, too.

use std::path::Path;

use super::past::Past;
use super::past_run::{MOST, PastRun, Question};
use crate::model::PromptRef;
use crate::model::evidence::{
    Answers, ById, EvaluatorEvidence, Evidence, HistoryEvidence, Rows, SKIPPED, SuiteEvidence,
    TrialEvidence,
};

/// Puts beside each suite's own answers those of other runs of the same files and models, up to the most that are ever pooled.
pub fn keep(root: &Path, evidence: &mut Evidence) {
    let Ok(id) = evidence.version.parse::<PromptRef>() else {
        return;
    };
    let (own_run, sha256) = (evidence.run.id.clone(), evidence.sha256.clone());
    let (includes, model) = (evidence.includes.clone(), evidence.model.clone());
    for suite in &mut evidence.suites {
        let question = Question {
            id: &id,
            sha256: &sha256,
            includes: &includes,
            model: &model,
            suite: &suite.name,
            suite_sha256: &suite.sha256,
            dataset_sha256: &suite.dataset.sha256,
            cases: suite.cases.ids().clone(),
            base: None,
            own: Some(&own_run),
        };
        let mut past = Past::read(root, &question);
        let own = suite.cases.iter().map(|(_, case)| case.trials.len());
        let own = own.min().unwrap_or_default();
        let room = MOST.saturating_sub(own as u32);
        past.choose(room, Some((&suite.resolved_models, &suite.judge_models)));
        suite.history = history(suite, &past.runs);
    }
}

fn history(suite: &SuiteEvidence, runs: &[PastRun]) -> HistoryEvidence {
    // An evaluator that the deciding run never met would have no sign of its own.
    let runs = runs.iter().filter_map(|run| {
        let places = places(run, &suite.evaluators)?;
        Some((run, places))
    });
    let runs: Vec<(&PastRun, Vec<usize>)> = runs.collect();
    if runs.is_empty() {
        return HistoryEvidence::default();
    }
    let mut answers = Answers::default();
    for place in 0..suite.cases.len() {
        let of_runs = runs.iter().flat_map(|(run, places)| {
            let own = run.of_case(place);
            own.map(|answer| signed(answer, places, suite.evaluators.len()))
        });
        answers.push(&of_runs.collect());
    }
    HistoryEvidence {
        runs: runs.iter().map(|(run, _)| run.pooled()).collect(),
        cases: ById::new(suite.cases.ids().clone(), answers),
    }
}

/// Where the run's evaluators stand among these.
fn places(run: &PastRun, evaluators: &[EvaluatorEvidence]) -> Option<Vec<usize>> {
    let place = |own: &EvaluatorEvidence| evaluators.iter().position(|one| one.name == own.name);
    run.evaluators.iter().map(place).collect()
}

/// An answer with its signs at these places of so many.
fn signed(answer: TrialEvidence, places: &[usize], count: usize) -> TrialEvidence {
    let mut signs = answer.outcome.chars();
    let first = signs.next();
    let mut ordered = vec![SKIPPED; count];
    for (place, sign) in places.iter().zip(signs) {
        if let Some(own) = ordered.get_mut(*place) {
            *own = sign;
        }
    }
    TrialEvidence {
        outcome: first.into_iter().chain(ordered).collect(),
        ..answer
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::model::event::StoredFrom;

    fn evaluator(name: &str) -> EvaluatorEvidence {
        EvaluatorEvidence {
            name: name.to_owned(),
            type_name: "contains".to_owned(),
            metric: None,
            critical: false,
            reported_only: false,
        }
    }

    fn run(evaluators: &[&str]) -> PastRun {
        PastRun {
            from: StoredFrom {
                run: "r".to_owned(),
                started_at: String::new(),
            },
            models: BTreeSet::new(),
            judges: BTreeMap::new(),
            evaluators: evaluators.iter().map(|name| evaluator(name)).collect(),
            answers: Answers::default(),
            repeats: 1,
        }
    }

    #[test]
    fn signs_follow_the_evaluators_of_the_run_that_passed() {
        let here = [evaluator("x"), evaluator("y"), evaluator("z")];
        let answer = TrialEvidence {
            outcome: "+-!".to_owned(),
            score: Some(1.0),
            ..TrialEvidence::default()
        };
        let places_of = |evaluators: &[&str]| places(&run(evaluators), &here);
        let ordered = signed(answer, &places_of(&["z", "x"]).unwrap(), here.len());
        assert_eq!(
            (ordered.outcome.as_str(), ordered.score),
            ("+!.-", Some(1.0))
        );
        assert!(places_of(&["x", "new"]).is_none());
    }
}
