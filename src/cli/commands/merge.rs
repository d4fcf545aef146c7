//! `merge`: one run out of the shards of `run --shard K/N`.

use std::path::PathBuf;

use super::evidence::open;
use super::github;
use super::key;
use super::output::{self, Outputs};
use super::project::Place;
use super::report::derived;
use crate::cli::Exit;
use crate::cli::args::{Global, MergeArgs};
use crate::cli::error::CliError;
use crate::cli::ui::Ui;
use crate::evidence::Tree;
use crate::observe::{Journal, Unpacked, runs};
use crate::pipeline::{self, MergeError, Part};
use crate::seal::SigningKey;

pub(in crate::cli) fn merge(global: &Global, args: &MergeArgs, ui: &Ui) -> Result<Exit, CliError> {
    let place = Place::find(global)?;
    let key = key::signing(args.sign)?;
    let journals = args.runs.iter().map(|run| open(&place, run));
    let unpacked: Vec<Unpacked> = journals.collect::<Result<_, _>>()?;
    let journals: Vec<PathBuf> = unpacked.iter().map(|one| one.path.clone()).collect();
    let parts = pipeline::parts(&journals).map_err(refused)?;
    if let Some(key) = &key {
        require_signed(&place, &parts, key)?;
    }
    let outputs = Outputs::open(&place, &args.reports)?;
    let id = pipeline::new_run_id(jiff::Timestamp::now(), std::process::id());
    let mut header = pipeline::merged_header(&parts, id)
        .ok_or_else(|| CliError::invalid("there is nothing to merge"))?;
    header.run.detached = args.detached;
    let dir = runs::create(&place.root, &header.run.id)
        .map_err(|error| CliError::system(format!("no folder for the run can be made: {error}")))?;
    let written = |error: crate::observe::JournalError| CliError::system(error.to_string());
    let mut journal = Journal::create(&dir.path).map_err(written)?;
    let path = journal.path().to_owned();
    let merged = pipeline::merge(&parts, header, &mut journal, (&place.root, key.as_ref()));
    let merged = merged.map_err(refused);
    let merged = merged.and_then(|fold| {
        journal.finish().map_err(written)?;
        if !args.detached {
            return derived(&place, &path);
        }
        let finished = crate::evidence::finish(fold, &path).map_err(written)?;
        finished.ok_or_else(|| CliError::system("the merged run has no plan"))
    });
    // What is refused is no run: the newest one would be taken for evidence.
    let finished = merged.inspect_err(|_| {
        let _ = std::fs::remove_dir_all(&dir.path);
    })?;
    let view = output::view(&finished);
    let written = outputs.write(&view)?;
    output::print(&place, &view, args.format, ui)?;
    written.tell(ui);
    github::tell(&place, &view, (&args.reports, args.format), ui)?;
    Ok(finished.verdict.decision.into())
}

/// Whoever signs the whole vouches for every shard.
fn require_signed(place: &Place, parts: &[Part], key: &SigningKey) -> Result<(), CliError> {
    let (tree, problems) = Tree::read(&place.root);
    if problems.any_error() {
        return Err(CliError::problems(problems));
    }
    let mut keys = tree.settings.trusted_keys;
    keys.push(key.public().to_string());
    let Some(path) = pipeline::unsigned(parts, &keys) else {
        return Ok(());
    };
    let message = format!("{path} is not signed by a trusted key, and `--sign` would vouch for it");
    let hint =
        "run every shard with `--sign`, by this key or by one of `trusted_keys` in prompteval.yaml";
    Err(CliError::invalid(message).hint(hint.to_owned()))
}

fn refused(error: MergeError) -> CliError {
    let hint = "merge every shard of one run exactly once: the folders of all N jobs, from the same commit";
    match error {
        MergeError::Mismatch(text) => CliError::invalid(text).hint(hint.to_owned()),
        MergeError::Journal(error) => CliError::invalid(error.to_string()),
    }
}
