//! Report files: opened before the first call, written in one step at the end.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;

use super::lines::Datasets;
use super::overwrite;
use super::project::Place;
use crate::cli::args::{Format, ReportFiles};
use crate::cli::error::CliError;
use crate::cli::ui::Ui;
use crate::fsx::Pending;
use crate::model::event::{ArmHeader, SuiteHeader};
use crate::pipeline::{self, Finished, Inputs};
use crate::report::terminal::Style;
use crate::report::{self, ReporterEntry, View};

/// Failing cases shown on the terminal before it says how many more there are.
const MAX_FAILURES: usize = 20;

/// Reports that were asked for, each with a file that is known to be writable.
#[derive(Debug)]
pub(super) struct Outputs {
    files: Vec<(&'static ReporterEntry, Pending, PathBuf)>,
    /// The project, where reports are to name the lines of cases.
    lines_of: Option<PathBuf>,
    /// The project, where reports are to show what was sent and how suites fared before.
    inputs_of: Option<PathBuf>,
}

impl Outputs {
    pub(super) fn open(place: &Place, wanted: &ReportFiles) -> Result<Self, CliError> {
        let cwd = &place.cwd;
        let mut files = Vec::new();
        let lines_of = wanted.junit_file_line.then(|| place.root.clone());
        let inputs_of = wanted.html.is_some().then(|| place.root.clone());
        let wanted = [
            ("junit", &wanted.junit),
            ("json", &wanted.json),
            ("html", &wanted.html),
            ("markdown", &wanted.markdown),
        ];
        let mut paths = BTreeSet::new();
        for (name, path) in wanted {
            let Some(path) = path else { continue };
            if !paths.insert(path) {
                return Err(CliError::invalid(
                    "two reports cannot be written to one file",
                ));
            }
            if path.as_os_str() == "-" {
                let hint = "`--format json` prints report.json on standard output".to_owned();
                return Err(CliError::invalid(format!("`--{name} -` names no file")).hint(hint));
            }
            overwrite::refuse(place, name, path)?;
            let Some(entry) = report::REPORTERS.iter().find(|entry| entry.name == name) else {
                continue;
            };
            let pending = Pending::create(&cwd.join(path)).map_err(|error| {
                CliError::invalid(format!("{} cannot be written: {error}", path.display()))
            })?;
            files.push((*entry, pending, path.clone()));
        }
        Ok(Self {
            files,
            lines_of,
            inputs_of,
        })
    }

    /// Writes them all, and says so once the summary is printed.
    pub(super) fn write(self, view: &View<'_>) -> Result<Written, CliError> {
        let mut written = Written::default();
        let datasets = self.lines_of.map(|root| Datasets::of(&root, view));
        let line = |suite: &SuiteHeader, place: u32| datasets.as_ref()?.line(suite, place);
        let trends = self.inputs_of.as_deref().map(pipeline::trends);
        let inputs = self.inputs_of.as_deref().map(Inputs::of);
        let asked =
            |suite: &SuiteHeader, arm: &ArmHeader, place| inputs.as_ref()?.asked(suite, arm, place);
        let view = &View {
            lines: datasets.is_some().then_some(&line),
            inputs: inputs.is_some().then_some(&asked),
            trends: trends.as_deref().unwrap_or_default(),
            ..*view
        };
        for (entry, pending, path) in self.files {
            pending
                .finish(|out| (entry.write)(view, out))
                .map_err(|error| {
                    CliError::system(format!("{} cannot be written: {error}", path.display()))
                })?;
            written.0.push(path);
        }
        Ok(written)
    }
}

/// Files that were written.
#[derive(Debug, Default)]
#[must_use = "whoever asked for a file is told that it is there"]
pub(super) struct Written(Vec<PathBuf>);

impl Written {
    /// A line for each of them.
    pub(super) fn tell(&self, ui: &Ui) {
        for path in &self.0 {
            ui.note(&format!("wrote {}", path.display()));
        }
    }
}

/// What a report looks at.
pub(super) fn view(finished: &Finished) -> View<'_> {
    View::of(&finished.record, &finished.verdict, &finished.journal)
}

/// How a summary looks on this terminal.
pub(super) fn style(ui: &Ui) -> Style {
    Style {
        color: ui.color,
        width: ui.width(),
        piped: ui.is_piped(),
        quiet: ui.quiet,
        max_failures: MAX_FAILURES,
    }
}

/// Prints the summary, or report.json for machines.
pub(super) fn print(
    place: &Place,
    view: &View<'_>,
    format: Format,
    ui: &Ui,
) -> Result<(), CliError> {
    let mut text = Vec::new();
    let inputs = Inputs::of(&place.root);
    let asked = |suite: &SuiteHeader, arm: &ArmHeader, place| inputs.asked(suite, arm, place);
    let view = &View {
        inputs: Some(&asked),
        ..*view
    };
    match format {
        Format::Json => (report::json::JSON.write)(view, &mut text),
        Format::Human => report::terminal::write(view, style(ui), &mut text),
    }
    .map_err(|error: io::Error| CliError::system(format!("the journal cannot be read: {error}")))?;
    ui.print(&String::from_utf8_lossy(&text));
    Ok(())
}
