//! `new`: a version to edit, copied from one that is there.

use jiff::Timestamp;

use super::moved::author;
use super::project::Place;
use crate::cli::Exit;
use crate::cli::args::{Global, NewArgs};
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
    ui.print(&format!("{}\n", created.path));
    ui.note(&format!(
        "{} is a draft with the text of {}: edit it, then `prompteval run --candidate {}`",
        created.id, created.from, created.id
    ));
    Ok(Exit::Pass)
}
