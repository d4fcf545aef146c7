//! `show RUN --case ID`: one case with what was sent, every answer and score, and the baseline's beside it.

use serde_json::{Value, json};

use super::evidence::{open, underivable};
use super::output::{style, view};
use super::project::Place;
use crate::cli::Exit;
use crate::cli::args::Format;
use crate::cli::error::CliError;
use crate::cli::ui::Ui;
use crate::model::event::{ArmHeader, SuiteHeader};
use crate::pipeline::Inputs;
use crate::report::View;
use crate::report::terminal::case;
use crate::source::did_you_mean;

pub(super) fn show(
    place: &Place,
    (run, id): (&str, &str),
    format: Format,
    ui: &Ui,
) -> Result<Exit, CliError> {
    let journal = open(place, run)?;
    let finished =
        crate::evidence::replay(&journal.path).map_err(|error| underivable(error.into()))?;
    let finished = finished.ok_or_else(|| CliError::invalid("the journal has no plan"))?;
    let inputs = Inputs::of(&place.root);
    let asked = |suite: &SuiteHeader, arm: &ArmHeader, place| inputs.asked(suite, arm, place);
    let view = View {
        inputs: Some(&asked),
        ..view(&finished)
    };
    let found = case::find(&view, id).map_err(|error| unreadable(&error))?;
    if found.is_empty() {
        return Err(unknown(&view, run, id));
    }
    match format {
        Format::Human => {
            let mut text = Vec::new();
            case::write(&found, style(ui), &mut text).map_err(|error| unreadable(&error))?;
            ui.print(&String::from_utf8_lossy(&text));
        }
        Format::Json => {
            let cases: Result<Vec<Value>, _> = found.iter().map(case::Found::json).collect();
            let cases = cases.map_err(|error| CliError::system(error.to_string()))?;
            let run = &view.record.header.run.id;
            let text = json!({"run": run, "case": id, "candidates": cases});
            ui.print(&format!("{text:#}\n"));
        }
    }
    Ok(Exit::Pass)
}

fn unreadable(error: &std::io::Error) -> CliError {
    CliError::system(format!("the journal cannot be read: {error}"))
}

fn unknown(view: &View<'_>, run: &str, id: &str) -> CliError {
    let tables = view.record.suites.iter().map(|suite| &suite.cases);
    let known: Vec<&str> = tables
        .flat_map(|cases| (0..cases.len()).filter_map(|place| cases.get(place)))
        .map(|case| case.id)
        .collect();
    let hint = did_you_mean(id, known.iter().copied()).or_else(|| {
        let first = known.first()?;
        Some(format!("its cases have ids such as `{first}`"))
    });
    CliError::nothing(format!("run {run} has no case `{id}`")).hint(hint)
}
