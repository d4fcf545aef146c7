//! `run`: the main job.

use super::once::{Change, once};
use super::project::Place;
use super::watch;
use crate::cli::Exit;
use crate::cli::args::{Global, RunArgs};
use crate::cli::error::CliError;
use crate::cli::ui::Ui;
use crate::load::git;
use crate::pipeline;

pub(in crate::cli) fn run(global: &Global, args: &RunArgs, ui: &Ui) -> Result<Exit, CliError> {
    let place = Place::find(global)?;
    if args.watch {
        return watch::watch(&place, args, ui);
    }
    let Some(reference) = &args.changed_since else {
        return once(&place, args, None, ui);
    };
    let changed = git::changed_since(&place.root, reference)
        .map_err(|error| CliError::invalid(error.message).hint(error.hint))?;
    let edited = pipeline::edited_in_place(&place.root, &changed);
    if edited.any_error() {
        return Err(CliError::problems(edited));
    }
    let since = format!("since {reference} ({:.10})", changed.base);
    let change = Change {
        count: changed.files.len(),
        changes: changed.changes,
        since,
    };
    once(&place, args, Some(&change), ui)
}
