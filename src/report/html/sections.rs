//! The part of the page that needs no script: candidates, their gates, and scores by evaluator.

use std::fmt::Write as _;

use crate::model::record::Measured;
use crate::model::verdict::{GateResult, GateVerdict};
use crate::report::candidate::{Arm, CandidateView};
use crate::report::faults::{self, Causes};
use crate::report::number;
use crate::report::{View, weaker};

use super::{cell, chart, text};

/// What the change takes away from its own gate.
pub(super) fn weaker(view: &View<'_>) -> String {
    let (changes, more) = weaker::shown(view);
    if changes.is_empty() {
        return String::new();
    }
    let lines = changes.iter();
    let lines = lines.map(|change| format!("{}: {}", change.file, change.what));
    list("weaker", weaker::TITLE, lines.chain(more))
}

/// What struck trials of all arms, cause by cause.
pub(super) fn faults(view: &View<'_>) -> String {
    let causes = Causes::of(view.record.arms(), faults::MOST);
    if causes.is_empty() {
        return String::new();
    }
    let lines = causes.lines();
    let lines = lines.map(|(trials, cause)| format!("{trials}: {cause}"));
    list("faults", faults::TITLE, lines)
}

fn list(class: &str, title: &str, lines: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = lines
        .map(|line| format!("<li>{}</li>\n", text(&line)))
        .collect();
    format!(
        "<section class=\"{class}\">\n<h2>{title}</h2>\n<ul>\n{}</ul>\n</section>\n",
        items.concat()
    )
}

/// A row a candidate.
pub(super) fn overview<'a>(candidates: impl Iterator<Item = &'a CandidateView<'a>>) -> String {
    let mut table = "<div class=\"scroll\"><table>\n<thead><tr><th>suite</th><th>candidate</th><th>model</th><th>against</th>\
                     <th class=\"number\">pass rate</th><th class=\"number\">cost</th><th>verdict</th></tr></thead>\n<tbody>\n"
        .to_owned();
    for candidate in candidates {
        let header = candidate.arm.header;
        let verdict = candidate.verdict.decision.as_str();
        let mut row = String::new();
        cell(&mut row, "", &text(&candidate.suite.name));
        let version = format!("{} ({})", header.version, header.status);
        cell(&mut row, "", &text(&version));
        cell(&mut row, "", &text(&header.model.to_string()));
        let against = candidate.baseline.map_or_else(
            || candidate.baseline_note().unwrap_or_default().to_owned(),
            |arm| arm.header.version.version.clone(),
        );
        cell(&mut row, "", &text(&against));
        let own = shown(candidate.arm, "pass_rate");
        let was = candidate.baseline.map(|arm| shown(arm, "pass_rate"));
        let was = was.map(|was| format!(" <span class=\"soft\">was {was}</span>"));
        cell(
            &mut row,
            "number",
            &format!("{own}{}", was.unwrap_or_default()),
        );
        cell(&mut row, "number", &shown(candidate.arm, "cost_usd"));
        let shadow = if candidate.may_block() {
            ""
        } else {
            " <span class=\"soft\">in shadow, never blocks</span>"
        };
        cell(
            &mut row,
            "",
            &format!("<span class=\"verdict {verdict}\">{verdict}</span>{shadow}"),
        );
        // Writing to a String cannot fail.
        let _ = writeln!(table, "<tr>{row}</tr>");
    }
    table + "</tbody>\n</table></div>\n"
}

fn shown(arm: Arm<'_>, metric: &str) -> String {
    let known = arm.record.metrics.get(metric).and_then(Measured::value);
    known.map_or_else(
        || "unknown".to_owned(),
        |value| text(&number::metric(metric, value)),
    )
}

/// A candidate: what it is, its gates, its scores.
pub(super) fn candidate(candidate: &CandidateView<'_>) -> String {
    let mut part = format!("<section>\n<h2>{}</h2>\n", text(&candidate.label()));
    if let Some(description) = &candidate.suite.description {
        let _ = writeln!(part, "<p class=\"soft\">{}</p>", text(description));
    }
    let baseline = candidate.baseline.map(|arm| arm.header);
    for arm in std::iter::once(candidate.arm.header).chain(baseline) {
        if let Some(reason) = &arm.override_reason {
            let note = format!(
                "{} is in {} without evidence: {reason}",
                arm.version, arm.status
            );
            let _ = writeln!(part, "<p class=\"error\">{}</p>", text(&note));
        }
    }
    if let Some(problem) = &candidate.verdict.problem {
        let _ = writeln!(part, "<p class=\"error\">{}</p>", text(problem));
    }
    if let Some(note) = candidate.pool_note() {
        let _ = writeln!(part, "<p class=\"soft\">Against {}</p>", text(&note));
    }
    let proven: Vec<String> = candidate
        .proven()
        .map(|(id, one)| format!("<code>{}</code> {one}", text(id)))
        .collect();
    if !proven.is_empty() {
        let _ = writeln!(
            part,
            "<p class=\"error\">Proven broken: {}</p>",
            proven.join("; ")
        );
    }
    part.push_str("<h3>Gates</h3>\n<div class=\"scroll\"><table>\n<thead><tr><th></th><th>gate</th><th class=\"number\">measured</th>\
                   <th>how sure</th><th>why</th></tr></thead>\n<tbody>\n");
    for gate in &candidate.verdict.gates {
        let _ = writeln!(part, "<tr>{}</tr>", self::gate(candidate, gate));
    }
    part.push_str("</tbody>\n</table></div>\n");
    part.push_str("<p class=\"legend\">● measured, with its interval; <span class=\"limit\">┃</span> must not be crossed; \
                   <span class=\"goal\">┃</span> target, or no difference to the baseline</p>\n");
    part.push_str(&chart::evaluators(candidate));
    part + "</section>\n"
}

fn gate(candidate: &CandidateView<'_>, gate: &GateResult) -> String {
    let metric = &gate.rule.metric;
    let mut row = String::new();
    let (class, sign) = match gate.verdict {
        GateVerdict::Pass => ("pass", "✓ pass"),
        GateVerdict::Fail => ("fail", "✗ fail"),
        GateVerdict::Error => ("error", "! error"),
        GateVerdict::Inconclusive if gate.blocks() => ("fail", "? fail"),
        GateVerdict::Inconclusive => ("inconclusive", "? pass"),
    };
    let shadow = if gate.blocks() && !candidate.may_block() {
        " (in shadow)"
    } else {
        ""
    };
    let verdict = format!("<span class=\"verdict {class}\">{sign}{shadow}</span>");
    cell(&mut row, "", &verdict);
    let rule = text(&gate.rule.to_string());
    cell(&mut row, "", &format!("<code>{rule}</code>"));
    let measured = gate.measured.map_or_else(String::new, |measured| {
        let baseline = gate
            .baseline
            .map(|baseline| number::metric(metric, baseline));
        let baseline = baseline.map(|baseline| format!(" against {baseline}"));
        text(&format!(
            "{}{}",
            number::metric(metric, measured),
            baseline.unwrap_or_default()
        ))
    });
    cell(&mut row, "number", &measured);
    cell(&mut row, "", &chart::gate(gate).unwrap_or_default());
    let needs = gate.needs.as_ref().map(|needs| format!("; {needs}"));
    let why = format!("{}{}", gate.reason, needs.unwrap_or_default());
    cell(&mut row, "why", &text(&why));
    row
}
