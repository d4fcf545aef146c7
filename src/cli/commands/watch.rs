//! `run --watch`: runs, and runs again what a saved file affects, until a signal ends it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::{EventKind, RecursiveMode, Watcher};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

use super::once::{Change, once};
use super::project::Place;
use crate::cli::Exit;
use crate::cli::args::{Responses, RunArgs};
use crate::cli::error::CliError;
use crate::cli::signals;
use crate::cli::ui::{Ui, counted};
use crate::fsx;
use crate::load::{self, Changes, EVALS, PROJECT_FILE};
use crate::registry::PROMPTS;

/// Files are saved in several steps; changes within this time are one.
const SETTLE: Duration = Duration::from_millis(200);

pub(super) fn watch(place: &Place, args: &RunArgs, ui: &Ui) -> Result<Exit, CliError> {
    let (sender, mut saved) = unbounded_channel();
    let failed =
        |error: notify::Error| CliError::system(format!("files cannot be watched: {error}"));
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // Reading a file is no change; an event that got lost is made up for by the next one.
        if let Ok(event) = event
            && !matches!(event.kind, EventKind::Access(_))
        {
            event
                .paths
                .into_iter()
                .for_each(|path| drop(sender.send(path)));
        }
    })
    .map_err(failed)?;
    let mut watched = BTreeMap::new();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut change = None;
    loop {
        // What a saved suite names for the first time is watched from then on.
        for (dir, mode) in folders(place) {
            if watched.get(&dir) != Some(&mode) {
                watcher.watch(&dir, mode).map_err(failed)?;
                watched.insert(dir, mode);
            }
        }
        report(once(place, args, change.as_ref(), ui), ui);
        // A signal that comes while nothing runs ends the process by itself.
        if let Some(asked) = signals::asked() {
            return Ok(asked.into());
        }
        ui.note("watching for changes, Ctrl-C ends");
        let files = loop {
            let paths = runtime.block_on(next(&mut saved));
            let files = relevant(place, args, &paths);
            if !files.is_empty() {
                break files;
            }
        };
        let names: Vec<&str> = files.iter().take(3).map(String::as_str).collect();
        ui.note(&format!(
            "{} changed: {}",
            counted(files.len(), "file"),
            names.join(", ")
        ));
        change = Some(Change {
            count: files.len(),
            changes: Changes::of(&place.root, &files),
            since: "since the last run".to_owned(),
        });
    }
}

/// A mistake in a file is shown and waits for its correction.
fn report(outcome: Result<Exit, CliError>, ui: &Ui) {
    if let Err(error) = outcome {
        ui.error(&error);
    }
}

/// The datasets of a project. One that cannot be read now is read by the run, which says what is wrong with it.
fn datasets(place: &Place) -> BTreeSet<PathBuf> {
    let root = &place.root;
    let (project, _) = load::project(root, &place.cwd, &[]);
    let suites = project.suites.iter();
    suites
        .map(|suite| root.join(&suite.dataset.value))
        .collect()
}

/// Where a project's files are: its folder itself, and those below it whole.
fn folders(place: &Place) -> BTreeMap<PathBuf, RecursiveMode> {
    let root = &place.root;
    let datasets = datasets(place);
    let beside = datasets.iter().filter_map(|path| path.parent());
    let known = [PROMPTS, EVALS].map(|name| root.join(name));
    let mut folders: BTreeMap<PathBuf, RecursiveMode> = beside
        .filter(|dir| fsx::is_dir(dir))
        .map(|dir| (dir.to_owned(), RecursiveMode::NonRecursive))
        .collect();
    let known = known.into_iter().filter(|dir| fsx::is_dir(dir));
    folders.extend(known.map(|dir| (dir, RecursiveMode::Recursive)));
    folders.insert(root.clone(), RecursiveMode::NonRecursive);
    folders
}

/// The next change, and all that come right after it.
async fn next(saved: &mut UnboundedReceiver<PathBuf>) -> BTreeSet<PathBuf> {
    let Some(first) = saved.recv().await else {
        return std::future::pending().await;
    };
    let mut paths = BTreeSet::from([first]);
    while let Ok(Some(path)) = timeout(SETTLE, saved.recv()).await {
        paths.insert(path);
    }
    paths
}

/// Paths, relative to the project, of files that a run reads; without what runs themselves write.
fn relevant(place: &Place, args: &RunArgs, paths: &BTreeSet<PathBuf>) -> BTreeSet<String> {
    let whole = place.root.canonicalize();
    let root = whole.as_ref().unwrap_or(&place.root);
    let datasets: BTreeSet<PathBuf> = datasets(place).iter().map(|path| real(path)).collect();
    let own = own_files(place, args);
    let below = |file: &str, dir: &str| {
        file.strip_prefix(dir)
            .is_some_and(|rest| rest.starts_with('/'))
    };
    let read = paths.iter().filter_map(|path| {
        let file = fsx::shown(&place.root, path);
        // The watcher may name the folder behind a symbolic link.
        let file = fsx::shown(root, Path::new(&file));
        let path = real(path);
        let is_known = below(&file, PROMPTS) || below(&file, EVALS) || file == PROJECT_FILE;
        let is_own = own.iter().any(|own| path.starts_with(own));
        let is_read = (is_known || datasets.contains(&path)) && !is_own && !is_noise(&path);
        is_read.then_some(file)
    });
    read.collect()
}

/// What runs themselves write among the files that they read.
fn own_files(place: &Place, args: &RunArgs) -> Vec<PathBuf> {
    let reports = &args.reports;
    let reports = [
        &reports.junit,
        &reports.json,
        &reports.html,
        &reports.markdown,
    ];
    let reports = reports.into_iter().flatten();
    let mut own: Vec<PathBuf> = reports.map(|path| real(&place.cwd.join(path))).collect();
    if args.select.responses == Responses::Record {
        own.push(real(&load::recordings_dir(&place.root)));
    }
    own
}

/// Editors write hidden files and such with a tilde beside the one that is edited.
fn is_noise(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with('.') || name.ends_with('~')
}

/// A path by which a file is known, whatever way leads to its folder; the file itself may be gone.
fn real(path: &Path) -> PathBuf {
    let folder = path.parent().and_then(|dir| dir.canonicalize().ok());
    match (folder, path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}
