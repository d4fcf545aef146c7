//! `new`: a version to edit, copied from one that is there.

use jiff::Timestamp;

use super::moved::author;
use super::project::Place;
use crate::cli::Exit;
use crate::cli::args::{Format, Global, NewArgs};
use crate::cli::error::CliError;
use crate::cli::ui::Ui;
use crate::registry::{self, NewVersion};

pub(in crate::cli) fn new(global: &Global, args: &NewArgs, ui: &Ui) -> Result<Exit, CliError> {
    let place = Place::find(global)?;
    let created = registry::create(
        &place.root,
        &NewVersion {
            family: args.family.clone(),
            from: args.from.clone(),
            bump: args.bump.into(),
            changelog: args.changelog.clone(),
            at: Timestamp::now(),
            by: author(&place, None),
        },
    )?;
    match args.format {
        Format::Human => ui.print(&format!("{}\n", created.path)),
        Format::Json => {
            let json = serde_json::json!({
                "version": created.id.to_string(), "from": created.from.to_string(), "path": created.path,
            });
            ui.print(&format!("{json:#}\n"));
        }
    }
    ui.note(&format!(
        "{} is a draft with the text of {}: edit it, then `prompteval run --candidate {}`",
        created.id, created.from, created.id
    ));
    Ok(Exit::Pass)
}
