//! The failing cases of a candidate, those that the baseline passes first, each with its reasons and its answer.

use std::io;

use crate::model::record::{ArmRecord, CaseOutcome, State};
use crate::report::View;
use crate::report::blocking::Blocking;
use crate::report::candidate::{Arm, CandidateView};
use crate::report::fold::{self, Details};
use crate::report::number;

use super::difference;
use super::page::{Ink, Page, Span, plain};

/// Writes the failing cases, as many as the style allows.
pub(super) fn write(
    page: &mut Page<'_>,
    view: &View<'_>,
    candidate: &CandidateView<'_>,
) -> io::Result<()> {
    let baseline = candidate.baseline.map(|arm| arm.record);
    let cases = candidate.arm.record.cases();
    let failing = cases.filter(|case| case.state() == State::Failed);
    let (broken, old): (Vec<_>, Vec<_>) = failing.partition(|case| is_broken(case, baseline));
    let all = broken.len() + old.len();
    if all == 0 {
        return Ok(());
    }
    page.gap()?;
    let cases = candidate.arm.record.case_count();
    let mut words = format!(
        "{} of {}",
        number::count(all as f64),
        number::count(cases as f64)
    );
    if candidate.baseline.is_some() {
        words = match broken.len() {
            0 => format!("{words}, none newly broken"),
            new => format!("{words}, {new} newly broken"),
        };
    }
    page.line(&Span::new(Ink::Bold, "  Failing cases: "), &[plain(&words)])?;
    let most = page.style().max_failures;
    for case in broken.iter().chain(&old).take(most) {
        one(page, view, candidate, case)?;
    }
    if all > most {
        let more = number::of(all - most, "more failing case");
        page.line(&plain("  … "), &[plain(&format!("and {more}"))])?;
    }
    Ok(())
}

/// Whether the baseline passes what the candidate fails.
fn is_broken(case: &CaseOutcome, baseline: Option<&ArmRecord>) -> bool {
    let before = baseline.and_then(|arm| arm.case(case.case));
    before.is_some_and(|before| before.state() == State::Passed)
}

fn one(
    page: &mut Page<'_>,
    view: &View<'_>,
    candidate: &CandidateView<'_>,
    case: &CaseOutcome,
) -> io::Result<()> {
    let mut details = Details::new(view.outputs, candidate.arm.record, case);
    headline(page, candidate, case)?;
    reasons(page, candidate, case, &mut details)?;
    let mut trials = details.outcomes().iter();
    let failed = trials.position(|trial| trial.state == State::Failed);
    let Some(trial) = details.trial(failed.unwrap_or_default())? else {
        return Ok(());
    };
    let Some(output) = &trial.output else {
        return Ok(());
    };
    match baseline_output(view, candidate.baseline, case)? {
        Some(before) => difference::write(page, &before, output),
        None => difference::start(page, output),
    }
}

fn headline(
    page: &mut Page<'_>,
    candidate: &CandidateView<'_>,
    case: &CaseOutcome,
) -> io::Result<()> {
    let info = candidate.case_info(case.case)?;
    let baseline = candidate.baseline.map(|arm| arm.record);
    let mut words = vec![Span::new(Ink::Bold, info.id)];
    if case.trials > 1 {
        words.push(plain(&format!("  {}/{} passed", case.passes, case.trials)));
    }
    if info.critical {
        words.push(Span::new(Ink::Bad, "  critical"));
    }
    if is_broken(case, baseline) {
        words.push(Span::new(Ink::Doubtful, "  newly broken"));
    }
    if !info.tags.is_empty() {
        words.push(Span::new(
            Ink::Dim,
            &format!("  [{}]", info.tags.join(", ")),
        ));
    }
    page.line(&Span::new(Ink::Bad, "  ✗ "), &words)
}

/// A line an evaluator that failed; one for the answer where no evaluator tells why.
fn reasons(
    page: &mut Page<'_>,
    candidate: &CandidateView<'_>,
    case: &CaseOutcome,
    details: &mut Details<'_>,
) -> io::Result<()> {
    let infos = &candidate.table.evaluators;
    let blocking = Blocking::of(candidate);
    if let Some(place) = fold::answer(details.outcomes(), infos).and_then(|fold| fold.first_failed)
        && let Some(trial) = details.trial(place)?
    {
        reason(page, "answer", &fold::answer_reason(trial))?;
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
        reason(page, &name, why)?;
    }
    Ok(())
}

fn reason(page: &mut Page<'_>, name: &str, why: &str) -> io::Result<()> {
    page.line(
        &plain("    · "),
        &[Span::new(Ink::Bold, name), plain(&format!(": {why}"))],
    )
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
