//! The failing cases of a candidate, those that the baseline passes first, each with its reasons and both answers.

use std::collections::BTreeSet;
use std::io;

use crate::model::record::{ArmRecord, CaseInfo, CaseOutcome, State};

use super::View;
use super::blocking::Blocking;
use super::candidate::{Arm, CandidateView};
use super::fold::{self, Details};

/// A case that failed: small, for there may be hundreds of thousands.
pub(crate) struct Failing {
    /// How its repeats came out.
    pub(crate) case: CaseOutcome,
    /// Whether the baseline passes it.
    pub(crate) broken: bool,
    /// Whether fresh answers prove that it broke.
    pub(crate) proven: bool,
}

/// Why a case failed, and what was answered.
pub(crate) struct Reasons {
    /// Evaluators that failed, each with its reason; `answer` where no evaluator tells why.
    pub(crate) said: Vec<(String, String)>,
    /// The answer of the first repeat that failed.
    pub(crate) output: Option<String>,
    /// The baseline's first answer.
    pub(crate) before: Option<String>,
}

/// Every failing case, proven ones first, then newly broken ones, in the dataset's order.
pub(crate) fn all(candidate: &CandidateView<'_>) -> Vec<Failing> {
    let baseline = candidate.baseline.map(|arm| arm.record);
    let proven = candidate.verdict.changes.proven.iter();
    let proven: BTreeSet<u32> = proven.map(|one| one.case).collect();
    let cases = candidate.arm.record.cases();
    let failing = cases
        .filter(|case| case.state() == State::Failed)
        .map(|case| Failing {
            case,
            broken: is_broken(&case, baseline),
            proven: proven.contains(&case.case),
        });
    let mut failing: Vec<Failing> = failing.collect();
    failing.sort_by_key(|one| (!one.proven, !one.broken));
    failing
}

/// Whether the baseline passes what the candidate fails.
fn is_broken(case: &CaseOutcome, baseline: Option<&ArmRecord>) -> bool {
    let before = baseline.and_then(|arm| arm.case(case.case));
    before.is_some_and(|before| before.state() == State::Passed)
}

impl Failing {
    /// What became of it since the baseline, in two words; `None` where it failed before, too.
    pub(crate) fn word(&self) -> Option<&'static str> {
        match (self.proven, self.broken) {
            (true, _) => Some("proven broken"),
            (false, true) => Some("newly broken"),
            (false, false) => None,
        }
    }

    /// What is known of the case.
    pub(crate) fn info<'a>(&self, candidate: &CandidateView<'a>) -> io::Result<CaseInfo<'a>> {
        candidate.case_info(self.case.case)
    }

    /// Reads back why it failed.
    pub(crate) fn reasons(
        &self,
        view: &View<'_>,
        candidate: &CandidateView<'_>,
    ) -> io::Result<Reasons> {
        reasons(&self.case, view, candidate)
    }
}

/// Reads back what was answered to a case, and what failed in it, if anything did.
pub(crate) fn reasons(
    case: &CaseOutcome,
    view: &View<'_>,
    candidate: &CandidateView<'_>,
) -> io::Result<Reasons> {
    let mut details = Details::new(view.outputs, candidate.arm.record, case);
    let said = said(case, candidate, &mut details)?;
    let mut trials = details.outcomes().iter();
    let failed = trials.position(|trial| trial.state == State::Failed);
    let trial = details.trial(failed.unwrap_or_default())?;
    Ok(Reasons {
        said,
        output: trial.and_then(|trial| trial.output.clone()),
        before: baseline_output(view, candidate.baseline, case)?,
    })
}

fn said(
    case: &CaseOutcome,
    candidate: &CandidateView<'_>,
    details: &mut Details<'_>,
) -> io::Result<Vec<(String, String)>> {
    let infos = &candidate.table.evaluators;
    let blocking = Blocking::of(candidate);
    let mut said = Vec::new();
    let answer = fold::answer(details.outcomes(), infos);
    if let Some(place) = answer.and_then(|fold| fold.first_failed)
        && let Some(trial) = details.trial(place)?
    {
        said.push(("answer".to_owned(), fold::answer_reason(trial)));
    }
    for (evaluator, fold) in fold::evaluators(details.outcomes()) {
        let (Some(info), Some(place)) = (infos.get(usize::from(evaluator)), fold.first_failed)
        else {
            continue;
        };
        if info.reported_only && !blocking.evaluator(case, info) {
            continue;
        }
        let Some(trial) = details.trial(place)? else {
            continue;
        };
        let why = fold::score_of(trial, &info.name).map_or("", |score| &score.reason);
        let name = match fold.passed_share() {
            Some(share) => format!("{} ({share})", info.name),
            None => info.name.clone(),
        };
        said.push((name, why.to_owned()));
    }
    Ok(said)
}

/// The baseline's first answer to the case.
fn baseline_output(
    view: &View<'_>,
    baseline: Option<Arm<'_>>,
    case: &CaseOutcome,
) -> io::Result<Option<String>> {
    let Some(arm) = baseline else {
        return Ok(None);
    };
    let Some(before) = arm.record.case(case.case) else {
        return Ok(None);
    };
    match arm.record.trials_of(&before).next() {
        Some(trial) => Ok(view.outputs.trial(trial.at)?.output),
        None => Ok(None),
    }
}
