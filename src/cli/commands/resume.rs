//! `run --resume`: the flags of the resumed run, out of its journal.

use std::path::{Path, PathBuf};

use super::project::Place;
use crate::cli::args::{NEWEST, Responses, RunArgs, SelectArgs};
use crate::cli::error::CliError;
use crate::cli::ui::Ui;
use crate::model::event::{RunHeader, SuiteHeader};
use crate::observe::{JournalFile, RunDir, runs};
use crate::pipeline::{self, Earlier, Prepared};
use crate::seal::SigningKey;

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
    /// The run that `--resume` means; `None` without the flag.
    pub(super) fn find(
        place: &Place,
        (args, key): (&RunArgs, Option<&SigningKey>),
    ) -> Result<Option<Self>, CliError> {
        let Some(wanted) = &args.resume else {
            return Ok(None);
        };
        let journal = if wanted == NEWEST {
            runs::newest_incomplete(&place.root)?
        } else {
            runs::find(&place.root, &place.cwd, wanted)?
        };
        let folder = journal.parent().unwrap_or(&place.root).to_owned();
        let dir = RunDir::hold(folder)
            .map_err(|error| CliError::invalid(format!("the run cannot be resumed: {error}")))?;
        let earlier = pipeline::earlier(&journal)
            .map_err(|error| CliError::invalid(error.to_string()))?
            .ok_or_else(|| {
                CliError::invalid(format!(
                    "{} holds no plan: nothing was done",
                    journal.display()
                ))
                .hint("start again: `prompteval run`".to_owned())
            })?;
        if earlier.complete && earlier.fold.open() == 0 {
            let id = &earlier.header.run.id;
            let message = format!("run {id} has finished: there is nothing to resume");
            return Err(CliError::invalid(message).hint(format!("see `prompteval report {id}`")));
        }
        if let Some(key) = key {
            require_signed(&journal, key)?;
        }
        Ok(Some(Self {
            dir,
            journal,
            earlier,
        }))
    }

    /// The flags of the run.
    pub(super) fn select(&self, place: &Place) -> Result<SelectArgs, CliError> {
        let header = &self.earlier.header;
        let asked = &header.run.asked;
        let responses = match header.run.responses.as_str() {
            "live" => Responses::Live,
            "replay" => Responses::Replay,
            "record" => Responses::Record,
            _ => Responses::Auto,
        };
        Ok(SelectArgs {
            suites: header
                .suites
                .iter()
                .map(|suite| path(place, suite))
                .collect(),
            candidate: parsed(&asked.candidates)?,
            baseline: asked.baseline.clone(),
            tag: asked.tags.clone(),
            case: asked.cases.clone(),
            limit: asked.limit,
            repeats: asked.repeats,
            against_stored: asked.against_stored,
            no_escalate: asked.no_escalate,
            model: parsed(&asked.models)?,
            responses,
            seed: header.run.seed,
            shard: header.run.shard,
            strict: false,
        })
    }

    /// Refuses to mix answers to two different questions.
    pub(super) fn require_unchanged(&self, now: &RunHeader, ui: &Ui) -> Result<(), CliError> {
        for line in pipeline::moved(&self.earlier.header, now) {
            ui.note(&format!("warning: {line}"));
        }
        let changes = pipeline::changes(&self.earlier.header, now);
        if changes.is_empty() {
            return Ok(());
        }
        let id = &self.earlier.header.run.id;
        let message = format!(
            "run {id} cannot be resumed, files have changed since it began:\n  {}",
            changes.join("\n  ")
        );
        let hint = "restore them, or start again: what is in the cache is not paid again";
        Err(CliError::invalid(message).hint(hint.to_owned()))
    }

    /// Refuses to go on where a version is compared with its own earlier answers and lacks some of them.
    pub(super) fn require_taken_over(&self, prepared: &Prepared) -> Result<(), CliError> {
        let Some(version) = prepared.half_taken(&self.earlier) else {
            return Ok(());
        };
        let id = &self.earlier.header.run.id;
        let message = format!(
            "run {id} cannot be resumed: it ended before all earlier answers of {version} were read"
        );
        let hint = "start again with the same `--baseline-run`: nothing was called by then";
        Err(CliError::invalid(message).hint(hint.to_owned()))
    }
}

/// Whoever signs the whole vouches for what was there before, too.
fn require_signed(journal: &Path, key: &SigningKey) -> Result<(), CliError> {
    let end = JournalFile::open(journal).ok().and_then(|file| file.end());
    let signature = end.and_then(|end| end.signature);
    if signature.is_some_and(|own| own.key == key.public().to_string()) {
        return Ok(());
    }
    let message = "the run cannot be resumed with `--sign`: what it holds was not signed by this key when it stopped";
    let hint = "start again with `--sign`: what is in the cache is not paid again";
    Err(CliError::invalid(message).hint(hint.to_owned()))
}

/// The command may be given in another folder than the run was.
fn path(place: &Place, suite: &SuiteHeader) -> String {
    place.root.join(&suite.path).to_string_lossy().into_owned()
}

fn parsed<T: std::str::FromStr>(texts: &[String]) -> Result<Vec<T>, CliError> {
    let parse = |text: &String| {
        let refused =
            |_| CliError::invalid(format!("the journal names `{text}`, which is no name"));
        text.parse().map_err(refused)
    };
    texts.iter().map(parse).collect()
}
