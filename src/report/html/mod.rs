//! The HTML report: one file without any request, whose script and style are named by hash, and in which every foreign text is
//! text.
//!
//! Verdict, changes, gates and numbers are markup that needs no script. A script adds the cases, out of a block of JSON, as a list
//! of which only the rows in sight exist.

mod case;
mod chart;
pub mod comparison;
mod data;
mod evaluators;
mod frame;
mod gates;
mod marks;
pub mod overview;
mod summary;
mod trend;
mod versions;

use std::io::{self, Write};

use maud::{Markup, html};

use super::{ReporterEntry, View, conclusion, origin};
use crate::model::number;
use frame::shown;

/// The entry of the HTML report.
pub(crate) static HTML: ReporterEntry = ReporterEntry {
    name: "html",
    summary: "one HTML file for people: what changed, gates, every case beside its baseline",
    extension: "html",
    write,
};

fn write(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let suites = view.suites()?;
    let run = &view.record.header.run;
    let title = format!("{}: prompteval run {}", conclusion::word(view), run.id);
    let several = suites.iter().any(|suite| suite.candidates.len() > 1);
    let head = frame::Head {
        title: &title,
        forms: "'none'",
    };
    frame::write(out, &head, |out| {
        let above = html! {
            (frame::bar(view.home, &html! { "run " code { (shown(&run.id)) } }))
            main {
                (summary::summary(view, &suites))
                // Where several versions are compared, that is what the reader came for.
                @if several { (versions::table(&suites)) }
                (gates::table(&suites))
                (cases())
                @if !several { (versions::table(&suites)) }
                (trends(view))
                (evaluators::tables(&suites))
                (facts(view))
            }
        };
        writeln!(out, "{}", above.0)?;
        let left_out = data::write(view, &suites, out)?;
        if left_out > 0 {
            let left = number::of(left_out, "passing case");
            let note = html! { p.note #left-out { (left) " did not fit into this page; report.json has all." } };
            writeln!(out, "{}", note.0)?;
        }
        Ok(())
    })
}

/// The frame that the script fills; hidden until it does.
fn cases() -> Markup {
    html! {
        section #cases aria-label="Cases" hidden {
            div.head {
                h2 { "Cases " span #count.soft role="status" {} }
                div.filters {
                    label { span { "outcome" } select #outcome {} }
                    label { span { "suite" } select #suite {} }
                    label { span { "version" } select #arm {} }
                    label { span { "tag" } select #tag {} }
                    label { span { "failed by" } select #evaluator {} }
                    label { span { "order" } select #order {
                        option value="" { "worst first" }
                        option value="dataset" { "as in the dataset" }
                        option value="id" { "by id" }
                    } }
                    label.search { span { "search" } input #search type="search" placeholder="id, vars, answer, reason" autocomplete="off"; }
                    button #clear type="button" hidden { "clear" }
                }
            }
            div.split {
                div #list role="listbox" aria-label="Cases" tabindex="0" { div #rows role="presentation" {} }
                article #detail aria-label="The case" tabindex="-1" {}
            }
        }
        dialog #help aria-labelledby="help-title" {
            form method="dialog" {
                h2 #help-title { "Keyboard" }
                dl {
                    dt { kbd { "j" } " " kbd { "k" } " or arrows" } dd { "next, previous case" }
                    dt { kbd { "/" } } dd { "search; " kbd { "Esc" } " leaves the field" }
                    dt { kbd { "f" } } dd { "failing cases, and back to all" }
                    dt { kbd { "?" } } dd { "this help" }
                }
                button { "Close" }
            }
        }
        noscript { p.note { "The list of cases needs JavaScript; everything else does not." } }
    }
}

/// How the suites of this run fared until now.
fn trends(view: &View<'_>) -> Markup {
    let run = &view.record.header.run;
    let own = |suite: &str| {
        view.record
            .header
            .suites
            .iter()
            .any(|one| one.name == suite)
    };
    let until = view.trends.iter().map(|trend| trend.until(&run.started_at));
    html! {
        @for trend in until.filter(|trend| own(&trend.suite) && trend.points.len() > 1) {
            (trend::section(&trend, view.home))
        }
    }
}

/// Where the numbers come from.
fn facts(view: &View<'_>) -> Markup {
    let run = &view.record.header.run;
    html! {
        footer {
            span { "started " (shown(&run.started_at)) }
            span { (origin::answers(view)) }
            span { "responses " (shown(&run.responses)) }
            @if let Some(commit) = &run.git_commit { span { "commit " code { (shown(commit)) } } }
            span { "seed " (run.seed) }
            span { "prices of " (shown(&view.record.header.prices_date)) }
            span { "prompteval " (shown(&run.prompteval)) }
        }
    }
}
