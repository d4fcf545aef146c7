//! `report`: any report of an earlier run again, from its journal.

use super::github;
use super::output::{self, Outputs};
use super::project::Place;
use crate::cli::Exit;
use crate::cli::args::{Global, ReportArgs};
use crate::cli::error::CliError;
use crate::cli::ui::Ui;
use crate::observe::runs;
use crate::pipeline;

pub(in crate::cli) fn report(
    global: &Global,
    args: &ReportArgs,
    ui: &Ui,
) -> Result<Exit, CliError> {
    let place = Place::find(global)?;
    let journal = runs::find(&place.root, &place.cwd, &args.run)?;
    let outputs = Outputs::open(&place, &args.reports)?;
    let finished =
        pipeline::replay(&journal).map_err(|error| CliError::invalid(error.to_string()))?;
    let finished = finished.ok_or_else(|| CliError::invalid("the journal has no plan"))?;
    if finished.torn {
        ui.note("the journal's last line was cut off by a crash and is left out");
    }
    let view = output::view(&finished);
    outputs.write(&view)?;
    output::print(&view, args.format, ui)?;
    github::tell(&place, &view, (&args.reports, args.format), ui)?;
    Ok(finished.verdict.decision.into())
}
