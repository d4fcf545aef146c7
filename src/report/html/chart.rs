//! Intervals of gates and rates of evaluators as SVG. Every drawing says in words what it shows.

use maud::{Markup, html};

use super::frame::shown;
use crate::model::CaseMetric;
use crate::model::number;
use crate::model::suite::Condition;
use crate::model::verdict::GateResult;

/// Width of a gate's drawing, in its own units.
const WIDTH: f64 = 200.0;

/// What a gate measured on the axis of what it demands; `None` where it measured no rate.
pub(super) fn gate(gate: &GateResult) -> Option<Markup> {
    let measured = gate.measured?;
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
    CaseMetric::parse(&gate.rule.metric)?;
    let mut values = limits.clone();
    values.extend(goal);
    values.push(point);
    let bounds = gate.interval.iter();
    values.extend(bounds.flat_map(|bounds| [bounds.lower, bounds.upper]));
    let axis = Axis::over(&values);
    Some(html! {
        svg.interval viewBox=(format!("0 0 {WIDTH} 20")) role="img" aria-label=(shown(&words(gate))) {
            line.axis x1="0" y1="10" x2=(WIDTH) y2="10" {}
            @if let Some(bounds) = gate.interval {
                line.range x1=(axis.at(bounds.lower)) y1="10" x2=(axis.at(bounds.upper)) y2="10" {}
            }
            @for limit in limits { (mark("limit", &axis.at(limit))) }
            @if let Some(goal) = goal { (mark("goal", &axis.at(goal))) }
            circle.point cx=(axis.at(point)) cy="10" r="4" {}
        }
    })
}

fn mark(class: &str, x: &str) -> Markup {
    html! { line.(class) x1=(x) y1="2" x2=(x) y2="18" {} }
}

/// A rate as a bar; the number stands beside it.
pub(super) fn bar(rate: f64) -> Markup {
    html! {
        svg.rate viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" {
            rect.all width="100" height="8" rx="2" {}
            rect.part width=(number::decimal(rate * 100.0, 1)) height="8" rx="2" {}
        }
    }
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
        let (lower, upper) = (shown(bounds.lower), shown(bounds.upper));
        format!(", between {lower} and {upper}")
    });
    let rule = &gate.rule.condition;
    format!("{}{interval}; demanded: {rule}", shown(point))
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

    /// Where a value stands.
    fn at(&self, value: f64) -> String {
        let share = (value - self.from) / (self.to - self.from);
        number::decimal(share.clamp(0.0, 1.0) * WIDTH, 1)
    }
}
