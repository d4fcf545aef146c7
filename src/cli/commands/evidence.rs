//! Finds the run that a promotion rests on, and holds it against the files as they are.

use std::fs::File;
use std::path::Path;

use super::project::{Place, settle};
use crate::cli::error::CliError;
use crate::cli::ui::Ui;
use crate::model::PromptRef;
use crate::model::event::{ArmRole, RunHeader};
use crate::model::evidence::Evidence;
use crate::observe::runs;
use crate::pipeline;
use crate::pipeline::evidence::{self, Tree};
use crate::report::json::{self, ReportFile};

/// Where the evidence comes from.
enum Origin {
    /// A run, or its report.json.
    Report(Box<ReportFile>),
    /// The evidence of an earlier promotion of the same version.
    File(Box<Evidence>),
}

/// The evidence that lets a version go to canary or production.
pub(super) fn gathered(
    place: &Place,
    id: &PromptRef,
    named: Option<&str>,
    ui: &Ui,
) -> Result<Evidence, CliError> {
    let (tree, problems) = Tree::read(&place.root);
    settle(problems, ui)?;
    let family = tree.registry.family(&id.family)?;
    let version = tree.registry.find(id)?;
    let origin = match named {
        Some(named) => Origin::Report(Box::new(report(place, named)?)),
        None => newest(place, id)?,
    };
    let (mut evidence, run) = match origin {
        Origin::File(evidence) => (*evidence, None),
        Origin::Report(report) => {
            let run = report.run.run.id.clone();
            let evidence = evidence::gather(&report, &tree, (family, version))
                .map_err(|reasons| refused(id, &run, &reasons))?;
            (evidence, Some(run))
        }
    };
    let differences = evidence::differences(&evidence, &tree);
    if differences.is_empty() {
        // What an earlier promotion rested on has its history already.
        if run.is_some() {
            pipeline::keep_history(&place.root, &mut evidence);
        }
        return Ok(evidence);
    }
    let run = run.unwrap_or_else(|| evidence.run.id.clone());
    Err(refused(id, &run, &differences))
}

fn refused(id: &PromptRef, run: &str, reasons: &[String]) -> CliError {
    let list = reasons.join("\n  - ");
    let hint = format!(
        "run it again: `prompteval run --candidate {id}`; or `--override REASON`, which stays visible"
    );
    CliError::invalid(format!("run {run} is no evidence for {id}:\n  - {list}")).hint(hint)
}

/// A run by its id, or a report.json by its path.
pub(super) fn report(place: &Place, named: &str) -> Result<ReportFile, CliError> {
    let path = place.cwd.join(named);
    let is_report = path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    if path.is_file() && is_report {
        let unreadable =
            |error: String| CliError::invalid(format!("{named} cannot be read: {error}"));
        let file = File::open(&path).map_err(|error| unreadable(error.to_string()))?;
        return json::read(file).map_err(|error| unreadable(error.to_string()));
    }
    replayed(&runs::find(&place.root, &place.cwd, named)?)
}

fn replayed(journal: &Path) -> Result<ReportFile, CliError> {
    let finished =
        pipeline::replay(journal).map_err(|error| CliError::invalid(error.to_string()))?;
    let finished = finished.ok_or_else(|| CliError::invalid("the journal has no plan"))?;
    Ok(evidence::report_of(&finished)?)
}

/// The newest run of all cases that holds the version; without one, what an earlier promotion rested on.
fn newest(place: &Place, id: &PromptRef) -> Result<Origin, CliError> {
    let mut partial = None;
    for (journal, header) in runs::complete(&place.root).filter(|(_, header)| holds(header, id)) {
        if header.run.partial.is_empty() {
            return Ok(Origin::Report(Box::new(replayed(&journal)?)));
        }
        partial.get_or_insert(header.run);
    }
    let unreadable = |error| {
        let path = evidence::path(id);
        CliError::invalid(format!("{path} cannot be read: {error}"))
    };
    if let Some(evidence) = evidence::read(&place.root, id).map_err(unreadable)? {
        return Ok(Origin::File(Box::new(evidence)));
    }
    let but = partial.map_or_else(String::new, |run| {
        let flags = run.partial.join(", ");
        format!(" (run {} is a partial one: {flags})", run.id)
    });
    let message = format!("no evidence: no complete run holds {id}{but}");
    let hint = format!(
        "make one: `prompteval run --candidate {id}`; or `--override REASON`, which stays visible"
    );
    Err(CliError::invalid(message).hint(hint))
}

fn holds(header: &RunHeader, id: &PromptRef) -> bool {
    let mut arms = header.suites.iter().flat_map(|suite| &suite.arms);
    arms.any(|arm| arm.role == ArmRole::Candidate && arm.version.to_string() == id.to_string())
}
