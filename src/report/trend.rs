//! How a suite fared over runs: pass rate with its interval, latency and cost, oldest first; as numbers and as a line of blocks.

use crate::model::number;

/// Coverage of the interval around a pass rate.
pub(crate) const COVERAGE: f64 = 0.95;

/// One suite over time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trend {
    /// The suite.
    pub suite: String,
    /// What was measured, oldest first.
    pub points: Vec<Point>,
    /// Runs whose journals are too long to be read again for this.
    pub left_out: usize,
}

/// A version on a model in one run.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// The run.
    pub run: String,
    /// When it began: RFC 3339, UTC.
    pub started_at: String,
    /// Family and version.
    pub version: String,
    /// The model asked.
    pub model: String,
    /// Whether the run is kept here; of others the evidence tells.
    pub kept: bool,
    /// Cases that passed.
    pub passed: usize,
    /// Cases that could be decided.
    pub decided: usize,
    /// Share of cases that passed.
    pub rate: Option<f64>,
    /// Its 95 % interval.
    pub bounds: Option<(f64, f64)>,
    /// 95th percentile of latency, milliseconds.
    pub latency_ms: Option<f64>,
    /// List price of the answers, US dollars.
    pub cost_usd: Option<f64>,
}

/// A number of a point that is drawn over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Share of cases that passed.
    PassRate,
    /// 95th percentile.
    Latency,
    /// List price.
    Cost,
}

impl Measure {
    /// Every measure, as they stand side by side.
    pub const ALL: [Self; 3] = [Self::PassRate, Self::Latency, Self::Cost];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::PassRate => "pass rate",
            Self::Latency => "latency p95",
            Self::Cost => "cost",
        }
    }

    /// The number, where it is known.
    pub fn of(self, point: &Point) -> Option<f64> {
        match self {
            Self::PassRate => point.rate,
            Self::Latency => point.latency_ms,
            Self::Cost => point.cost_usd,
        }
    }

    /// The number as people read it.
    pub fn told(self, value: f64) -> String {
        match self {
            Self::PassRate => number::rate(value),
            Self::Latency => number::ms(value),
            Self::Cost => number::money(value),
        }
    }
}

impl Trend {
    /// Points of this moment and before.
    #[must_use]
    pub fn until(&self, started_at: &str) -> Self {
        let points = self.points.iter();
        Self {
            points: points
                .filter(|point| point.started_at.as_str() <= started_at)
                .cloned()
                .collect(),
            ..self.clone()
        }
    }

    /// A line a measure for a terminal: blocks, the newest number, and the range of all.
    pub fn lines(&self) -> Vec<String> {
        let shown = Measure::ALL.into_iter().filter_map(|measure| {
            let values: Vec<Option<f64>> = self.points.iter().map(|one| measure.of(one)).collect();
            let newest = values.iter().rev().flatten().next()?;
            let known = || values.iter().flatten().copied();
            let (least, most) = (
                known().fold(f64::INFINITY, f64::min),
                known().fold(0.0, f64::max),
            );
            let interval = self.points.last().and_then(|point| point.bounds);
            let interval = interval.filter(|_| measure == Measure::PassRate);
            let sure = interval.map_or_else(String::new, |(lower, upper)| {
                format!(
                    ", {} to {} at 95 %",
                    number::rate(lower),
                    number::rate(upper)
                )
            });
            Some(format!(
                "{:<12}{}  {}{sure} (over time {} to {})",
                measure.name(),
                blocks(&values),
                measure.told(*newest),
                measure.told(least),
                measure.told(most)
            ))
        });
        shown.collect()
    }
}

/// A block a value, between the least and the greatest; a space where there is none.
fn blocks(values: &[Option<f64>]) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let known = || values.iter().flatten().copied();
    let (least, most) = (
        known().fold(f64::INFINITY, f64::min),
        known().fold(f64::NEG_INFINITY, f64::max),
    );
    let block = |value: f64| {
        let share = if most > least {
            (value - least) / (most - least)
        } else {
            0.5
        };
        let place = (share * 7.0).round() as usize;
        BLOCKS.get(place).copied().unwrap_or('█')
    };
    values
        .iter()
        .map(|value| value.map_or(' ', block))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(day: u32, rate: f64) -> Point {
        Point {
            run: format!("r{day}"),
            started_at: format!("2026-11-{day:02}T10:00:00Z"),
            version: "support@1.0.0".into(),
            model: "openai/gpt-6-luna".into(),
            kept: true,
            passed: 9,
            decided: 10,
            rate: Some(rate),
            bounds: Some((rate - 0.1, rate + 0.05)),
            latency_ms: None,
            cost_usd: Some(0.01),
        }
    }

    #[test]
    fn a_line_shows_least_greatest_and_newest() {
        let points = vec![point(1, 0.8), point(2, 0.9), point(3, 0.85)];
        let trend = Trend {
            suite: "support".into(),
            points,
            left_out: 0,
        };
        assert_eq!(
            trend.lines(),
            [
                "pass rate   ▁█▄  85.0 %, 75.0 % to 90.0 % at 95 % (over time 80.0 % to 90.0 %)",
                "cost        ▅▅▅  $0.0100 (over time $0.0100 to $0.0100)",
            ]
        );
        assert_eq!(trend.until("2026-11-02T10:00:00Z").points.len(), 2);
    }
}
