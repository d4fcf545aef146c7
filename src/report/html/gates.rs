//! Every gate of a run as one table: those that block first, and where there are many, those that pass behind a fold.

use maud::{Markup, html};

use super::chart;
use super::frame::shown;
use crate::model::number;
use crate::model::verdict::{GateResult, GateVerdict};
use crate::report::candidate::{CandidateView, SuiteView};

/// Passing gates that are shown where no other gate is.
const FEW: usize = 5;

type Gate<'a> = (&'a CandidateView<'a>, &'a GateResult);

/// The table.
pub(super) fn table(suites: &[SuiteView<'_>]) -> Markup {
    let candidates = suites.iter().flat_map(|suite| &suite.candidates);
    let all = candidates.flat_map(|one| one.verdict.gates.iter().map(move |gate| (one, gate)));
    let mut all: Vec<Gate<'_>> = all.collect();
    all.sort_by_key(|(_, gate)| rank(gate));
    let several = suites
        .iter()
        .map(|suite| suite.candidates.len())
        .sum::<usize>()
        > 1;
    let passing = all
        .iter()
        .filter(|(_, gate)| gate.verdict == GateVerdict::Pass)
        .count();
    let open = if passing == all.len() && passing <= FEW {
        passing
    } else {
        all.len() - passing
    };
    let (first, rest) = all.split_at(open);
    html! {
        @if !all.is_empty() {
            section aria-labelledby="gates" {
                h2 #gates { "Gates" }
                @if !first.is_empty() { (rows(first, several)) }
                @if !rest.is_empty() {
                    details {
                        summary { span.pass { "✓" } " " (number::of(rest.len(), "gate")) " passed" }
                        (rows(rest, several))
                    }
                }
            }
        }
    }
}

/// What needs attention comes first.
fn rank(gate: &GateResult) -> u8 {
    match gate.verdict {
        GateVerdict::Fail => 0,
        GateVerdict::Inconclusive if gate.blocks() => 1,
        GateVerdict::Error => 2,
        GateVerdict::Inconclusive => 3,
        GateVerdict::Pass => 4,
    }
}

fn rows(gates: &[Gate<'_>], several: bool) -> Markup {
    html! {
        table.cards.gates {
            thead { tr {
                th scope="col" { "verdict" }
                @if several { th scope="col" { "version" } }
                th scope="col" { "gate" }
                th.number scope="col" { "measured" }
                th scope="col" title="a dot with its interval; red must not be crossed, green is the target or the baseline" { "interval" }
                th scope="col" { "why" }
            } }
            tbody { @for (candidate, gate) in gates { (row(candidate, gate, several)) } }
        }
    }
}

fn row(candidate: &CandidateView<'_>, gate: &GateResult, several: bool) -> Markup {
    let (class, words) = match gate.verdict {
        GateVerdict::Pass => ("pass", "✓ pass"),
        GateVerdict::Fail => ("fail", "✗ fail"),
        GateVerdict::Error => ("error", "! error"),
        GateVerdict::Inconclusive if gate.blocks() => ("fail", "? fail"),
        GateVerdict::Inconclusive => ("inconclusive", "? pass"),
    };
    let chart = chart::gate(gate);
    html! {
        tr {
            td.said data-label="verdict" {
                span.(class) { (words) }
                @if gate.blocks() && !candidate.may_block() { " " span.soft { "in shadow" } }
            }
            @if several { td data-label="version" { (version(candidate)) } }
            td data-label="gate" { code { (shown(&gate.rule.to_string())) } }
            td.number data-label="measured" { (measured(gate)) }
            td.drawn[chart.is_some()] data-label="interval" { (chart.unwrap_or_default()) }
            td.why data-label="why" {
                (shown(&gate.reason))
                @if let Some(needs) = &gate.needs { "; " (shown(needs)) }
            }
        }
    }
}

fn measured(gate: &GateResult) -> Markup {
    let metric = &gate.rule.metric;
    html! {
        @if let Some(measured) = gate.measured {
            (number::metric(metric, measured))
            @if let Some(baseline) = gate.baseline {
                " " small.soft { "was " (number::metric(metric, baseline)) }
            }
        }
    }
}

/// The version, with its suite and its model where they tell it from others.
fn version(candidate: &CandidateView<'_>) -> Markup {
    html! {
        (shown(&candidate.arm.header.version.version)) " "
        span.soft {
            (shown(&candidate.suite.name))
            @if candidate.several_models { ", " (shown(&candidate.arm.header.model.to_string())) }
        }
    }
}
