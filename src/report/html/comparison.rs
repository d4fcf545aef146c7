//! The page of two runs side by side: numbers that differ, cases newly broken and fixed with both answers.

use std::io::{self, Write};

use maud::{Markup, html};

use super::frame::{self, Head, shown};
use crate::model::number;
use crate::report::comparison::{CaseChange, Comparison, Pair};

/// Cases of a list that are shown.
const MOST: usize = 200;

/// Writes the page.
///
/// # Errors
/// When it cannot be written.
pub fn write(comparison: &Comparison<'_>, out: &mut dyn Write) -> io::Result<()> {
    let title = format!(
        "prompteval: {} against {}",
        comparison.new_run, comparison.old_run
    );
    let head = Head {
        title: &title,
        forms: "'none'",
    };
    frame::write(out, &head, |out| {
        let page = html! {
            (frame::bar(Some("/"), &html! { "two runs" }))
            main {
                h1.title { "Two runs" }
                p {
                    "From " (link(comparison.old_run)) " to " (link(comparison.new_run))
                }
                @for pair in &comparison.pairs { (self::pair(pair)) }
                (only("Only in the older run", &comparison.only_old))
                (only("Only in the newer run", &comparison.only_new))
            }
        };
        writeln!(out, "{}", page.0)
    })
}

fn link(run: &str) -> Markup {
    html! { a href=(format!("/runs/{run}")) { code { (shown(run)) } } }
}

fn only(title: &str, labels: &[String]) -> Markup {
    html! {
        @if !labels.is_empty() {
            section { h2 { (title) } ul { @for label in labels { li { (shown(label)) } } } }
        }
    }
}

fn pair(pair: &Pair<'_>) -> Markup {
    let label = |tested: &crate::report::comparison::Tested<'_>| {
        format!("{} on {}", tested.version, tested.model)
    };
    html! {
        section {
            h2 { (shown(pair.suite)) " " span.soft { (shown(&label(&pair.old))) " → " (shown(&label(&pair.new))) } }
            @if !pair.changed.is_empty() {
                p.warning { "Not the same files: " (pair.changed.join(", ")) ". Numbers of both are of different questions." }
            }
            (numbers(pair))
            (cases("Newly broken", "fail", &pair.broken))
            (cases("Newly fixed", "pass", &pair.fixed))
            @for (title, ids) in [("Decided in one run only", &pair.undecided), ("Gone", &pair.gone), ("Added", &pair.added)] {
                @if !ids.is_empty() {
                    details {
                        summary { (title) ": " (number::of(ids.len(), "case")) }
                        p.note { @for id in ids.iter().take(MOST) { code { (shown(id)) } " " } }
                    }
                }
            }
        }
    }
}

fn numbers(pair: &Pair<'_>) -> Markup {
    let told = |name: &str, value: Option<f64>| {
        value.map_or_else(|| "–".to_owned(), |value| number::metric(name, value))
    };
    html! {
        table.cards {
            thead { tr {
                th scope="col" { "metric" } th.number scope="col" { "before" } th.number scope="col" { "after" }
            } }
            tbody {
                @for (name, change) in &pair.metrics { tr {
                    th scope="row" { (shown(name)) }
                    td.number data-label="before" { (told(name, change.old)) }
                    td.number data-label="after" { (told(name, change.new)) }
                } }
            }
        }
        @if pair.same_metrics > 0 { p.note { (number::of(pair.same_metrics, "further number")) " did not change." } }
    }
}

fn cases(title: &str, class: &str, cases: &[CaseChange<'_>]) -> Markup {
    html! {
        @if !cases.is_empty() {
            h3.(class) { (title) ": " (number::of(cases.len(), "case")) }
            @for one in cases.iter().take(MOST) { (case(one)) }
            @if cases.len() > MOST { p.note { (number::of(cases.len() - MOST, "more case")) ": see the reports of both runs." } }
        }
    }
}

fn case(one: &CaseChange<'_>) -> Markup {
    html! {
        details.changed {
            summary { code { (shown(one.id)) } @for (name, _) in &one.failed { " · " (shown(name)) } }
            @for (name, reason) in &one.failed { p { b { (shown(name)) } " " (shown(reason)) } }
            div.sides {
                @for (side, answer) in [("before", one.old), ("after", one.new)] {
                    div.side { div.name { b { (side) } } pre tabindex="0" { (shown(answer.unwrap_or("no answer"))) } }
                }
            }
        }
    }
}
