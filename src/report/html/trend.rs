//! The trend of a suite as SVG: pass rate with its interval, latency and cost over runs, and the same as a table.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::frame::shown;
use crate::model::number;
use crate::report::trend::{Measure, Point, Trend};

/// Size of a drawing, in its own units.
const WIDTH: f64 = 320.0;
const HEIGHT: f64 = 96.0;

/// Room for dots and whiskers at the edges.
const EDGE: f64 = 8.0;

/// Drawings and table of a suite; runs are links where there is an address that has them.
pub(super) fn section(trend: &Trend, home: Option<&str>) -> Markup {
    html! {
        section.trend {
            h2 { "Trend" span.soft { " of " (shown(&trend.suite)) } }
            @if trend.points.len() > 1 {
                div.drawings { @for measure in Measure::ALL { (drawing(trend, measure)) } }
            }
            details {
                summary { (number::of(trend.points.len(), "measurement")) }
                (table(trend, home))
            }
            @if trend.left_out > 0 {
                p.note { (number::of(trend.left_out, "long run")) " left out: its journal is too long to be read again here." }
            }
        }
    }
}

fn drawing(trend: &Trend, measure: Measure) -> Markup {
    let known = trend.points.iter().filter_map(|point| measure.of(point));
    let known: Vec<f64> = known.collect();
    let (Some(first), Some(last)) = (known.first(), known.last()) else {
        return html! {};
    };
    let chart = Chart::of(trend, measure);
    let words = format!(
        "{} over {}: first {}, newest {}",
        measure.name(),
        number::of(known.len(), "measurement"),
        measure.told(*first),
        measure.told(*last)
    );
    html! {
        figure {
            figcaption { (measure.name()) " " b { (measure.told(*last)) } }
            svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(shown(&words)) {
                @for y in [EDGE, HEIGHT - EDGE] { line.axis x1="0" x2=(WIDTH) y1=(y) y2=(y) {} }
                @for line in chart.lines(trend, measure) { polyline points=(line) {} }
                @for (place, point) in trend.points.iter().enumerate() {
                    @if let Some(value) = measure.of(point) { (chart.dot(place, point, measure, value)) }
                }
            }
            div.ends { span { (measure.told(chart.from)) } span { "to " (measure.told(chart.to)) } }
        }
    }
}

/// Where values stand.
struct Chart {
    from: f64,
    to: f64,
    runs: Vec<String>,
}

impl Chart {
    fn of(trend: &Trend, measure: Measure) -> Self {
        let mut values = Vec::new();
        let mut runs: Vec<String> = Vec::new();
        for point in &trend.points {
            values.extend(measure.of(point));
            if let Some((lower, upper)) = bounds(measure, point) {
                values.extend([lower, upper]);
            }
            if runs.last() != Some(&point.run) {
                runs.push(point.run.clone());
            }
        }
        Self {
            from: values.iter().copied().fold(f64::INFINITY, f64::min),
            to: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            runs,
        }
    }

    fn x(&self, point: &Point) -> String {
        let place = self.runs.iter().position(|run| *run == point.run);
        let steps = self.runs.len().saturating_sub(1).max(1) as f64;
        let share = place.unwrap_or_default() as f64 / steps;
        number::decimal(EDGE + share * (WIDTH - 2.0 * EDGE), 1)
    }

    fn y(&self, value: f64) -> String {
        let span = self.to - self.from;
        let share = if span > 0.0 {
            (value - self.from) / span
        } else {
            0.5
        };
        number::decimal(HEIGHT - EDGE - share * (HEIGHT - 2.0 * EDGE), 1)
    }

    /// A line a model and place among the candidates of a run, so that versions of a prompt follow one another.
    fn lines(&self, trend: &Trend, measure: Measure) -> Vec<String> {
        let mut lines: BTreeMap<(&str, usize), Vec<String>> = BTreeMap::new();
        let mut met: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for point in &trend.points {
            let place = met.entry((&point.run, &point.model)).or_default();
            if let Some(value) = measure.of(point) {
                let line = lines.entry((&point.model, *place)).or_default();
                line.push(format!("{},{}", self.x(point), self.y(value)));
            }
            *place += 1;
        }
        lines.into_values().map(|points| points.join(" ")).collect()
    }

    fn dot(&self, place: usize, point: &Point, measure: Measure, value: f64) -> Markup {
        let (x, y) = (self.x(point), self.y(value));
        let day: String = point.started_at.chars().take(10).collect();
        let words = format!(
            "{day} {} on {}: {}",
            point.version,
            point.model,
            measure.told(value)
        );
        html! {
            @if let Some((lower, upper)) = bounds(measure, point) {
                line.range x1=(x) x2=(x) y1=(self.y(lower)) y2=(self.y(upper)) {}
            }
            circle.point cx=(x) cy=(y) r="3.5" data-place=(place) { title { (shown(&words)) } }
        }
    }
}

fn bounds(measure: Measure, point: &Point) -> Option<(f64, f64)> {
    point.bounds.filter(|_| measure == Measure::PassRate)
}

fn table(trend: &Trend, home: Option<&str>) -> Markup {
    html! {
        table.cards {
            thead { tr {
                th scope="col" { "run" }
                th scope="col" { "version" }
                th scope="col" { "model" }
                th.number scope="col" { "passed" }
                @for measure in Measure::ALL { th.number scope="col" { (measure.name()) } }
            } }
            tbody { @for point in trend.points.iter().rev() { (row(point, home)) } }
        }
    }
}

fn row(point: &Point, home: Option<&str>) -> Markup {
    html! {
        tr {
            th scope="row" {
                @if let Some(home) = home.filter(|_| point.kept) {
                    a href=(format!("{home}runs/{}", point.run)) { (shown(&point.run)) }
                } @else { (shown(&point.run)) }
                @if !point.kept { " " span.soft { "evidence" } }
            }
            td data-label="version" { (shown(&point.version)) }
            td data-label="model" { (shown(&point.model)) }
            td.number data-label="passed" { (number::count(point.passed as f64)) " of " (number::count(point.decided as f64)) }
            @for measure in Measure::ALL {
                td.number data-label=(measure.name()) {
                    @if let Some(value) = measure.of(point) { (measure.told(value)) } @else { "–" }
                    @if let Some((lower, upper)) = bounds(measure, point) {
                        " " small.soft { (number::rate(lower)) " to " (number::rate(upper)) }
                    }
                }
            }
        }
    }
}
