//! `report`: any report of an earlier run again, from its journal, with everything that can be derived from its answers.

use std::path::Path;

use super::evidence::{open, underivable};
use super::github;
use super::output::{self, Outputs};
use super::project::Place;
use crate::cli::Exit;
use crate::cli::args::{Global, ReportArgs};
use crate::cli::error::CliError;
use crate::cli::ui::Ui;
use crate::pipeline::{self, DeriveError, Differences, Finished};

pub(in crate::cli) fn report(
    global: &Global,
    args: &ReportArgs,
    ui: &Ui,
) -> Result<Exit, CliError> {
    let place = Place::find(global)?;
    let journal = open(&place, &args.run)?;
    let outputs = Outputs::open(&place, &args.reports)?;
    let finished = if args.detached {
        detached(&journal.path)?
    } else {
        derived(&place, &journal.path)?
    };
    if finished.torn {
        ui.note("the journal's last line was cut off by a crash and is left out");
    }
    let view = output::view(&finished);
    let written = outputs.write(&view)?;
    output::print(&place, &view, args.format, ui)?;
    written.tell(ui);
    github::tell(&place, &view, (&args.reports, args.format), ui)?;
    Ok(finished.verdict.decision.into())
}

/// What a journal says, and nothing that speaks for it.
pub(super) fn detached(journal: &Path) -> Result<Finished, CliError> {
    let finished =
        crate::evidence::replay(journal).map_err(|error| CliError::invalid(error.to_string()))?;
    let mut finished = finished.ok_or_else(|| CliError::invalid("the journal has no plan"))?;
    finished.record.header.run.detached = true;
    Ok(finished)
}

/// A run whose scores, gates and verdict come out of its answers and the files as they are.
pub(super) fn derived(place: &Place, journal: &Path) -> Result<Finished, CliError> {
    match pipeline::derive(&place.root, journal) {
        Ok(finished) => Ok(finished),
        Err(DeriveError::Differs(differences)) => Err(disagreeing(&differences)),
        Err(other) => Err(underivable(other)),
    }
}

fn disagreeing(differences: &Differences) -> CliError {
    let list = differences.lines().join("\n  - ");
    let (what, hint) = if differences.is_outdated() {
        (
            "the files are not those of the run",
            "run again; `--detached` takes the journal's word for it, and says so in every report",
        )
    } else {
        (
            "the journal does not agree with its answers and the project's files",
            "run again: this journal was edited, damaged, or written by another version of prompteval",
        )
    };
    CliError::invalid(format!("{what}:\n  - {list}")).hint(hint.to_owned())
}
