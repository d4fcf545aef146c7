//! Candidates and baselines of each suite side by side: pass rate, latency, tokens, cost, verdict.

use maud::{Markup, html};

use super::frame::shown;
use crate::model::event::ArmRole;
use crate::model::number;
use crate::model::record::{Measured, Metrics};
use crate::report::candidate::{CandidateView, SuiteView};

/// Numbers of a version, each with its heading.
const NUMBERS: &[(&str, &str)] = &[
    ("pass_rate", "pass rate"),
    ("latency_ms.p95", "latency p95"),
    ("tokens.output", "output tokens"),
    ("cost_usd", "cost"),
];

/// A row an arm, suite by suite.
pub(super) fn table(suites: &[SuiteView<'_>]) -> Markup {
    html! {
        @if !suites.is_empty() {
            section aria-labelledby="versions" {
                h2 #versions { "Versions" }
                table.cards {
                    thead { tr {
                        th scope="col" { "version" }
                        th scope="col" { "model" }
                        @for (_, heading) in NUMBERS { th.number scope="col" { (heading) } }
                        th scope="col" { "verdict" }
                    } }
                    @for suite in suites { tbody {
                        tr.group { th colspan=(NUMBERS.len() + 3) scope="rowgroup" {
                            (shown(&suite.header.name))
                            @if let Some(description) = &suite.header.description {
                                " " span.soft { (shown(description)) }
                            }
                        } }
                        @for (place, arm) in suite.header.arms.iter().enumerate() {
                            (row(suite, place, arm.role))
                        }
                    } }
                }
            }
        }
    }
}

fn row(suite: &SuiteView<'_>, place: usize, role: ArmRole) -> Markup {
    let (Some(header), Some(record)) = (suite.header.arms.get(place), suite.table.arms.get(place))
    else {
        return html! {};
    };
    let mut candidates = suite.candidates.iter();
    let own = candidates.find(|one| one.verdict.arm as usize == place);
    let against = own
        .and_then(|one| one.baseline)
        .map(|arm| &arm.record.metrics);
    html! {
        tr {
            th scope="row" {
                (shown(&header.version.version)) " "
                span.soft { (header.status.as_str()) @if role == ArmRole::Baseline { ", baseline" } }
            }
            td data-label="model" { (shown(&header.model.to_string())) }
            @for (name, heading) in NUMBERS {
                td.number data-label=(heading) { (measured(&record.metrics, against, name)) }
            }
            td.said data-label="verdict" { @if let Some(own) = own { (verdict(own)) } }
        }
    }
}

/// The number, and by how much it differs from the baseline's.
fn measured(own: &Metrics, baseline: Option<&Metrics>, name: &str) -> Markup {
    let value = |metrics: &Metrics| metrics.get(name).and_then(Measured::value);
    let Some(now) = value(own) else {
        return html! { span.soft { "–" } };
    };
    let before = baseline.and_then(value);
    let change = before.and_then(|before| change(name, before, now));
    html! {
        (number::metric(name, now))
        @if let Some(change) = change { " " small.soft { (change) } }
    }
}

/// Points of a rate, per cent of anything else; nothing where that rounds to nothing.
fn change(name: &str, before: f64, now: f64) -> Option<String> {
    if name == "pass_rate" {
        let points = now - before;
        return (points.abs() >= 0.0005).then(|| number::points(points));
    }
    let share = (now / before - 1.0) * 100.0;
    (before > 0.0 && share.abs() >= 0.5).then(|| format!("{share:+.0} %"))
}

fn verdict(candidate: &CandidateView<'_>) -> Markup {
    let decision = candidate.verdict.decision.as_str();
    let override_of = candidate.baseline.map(|arm| arm.header);
    let arms = std::iter::once(candidate.arm.header).chain(override_of);
    let missing = candidate.missing_cases();
    html! {
        span.pill.(decision) { (decision) }
        @if !candidate.may_block() { " " span.soft { "in shadow, never blocks" } }
        @if let Some(note) = candidate.baseline_note() { " " span.soft { (note) } }
        @if let Some(note) = candidate.pool_note() { " " span.soft { "against " (shown(&note)) } }
        @if missing > 0 { " " span.doubt { (number::of(missing, "planned case")) " not run" } }
        @if let Some(problem) = &candidate.verdict.problem { " " span.doubt { (shown(problem)) } }
        @for arm in arms {
            @if let Some(reason) = &arm.override_reason {
                " " span.doubt { (shown(&format!("{} is in {} without evidence: {reason}", arm.version, arm.status))) }
            }
        }
    }
}
