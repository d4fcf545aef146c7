//! The pages that `view` serves: made anew for each request, out of what lies in the project now.

use std::io;

use crate::cli::commands::evidence;
use crate::cli::commands::output;
use crate::cli::commands::project::Place;
use crate::cli::commands::report;
use crate::cli::error::CliError;
use crate::model::event::{ArmHeader, ArmRole, RunHeader, SuiteHeader};
use crate::observe::{JournalFile, runs};
use crate::pipeline::{self, Inputs};
use crate::report::View;
use crate::report::comparison::compare;
use crate::report::html::overview::Line;
use crate::report::html::{HTML, comparison, overview};

/// A project's pages.
#[derive(Debug)]
pub(super) struct Pages {
    place: Place,
}

/// Why there is no page.
#[derive(Debug)]
pub(super) enum NoPage {
    /// No such run is kept.
    Unknown,
    /// It cannot be made.
    Failed(String),
}

impl From<io::Error> for NoPage {
    fn from(error: io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<CliError> for NoPage {
    fn from(error: CliError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl Pages {
    pub(super) fn of(place: Place) -> Self {
        Self { place }
    }

    /// All kept runs and the trend of each suite.
    pub(super) fn overview(&self) -> Result<Vec<u8>, NoPage> {
        let ids = runs::list(&self.place.root).into_iter().rev();
        let lines: Vec<Line> = ids.map(|id| self.line(id)).collect();
        let trends = pipeline::trends(&self.place.root);
        let mut page = Vec::new();
        overview::write(&lines, &trends, &mut page)?;
        Ok(page)
    }

    fn line(&self, id: String) -> Line {
        let path = runs::journal(&self.place.root, &id);
        let journal = JournalFile::open(&path).ok();
        let header: Option<RunHeader> = journal.as_ref().and_then(|one| one.header().ok());
        let suites = header.iter().flat_map(|header| &header.suites);
        let arms = suites.clone().flat_map(|suite| &suite.arms);
        let candidates = arms.filter(|arm| arm.role == ArmRole::Candidate);
        let mut versions: Vec<String> = candidates.map(|arm| arm.version.to_string()).collect();
        versions.dedup();
        Line {
            run: id,
            suites: suites.map(|suite| suite.name.clone()).collect(),
            versions,
            verdict: pipeline::verdict_of_kept(&path),
            complete: journal.is_some_and(|journal| journal.is_complete()),
            started_at: header.map_or_else(String::new, |header| header.run.started_at),
        }
    }

    /// A run's report: derived again, else with the word that nothing but its journal speaks for it.
    pub(super) fn run(&self, id: &str) -> Result<Vec<u8>, NoPage> {
        self.require(id)?;
        let root = &self.place.root;
        let journal = runs::journal(root, id);
        let finished = match report::derived(&self.place, &journal) {
            Ok(finished) => finished,
            Err(_) => report::detached(&journal)?,
        };
        let inputs = Inputs::of(root);
        let trends = pipeline::trends(root);
        let asked = |suite: &SuiteHeader, arm: &ArmHeader, case| inputs.asked(suite, arm, case);
        let view = View {
            inputs: Some(&asked),
            trends: &trends,
            home: Some("/"),
            ..output::view(&finished)
        };
        let mut page = Vec::new();
        (HTML.write)(&view, &mut page)?;
        Ok(page)
    }

    /// What differs between two runs.
    pub(super) fn diff(&self, old: &str, new: &str) -> Result<Vec<u8>, NoPage> {
        self.require(old)?;
        self.require(new)?;
        let (old, new) = (
            evidence::report(&self.place, old)?,
            evidence::report(&self.place, new)?,
        );
        let mut page = Vec::new();
        comparison::write(&compare(&old, &new), &mut page)?;
        Ok(page)
    }

    /// An address names a run by its whole id, and no path.
    fn require(&self, id: &str) -> Result<(), NoPage> {
        let known = runs::list(&self.place.root);
        known
            .iter()
            .any(|run| run == id)
            .then_some(())
            .ok_or(NoPage::Unknown)
    }
}
