//! `run --watch`: runs, and runs again what a saved file affects, until a signal ends it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::{EventKind, RecursiveMode, Watcher};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

use super::execute::interrupted;
use super::project::Place;
use super::run::{Change, once};
use crate::cli::Exit;
use crate::cli::args::{Responses, RunArgs};
use crate::cli::error::CliError;
use crate::cli::ui::{Ui, counted};
use crate::fsx;
use crate::load::{self, Changes};
use crate::pipeline::Interrupt;

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
    for (dir, mode) in folders(place) {
        watcher.watch(&dir, mode).map_err(failed)?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut change = None;
    loop {
        report(once(place, args, change.as_ref(), ui), ui);
        ui.note("watching for changes, Ctrl-C ends");
        let files = loop {
            let files = runtime.block_on(async {
                tokio::select! {
                    signal = interrupted() => Err(signal),
                    files = next(&mut saved) => Ok(files),
                }
            });
            match files {
                Err(Interrupt::Interrupt) => return Ok(Exit::Signal(2)),
                Err(Interrupt::Terminate) => return Ok(Exit::Signal(15)),
                Ok(paths) => {
                    let files = relevant(place, args, &paths);
                    if !files.is_empty() {
                        break files;
                    }
                }
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

/// Where a project's files are: its folder itself, and those below it whole.
fn folders(place: &Place) -> BTreeMap<PathBuf, RecursiveMode> {
    let root = &place.root;
    // A project that cannot be read now is read by the run, which says what is wrong with it.
    let (project, _) = load::project(root, &place.cwd, &[]);
    let datasets = project
        .suites
        .iter()
        .map(|suite| root.join(&suite.dataset.value));
    let datasets = datasets.filter_map(|path| path.parent().map(Path::to_owned));
    let known = ["prompts", "evals", "datasets"]
        .into_iter()
        .map(|name| root.join(name));
    let mut folders: BTreeMap<PathBuf, RecursiveMode> = known
        .chain(datasets)
        .filter(|dir| fsx::is_dir(dir))
        .map(|dir| (dir, RecursiveMode::Recursive))
        .collect();
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

/// Paths relative to the project, without what runs themselves write.
fn relevant(place: &Place, args: &RunArgs, paths: &BTreeSet<PathBuf>) -> BTreeSet<String> {
    let root = place
        .root
        .canonicalize()
        .unwrap_or_else(|_| place.root.clone());
    let reports = [&args.reports.junit, &args.reports.json];
    let reports: Vec<PathBuf> = reports
        .into_iter()
        .flatten()
        .map(|path| place.cwd.join(path))
        .collect();
    let recorded = load::recordings_dir(&place.root);
    let is_own = |path: &&PathBuf| {
        let recording = args.select.responses == Responses::Record && path.starts_with(&recorded);
        recording || reports.contains(*path)
    };
    let shown = |path: &PathBuf| {
        let shown = fsx::shown(&place.root, path);
        // The watcher may name the folder behind a symbolic link.
        fsx::shown(&root, Path::new(&shown))
    };
    let files = paths.iter().filter(|path| !is_own(path)).map(shown);
    // Editors write hidden files and such with a tilde beside the one that is edited.
    let is_noise = |file: &String| {
        let name = file.rsplit('/').next().unwrap_or(file);
        name.starts_with('.') || name.ends_with('~') || file.starts_with(".prompteval")
    };
    files.filter(|file| !is_noise(file)).collect()
}
