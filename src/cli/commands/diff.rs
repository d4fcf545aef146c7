//! `diff`: what changed between the texts of two versions.

use similar::{ChangeTag, TextDiff};

use super::project::Place;
use crate::cli::Exit;
use crate::cli::args::{DiffArgs, Global};
use crate::cli::error::CliError;
use crate::cli::ui::Ui;
use crate::fsx;
use crate::model::PromptRef;

/// Unchanged lines around a change.
const CONTEXT: usize = 3;

pub(in crate::cli) fn diff(global: &Global, args: &DiffArgs, ui: &Ui) -> Result<Exit, CliError> {
    let place = Place::find(global)?;
    let registry = place.registry(ui)?;
    let text = |id: &PromptRef| -> Result<String, CliError> {
        let version = registry.find(id)?;
        let bytes = fsx::read(&place.root.join(&version.path))?;
        Ok(String::from_utf8_lossy(&bytes).replace("\r\n", "\n"))
    };
    let (old, new) = (text(&args.old)?, text(&args.new)?);
    if old == new {
        ui.note(&format!("{} and {} have the same text", args.old, args.new));
        return Ok(Exit::Pass);
    }
    ui.print(&unified(&args.old, &old, &args.new, &new, ui.color));
    Ok(Exit::Pass)
}

fn unified(old_id: &PromptRef, old: &str, new_id: &PromptRef, new: &str, color: bool) -> String {
    let paint = |code: &str, text: &str| {
        if color {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    };
    let diff = TextDiff::from_lines(old, new);
    let mut out = format!(
        "{}\n{}\n",
        paint("1", &format!("--- {old_id}")),
        paint("1", &format!("+++ {new_id}"))
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
