//! The table of a candidate's gates: what was demanded, measured, and how sure that is.

use crate::model::number;
use crate::model::verdict::{GateResult, GateVerdict};
use crate::report::candidate::CandidateView;
use std::fmt::Write as _;

use super::page::MOST_ROWS;
use super::text::{code, prose};

/// Every gate, those that block first.
pub(super) fn table(candidate: &CandidateView<'_>) -> String {
    let mut gates: Vec<&GateResult> = candidate.verdict.gates.iter().collect();
    gates.sort_by_key(|gate| !gate.blocks());
    let mut text = "| | gate | measured | interval | |\n|---|---|---:|---|---|\n".to_owned();
    for gate in gates.iter().take(MOST_ROWS) {
        text.push_str(&row(candidate, gate));
    }
    let more = gates.len().saturating_sub(MOST_ROWS);
    if more > 0 {
        let _ = write!(text, "\nand {}\n", number::of(more, "more gate"));
    }
    text.push('\n');
    text
}

fn row(candidate: &CandidateView<'_>, gate: &GateResult) -> String {
    let metric = &gate.rule.metric;
    let measured = gate.measured.map_or_else(String::new, |measured| {
        let baseline = gate
            .baseline
            .map(|baseline| number::metric(metric, baseline));
        let baseline = baseline.map(|baseline| format!(" against {baseline}"));
        format!(
            "{}{}",
            number::metric(metric, measured),
            baseline.unwrap_or_default()
        )
    });
    let interval = gate.interval.map_or_else(String::new, |bounds| {
        // The interval of a gate that compares is one of the difference.
        if gate.baseline.is_some() {
            let (lower, upper) = (number::points(bounds.lower), number::points(bounds.upper));
            format!("{lower} to {upper}")
        } else {
            let (lower, upper) = (
                number::metric(metric, bounds.lower),
                number::metric(metric, bounds.upper),
            );
            format!("{lower} to {upper}")
        }
    });
    let needs = gate.needs.as_ref().map(|needs| format!("; {needs}"));
    let why = format!("{}{}", gate.reason, needs.unwrap_or_default());
    format!(
        "| {} | {} | {measured} | {interval} | {} |\n",
        mark(candidate, gate),
        code(&gate.rule.to_string()),
        prose(&why)
    )
}

fn mark(candidate: &CandidateView<'_>, gate: &GateResult) -> &'static str {
    match gate.verdict {
        GateVerdict::Pass => "✅",
        GateVerdict::Fail | GateVerdict::Inconclusive
            if gate.blocks() && !candidate.may_block() =>
        {
            "❌ (in shadow)"
        }
        GateVerdict::Fail => "❌",
        GateVerdict::Error => "⚠️",
        GateVerdict::Inconclusive if gate.blocks() => "❔ ❌",
        GateVerdict::Inconclusive => "❔ ✅",
    }
}
