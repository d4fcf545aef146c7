//! What broke, what was fixed, and how answers changed.

use std::fmt::Write as _;
use std::io;

use similar::TextDiff;

use crate::model::number;
use crate::report::View;
use crate::report::candidate::CandidateView;
use crate::report::failing::{self, Failing};
use crate::report::visible::start_of;

use super::page::Page;
use super::text::{block, code, html, prose};

/// Failing cases of a candidate that are shown with their answers.
const SHOWN: usize = 50;

/// Characters of an answer that are looked at.
const COMPARED: usize = 4_000;

/// Characters of a reason.
const REASON: usize = 600;

/// Ids in a list.
const LISTED: usize = 100;

/// Writes the cases that failed, those first that are proven broken, and lists those that were fixed.
pub(super) fn write(
    page: &mut Page,
    view: &View<'_>,
    candidate: &CandidateView<'_>,
) -> io::Result<()> {
    proven(page, candidate);
    let changes = &candidate.verdict.changes;
    for (head, places) in [
        ("Newly broken", &changes.broken),
        ("Newly fixed", &changes.fixed),
        ("Flaky", &changes.flaky),
    ] {
        if !places.is_empty() {
            let ids = candidate.ids(places).take(LISTED).map(code);
            let ids: Vec<String> = ids.collect();
            let more = places.len().saturating_sub(LISTED);
            let more = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            let count = number::count(places.len() as f64);
            page.add(&format!(
                "**{head} ({count})**: {}{more}\n\n",
                ids.join(", ")
            ));
        }
    }
    let failing = failing::all(candidate);
    if failing.is_empty() {
        return Ok(());
    }
    let failed = number::of(failing.len(), "failing case");
    let of = number::count(candidate.arm.record.case_count() as f64);
    page.add(&format!("**{failed}** of {of}\n\n"));
    for case in failing.iter().take(SHOWN) {
        if !page.add(&one(view, candidate, case)?) {
            break;
        }
    }
    if let Some(more) = failing.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        page.add(&format!(
            "and {}\n\n",
            number::of(more, "more failing case")
        ));
    }
    Ok(())
}

/// The cases that fresh answers prove broken.
fn proven(page: &mut Page, candidate: &CandidateView<'_>) {
    let all = candidate.verdict.changes.proven.len();
    if all == 0 {
        return;
    }
    let shown = candidate.proven().take(LISTED);
    let mut cases: Vec<String> = shown
        .map(|(id, one)| format!("{} {one}", code(id)))
        .collect();
    if let Some(more) = all.checked_sub(LISTED).filter(|more| *more > 0) {
        cases.push(format!("and {more} more"));
    }
    let count = number::count(all as f64);
    page.add(&format!(
        "**Proven broken ({count})**: {}\n\n",
        cases.join("; ")
    ));
}

fn one(view: &View<'_>, candidate: &CandidateView<'_>, failing: &Failing) -> io::Result<String> {
    let reasons = failing.reasons(view, candidate)?;
    let broken = failing.word().map(|word| format!(" {word}"));
    let broken = broken.unwrap_or_default();
    let first = reasons.said.first();
    let first = first.map_or_else(String::new, |(name, _)| format!(" · {}", html(name)));
    let mut text = format!(
        "<details><summary>{}{broken}{first}</summary>\n\n",
        html(failing.info(candidate)?.id)
    );
    for (name, why) in &reasons.said {
        let why = start_of(why, REASON);
        let _ = writeln!(text, "- **{}**: {}", prose(name), prose(&why));
    }
    text.push('\n');
    match (&reasons.before, &reasons.output) {
        (_, None) => {}
        (Some(before), Some(output)) if before != output => {
            text.push_str(&block("diff", &difference(before, output)));
        }
        (_, Some(output)) => text.push_str(&block("text", &start_of(output, COMPARED))),
    }
    text.push_str("\n</details>\n\n");
    Ok(text)
}

/// Line by line, as GitHub colours it.
fn difference(before: &str, output: &str) -> String {
    let (before, output) = (start_of(before, COMPARED), start_of(output, COMPARED));
    let diff = TextDiff::from_lines(&before, &output);
    let mut lines = Vec::new();
    for change in diff.iter_all_changes() {
        let line = change.value().trim_end_matches(['\r', '\n']);
        lines.push(format!("{}{line}", change.tag()));
    }
    lines.join("\n")
}
