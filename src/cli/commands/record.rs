//! `record --prune`: recordings without the responses that nothing asks for any more.

use serde_json::json;

use super::project::Place;
use crate::cli::Exit;
use crate::cli::args::{Format, Global, RecordArgs, SelectArgs};
use crate::cli::error::CliError;
use crate::cli::ui::{Ui, counted};
use crate::fsx;
use crate::load;
use crate::model::Problems;
use crate::pipeline::{self, Recorded};

pub(in crate::cli) fn record(
    global: &Global,
    args: &RecordArgs,
    ui: &Ui,
) -> Result<Exit, CliError> {
    let place = Place::find(global)?;
    let select = SelectArgs {
        suites: args.suites.clone(),
        ..SelectArgs::default()
    };
    // What a mistake hides would be taken for what nothing asks for: it ends the command.
    let (checked, client) = place.outlook(&select, ui)?;
    let found = pipeline::recorded(&checked, &client)
        .map_err(|error| CliError::system(error.to_string()))?;
    require_known(&found)?;
    let drops = args.prune && !args.dry_run;
    for one in found.iter().filter(|one| one.stale > 0 && drops) {
        let pruned = client.recordings().prune(&one.suite, &one.asked);
        pruned.map_err(|error| {
            let path = fsx::shown(&place.root, &load::recordings_dir(&place.root));
            CliError::system(format!(
                "{path}/{}.jsonl cannot be written: {error}",
                one.suite
            ))
        })?;
    }
    ui.print(&match args.format {
        Format::Human => human(&found, args.dry_run),
        Format::Json => format!("{:#}\n", json!({"suites": machine(&found)})),
    });
    Ok(Exit::Pass)
}

/// A version that does not compile is fixed some day, and asks for what was recorded for it: nothing is dropped until then.
fn require_known(found: &[Recorded]) -> Result<(), CliError> {
    let mut all = Problems::default();
    let unknown = found.iter().flat_map(|one| one.unknown.iter());
    for problem in unknown {
        let hint = "fix or archive the version: which recordings it asks for is not known, and so none is dropped";
        all.push(problem.clone().hint(hint));
    }
    if all.is_empty() {
        return Ok(());
    }
    Err(CliError::problems(all))
}

fn human(found: &[Recorded], dry: bool) -> String {
    let verb = if dry { "would drop" } else { "dropped" };
    let lines: Vec<String> = found
        .iter()
        .map(|one| {
            format!(
                "{}: {verb} {}, {} left\n",
                one.suite,
                counted(one.stale, "response"),
                one.responses - one.stale
            )
        })
        .collect();
    if lines.is_empty() {
        return "no suite has recordings\n".to_owned();
    }
    lines.concat()
}

/// Recordings of suites, for other programs.
pub(super) fn machine(found: &[Recorded]) -> Vec<serde_json::Value> {
    let suite = |one: &Recorded| {
        json!({
            "name": one.suite,
            "responses": one.responses,
            "stale": one.stale,
        })
    };
    found.iter().map(suite).collect()
}

/// What `check` says of recordings that nothing asks for.
pub(super) fn stale(found: &[Recorded]) -> Vec<String> {
    let stale = found.iter().filter(|one| one.stale > 0);
    stale
        .map(|one| {
            format!(
                "recordings of {}: nothing asks for {} of {} (`prompteval record --prune` drops them)",
                one.suite,
                one.stale,
                counted(one.responses, "response")
            )
        })
        .collect()
}
