//! The end of the summary: faults by message, the verdict with what decided it, and what the run took.

use std::collections::BTreeMap;
use std::io;

use crate::model::ErrorClass;
use crate::model::verdict::Decision;
use crate::report::View;
use crate::report::candidate::SuiteView;
use crate::report::conclusion;
use crate::report::number;
use crate::report::origin;
use crate::report::weaker;

use super::page::{Ink, Page, Span, plain};

/// Opens lines that belong to the one above.
const GUTTER: &str = "  │ ";

/// Lines that a verdict or a fault may take.
const MOST_LINES: usize = 8;

/// Writes each fault of the run once, with how many trials of all arms it struck.
pub(super) fn faults(page: &mut Page<'_>, view: &View<'_>) -> io::Result<()> {
    let mut faults: BTreeMap<&(ErrorClass, String), usize> = BTreeMap::new();
    for (fault, trials) in view.record.arms().flat_map(|arm| &arm.faults) {
        *faults.entry(fault).or_default() += *trials as usize;
    }
    if faults.is_empty() {
        return Ok(());
    }
    page.line(&Span::new(Ink::Bold, "Faults"), &[])?;
    for ((class, message), trials) in faults {
        let head = format!("  ! {} ", number::of(trials, "trial"));
        let words = [plain(&format!("{class}: {message}"))];
        page.wrapped(&Span::new(Ink::Doubtful, &head), GUTTER, &words, MOST_LINES)?;
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

/// Id, answers by source, calls, money and time.
fn facts(view: &View<'_>) -> String {
    let record = view.record;
    let mut facts = vec![record.header.run.id.clone(), origin::answers(view)];
    let calls: usize = record.arms().map(|arm| arm.spend.calls as usize).sum();
    facts.push(number::of(calls, "call"));
    facts.push(format!("{} paid", number::money(record.paid_usd())));
    facts.extend(seconds(view).map(number::duration));
    facts.join(" · ")
}

/// How long the run took, where both of its ends are known.
fn seconds(view: &View<'_>) -> Option<f64> {
    let end = view.record.end.as_ref()?;
    let started: jiff::Timestamp = view.record.header.run.started_at.parse().ok()?;
    let finished: jiff::Timestamp = end.finished_at.parse().ok()?;
    Some(finished.duration_since(started).as_secs_f64())
}
