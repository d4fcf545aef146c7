//! `diff`: what changed between the texts of two versions, or between two runs.

use similar::{ChangeTag, TextDiff};

use super::evidence::report;
use super::output::style;
use super::project::Place;
use crate::cli::Exit;
use crate::cli::args::{DiffArgs, Format, Global};
use crate::cli::error::CliError;
use crate::cli::ui::Ui;
use crate::fsx;
use crate::model::PromptRef;
use crate::report::comparison::compare;
use crate::report::terminal;

/// Unchanged lines around a change.
const CONTEXT: usize = 3;

pub(in crate::cli) fn diff(global: &Global, args: &DiffArgs, ui: &Ui) -> Result<Exit, CliError> {
    let place = Place::find(global)?;
    match (version(&args.old)?, version(&args.new)?) {
        (Some(old), Some(new)) => versions(&place, &old, &new, args.format, ui)?,
        (None, None) => runs(&place, args, ui)?,
        _ => {
            let hint = "two versions are written FAMILY@VERSION, two runs by their ids";
            let message = format!("`{}` and `{}` are not of one kind", args.old, args.new);
            return Err(CliError::invalid(message).hint(hint.to_owned()));
        }
    }
    Ok(Exit::Pass)
}

/// The version that is meant, where one is; runs have no `@`.
fn version(text: &str) -> Result<Option<PromptRef>, CliError> {
    if !text.contains('@') {
        return Ok(None);
    }
    let parsed = text.parse();
    parsed
        .map(Some)
        .map_err(|error| CliError::invalid(format!("{error}")))
}

fn versions(
    place: &Place,
    old: &PromptRef,
    new: &PromptRef,
    format: Format,
    ui: &Ui,
) -> Result<(), CliError> {
    let registry = place.registry(ui)?;
    let read = |id| -> Result<VersionText<'_>, CliError> {
        let version = registry.find(id)?;
        let bytes = fsx::read_text(&place.root.join(&version.path))?;
        let text = String::from_utf8_lossy(&bytes).replace("\r\n", "\n");
        Ok(VersionText { id, text })
    };
    let (old, new) = (read(old)?, read(new)?);
    let is_same = old.text == new.text;
    if format == Format::Json {
        let diff = unified(&old, &new, false);
        let json = serde_json::json!({
            "old": old.id.to_string(), "new": new.id.to_string(), "same": is_same, "diff": diff,
        });
        ui.print(&format!("{json:#}\n"));
    } else if is_same {
        ui.note(&format!("{} and {} have the same text", old.id, new.id));
    } else {
        ui.print(&unified(&old, &new, ui.color));
    }
    Ok(())
}

fn runs(place: &Place, args: &DiffArgs, ui: &Ui) -> Result<(), CliError> {
    let (old, new) = (report(place, &args.old)?, report(place, &args.new)?);
    let comparison = compare(&old, &new);
    let failed = |error: &dyn std::fmt::Display| CliError::system(error.to_string());
    match args.format {
        Format::Json => {
            let json = serde_json::to_value(&comparison).map_err(|error| failed(&error))?;
            ui.print(&format!("{json:#}\n"));
        }
        Format::Human => {
            let mut text = Vec::new();
            terminal::comparison::write(&comparison, style(ui), &mut text)
                .map_err(|error| failed(&error))?;
            ui.print(&String::from_utf8_lossy(&text));
        }
    }
    Ok(())
}

/// A version and what its file says.
struct VersionText<'a> {
    id: &'a PromptRef,
    text: String,
}

fn unified(old: &VersionText<'_>, new: &VersionText<'_>, color: bool) -> String {
    let paint = |code: &str, text: &str| {
        if color {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    };
    let diff = TextDiff::from_lines(&old.text, &new.text);
    let mut out = format!(
        "{}\n{}\n",
        paint("1", &format!("--- {}", old.id)),
        paint("1", &format!("+++ {}", new.id))
    );
    for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
        out.push_str(&paint("36", &hunk.header().to_string()));
        out.push('\n');
        for change in hunk.iter_changes() {
            let line = change.value();
            let line = line.strip_suffix('\n').unwrap_or(line);
            let (sign, code) = match change.tag() {
                ChangeTag::Delete => ('-', "31"),
                ChangeTag::Insert => ('+', "32"),
                ChangeTag::Equal => (' ', "0"),
            };
            let line = format!("{sign}{line}");
            out.push_str(&if sign == ' ' {
                line
            } else {
                paint(code, &line)
            });
            out.push('\n');
        }
    }
    out
}
