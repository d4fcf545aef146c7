//! What evidence keeps of other runs, so that a fresh clone has the baseline's history, too.

use std::collections::BTreeMap;
use std::path::Path;

use super::{MOST, Past, PastRun, Question};
use crate::model::PromptRef;
use crate::model::evidence::{
    EvaluatorEvidence, Evidence, HistoryEvidence, SKIPPED, SuiteEvidence, TrialEvidence,
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
            cases: suite.cases.keys().cloned().collect(),
            base: None,
        };
        let mut past = Past::read(root, &question);
        past.runs.retain(|run| run.from.run != own_run);
        let own = suite
            .cases
            .values()
            .map(|case| case.trials.len())
            .min()
            .unwrap_or_default();
        let room = MOST.saturating_sub(own as u32);
        past.choose(room, Some((&suite.resolved_models, &suite.judge_models)));
        suite.history = history(suite, &past.runs);
    }
}

fn history(suite: &SuiteEvidence, runs: &[PastRun]) -> HistoryEvidence {
    let mut history = HistoryEvidence::default();
    for run in runs {
        // An evaluator that the deciding run never met would have no sign of its own.
        let Some(cases) = signed(run, &suite.evaluators) else {
            continue;
        };
        history.runs.push(run.pooled());
        for (id, answers) in cases {
            history.cases.entry(id).or_default().extend(answers);
        }
    }
    history
}

/// The run's answers with their signs in this order of evaluators.
fn signed(
    run: &PastRun,
    evaluators: &[EvaluatorEvidence],
) -> Option<BTreeMap<String, Vec<TrialEvidence>>> {
    let place = |own: &EvaluatorEvidence| evaluators.iter().position(|one| one.name == own.name);
    let places: Vec<usize> = run.evaluators.iter().map(place).collect::<Option<_>>()?;
    let sign = |one: &TrialEvidence| {
        let mut signs = one.outcome.chars();
        let first = signs.next();
        let mut ordered = vec![SKIPPED; evaluators.len()];
        for (place, sign) in places.iter().zip(signs) {
            if let Some(own) = ordered.get_mut(*place) {
                *own = sign;
            }
        }
        TrialEvidence {
            outcome: first.into_iter().chain(ordered).collect(),
            ..one.clone()
        }
    };
    let cases = run.cases.iter();
    let signed = cases.map(|(id, case)| (id.clone(), case.iter().map(sign).collect()));
    Some(signed.collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

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

    fn run(evaluators: &[&str], outcome: &str) -> PastRun {
        let answer = TrialEvidence {
            outcome: outcome.to_owned(),
            score: Some(1.0),
            ..TrialEvidence::default()
        };
        PastRun {
            from: StoredFrom {
                run: "r".to_owned(),
                started_at: String::new(),
            },
            models: BTreeSet::new(),
            judges: BTreeMap::new(),
            evaluators: evaluators.iter().map(|name| evaluator(name)).collect(),
            cases: BTreeMap::from([("a".to_owned(), vec![answer])]),
            repeats: 1,
        }
    }

    #[test]
    fn signs_follow_the_evaluators_of_the_run_that_passed() {
        let here = [evaluator("x"), evaluator("y"), evaluator("z")];
        let cases = signed(&run(&["z", "x"], "+-!"), &here).unwrap();
        assert_eq!(cases["a"][0].outcome, "+!.-");
        assert!(signed(&run(&["x", "new"], "+++"), &here).is_none());
    }
}
