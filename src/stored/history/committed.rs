//! Earlier answers out of the evidence of a version: those of the run that passed, and those that were kept beside them.

use std::path::Path;

use super::past_run::{PastRun, Question, Then};
use crate::evidence;
use crate::model::event::{PooledRun, StoredFrom};
use crate::model::evidence::{Evidence, SuiteEvidence, TrialEvidence};

/// Each run that the evidence tells of, with its answers or why they do not count.
pub(super) fn runs(root: &Path, question: &Question<'_>) -> Vec<(String, Result<PastRun, String>)> {
    let found = match evidence::read_at(root, question.base, question.id) {
        Ok(Some(found)) => found,
        Ok(None) => return Vec::new(),
        Err(error) => {
            let reason = format!("it cannot be read: {error}");
            return vec![(evidence::path(question.id), Err(reason))];
        }
    };
    let suite = found.suites.iter().find(|one| one.name == question.suite);
    let (Some(suite), true) = (suite, found.model == *question.model) else {
        return Vec::new();
    };
    let is_other = |run: &str| question.own != Some(run);
    let mut all = Vec::new();
    if is_other(&found.run.id) {
        all.push((found.run.id.clone(), own(&found, suite, question)));
    }
    let mut first = 0;
    for run in &suite.history.runs {
        let range = first..first + run.repeats as usize;
        first = range.end;
        if is_other(&run.id) {
            all.push((run.id.clone(), other(&found, suite, (run, range), question)));
        }
    }
    all
}

fn own(
    found: &Evidence,
    suite: &SuiteEvidence,
    question: &Question<'_>,
) -> Result<PastRun, String> {
    question.same(&then(found, suite, &found.run.started_at))?;
    // Older files do not say how many answers were new; in this mode all of them were.
    let live = match (suite.live, found.run.responses.as_str()) {
        (Some(live), _) => live as usize,
        (None, "live") => usize::MAX,
        (None, _) => 0,
    };
    let cases = suite.cases.iter().map(|(id, mut case)| {
        case.trials.truncate(live);
        (id, case.trials)
    });
    let from = StoredFrom {
        run: found.run.id.clone(),
        started_at: found.run.started_at.clone(),
    };
    past(suite, from, cases, question)
}

fn other(
    found: &Evidence,
    suite: &SuiteEvidence,
    (run, range): (&PooledRun, std::ops::Range<usize>),
    question: &Question<'_>,
) -> Result<PastRun, String> {
    question.same(&then(found, suite, &run.started_at))?;
    let cases = suite.history.cases.iter().map(|(id, case)| {
        let own = case.get(range.clone()).unwrap_or_default();
        (id, own.to_vec())
    });
    let from = StoredFrom {
        run: run.id.clone(),
        started_at: run.started_at.clone(),
    };
    past(suite, from, cases, question)
}

/// The hashes stand in the evidence once: what is kept beside the run that passed agreed with them.
fn then<'e>(found: &'e Evidence, suite: &'e SuiteEvidence, started_at: &'e str) -> Then<'e> {
    Then {
        started_at,
        sha256: &found.sha256,
        includes: &found.includes,
        suite_sha256: &suite.sha256,
        dataset_sha256: &suite.dataset.sha256,
    }
}

fn past<'e>(
    suite: &'e SuiteEvidence,
    from: StoredFrom,
    cases: impl Iterator<Item = (&'e str, Vec<TrialEvidence>)>,
    question: &Question<'_>,
) -> Result<PastRun, String> {
    PastRun::new(
        from,
        (suite.resolved_models.clone(), suite.judge_models.clone()),
        suite.evaluators.clone(),
        cases,
        question,
    )
}
