//! How suites fared over earlier runs, as `show` prints it.

use std::fmt::Write as _;

use super::project::Place;
use crate::cli::args::Format;
use crate::load;
use crate::pipeline;
use crate::report::trend::{Measure, Point, Trend};

/// A suite by its name; `None` where there is none of that name.
pub(super) fn suite(place: &Place, name: &str, format: Format) -> Option<String> {
    let (project, _) = load::project(&place.root, &place.cwd, &[]);
    let suite = project.suites.iter().find(|suite| suite.name == name)?;
    let trends = pipeline::trends(&place.root);
    let known = trends.into_iter().find(|trend| trend.suite == name);
    let trend = known.unwrap_or_else(|| Trend {
        suite: name.to_owned(),
        ..Trend::default()
    });
    Some(match format {
        Format::Json => machine(&trend),
        Format::Human => {
            let mut text = format!("{name}  {}\n", suite.path);
            if let Some(description) = &suite.description {
                let _ = writeln!(text, "{}", description.trim_end());
            }
            let _ = writeln!(
                text,
                "prompt {}, dataset {}",
                suite.family.value, suite.dataset.value
            );
            text + "\n" + &human(&trend)
        }
    })
}

/// Suites that test a family.
pub(super) fn family(place: &Place, family: &str) -> String {
    let (project, _) = load::project(&place.root, &place.cwd, &[]);
    let trends = pipeline::trends(&place.root);
    let own = trends.iter().filter(|trend| {
        let mut suites = project.suites.iter();
        suites.any(|suite| suite.name == trend.suite && suite.family.value == family)
    });
    let mut text = String::new();
    for trend in own {
        text.push('\n');
        text.push_str(&human(trend));
    }
    text
}

fn human(trend: &Trend) -> String {
    let count = trend.points.len();
    if count == 0 {
        return format!(
            "{}: no complete run is kept, and no evidence\n",
            trend.suite
        );
    }
    let plural = if count == 1 { "" } else { "s" };
    let mut text = format!("{} over {count} measurement{plural}\n", trend.suite);
    for line in trend.lines() {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {line}");
    }
    if trend.left_out > 0 {
        let _ = writeln!(
            text,
            "  {} with a journal too long to be read again",
            trend.left_out
        );
    }
    text
}

fn machine(trend: &Trend) -> String {
    let point = |point: &Point| {
        serde_json::json!({
            "run": point.run,
            "started_at": point.started_at,
            "version": point.version,
            "model": point.model,
            "kept": point.kept,
            "passed": point.passed,
            "decided": point.decided,
            "pass_rate": Measure::PassRate.of(point),
            "interval": point.bounds.map(|(lower, upper)| [lower, upper]),
            "latency_ms_p95": Measure::Latency.of(point),
            "cost_usd": Measure::Cost.of(point),
        })
    };
    let points: Vec<_> = trend.points.iter().map(point).collect();
    let json = serde_json::json!({
        "suite": trend.suite, "points": points, "left_out": trend.left_out,
    });
    format!("{json:#}\n")
}
