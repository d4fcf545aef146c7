//! Two runs on a terminal: numbers that moved, cases newly broken and fixed, and their answers side by side.

use std::io::{self, Write};

use comfy_table::{CellAlignment, Table, presets};

use super::Style;
use super::page::Page;
use super::span::{Ink, Span, plain};
use super::wrap::fit;
use crate::model::number;
use crate::report::comparison::{CaseChange, Change, Comparison, Pair, Tested};

/// Opens every line of an answer.
const GUTTER: &str = "    │ ";

/// Opens lines that belong to the one above.
const MORE: &str = "  │ ";

/// Lines that an answer may take.
const MOST_LINES: usize = 6;

/// Writes the comparison.
///
/// # Errors
/// When the writer fails.
pub fn write(comparison: &Comparison<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new(out, style);
    for (place, pair) in comparison.pairs.iter().enumerate() {
        if place > 0 {
            page.gap()?;
        }
        headline(&mut page, comparison, pair)?;
        numbers(&mut page, pair)?;
        cases(&mut page, ("Newly broken", Ink::Bad, "  ✗ "), &pair.broken)?;
        cases(&mut page, ("Newly fixed", Ink::Good, "  ✓ "), &pair.fixed)?;
        for (head, ids) in [
            ("  Decided in one run only: ", &pair.undecided),
            ("  Only in the older run: ", &pair.gone),
            ("  Only in the newer run: ", &pair.added),
        ] {
            if !ids.is_empty() {
                let words = [plain(&ids.join(", "))];
                page.wrapped(&Span::new(Ink::Bold, head), MORE, &words, MOST_LINES)?;
            }
        }
    }
    for (run, only) in [
        (comparison.old_run, &comparison.only_old),
        (comparison.new_run, &comparison.only_new),
    ] {
        for label in only {
            let words = [plain(&format!("{label} is in run {run} only"))];
            page.wrapped(&Span::new(Ink::Bold, "■ "), MORE, &words, MOST_LINES)?;
        }
    }
    sum(&mut page, comparison)
}

fn headline(page: &mut Page<'_>, comparison: &Comparison<'_>, pair: &Pair<'_>) -> io::Result<()> {
    let words = [
        Span::new(Ink::Bold, pair.suite),
        plain(&format!(
            ": {} in run {}, {} in run {}",
            named(&pair.old, &pair.new),
            comparison.old_run,
            named(&pair.new, &pair.old),
            comparison.new_run
        )),
    ];
    page.wrapped(&Span::new(Ink::Bold, "■ "), MORE, &words, MOST_LINES)?;
    for what in &pair.changed {
        let words = [plain(&format!(
            "the {what} is another one: numbers may differ for that"
        ))];
        page.line(&Span::new(Ink::Doubtful, "  ! "), &words)?;
    }
    let (old, new) = (&pair.old.resolved_models, &pair.new.resolved_models);
    if old != new {
        let models = |models: &std::collections::BTreeSet<String>| {
            models.iter().cloned().collect::<Vec<_>>().join(", ")
        };
        let words = format!(
            "answered by {} then, and by {} now",
            models(old),
            models(new)
        );
        page.line(&Span::new(Ink::Doubtful, "  ! "), &[plain(&words)])?;
    }
    Ok(())
}

/// The version, and the model where the two are not of the same.
fn named(one: &Tested<'_>, other: &Tested<'_>) -> String {
    if one.model == other.model {
        one.version.clone()
    } else {
        format!("{} on {}", one.version, one.model)
    }
}

fn numbers(page: &mut Page<'_>, pair: &Pair<'_>) -> io::Result<()> {
    let mut table = Table::new();
    table.force_no_tty().load_style(presets::NOTHING);
    table.set_header(["metric", "older", "newer", "change"]);
    let width = (page.style().width / 2).saturating_sub(4).max(16);
    for (name, change) in &pair.metrics {
        let value = |value: Option<f64>| {
            value.map_or_else(|| "unknown".to_owned(), |value| number::metric(name, value))
        };
        table.add_row([
            fit(name, width),
            value(change.old),
            value(change.new),
            moved(name, *change),
        ]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    page.gap()?;
    for (place, line) in table.lines().enumerate() {
        let ink = if place == 0 { Ink::Dim } else { Ink::Plain };
        page.line(&plain(" "), &[Span::new(ink, line.trim_end())])?;
    }
    if pair.same_metrics > 0 {
        let same = number::of(pair.same_metrics, "metric");
        let note = format!("{same} the same in both");
        page.line(&Span::new(Ink::Dim, "  + "), &[Span::new(Ink::Dim, &note)])?;
    }
    page.gap()
}

/// Rates move by points, all else by a share of what it was.
fn moved(name: &str, change: Change) -> String {
    let (Some(old), Some(new)) = (change.old, change.new) else {
        return String::new();
    };
    if name.ends_with("_rate") {
        number::points(new - old)
    } else if old == 0.0 {
        format!("+{}", number::metric(name, new))
    } else {
        format!("{:+.1} %", (new / old - 1.0) * 100.0)
    }
}

fn cases(
    page: &mut Page<'_>,
    (head, ink, mark): (&str, Ink, &str),
    cases: &[CaseChange<'_>],
) -> io::Result<()> {
    if cases.is_empty() {
        return Ok(());
    }
    let words = format!("{head}: {}", number::of(cases.len(), "case"));
    page.line(&Span::new(Ink::Bold, "  "), &[Span::new(Ink::Bold, &words)])?;
    let shown = page.style().max_failures;
    for case in cases.iter().take(shown) {
        let mut words = vec![Span::new(Ink::Bold, case.id)];
        for (evaluator, reason) in &case.failed {
            words.push(plain(&format!("  {evaluator}: ")));
            words.push(Span::new(Ink::Dim, reason));
        }
        page.wrapped(&Span::new(ink, mark), GUTTER, &words, MOST_LINES)?;
        let answer = |answer: Option<&str>| answer.unwrap_or("(no answer is kept)").to_owned();
        let sides = (
            &Span::new(Ink::Old, &answer(case.old)),
            &Span::new(Ink::New, &answer(case.new)),
        );
        page.columns(GUTTER, sides, MOST_LINES)?;
    }
    if let Some(more) = cases.len().checked_sub(shown).filter(|more| *more > 0) {
        let words = format!(
            "and {} more: `--format json` has all",
            number::of(more, "case")
        );
        page.line(&Span::new(Ink::Dim, "  "), &[Span::new(Ink::Dim, &words)])?;
    }
    page.gap()
}

fn sum(page: &mut Page<'_>, comparison: &Comparison<'_>) -> io::Result<()> {
    let count = |of: fn(&Pair<'_>) -> usize| comparison.pairs.iter().map(of).sum::<usize>();
    let words = format!(
        "{} newly broken, {} newly fixed",
        number::of(count(|pair| pair.broken.len()), "case"),
        count(|pair| pair.fixed.len()),
    );
    page.line(&Span::new(Ink::Bold, ""), &[Span::new(Ink::Bold, &words)])
}
