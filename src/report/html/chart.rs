//! Intervals of gates and scores of evaluators as SVG. Every drawing says in words what it shows.

use std::fmt::Write as _;

use crate::model::CaseMetric;
use crate::model::record::Measured;
use crate::model::suite::Condition;
use crate::model::verdict::GateResult;
use crate::report::candidate::{Arm, CandidateView};
use crate::report::number;

use super::text;

/// Size of a gate's drawing, in pixels.
const WIDTH: f64 = 220.0;
const HEIGHT: f64 = 22.0;

/// Evaluators that are drawn.
const MOST: usize = 40;

/// What a gate measured on the axis of what it demands; `None` where it measured no rate.
pub(super) fn gate(gate: &GateResult) -> Option<String> {
    let measured = gate.measured?;
    let metric = &gate.rule.metric;
    let is_rate = CaseMetric::parse(metric).is_some();
    let (point, limits, goal) = match gate.rule.condition {
        Condition::Baseline { margin } | Condition::EachTag { margin } => {
            (measured - gate.baseline?, vec![-margin], Some(0.0))
        }
        Condition::Evidence { target, floor } => (measured, vec![floor], Some(target)),
        Condition::LowerBound { min } => (measured, vec![min], None),
        Condition::Range { min, max } => {
            (measured, [min, max].into_iter().flatten().collect(), None)
        }
        Condition::Broken { .. } | Condition::CriticalEvaluator | Condition::CriticalCases => {
            return None;
        }
    };
    if !is_rate {
        return None;
    }
    let mut values = limits.clone();
    values.extend(goal);
    values.push(point);
    values.extend(
        gate.interval
            .iter()
            .flat_map(|bounds| [bounds.lower, bounds.upper]),
    );
    let axis = Axis::over(&values);
    let mut drawn = format!(
        "<svg width=\"{WIDTH}\" height=\"{HEIGHT}\" role=\"img\" aria-label=\"{}\"><line class=\"axis\" x1=\"0\" y1=\"11\" x2=\"{WIDTH}\" y2=\"11\"/>",
        text(&words(gate))
    );
    // Writing to a String cannot fail.
    if let Some(bounds) = gate.interval {
        let (lower, upper) = (axis.at(bounds.lower), axis.at(bounds.upper));
        let _ = write!(
            drawn,
            "<line class=\"range\" x1=\"{lower}\" y1=\"11\" x2=\"{upper}\" y2=\"11\"/>"
        );
    }
    for limit in limits {
        let x = axis.at(limit);
        let _ = write!(
            drawn,
            "<line class=\"limit\" x1=\"{x}\" y1=\"3\" x2=\"{x}\" y2=\"19\"/>"
        );
    }
    if let Some(goal) = goal {
        let x = axis.at(goal);
        let _ = write!(
            drawn,
            "<line class=\"goal\" x1=\"{x}\" y1=\"3\" x2=\"{x}\" y2=\"19\"/>"
        );
    }
    let _ = write!(
        drawn,
        "<circle class=\"point\" cx=\"{}\" cy=\"11\" r=\"4\"/></svg>",
        axis.at(point)
    );
    Some(drawn)
}

/// The same in words.
fn words(gate: &GateResult) -> String {
    let metric = &gate.rule.metric;
    let compares = gate.baseline.is_some();
    let shown = |value: f64| {
        if compares {
            number::points(value)
        } else {
            number::metric(metric, value)
        }
    };
    let point = gate.measured.unwrap_or_default() - gate.baseline.unwrap_or_default();
    let interval = gate.interval.map_or_else(String::new, |bounds| {
        format!(
            ", surely between {} and {}",
            shown(bounds.lower),
            shown(bounds.upper)
        )
    });
    format!(
        "{}{interval}; demanded: {}",
        shown(point),
        gate.rule.condition
    )
}

struct Axis {
    from: f64,
    to: f64,
}

impl Axis {
    /// An axis that holds all values, with a little room on both sides.
    fn over(values: &[f64]) -> Self {
        let from = values.iter().copied().fold(f64::INFINITY, f64::min);
        let to = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let room = ((to - from) * 0.12).max(0.01);
        Self {
            from: from - room,
            to: to + room,
        }
    }

    /// Where a value stands, in pixels.
    fn at(&self, value: f64) -> String {
        let share = (value - self.from) / (self.to - self.from);
        number::decimal(share.clamp(0.0, 1.0) * WIDTH, 1)
    }
}

/// Pass rates by evaluator, the baseline's below the candidate's.
pub(super) fn evaluators(candidate: &CandidateView<'_>) -> String {
    let line = if candidate.baseline.is_some() { 34 } else { 20 };
    let names: Vec<&str> = candidate
        .table
        .evaluators
        .iter()
        .map(|info| info.name.as_str())
        .filter(|name| rate(candidate.arm, name).is_some())
        .take(MOST)
        .collect();
    if names.is_empty() {
        return String::new();
    }
    let height = names.len() * line + 4;
    let mut drawn = format!(
        "<h3>Pass rate by evaluator</h3>\n<p class=\"legend\"><span class=\"own\">■</span> candidate{}</p>\n\
         <div class=\"scroll\"><svg width=\"640\" height=\"{height}\" role=\"img\" aria-label=\"Pass rate by evaluator\">",
        match candidate.baseline {
            Some(_) => " <span class=\"other\">■</span> baseline",
            None => "",
        }
    );
    for (place, name) in names.into_iter().enumerate() {
        let top = place * line;
        let _ = write!(
            drawn,
            "<text x=\"0\" y=\"{}\">{}</text>",
            top + 13,
            text(&shortened(name, 32))
        );
        let own = rate(candidate.arm, name);
        let other = candidate.baseline.and_then(|arm| rate(arm, name));
        for (rate, class, y) in [(own, "own", top + 4), (other, "other", top + 18)] {
            let Some(rate) = rate else { continue };
            let width = number::decimal(rate * 330.0, 1);
            let _ = write!(
                drawn,
                "<rect class=\"{class}\" x=\"210\" y=\"{y}\" width=\"{width}\" height=\"10\"/><text x=\"550\" y=\"{}\">{}</text>",
                y + 9,
                text(&number::rate(rate))
            );
        }
    }
    drawn + "</svg></div>\n"
}

fn rate(arm: Arm<'_>, name: &str) -> Option<f64> {
    let metric = format!("{name}.pass_rate");
    arm.record.metrics.get(&metric).and_then(Measured::value)
}

/// A name, cut where it is longer than its place.
fn shortened(name: &str, most: usize) -> String {
    if name.chars().count() <= most {
        return name.to_owned();
    }
    let start: String = name.chars().take(most - 1).collect();
    format!("{start}…")
}
