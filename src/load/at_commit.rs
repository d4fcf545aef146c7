//! The files of a project as they were in a commit, read by the readers of today.

use std::path::{Path, PathBuf};

use super::{EVALS, PROJECT_FILE, dataset, git, is_yaml, judged, settings, suite_file};
use crate::model::settings::Settings;
use crate::model::{Dataset, Problem, Problems, Suite};
use crate::source::Source;

/// A project in a commit.
#[derive(Clone, Debug)]
pub struct AtCommit {
    root: PathBuf,
    commit: String,
}

/// What a file was.
#[derive(Clone, Debug)]
pub enum Before<T> {
    /// The commit does not have it.
    Absent,
    /// It was this.
    Was(T),
    /// It cannot be read: why.
    Unreadable(String),
}

impl AtCommit {
    /// The project of this folder in a commit.
    pub fn new(root: &Path, commit: &str) -> Self {
        Self {
            root: root.to_owned(),
            commit: commit.to_owned(),
        }
    }

    /// A file's bytes; links within the repository are followed. `None` also where it is too long: what cannot be compared.
    pub fn bytes(&self, path: &str) -> Option<Vec<u8>> {
        self.read(path).ok().flatten()
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, git::GitError> {
        if !Path::new(path).is_absolute() {
            return git::read_at(&self.root, &self.commit, path);
        }
        // Absolute paths name files of the project as well, by whatever way its folder is reached.
        let roots = [Some(self.root.clone()), self.root.canonicalize().ok()];
        let mut roots = roots.iter().flatten();
        let Some(below) = roots.find_map(|root| Path::new(path).strip_prefix(root).ok()) else {
            return Ok(None);
        };
        let below = crate::fsx::shown(Path::new(""), below);
        git::read_at(&self.root, &self.commit, &below)
    }

    /// Files below a folder.
    ///
    /// # Errors
    /// When git cannot list them.
    pub fn below(&self, dir: &str) -> Result<Vec<String>, git::GitError> {
        git::names_at(&self.root, &self.commit, dir)
    }

    /// The suites that `evals/` had: paths.
    ///
    /// # Errors
    /// When git cannot list them.
    pub fn suites(&self) -> Result<Vec<String>, git::GitError> {
        let mut paths = self.below(EVALS)?;
        paths.retain(|path| {
            let name = path
                .strip_prefix(EVALS)
                .and_then(|rest| rest.strip_prefix('/'));
            name.is_some_and(|name| !name.contains('/') && is_yaml(name))
        });
        Ok(paths)
    }

    /// `prompteval.yaml`, as far as it can be read, and what is wrong with it.
    pub fn settings(&self) -> Option<(Settings, Problems)> {
        let bytes = self.bytes(PROJECT_FILE)?;
        let mut problems = Problems::default();
        let settings = match Source::new(PROJECT_FILE, &bytes) {
            Ok(source) => settings::read(&source, &mut problems),
            Err(problem) => {
                problems.push(problem);
                Settings::default()
            }
        };
        Some((settings, problems))
    }

    /// A suite.
    pub fn suite(&self, path: &str) -> Before<Suite> {
        let bytes = match self.read(path) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Before::Absent,
            Err(error) => return Before::Unreadable(error.message),
        };
        let mut problems = Problems::default();
        let suite = match Source::new(path, &bytes) {
            Ok(source) => suite_file::read(None, Path::new(path), &source, &mut problems),
            Err(problem) => {
                problems.push(problem);
                None
            }
        };
        let settings = self.settings().map(|(settings, _)| settings);
        let suite = suite.map(|suite| judged(suite, &settings.unwrap_or_default()));
        read(suite, &problems)
    }

    /// A dataset.
    pub fn dataset(&self, path: &str) -> Before<Dataset> {
        let bytes = match self.read(path) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Before::Absent,
            Err(error) => return Before::Unreadable(error.message),
        };
        let mut problems = Problems::default();
        let dataset = dataset::read_bytes(path, &bytes, &mut problems);
        read(dataset, &problems)
    }
}

/// What was read, unless something is wrong with it: half a file would look like one that demands less.
fn read<T>(found: Option<T>, problems: &Problems) -> Before<T> {
    let error = problems.first_error();
    match (found, error) {
        (Some(found), None) => Before::Was(found),
        (_, Some(problem)) => Before::Unreadable(why(problem)),
        (None, None) => Before::Unreadable("it holds nothing that is known here".to_owned()),
    }
}

fn why(problem: &Problem) -> String {
    format!("line {}: {}", problem.location.line, problem.message)
}
