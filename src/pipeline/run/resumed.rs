//! A run that is resumed: where it is, what it has, and whether the files are still those it began with.

use std::path::PathBuf;

use super::project::Project;
use super::refusal::{Telling, Why};
use crate::model::event::RunHeader;
use crate::model::{PromptRef, RunSpec};
use crate::observe::{JournalFile, RunDir, runs};
use crate::pipeline::Ready;
use crate::pipeline::resume::{Earlier, changes, earlier, moved};
use crate::seal::SigningKey;
use crate::stored::{baseline_arm, is_its_own};

/// Which run is resumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The newest that did not finish.
    Newest,
    /// The one with this id, folder or journal.
    Run(String),
}

/// A run that is resumed.
#[derive(Debug)]
pub(super) struct Resumed {
    /// Its folder; no other process is at work there.
    pub(super) dir: RunDir,
    /// Its journal.
    pub(super) journal: PathBuf,
    /// What it has so far.
    pub(super) earlier: Earlier,
}

impl Resumed {
    pub(super) fn find(
        project: &Project,
        wanted: &Wanted,
        key: Option<&SigningKey>,
    ) -> Result<Self, Why> {
        let root = &project.root;
        let journal = match wanted {
            Wanted::Newest => runs::newest_incomplete(root)?,
            Wanted::Run(name) => runs::find(root, &project.from, name)?,
        };
        let folder = journal.parent().unwrap_or(root).to_owned();
        let dir = RunDir::hold(folder)
            .map_err(|error| Why::invalid(format!("the run cannot be resumed: {error}")))?;
        let earlier = earlier(&journal)
            .map_err(|error| Why::invalid(error.to_string()))?
            .ok_or_else(|| {
                let message = format!("{} holds no plan: nothing was done", journal.display());
                Why::invalid(message).hint("start again: `prompteval run`")
            })?;
        if earlier.complete && earlier.fold.open() == 0 {
            let id = &earlier.header.run.id;
            let message = format!("run {id} has finished: there is nothing to resume");
            return Err(Why::invalid(message).hint(format!("see `prompteval report {id}`")));
        }
        let resumed = Self {
            dir,
            journal,
            earlier,
        };
        match key {
            Some(key) => resumed.require_signed(key).map(|()| resumed),
            None => Ok(resumed),
        }
    }

    /// What the run was asked to do. This process may have been started in another folder than the run was.
    pub(super) fn spec(&self, project: &Project) -> RunSpec {
        let header = &self.earlier.header;
        let suites = header.suites.iter();
        let suites = suites.map(|suite| project.root.join(&suite.path));
        RunSpec {
            suites: suites
                .map(|path| path.to_string_lossy().into_owned())
                .collect(),
            changed_since: None,
            ..header.run.spec()
        }
    }

    /// Refuses to mix answers to two different questions.
    pub(super) fn require_unchanged(
        &self,
        now: &RunHeader,
        telling: &mut Telling,
    ) -> Result<(), Why> {
        for line in moved(&self.earlier.header, now) {
            telling.note(format!("warning: {line}"));
        }
        let changes = changes(&self.earlier.header, now);
        if changes.is_empty() {
            return Ok(());
        }
        let id = &self.earlier.header.run.id;
        let message = format!(
            "run {id} cannot be resumed, files have changed since it began:\n  {}",
            changes.join("\n  ")
        );
        let hint = "restore them, or start again: what is in the cache is not paid again";
        Err(Why::invalid(message).hint(hint))
    }

    /// Refuses to go on where a version is compared with its own earlier answers and lacks some of them.
    pub(super) fn require_taken_over(&self, ready: &Ready) -> Result<(), Why> {
        let Some(version) = half_taken(ready, &self.earlier) else {
            return Ok(());
        };
        let id = &self.earlier.header.run.id;
        let message = format!(
            "run {id} cannot be resumed: it ended before all earlier answers of {version} were read"
        );
        let hint = "start again with the same `--baseline-run`: nothing was called by then";
        Err(Why::invalid(message).hint(hint))
    }

    /// Whoever signs the whole vouches for what was there before, too.
    fn require_signed(&self, key: &SigningKey) -> Result<(), Why> {
        let file = JournalFile::open(&self.journal).ok();
        let signature = file.and_then(|file| file.end()?.signature);
        if signature.is_some_and(|own| own.key == key.public().to_string()) {
            return Ok(());
        }
        let message = "the run cannot be resumed with `--sign`: what it holds was not signed by this key when it stopped";
        Err(Why::invalid(message)
            .hint("start again with `--sign`: what is in the cache is not paid again"))
    }
}

/// The version that an earlier run was to compare with what it did itself before, where not all of that was taken over: asked now, it
/// would be compared with itself.
fn half_taken<'r>(ready: &'r Ready, earlier: &Earlier) -> Option<&'r PromptRef> {
    let suites = ready.plan.suites.iter().zip(&earlier.header.suites);
    suites.enumerate().find_map(|(place, (suite, before))| {
        let (at, arm) = baseline_arm(suite)?;
        let is_stored = before.arms.get(at as usize)?.stored.is_some();
        let mut trials = ready.plan.trials_of(place, vec![at], 0..suite.repeats);
        let lacks =
            is_stored && is_its_own(suite, arm) && trials.any(|(id, _)| !ready.done.has(id));
        lacks.then_some(&arm.version.id)
    })
}
