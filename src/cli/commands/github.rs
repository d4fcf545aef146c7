//! `--github`: annotations, the job's summary and the step's outputs, as GitHub Actions takes them.

use std::env;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::lines::Datasets;
use super::project::Place;
use crate::cli::args::{Format, ReportFiles};
use crate::cli::error::CliError;
use crate::cli::ui::Ui;
use crate::report::View;
use crate::report::{github, markdown};

/// Whether GitHub Actions is to be told: by a flag, or because the program runs there.
fn wanted(reports: &ReportFiles) -> bool {
    let in_actions = env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true");
    reports.github || (in_actions && !reports.no_github)
}

/// Tells GitHub Actions of a run, where that is wanted.
pub(super) fn tell(
    place: &Place,
    view: &View<'_>,
    (reports, format): (&ReportFiles, Format),
    ui: &Ui,
) -> Result<(), CliError> {
    if !wanted(reports) {
        return Ok(());
    }
    let failed = |what: &str| {
        let what = what.to_owned();
        move |error: io::Error| CliError::system(format!("{what} cannot be written: {error}"))
    };
    let datasets = Datasets::of(&place.root, view);
    let annotations = github::annotations(view, &|suite, place| datasets.line(suite, place))
        .map_err(failed("annotations"))?;
    let prefix = prefix(&place.root);
    for annotation in &annotations {
        let command = github::command(annotation, &prefix);
        match format {
            Format::Human => ui.print(&command),
            // Standard output is for the machine that asked for JSON.
            Format::Json => ui.command(&command),
        }
    }
    if let Some(path) = file("GITHUB_STEP_SUMMARY") {
        let there = fs::metadata(&path).map_or(0, |file| file.len());
        let room = markdown::SUMMARY.saturating_sub(usize::try_from(there).unwrap_or(usize::MAX));
        let text = markdown::report(view, room).map_err(failed("the job's summary"))?;
        append(&path, &text).map_err(failed("the job's summary"))?;
    }
    if let Some(path) = file("GITHUB_OUTPUT") {
        let outputs = github::outputs(view).map_err(failed("the step's outputs"))?;
        let lines = outputs
            .iter()
            .map(|(name, value)| github::output(name, value));
        append(&path, &lines.collect::<String>()).map_err(failed("the step's outputs"))?;
    }
    Ok(())
}

fn file(variable: &str) -> Option<PathBuf> {
    let path = env::var_os(variable).filter(|path| !path.is_empty())?;
    Some(PathBuf::from(path))
}

fn append(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(text.as_bytes())
}

/// The project's place in the repository, with a slash at its end; annotations name files from the repository's root.
fn prefix(root: &Path) -> String {
    let below = || {
        let workspace = fs::canonicalize(file("GITHUB_WORKSPACE")?).ok()?;
        let root = fs::canonicalize(root).ok()?;
        let below = root.strip_prefix(&workspace).ok()?;
        Some(below.to_string_lossy().replace('\\', "/"))
    };
    match below() {
        Some(below) if !below.is_empty() => format!("{below}/"),
        _ => String::new(),
    }
}
