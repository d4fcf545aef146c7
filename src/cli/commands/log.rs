//! `log`: who moved which version when, and why; newest first.

use std::fmt::Write as _;

use super::list::SHORT_HASH;
use super::moved::arrow;
use super::output::style;
use super::project::Place;
use crate::cli::Exit;
use crate::cli::args::{Format, Global, LogArgs};
use crate::cli::error::CliError;
use crate::cli::ui::Ui;
use crate::registry::{self, Action, HistoryLine};
use crate::report::terminal::sheet::Sheet;

pub(in crate::cli) fn log(global: &Global, args: &LogArgs, ui: &Ui) -> Result<Exit, CliError> {
    let place = Place::find(global)?;
    let history = registry::log(&place.root, &args.family)?;
    let newest: Vec<&HistoryLine> = history.lines.iter().rev().collect();
    match args.format {
        Format::Json => {
            let lines = serde_json::to_value(&newest)
                .map_err(|error| CliError::system(error.to_string()))?;
            ui.print(&format!("{lines:#}\n"));
        }
        Format::Human => {
            let mut sheet = Sheet::new(style(ui));
            for line in newest {
                moved(&mut sheet, 0, line);
            }
            ui.print(&sheet.text());
        }
    }
    if history.lines.is_empty() {
        ui.note(&format!("no version of `{}` was ever moved", args.family));
    }
    Ok(Exit::Pass)
}

/// One move, and what it rests on.
pub(super) fn moved(sheet: &mut Sheet, indent: usize, line: &HistoryLine) {
    let mut text = format!(
        "{:<8}  {}  {}  by {}",
        line.action.map_or("", Action::as_str),
        line.version,
        arrow(line),
        line.by
    );
    // Writing to a String cannot fail.
    if let Some(reason) = &line.reason {
        let _ = write!(text, ": {reason}");
    }
    if let Some(reason) = &line.override_reason {
        let _ = write!(text, "; override: {reason}");
    }
    if let Some(path) = &line.evidence {
        let hash = line.evidence_sha256.as_deref();
        let _ = write!(text, "; evidence: {path}{}", short_hash(hash));
    }
    let mark = format!("{}{:.0}  ", " ".repeat(indent), line.time);
    sheet.paragraph(&mark, mark.len(), &text);
}

/// The beginning of a hash in parentheses, where there is one.
pub(super) fn short_hash(hash: Option<&str>) -> String {
    hash.map_or_else(String::new, |hash| {
        let short: String = hash.chars().take(SHORT_HASH).collect();
        format!(" ({short})")
    })
}
