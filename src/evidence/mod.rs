//! evidence: `a finished run -> what it proves`: its record and verdict out of the journal, the evidence file made of them, and what
//! committed evidence still says of the files as they are.

mod answers;
mod committed;
mod compare;
mod file;
mod finished;
mod gather;
mod gathered;
mod judged;
mod known;
mod outcomes;
mod policy;
mod pooled;
mod signed;
mod standing;

use std::io;
use std::path::Path;

use crate::fsx;
use crate::load;
use crate::model::settings::Settings;
use crate::model::{Family, Problems, PromptRef, Suite};
use crate::registry::Registry;
use crate::report::json::{self, ReportFile};
use crate::report::{ReporterEntry, View};

pub use committed::{Checked, committed, unpinned, wrong};
pub use compare::differences;
pub use file::{path, read, read_at, write};
pub(crate) use finished::close;
pub use finished::{Finished, finish, replay};
pub use gather::gather;
pub use judged::contradictions;
pub use known::{KnownRun, counted, known};
pub(crate) use outcomes::{RunOutcomes, TrialOutcomes, agree, stored_outcomes};
pub use policy::{marks, refused, sources};
pub use pooled::pooled;
pub(crate) use signed::sealed;
pub use signed::signature_of;
pub use standing::{Against, Rests, Standing, standing};

/// The project as evidence is held against it.
#[derive(Debug)]
pub struct Tree {
    /// The project's folder.
    pub root: std::path::PathBuf,
    /// Every family.
    pub registry: Registry,
    /// Every suite.
    pub suites: Vec<Suite>,
    /// `prompteval.yaml`.
    pub settings: Settings,
}

impl Tree {
    /// Reads prompts and suites; datasets are read where they are compared.
    pub fn read(root: &Path) -> (Self, Problems) {
        let (registry, mut problems) = Registry::read(root);
        let (tree, more) = Self::of(root, registry);
        problems.extend(more);
        (tree, problems)
    }

    /// Reads the suites beside prompts that were read already.
    pub fn of(root: &Path, registry: Registry) -> (Self, Problems) {
        let (project, problems) = load::project(root, root, &[]);
        let tree = Self {
            root: root.to_owned(),
            registry,
            suites: project.suites,
            settings: project.settings,
        };
        (tree, problems)
    }

    /// The suites that a version of this family has to pass: all of them, but for those about a segment with a version of its
    /// own, whose users get another one.
    fn required<'t>(&'t self, family: &'t Family) -> impl Iterator<Item = &'t Suite> {
        let concerns = |suite: &&Suite| {
            let segment = suite.segment.as_ref();
            suite.family.value == family.name
                && segment.is_none_or(|segment| !family.segments.contains_key(&segment.value))
        };
        self.suites.iter().filter(concerns)
    }
}

/// A run's report.json, as it would be written.
///
/// # Errors
/// When the journal cannot be read back.
pub fn report_of(finished: &Finished) -> io::Result<ReportFile> {
    let view = View::of(&finished.record, &finished.verdict, &finished.journal);
    let entry: &ReporterEntry = &json::JSON;
    let mut bytes = Vec::new();
    (entry.write)(&view, &mut bytes)?;
    json::read(bytes.as_slice()).map_err(io::Error::other)
}

/// Hash of a file of the project, CRLF read as LF; empty where it cannot be read.
fn hash(root: &Path, path: &str) -> String {
    fsx::sha256_lf_of(&root.join(path)).unwrap_or_default()
}

/// `family@version`, taken apart.
fn named(version: &str) -> Option<PromptRef> {
    version.parse().ok()
}
