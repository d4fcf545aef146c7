//! What moved against the baseline, by id; on which labels; and what repeats say of noise.

use std::io;

use crate::model::number;
use crate::report::candidate::CandidateView;

use super::page::Page;
use super::span::{Ink, Span, plain};

/// Opens lines that belong to the one above.
const GUTTER: &str = "  │ ";

/// Lines a list of ids may take.
const MOST_LINES: usize = 4;

/// Writes what there is to say; nothing where nothing moved.
pub(super) fn write(page: &mut Page<'_>, candidate: &CandidateView<'_>) -> io::Result<()> {
    let verdict = candidate.verdict;
    let changes = &verdict.changes;
    let lists = [
        ("  Newly broken: ", &changes.broken),
        ("  Newly fixed: ", &changes.fixed),
        ("  Flaky: ", &changes.flaky),
    ];
    let proven = candidate.proven();
    let proven: Vec<String> = proven.map(|(id, one)| format!("`{id}` {one}")).collect();
    let mut first = proven.is_empty();
    if !first {
        page.gap()?;
        let head = Span::new(Ink::Bad, "  Proven broken: ");
        page.wrapped(&head, GUTTER, &[plain(&proven.join("; "))], MOST_LINES)?;
    }
    let shown = lists.iter().filter(|(_, places)| !places.is_empty());
    for (head, places) in shown {
        if std::mem::take(&mut first) {
            page.gap()?;
        }
        let ids: Vec<&str> = candidate.ids(places).collect();
        let words = [plain(&ids.join(", "))];
        page.wrapped(&Span::new(Ink::Bold, head), GUTTER, &words, MOST_LINES)?;
    }
    for slice in &verdict.slices {
        let text = format!(
            "{} against the baseline on {} (p {} over all labels); pointed out, never blocking",
            number::points(slice.difference),
            number::of(slice.cases as usize, "case"),
            number::decimal(slice.p_adjusted, 3),
        );
        let head = format!("  Label {}: ", slice.tag);
        page.wrapped(
            &Span::new(Ink::Doubtful, &head),
            GUTTER,
            &[plain(&text)],
            MOST_LINES,
        )?;
    }
    if let Some(stats) = &verdict.repeats {
        let text = format!("{} of each case; {}", stats.repeats, stats.suggestion);
        page.wrapped(
            &Span::new(Ink::Bold, "  Repeats: "),
            GUTTER,
            &[plain(&text)],
            MOST_LINES,
        )?;
    }
    Ok(())
}
