//! What the commands that move versions have in common: who does it, and what is said of it.

use std::path::Path;

use super::project::Place;
use crate::cli::args::Format;
use crate::cli::error::CliError;
use crate::load::git;
use crate::registry::HistoryLine;

/// Who moves a version: the one named, else git's user, else the system's.
pub(super) fn author(place: &Place, named: Option<&str>) -> String {
    let filled = |name: String| Some(name.trim().to_owned()).filter(|name| !name.is_empty());
    let root: &Path = &place.root;
    named
        .map(str::to_owned)
        .and_then(filled)
        .or_else(|| git::user_name(root))
        .or_else(|| std::env::var("USER").ok().and_then(filled))
        .unwrap_or_else(|| "unknown".to_owned())
}

/// One move: `testing -> canary (5 %)`.
pub(super) fn arrow(line: &HistoryLine) -> String {
    format!("{} -> {}{}", line.from, line.to, traffic(line.traffic))
}

/// A share of the traffic in parentheses, where there is one.
pub(super) fn traffic(share: Option<f64>) -> String {
    share.map_or_else(String::new, |share| format!(" ({})", percent(share)))
}

/// A share as people write it: `5 %`, without the noise of binary fractions.
pub(super) fn percent(share: f64) -> String {
    format!("{} %", (share * 1e10).round() / 1e8)
}

/// What a command that moved versions prints: a line each, or the history's lines for a machine.
pub(super) fn summary(
    family: &str,
    lines: &[HistoryLine],
    format: Format,
) -> Result<String, CliError> {
    if format == Format::Json {
        let lines = serde_json::to_value(lines);
        let lines = lines.map_err(|error| CliError::system(error.to_string()))?;
        return Ok(format!("{lines:#}\n"));
    }
    let line = |line: &HistoryLine| format!("{family}@{}: {}\n", line.version, arrow(line));
    Ok(lines.iter().map(line).collect())
}
