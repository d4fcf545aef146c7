//! The failing cases of a candidate on a terminal, each with its reasons and how its answer differs.

use std::io;

use crate::model::number;
use crate::report::View;
use crate::report::candidate::CandidateView;
use crate::report::failing::{self, Failing};

use super::difference;
use super::page::Page;
use super::span::{Ink, Span, plain};
use super::vars;

/// Lines that a reason may take: more than any that a person or a judge writes.
const REASON_LINES: usize = 30;

/// Writes the failing cases, as many as the style allows.
pub(super) fn write(
    page: &mut Page<'_>,
    view: &View<'_>,
    candidate: &CandidateView<'_>,
) -> io::Result<()> {
    let failing = failing::all(candidate);
    let all = failing.len();
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
        words = match failing.iter().filter(|case| case.broken).count() {
            0 => format!("{words}, none newly broken"),
            new => format!("{words}, {new} newly broken"),
        };
    }
    page.line(&Span::new(Ink::Bold, "  Failing cases: "), &[plain(&words)])?;
    let most = page.style().max_failures;
    for case in failing.iter().take(most) {
        one(page, view, candidate, case)?;
    }
    if all > most {
        let more = number::of(all - most, "more failing case");
        page.line(&plain("  … "), &[plain(&format!("and {more}"))])?;
    }
    Ok(())
}

fn one(
    page: &mut Page<'_>,
    view: &View<'_>,
    candidate: &CandidateView<'_>,
    case: &Failing,
) -> io::Result<()> {
    headline(page, candidate, case)?;
    let info = case.info(candidate)?;
    vars::write(page, view, candidate, info.index)?;
    let reasons = case.reasons(view, candidate)?;
    for (name, why) in &reasons.said {
        let words = [Span::new(Ink::Bold, name), plain(&format!(": {why}"))];
        page.wrapped(
            &Span::new(Ink::Bad, "    ✗ "),
            "      ",
            &words,
            REASON_LINES,
        )?;
    }
    match (&reasons.before, &reasons.output) {
        (_, None) => Ok(()),
        (Some(before), Some(output)) => difference::write(page, before, output),
        (None, Some(output)) => difference::start(page, output),
    }
}

fn headline(
    page: &mut Page<'_>,
    candidate: &CandidateView<'_>,
    failing: &Failing,
) -> io::Result<()> {
    let Failing { case, .. } = failing;
    let info = failing.info(candidate)?;
    let mut words = vec![Span::new(Ink::Bold, info.id)];
    if case.trials > 1 {
        words.push(plain(&format!("  {}/{} passed", case.passes, case.trials)));
    }
    if info.critical {
        words.push(Span::new(Ink::Bad, "  critical"));
    }
    if let Some(word) = failing.word() {
        words.push(Span::new(Ink::Doubtful, &format!("  {word}")));
    }
    if !info.tags.is_empty() {
        words.push(Span::new(
            Ink::Dim,
            &format!("  [{}]", info.tags.join(", ")),
        ));
    }
    page.line(&Span::new(Ink::Bad, "  ✗ "), &words)
}
