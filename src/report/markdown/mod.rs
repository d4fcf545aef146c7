//! Markdown for pull requests, job summaries and people: the verdict first, what is worst before what is not, never longer than a
//! reader takes.
//!
//! Text of models, datasets and judges cannot act: see `text`.

mod cases;
mod gates;
mod page;
mod text;

use std::fmt::Write as _;
use std::io;

use crate::model::record::Measured;
use crate::model::verdict::Decision;

use super::candidate::{CandidateView, SuiteView};
use super::faults::{self, Causes};
use super::{ReporterEntry, View, conclusion, origin, weaker};
use crate::model::number;
use page::{MOST_ROWS, Page};
use text::{code, prose};

/// Bytes that a comment on GitHub may have: 65,536 characters, some of them left for a marker and a link.
pub(crate) const COMMENT: usize = 64_000;

/// Bytes of a job summary: GitHub shows nothing of one above 1 MiB.
pub(crate) const SUMMARY: usize = 1_000_000;

/// The entry of the Markdown report.
pub(crate) static MARKDOWN: ReporterEntry = ReporterEntry {
    name: "markdown",
    summary: "Markdown for a pull request's comment: verdict, gates, broken cases",
    extension: "md",
    write: |view, out| out.write_all(report(view, COMMENT)?.as_bytes()),
};

/// The report in at most so many bytes; what is left out is said.
///
/// # Errors
/// When an output cannot be read back, or record and verdict are of different runs.
pub fn report(view: &View<'_>, limit: usize) -> io::Result<String> {
    let suites = view.suites()?;
    let mut page = Page::new(limit);
    page.add(&head(view, &suites));
    page.add(&weaker(view));
    page.add(&faults(view));
    let mut candidates: Vec<&CandidateView<'_>> =
        suites.iter().flat_map(|suite| &suite.candidates).collect();
    page.add(&overview(&candidates));
    candidates.sort_by_key(|candidate| (!candidate.may_block(), rank(candidate)));
    let end = end(view);
    page.keep(end.len());
    for candidate in candidates {
        page.add(&section(candidate));
        cases::write(&mut page, view, candidate)?;
    }
    Ok(page.finish(&end))
}

/// Worst first.
fn rank(candidate: &CandidateView<'_>) -> u8 {
    match candidate.verdict.decision {
        Decision::Fail => 0,
        Decision::Error | Decision::Interrupted => 1,
        Decision::Pass => 2,
    }
}

fn head(view: &View<'_>, suites: &[SuiteView<'_>]) -> String {
    let mark = mark(view.verdict.decision);
    let (word, why) = (conclusion::word(view), conclusion::why(view, suites));
    format!("## {mark} prompteval: {word}\n\n{}\n\n", prose(&why))
}

/// What the change takes away from its own gate.
fn weaker(view: &View<'_>) -> String {
    let (changes, more) = weaker::shown(view);
    if changes.is_empty() {
        return String::new();
    }
    let mut text = format!("⚠️ **{}:**\n\n", weaker::TITLE);
    for change in changes {
        let _ = writeln!(text, "- {}: {}", code(&change.file), prose(&change.what));
    }
    if let Some(more) = more {
        let _ = writeln!(text, "- {more}");
    }
    text.push('\n');
    text
}

/// What struck trials of all arms, cause by cause.
fn faults(view: &View<'_>) -> String {
    let causes = Causes::of(view.record.arms(), faults::MOST);
    if causes.is_empty() {
        return String::new();
    }
    let mut text = format!("⚠️ **{}:**\n\n", faults::TITLE);
    for (trials, cause) in causes.lines() {
        let _ = writeln!(text, "- {trials}: {}", prose(&cause));
    }
    text.push('\n');
    text
}

pub(super) fn mark(decision: Decision) -> &'static str {
    match decision {
        Decision::Pass => "✅",
        Decision::Fail => "❌",
        Decision::Error | Decision::Interrupted => "⚠️",
    }
}

/// A line a suite and candidate.
fn overview(candidates: &[&CandidateView<'_>]) -> String {
    if candidates.is_empty() {
        return String::new();
    }
    let mut table =
        "| suite | candidate | against | pass rate | cost | verdict |\n|---|---|---|---:|---:|---|\n"
            .to_owned();
    for candidate in candidates.iter().take(MOST_ROWS) {
        let header = candidate.arm.header;
        let against = candidate.baseline.map_or_else(
            || candidate.baseline_note().unwrap_or_default().to_owned(),
            |arm| code(&arm.header.version.version),
        );
        let rate = |arm: Option<&crate::model::record::ArmRecord>| {
            let known = arm?.metrics.get("pass_rate").and_then(Measured::value)?;
            Some(number::rate(known))
        };
        let own = rate(Some(candidate.arm.record)).unwrap_or_else(|| "unknown".to_owned());
        let theirs = rate(candidate.baseline.map(|arm| arm.record));
        let theirs = theirs.map(|rate| format!(" (was {rate})"));
        let cost = candidate
            .metrics()
            .get("cost_usd")
            .and_then(Measured::value);
        let shadow = if candidate.may_block() {
            ""
        } else {
            ", in shadow: never blocks"
        };
        let _ = writeln!(
            table,
            "| {} | {} ({}) on {} | {against} | {own}{} | {} | {} {}{shadow} |",
            code(&candidate.suite.name),
            code(&header.version.to_string()),
            header.status,
            code(&header.model.to_string()),
            theirs.unwrap_or_default(),
            cost.map_or_else(|| "unknown".to_owned(), number::money),
            mark(candidate.verdict.decision),
            candidate.verdict.decision.as_str(),
        );
    }
    let more = candidates.len().saturating_sub(MOST_ROWS);
    if more > 0 {
        let _ = write!(table, "\nand {}\n", number::of(more, "more candidate"));
    }
    table.push('\n');
    table
}

fn section(candidate: &CandidateView<'_>) -> String {
    let mut text = format!("### {}\n\n", code(&candidate.label()));
    let baseline = candidate.baseline.map(|arm| arm.header);
    for arm in std::iter::once(candidate.arm.header).chain(baseline) {
        if let Some(reason) = &arm.override_reason {
            let _ = write!(
                text,
                "⚠️ {} is in {} without evidence: {}\n\n",
                code(&arm.version.to_string()),
                arm.status,
                prose(reason)
            );
        }
    }
    if let Some(problem) = &candidate.verdict.problem {
        let _ = write!(text, "⚠️ {}\n\n", prose(problem));
    }
    if let Some(note) = candidate.pool_note() {
        let _ = write!(text, "Against {}\n\n", prose(&note));
    }
    text.push_str(&gates::table(candidate));
    text
}

/// What the run took, and what it was.
fn end(view: &View<'_>) -> String {
    let record = view.record;
    let run = &record.header.run;
    let mut text = format!(
        "<sub>run {} · {} · {} · {} · responses {}",
        code(&run.id),
        origin::answers(view),
        number::calls(record),
        number::paid(record),
        run.responses
    );
    if let Some(commit) = &run.git_commit {
        let short: String = commit.chars().take(10).collect();
        let _ = write!(text, " · commit {}", code(&short));
    }
    if !run.partial.is_empty() {
        let _ = write!(
            text,
            " · a partial run, no evidence for a promotion: {}",
            prose(&run.partial.join(", "))
        );
    }
    if let Some(note) = origin::note(view) {
        let _ = write!(text, " · {note}");
    }
    text.push_str("</sub>\n");
    text
}
