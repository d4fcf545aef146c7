//! load: paths -> Project + Problems. Reads settings, suites and datasets; every mistake is found before it returns.

mod at_commit;
mod builder;
mod case_row;
mod changes;
mod child_output;
pub mod dataset;
mod evaluator;
pub mod formats;
mod gate;
pub mod git;
mod identity;
mod judge;
mod policy;
mod rows;
mod settings;
mod suite_file;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

pub use at_commit::{AtCommit, Before};
pub use changes::Changes;
pub use identity::suite_sha256;

use crate::fsx;
use crate::model::settings::Settings;
use crate::model::{Location, Problem, Problems, Suite};
use crate::source::{Source, allows_outside, outside};

pub(crate) use crate::fsx::PROJECT_FILE;

/// Folder of the suites.
pub(crate) const EVALS: &str = "evals";

/// The keys that each part of a file may have, by the part's name: schemas are held against them.
pub static KEYS: &[(&str, &[&str])] = &[
    ("project", settings::KEYS),
    ("provider", settings::PROVIDER_KEYS),
    ("defaults", settings::DEFAULT_KEYS),
    ("cache", settings::CACHE_KEYS),
    ("evidence", policy::EVIDENCE_KEYS),
    ("judge", judge::KEYS),
    ("price", settings::PRICE_KEYS),
    ("suite", suite_file::KEYS),
    ("gate", gate::KEYS),
    ("evaluator", evaluator::KEYS),
    ("case", case_row::KEYS),
    ("usage", case_row::USAGE_KEYS),
];

/// What a project's own files say, prompts and datasets left out.
#[derive(Clone, Debug)]
pub struct Project {
    /// The project's folder.
    pub root: PathBuf,
    /// `prompteval.yaml`.
    pub settings: Settings,
    /// The suites that were asked for.
    pub suites: Vec<Suite>,
}

/// The nearest folder at or above `start` that holds a project.
pub(crate) fn find_root(start: &Path) -> Option<PathBuf> {
    start
        .ancestors()
        .find(|dir| fsx::exists(&dir.join(PROJECT_FILE)))
        .map(Path::to_owned)
}

/// Reads settings and suites: those named (by name, or by path from `from`), else all of `evals/`.
pub fn project(root: &Path, from: &Path, names: &[String]) -> (Project, Problems) {
    let (settings, mut problems) = settings(root);
    let mut suites = Vec::new();
    for path in suite_paths(root, from, names, &mut problems) {
        match read_source(root, &path) {
            Ok(source) => {
                let suite = suite_file::read(Some(root), &path, &source, &mut problems);
                suites.extend(suite.map(|suite| judged(suite, &settings)));
            }
            Err(problem) => problems.push(problem),
        }
    }
    let project = Project {
        root: root.to_owned(),
        settings,
        suites,
    };
    (project, problems)
}

/// The suite with what it takes from the project's settings of judges.
fn judged(mut suite: Suite, settings: &Settings) -> Suite {
    suite.settings_judge = suite.judge.taken_from(&settings.judge);
    suite.judge = suite.judge.over(&settings.judge);
    suite
}

/// Reads `prompteval.yaml` alone.
fn settings(root: &Path) -> (Settings, Problems) {
    let mut problems = Problems::default();
    let settings = match read_source(root, &root.join(PROJECT_FILE)) {
        Ok(source) => settings::read(&source, &mut problems),
        Err(problem) => {
            problems.push(problem);
            Settings::default()
        }
    };
    (settings, problems)
}

/// The variables that a project's providers take their keys from, as far as `prompteval.yaml` can be read.
pub(crate) fn key_variables(root: &Path) -> BTreeSet<String> {
    let (settings, _) = settings(root);
    let providers = settings.providers.into_values();
    providers.filter_map(|spec| spec.api_key_env).collect()
}

/// Where the recordings of a suite are kept, relative to the project.
pub(crate) fn recordings_dir(root: &Path) -> PathBuf {
    root.join(EVALS).join("recordings")
}

fn suite_paths(
    root: &Path,
    from: &Path,
    names: &[String],
    problems: &mut Problems,
) -> Vec<PathBuf> {
    let evals = root.join(EVALS);
    let known: Vec<String> = fsx::list(&evals)
        .unwrap_or_default()
        .into_iter()
        .filter(|name| is_yaml(name))
        .collect();
    if names.is_empty() {
        if known.is_empty() {
            let at = Location::file(format!("{EVALS}/"));
            problems.push(Problem::error("no-suite", at, "there is no suite").hint(
                "a suite is a file `evals/NAME.yaml`: a prompt, a dataset, evaluators and gates",
            ));
        }
        return known.iter().map(|name| evals.join(name)).collect();
    }
    let mut paths = Vec::new();
    for name in names {
        let named = known.iter().find(|file| stem(file) == name);
        let path = match named {
            Some(file) => evals.join(file),
            None => in_project(root, &from.join(name)),
        };
        if named.is_some() || (is_yaml(name) && fsx::exists(&path)) {
            if !paths.contains(&path) {
                paths.push(path);
            }
            continue;
        }
        let stems: Vec<&str> = known.iter().map(|file| stem(file)).collect();
        let at = Location::file("command line");
        problems.push(
            Problem::error("unknown-suite", at, format!("there is no suite `{name}`"))
                .maybe_hint(crate::source::did_you_mean(name, stems)),
        );
    }
    paths
}

/// The path of a file as the project names it: whatever way leads to its folder, it is one file and one suite.
fn in_project(root: &Path, path: &Path) -> PathBuf {
    let below = || {
        let dir = path.parent()?.canonicalize().ok()?;
        let below = dir.strip_prefix(root.canonicalize().ok()?).ok()?;
        Some(root.join(below).join(path.file_name()?))
    };
    below().unwrap_or_else(|| path.to_owned())
}

fn is_yaml(name: &str) -> bool {
    [".yaml", ".yml"].iter().any(|end| name.ends_with(end))
}

fn stem(file: &str) -> &str {
    file.rsplit_once('.').map_or(file, |(stem, _)| stem)
}

/// Recordings that lie outside of the project.
pub(crate) fn recordings_outside(root: &Path) -> Problems {
    let dir = recordings_dir(root);
    let mut problems = Problems::default();
    let names = fsx::list(&dir).unwrap_or_default();
    let files = names.iter().map(|name| dir.join(name));
    for path in std::iter::once(dir.clone()).chain(files) {
        if let Some(target) = fsx::outside(root, &path, allows_outside) {
            let shown = fsx::shown(root, &path);
            problems.push(outside(Location::file(shown.clone()), &shown, &target));
        }
    }
    problems
}

fn read_source(root: &Path, path: &Path) -> Result<Source, Problem> {
    let shown = fsx::shown(root, path);
    if let Some(target) = fsx::outside(root, path, allows_outside) {
        return Err(outside(Location::file(shown.clone()), &shown, &target));
    }
    let bytes = fsx::read_text(path).map_err(|error| fsx::unreadable(shown.clone(), &error))?;
    Source::new(shown, &bytes)
}
