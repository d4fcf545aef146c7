//! `promote`: a version goes to its next status.

use jiff::Timestamp;

use super::moved::{author, summary};
use super::project::Place;
use crate::cli::Exit;
use crate::cli::args::{Global, PromoteArgs};
use crate::cli::error::CliError;
use crate::cli::ui::Ui;
use crate::model::Status;
use crate::registry::{self, Move};

pub(in crate::cli) fn promote(
    global: &Global,
    args: &PromoteArgs,
    ui: &Ui,
) -> Result<Exit, CliError> {
    let place = Place::find(global)?;
    if let (Some(run), None) = (&args.evidence, &args.override_reason)
        && registry::needs_evidence(args.to)
    {
        let message = format!("no evidence: `{run}` cannot be checked against the files yet");
        let hint = "`--override REASON` moves it without evidence; the reason stays visible";
        return Err(CliError::invalid(message).hint(hint.to_owned()));
    }
    let lines = registry::promote(
        &place.root,
        &Move {
            id: args.prompt.clone(),
            to: args.to,
            at: Timestamp::now(),
            by: author(&place, args.by.as_deref()),
            reason: args.reason.clone(),
            traffic: args.traffic,
            evidence: None,
            override_reason: args.override_reason.clone(),
        },
    )?;
    ui.print(&summary(&args.prompt.family, &lines));
    if let Some(reason) = &args.override_reason {
        ui.note(&format!("without evidence: {reason}"));
    }
    if args.to == Status::Deprecated {
        ui.note(&format!(
            "`{}` has no version in production now",
            args.prompt.family
        ));
    }
    Ok(Exit::Pass)
}
