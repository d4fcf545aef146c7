//! `promote`: a version goes to its next status.

use jiff::Timestamp;

use super::evidence::gathered;
use super::moved::{author, summary};
use super::project::Place;
use crate::cli::Exit;
use crate::cli::args::{Global, PromoteArgs};
use crate::cli::error::CliError;
use crate::cli::ui::{Ui, counted};
use crate::evidence;
use crate::model::Status;
use crate::model::evidence::Evidence;
use crate::registry::{self, Move};

pub(in crate::cli) fn promote(
    global: &Global,
    args: &PromoteArgs,
    ui: &Ui,
) -> Result<Exit, CliError> {
    let place = Place::find(global)?;
    let request = Move {
        id: args.prompt.clone(),
        to: args.to,
        at: Timestamp::now(),
        by: author(&place, args.by.as_deref()),
        reason: args.reason.clone(),
        traffic: args.traffic,
        evidence: None,
        override_reason: args.override_reason.clone(),
    };
    // What no evidence would allow is said before a run is read.
    registry::may_move(&place.root, &request)?;
    let rests_on_a_run = registry::needs_evidence(args.to) && args.override_reason.is_none();
    let evidence = if rests_on_a_run || args.evidence.is_some() {
        Some(gathered(
            &place,
            &args.prompt,
            args.evidence.as_deref(),
            ui,
        )?)
    } else {
        None
    };
    let request = Move {
        evidence: evidence.as_ref().map(committed).transpose()?,
        ..request
    };
    let lines = registry::promote(&place.root, &request)?;
    ui.print(&summary(&args.prompt.family, &lines, args.format)?);
    if let (Some(evidence), Some(written)) = (&evidence, &request.evidence) {
        ui.note(&format!("evidence: {}, {}", written.path, told(evidence)));
    }
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

fn committed(evidence: &Evidence) -> Result<registry::NewEvidence, CliError> {
    let id = evidence
        .version
        .parse()
        .map_err(|_| CliError::invalid(format!("the evidence is about `{}`", evidence.version)))?;
    let contents =
        evidence::write(evidence).map_err(|error| CliError::system(error.to_string()))?;
    Ok(registry::NewEvidence {
        path: evidence::path(&id),
        contents,
        sha256: evidence.sha256.clone(),
    })
}

/// What the evidence consists of, in short.
fn told(evidence: &Evidence) -> String {
    let cases = evidence.suites.iter().map(|suite| suite.cases.len()).sum();
    let gates: usize = evidence.suites.iter().map(|suite| suite.gates.len()).sum();
    format!(
        "{} and {} of run {}",
        counted(gates, "gate"),
        counted(cases, "case"),
        evidence.run.id
    )
}
