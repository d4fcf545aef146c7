//! `rollback`: the canary ends, or production goes back to the version before.

use jiff::Timestamp;

use super::moved::{author, summary};
use super::project::Place;
use crate::cli::Exit;
use crate::cli::args::{Global, RollbackArgs};
use crate::cli::error::CliError;
use crate::cli::ui::Ui;
use crate::evidence::{self, Tree};
use crate::registry::{self, Rollback};

pub(in crate::cli) fn rollback(
    global: &Global,
    args: &RollbackArgs,
    ui: &Ui,
) -> Result<Exit, CliError> {
    let place = Place::find(global)?;
    let lines = registry::rollback(
        &place.root,
        &Rollback {
            family: args.family.clone(),
            to: args.to.clone(),
            at: Timestamp::now(),
            by: author(&place, args.by.as_deref()),
            reason: args.reason.clone(),
        },
    )?;
    ui.print(&summary(&args.family, &lines, args.format)?);
    told(&place, &args.family, ui);
    Ok(Exit::Pass)
}

/// A way back is always open; where what it brought back does not meet what the project asks for now, somebody should know.
fn told(place: &Place, family: &str, ui: &Ui) {
    let (tree, _) = Tree::read(&place.root);
    let folder = format!("/{family}/");
    for problem in &evidence::wrong(&tree) {
        if problem.location.path.contains(&folder) {
            ui.note(&format!(
                "warning: {}; `check` refuses it until another version is promoted",
                problem.message
            ));
        }
    }
}
