//! Pass rates by evaluator, the worst first: a bar where something failed, and names alone where nothing did.

use maud::{Markup, html};

use super::chart;
use super::frame::shown;
use crate::model::number;
use crate::model::record::{ArmRecord, EvaluatorInfo, Measured};
use crate::report::candidate::SuiteView;

/// A table a suite.
pub(super) fn tables(suites: &[SuiteView<'_>]) -> Markup {
    html! {
        @for suite in suites {
            @if !suite.table.evaluators.is_empty() { (table(suite)) }
        }
    }
}

fn table(suite: &SuiteView<'_>) -> Markup {
    let arms = &suite.table.arms;
    let mut rows: Vec<(&EvaluatorInfo, Vec<Option<f64>>)> = suite
        .table
        .evaluators
        .iter()
        .map(|info| (info, arms.iter().map(|arm| rate(arm, &info.name)).collect()))
        .collect();
    let worst = |rates: &[Option<f64>]| rates.iter().flatten().copied().fold(1.0, f64::min);
    rows.sort_by(|(_, a), (_, b)| worst(a).total_cmp(&worst(b)));
    let at = rows.partition_point(|(_, rates)| worst(rates) < 1.0);
    let (failing, clean) = rows.split_at(at);
    html! {
        section.evaluators {
            h2 { "Evaluators" span.soft { " of " (shown(&suite.header.name)) } }
            @if !failing.is_empty() {
                table.cards {
                    thead { tr {
                        th scope="col" { "evaluator" }
                        @for arm in &suite.header.arms {
                            th scope="col" { (shown(&arm.version.version)) " " span.soft { (shown(&arm.model.to_string())) } }
                        }
                    } }
                    tbody { @for (info, rates) in failing { (row(suite, info, rates)) } }
                }
            }
            @if !clean.is_empty() { (all_pass(clean)) }
        }
    }
}

fn row(suite: &SuiteView<'_>, info: &EvaluatorInfo, rates: &[Option<f64>]) -> Markup {
    html! {
        tr {
            th scope="row" {
                (shown(&info.name)) " "
                span.soft {
                    (shown(&info.type_name))
                    @if info.critical { ", critical" }
                    @if info.reported_only { ", reported only" }
                }
            }
            @for (arm, rate) in suite.header.arms.iter().zip(rates) {
                td data-label=(shown(&arm.version.version)) {
                    @match rate {
                        Some(rate) => { @if *rate < 1.0 { (chart::bar(*rate)) " " } (number::rate(*rate)) }
                        None => span.soft { "–" }
                    }
                }
            }
        }
    }
}

fn all_pass(clean: &[(&EvaluatorInfo, Vec<Option<f64>>)]) -> Markup {
    html! {
        p.clean {
            span.pass { "✓" } " nothing failed: "
            @for (place, (info, _)) in clean.iter().enumerate() {
                @if place > 0 { ", " }
                code { (shown(&info.name)) }
            }
        }
    }
}

fn rate(arm: &ArmRecord, name: &str) -> Option<f64> {
    let metric = format!("{name}.pass_rate");
    arm.metrics.get(&metric).and_then(Measured::value)
}
