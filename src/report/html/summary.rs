//! The first thing on the page: the verdict and why, what changed, what it cost, and what a reader must be warned of.

use maud::{Markup, html};

use super::frame::shown;
use crate::model::number;
use crate::model::record::{Measured, State};
use crate::model::verdict::Decision;
use crate::report::candidate::{CandidateView, SuiteView};
use crate::report::faults::{self, Causes};
use crate::report::{View, conclusion, origin, weaker};

/// Verdict, counts and warnings.
pub(super) fn summary(view: &View<'_>, suites: &[SuiteView<'_>]) -> Markup {
    let decision = view.verdict.decision;
    let why = conclusion::why(view, suites);
    html! {
        section.summary.(decision.as_str()) aria-label="Verdict" {
            div.verdict {
                h1 { span.sign aria-hidden="true" { (sign(decision)) } " " (conclusion::word(view)) }
                p { (shown(&why)) }
            }
            dl.facts {
                @for (name, value) in facts(view, suites) { div { dt { (name) } dd { (value) } } }
            }
            (counts(suites))
        }
        (warnings(view))
    }
}

fn sign(decision: Decision) -> &'static str {
    match decision {
        Decision::Pass => "✓",
        Decision::Fail => "✗",
        Decision::Error | Decision::Interrupted => "!",
    }
}

fn facts(view: &View<'_>, suites: &[SuiteView<'_>]) -> Vec<(&'static str, String)> {
    let record = view.record;
    let mut facts = Vec::new();
    // Of several candidates a table has the rates.
    if let [suite] = suites
        && let [only] = suite.candidates.as_slice()
        && let Some(rate) = only.metrics().get("pass_rate").and_then(Measured::value)
    {
        facts.push(("pass rate", number::rate(rate)));
    }
    facts.push(("paid", record.paid().told(number::money)));
    facts.extend(origin::seconds(view).map(|seconds| ("time", number::duration(seconds))));
    facts.push(("calls", number::count(record.calls() as f64)));
    facts
}

/// How many cases of each outcome there are; the script makes filters of them.
fn counts(suites: &[SuiteView<'_>]) -> Markup {
    let candidates: Vec<&CandidateView<'_>> =
        suites.iter().flat_map(|suite| &suite.candidates).collect();
    let compares = candidates.iter().any(|one| one.baseline.is_some());
    let repeats = candidates.iter().any(|one| one.suite.repeats > 1);
    let proves = candidates.iter().any(|one| one.suite.proof_cases.is_some());
    let count = |of: &dyn Fn(&CandidateView<'_>) -> usize| -> usize {
        candidates.iter().map(|one| of(one)).sum()
    };
    let state = |state: State| count(&|one| one.arm.record.count(state));
    let proven = count(&|one| one.verdict.changes.proven.len());
    let flaky = count(&|one| one.verdict.changes.flaky.len());
    let mut tiles = Vec::new();
    if proves || proven > 0 {
        tiles.push(("proven", "proven broken", proven));
    }
    if compares {
        let broken = count(&|one| one.verdict.changes.broken.len());
        tiles.push(("broken", "newly broken", broken));
        let fixed = count(&|one| one.verdict.changes.fixed.len());
        tiles.push(("fixed", "newly fixed", fixed));
    }
    if repeats || flaky > 0 {
        tiles.push(("flaky", "flaky", flaky));
    }
    tiles.push(("failing", "failing", state(State::Failed)));
    tiles.push(("error", "in error", state(State::Error)));
    tiles.push(("passing", "passing", state(State::Passed)));
    html! {
        div.counts role="group" aria-label="Cases by outcome" {
            @for (kind, words, number) in tiles {
                button type="button" disabled data-outcome=(kind) .none[number == 0] {
                    b { (number::count(number as f64)) } " " (words)
                }
            }
        }
    }
}

fn warnings(view: &View<'_>) -> Markup {
    let run = &view.record.header.run;
    let (changes, more) = weaker::shown(view);
    let causes = Causes::of(view.record.arms(), faults::MOST);
    html! {
        @if let Some(note) = origin::note(view) { p.warning { (note) } }
        @if !run.partial.is_empty() {
            p.warning { "Partial run, no evidence for a promotion: " (shown(&run.partial.join(", "))) }
        }
        @if !changes.is_empty() {
            section.warning #weaker {
                h2 { (weaker::TITLE) }
                ul {
                    @for change in changes { li { code { (shown(&change.file)) } ": " (shown(&change.what)) } }
                    @if let Some(more) = more { li { (more) } }
                }
            }
        }
        @if !causes.is_empty() {
            section.warning #faults {
                h2 { (faults::TITLE) }
                ul { @for (trials, cause) in causes.lines() { li { (shown(&trials)) ": " (shown(&cause)) } } }
            }
        }
    }
}
