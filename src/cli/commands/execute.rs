//! Runs what was prepared, with a new journal or at the end of an older one.

use std::io::{self, IsTerminal};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::project::{asked, selection};
use super::resume::Resumed;
use crate::aggregate::Fold;
use crate::call::{Client, Mode};
use crate::cli::args::SelectArgs;
use crate::cli::error::CliError;
use crate::cli::signals::Hold;
use crate::cli::ui::{Ui, counted};
use crate::model::event::{RunHeader, RunInfo};
use crate::observe::{Journal, Progress, ProgressStyle, RunDir, runs};
use crate::pipeline::{self, Deadline, Ended, Finished, Outlets, Prepared};
use crate::seal::SigningKey;

/// Where a run writes to, and what it has so far.
pub(super) struct Session {
    journal: Journal,
    fold: Fold,
    /// The plan, where it is still to be written.
    header: Option<RunHeader>,
    /// Who vouches for the run, where anyone does.
    key: Option<SigningKey>,
    /// Held while the run goes on.
    _dir: RunDir,
}

impl Session {
    /// A new run.
    pub(super) fn begin(
        root: &Path,
        header: RunHeader,
        key: Option<SigningKey>,
    ) -> Result<Self, CliError> {
        let dir = runs::create(root, &header.run.id).map_err(|error| {
            CliError::system(format!("no folder for the run can be made: {error}"))
        })?;
        let journal = Journal::create(&dir.path);
        Ok(Self {
            journal: journal.map_err(|error| CliError::system(error.to_string()))?,
            fold: Fold::default(),
            header: Some(header),
            key,
            _dir: dir,
        })
    }

    /// A resumed run.
    pub(super) fn resume(
        resumed: Resumed,
        key: Option<SigningKey>,
        ui: &Ui,
    ) -> Result<Self, CliError> {
        let (journal, torn) = Journal::resume(&resumed.journal)
            .map_err(|error| CliError::system(error.to_string()))?;
        let fold = resumed.earlier.fold;
        let done = fold.done().count();
        let open = match fold.open() {
            0 => String::new(),
            open => format!(", {} in error asked again", counted(open, "trial")),
        };
        let cut = if torn {
            "; the journal's last line was cut off and is removed"
        } else {
            ""
        };
        ui.note(&format!(
            "resuming run {}: {} done{open}{cut}",
            resumed.earlier.header.run.id,
            counted(done, "trial"),
        ));
        Ok(Self {
            journal,
            fold,
            header: None,
            key,
            _dir: resumed.dir,
        })
    }
}

/// The first line of a new journal.
pub(super) fn header(
    prepared: &Prepared,
    client: &Client,
    select: &SelectArgs,
) -> Result<RunHeader, CliError> {
    let partial = selection(select)?.partial();
    let now = jiff::Timestamp::now();
    let run = RunInfo {
        id: pipeline::new_run_id(now, std::process::id()),
        started_at: now.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
        git_commit: None,
        responses: Mode::from(select.responses).as_str().to_owned(),
        seed: select.seed,
        prompteval: env!("CARGO_PKG_VERSION").to_owned(),
        partial,
        asked: asked(select),
        providers: prepared.endpoints(client),
        shard: select.shard,
        ..RunInfo::default()
    };
    Ok(pipeline::header(
        prepared,
        run,
        client.prices_date().to_owned(),
    ))
}

/// Runs, and reads back what came of it.
pub(super) fn execute(
    prepared: Prepared,
    client: &Arc<Client>,
    session: Session,
    (deadline, hold): (Option<Deadline>, &Hold),
    ui: &Ui,
) -> Result<(Finished, Ended), CliError> {
    let Session {
        mut journal,
        mut fold,
        header,
        key,
        _dir,
    } = session;
    let prepared = Arc::new(prepared);
    let total = prepared.plan.len().saturating_sub(fold.done().count());
    let mut progress = Progress::new(style(ui), total, Box::new(io::stderr()));
    let runtime = tokio::runtime::Runtime::new()?;
    let ended = runtime.block_on(async {
        let out = Outlets {
            journal: &mut journal,
            fold: &mut fold,
            progress: &mut progress,
            key: key.as_ref(),
        };
        pipeline::run(&prepared, client, header, deadline, out, hold.interrupted()).await
    });
    progress.finish();
    // Connections and timers of calls that were given up need no farewell.
    runtime.shutdown_timeout(Duration::from_millis(100));
    // Of a large dataset the index and the order are no small part of the memory, and reports need neither.
    drop(prepared);
    let path = journal.path().to_owned();
    let failed = |error: String| failed(error, &path);
    let flushed = journal.finish();
    let ended = ended.map_err(|error| failed(error.to_string()))?;
    flushed.map_err(|error| failed(error.to_string()))?;
    let finished = pipeline::finish(fold, &path).map_err(|error| failed(error.to_string()))?;
    let finished = finished.ok_or_else(|| failed("the run has no plan".to_owned()))?;
    Ok((finished, ended))
}

fn failed(error: String, journal: &Path) -> CliError {
    let kept = journal.display();
    CliError::system(error).hint(format!(
        "what was written stays in {kept}; once the cause is gone: `prompteval run --resume`"
    ))
}

fn style(ui: &Ui) -> ProgressStyle {
    if ui.quiet {
        ProgressStyle::Hidden
    } else if io::stderr().is_terminal() {
        ProgressStyle::Bar
    } else {
        ProgressStyle::Lines
    }
}
