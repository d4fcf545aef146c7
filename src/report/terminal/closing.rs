//! The end of the summary: faults by cause, the verdict with what decided it, and what the run took.

use std::io;

use crate::model::number;
use crate::model::verdict::Decision;
use crate::report::View;
use crate::report::candidate::{CandidateView, SuiteView};
use crate::report::conclusion;
use crate::report::failing;
use crate::report::faults::{self, Cause, Causes};
use crate::report::origin;
use crate::report::weaker;

use super::page::Page;
use super::span::{Ink, Span, plain};

/// Opens lines that belong to the one above.
const GUTTER: &str = "  │ ";

/// Lines that a verdict or a fault may take.
const MOST_LINES: usize = 8;

/// Lines of causes: one less than a list has, for what can be done about the first of them.
const MOST_CAUSES: usize = faults::MOST - 1;

/// Writes what struck trials of all arms, cause by cause.
pub(super) fn faults(page: &mut Page<'_>, view: &View<'_>) -> io::Result<()> {
    let causes = Causes::of(view.record.arms(), MOST_CAUSES);
    if causes.is_empty() {
        return Ok(());
    }
    page.line(&Span::new(Ink::Bold, faults::TITLE), &[])?;
    let lines: Vec<(String, String)> = causes.lines().collect();
    // All of them in as many lines as there would be with one each at most.
    let each = (MOST_CAUSES / lines.len()).max(1);
    for (trials, cause) in lines {
        let head = format!("  ! {trials} ");
        page.wrapped(
            &Span::new(Ink::Doubtful, &head),
            GUTTER,
            &[plain(&cause)],
            each,
        )?;
    }
    if let Some(fix) = causes.shown.first().and_then(Cause::fix) {
        page.wrapped(
            &Span::new(Ink::Bold, "  Fix: "),
            GUTTER,
            &[plain(fix)],
            each.max(2),
        )?;
    }
    page.gap()
}

/// Writes what the change takes away from its own gate.
pub(super) fn weaker(page: &mut Page<'_>, view: &View<'_>) -> io::Result<()> {
    let (changes, more) = weaker::shown(view);
    if changes.is_empty() {
        return Ok(());
    }
    let title = format!("{}:", weaker::TITLE);
    page.line(&Span::new(Ink::Doubtful, &title), &[])?;
    for change in changes {
        let words = [plain(&format!("{}: {}", change.file, change.what))];
        page.wrapped(
            &Span::new(Ink::Doubtful, "  ! "),
            GUTTER,
            &words,
            MOST_LINES,
        )?;
    }
    if let Some(more) = more {
        page.line(&Span::new(Ink::Doubtful, "  ! "), &[plain(&more)])?;
    }
    page.gap()
}

/// Writes the verdict and what the run took.
pub(super) fn verdict(
    page: &mut Page<'_>,
    view: &View<'_>,
    suites: &[SuiteView<'_>],
) -> io::Result<()> {
    let ink = match view.verdict.decision {
        Decision::Pass => Ink::Good,
        Decision::Fail => Ink::Bad,
        Decision::Error | Decision::Interrupted => Ink::Doubtful,
    };
    let word = format!("{} ", conclusion::word(view));
    let why = [plain(&conclusion::why(view, suites))];
    page.wrapped(&Span::new(ink, &word), GUTTER, &why, MOST_LINES)?;
    let facts = [Span::new(Ink::Dim, &facts(view))];
    page.wrapped(&Span::new(Ink::Dim, "Run "), GUTTER, &facts, MOST_LINES)?;
    if let Some(note) = origin::note(view) {
        page.wrapped(
            &Span::new(Ink::Doubtful, ""),
            GUTTER,
            &[plain(note)],
            MOST_LINES,
        )?;
    }
    let partial = &view.record.header.run.partial;
    if partial.is_empty() {
        return Ok(());
    }
    let words = format!("no evidence for a promotion: {}", partial.join(", "));
    page.line(&Span::new(Ink::Doubtful, "Partial run, "), &[plain(&words)])
}

/// Writes how to see one case whole: on a terminal, since a log is read where the run is not.
pub(super) fn next(
    page: &mut Page<'_>,
    view: &View<'_>,
    suites: &[SuiteView<'_>],
) -> io::Result<()> {
    let (style, run) = (page.style(), &view.record.header.run);
    if style.quiet || style.piped || run.detached {
        return Ok(());
    }
    let candidates = || suites.iter().flat_map(|suite| &suite.candidates);
    let failing = |one: &CandidateView<'_>| Some(failing::all(one).first()?.case.case);
    let mut broken = candidates().filter_map(|one| Some((one, failing(one)?)));
    let first = broken.next().or_else(|| Some((candidates().next()?, 0)));
    let case = first.and_then(|(one, place)| one.table.cases.get(place as usize));
    let Some(case) = case.map(|case| case.id) else {
        return Ok(());
    };
    let id = quoted(case);
    let words = [plain(&format!("`prompteval show {} --case {id}`", run.id))];
    page.wrapped(&Span::new(Ink::Dim, "See "), GUTTER, &words, MOST_LINES)
}

/// An id as a shell takes it.
fn quoted(id: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@".contains(c);
    if id.chars().all(is_plain) && !id.is_empty() {
        id.to_owned()
    } else {
        format!("'{}'", id.replace('\'', "'\\''"))
    }
}

/// Id, answers by source, calls, money and time.
fn facts(view: &View<'_>) -> String {
    let record = view.record;
    let mut facts = vec![record.header.run.id.clone(), origin::answers(view)];
    facts.push(number::calls(record));
    facts.push(number::paid(record));
    facts.extend(origin::seconds(view).map(number::duration));
    facts.join(" · ")
}
