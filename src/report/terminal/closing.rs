//! The end of the summary: faults by cause, the verdict with what decided it, and what the run took.

use std::io;

use crate::model::verdict::Decision;
use crate::report::View;
use crate::report::candidate::SuiteView;
use crate::report::conclusion;
use crate::report::faults::{self, Causes};
use crate::report::number;
use crate::report::origin;
use crate::report::weaker;

use super::page::{Ink, Page, Span, plain};

/// Opens lines that belong to the one above.
const GUTTER: &str = "  │ ";

/// Lines that a verdict or a fault may take.
const MOST_LINES: usize = 8;

/// Writes what struck trials of all arms, cause by cause.
pub(super) fn faults(page: &mut Page<'_>, view: &View<'_>) -> io::Result<()> {
    let causes = Causes::of(view.record.arms(), faults::MOST);
    if causes.is_empty() {
        return Ok(());
    }
    page.line(&Span::new(Ink::Bold, faults::TITLE), &[])?;
    let lines: Vec<(String, String)> = causes.lines().collect();
    // All of them in as many lines as there would be with one each at most.
    let each = (faults::MOST / lines.len()).max(1);
    for (trials, cause) in lines {
        let head = format!("  ! {trials} ");
        page.wrapped(
            &Span::new(Ink::Doubtful, &head),
            GUTTER,
            &[plain(&cause)],
            each,
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

/// Id, answers by source, calls, money and time.
fn facts(view: &View<'_>) -> String {
    let record = view.record;
    let mut facts = vec![record.header.run.id.clone(), origin::answers(view)];
    facts.push(number::calls(record));
    facts.push(number::paid(record));
    facts.extend(origin::seconds(view).map(number::duration));
    facts.join(" · ")
}
