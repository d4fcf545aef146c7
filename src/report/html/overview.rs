//! The page that leads to all runs: every kept run, two of them to be compared, and the trend of each suite.

use std::io::{self, Write};

use maud::{Markup, html};

use super::frame::{self, Head, shown};
use super::trend as drawings;
use crate::model::verdict::Decision;
use crate::report::trend::Trend;

/// A kept run in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its id.
    pub run: String,
    /// When it began: RFC 3339, UTC; empty where its journal cannot be read.
    pub started_at: String,
    /// Its suites.
    pub suites: Vec<String>,
    /// Its candidates.
    pub versions: Vec<String>,
    /// What its gates decided; `None` where its journal was not read for this.
    pub verdict: Option<Decision>,
    /// Whether it finished.
    pub complete: bool,
}

/// Writes the page; `runs` are sorted newest first.
///
/// # Errors
/// When it cannot be written.
pub fn write(runs: &[Line], trends: &[Trend], out: &mut dyn Write) -> io::Result<()> {
    let head = Head {
        title: "prompteval: runs",
        forms: "'self'",
    };
    frame::write(out, &head, |out| {
        let page = html! {
            (frame::bar(Some("/"), &html! { (runs.len()) " runs kept" }))
            main {
                h1.title { "Runs" }
                @if runs.is_empty() { p.note { "There is no run yet: " code { "prompteval run" } " makes one." } }
                @else { (table(runs)) }
                @if runs.len() > 1 { (choice(runs)) }
                @for trend in trends { (drawings::section(trend, Some("/"))) }
            }
        };
        writeln!(out, "{}", page.0)
    })
}

fn table(runs: &[Line]) -> Markup {
    html! {
        table.cards {
            thead { tr {
                th scope="col" { "run" }
                th scope="col" { "started" }
                th scope="col" { "suites" }
                th scope="col" { "candidates" }
                th scope="col" { "verdict" }
                th scope="col" { "compare" }
            } }
            tbody { @for (place, run) in runs.iter().enumerate() { (row(run, runs.get(place + 1))) } }
        }
    }
}

fn row(run: &Line, before: Option<&Line>) -> Markup {
    html! {
        tr {
            th scope="row" {
                a href=(format!("/runs/{}", run.run)) { (shown(&run.run)) }
            }
            td data-label="started" { (shown(&run.started_at)) }
            td data-label="suites" { (shown(&run.suites.join(", "))) }
            td data-label="candidates" { (shown(&run.versions.join(", "))) }
            td data-label="verdict" { (verdict(run)) }
            td data-label="compare" {
                @if let Some(before) = before {
                    a href=(format!("/diff?old={}&new={}", before.run, run.run)) { "with the one before" }
                }
            }
        }
    }
}

fn verdict(run: &Line) -> Markup {
    html! {
        @if !run.complete { span.pill { "incomplete" } }
        @else if let Some(verdict) = run.verdict { span.pill.(verdict.as_str()) { (verdict.as_str()) } }
    }
}

/// Two runs of all.
fn choice(runs: &[Line]) -> Markup {
    let select = |name: &str, chosen: usize| {
        html! {
            label { (name) " " select name=(name) {
                @for (place, run) in runs.iter().enumerate() {
                    option value=(run.run) selected[place == chosen] { (shown(&run.run)) }
                }
            } }
        }
    };
    html! {
        form.choice action="/diff" method="get" {
            (select("old", 1)) (select("new", 0))
            button { "Compare" }
        }
    }
}
