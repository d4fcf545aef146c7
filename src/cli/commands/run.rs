//! `run`: the main job.

use std::io::{self, IsTerminal};
use std::time::Duration;

use super::output::{self, Outputs};
use super::project::{Limits, Place, selection};
use crate::aggregate::Fold;
use crate::call::{Client, Mode};
use crate::cli::Exit;
use crate::cli::args::{Format, Global, Responses, RunArgs};
use crate::cli::error::CliError;
use crate::cli::ui::{Ui, counted};
use crate::model::event::{ArmRole, BaselineLink, RunInfo};
use crate::model::verdict::Decision;
use crate::observe::{Journal, Progress, ProgressStyle, runs};
use crate::pipeline::{self, Ended, Finished, Interrupt, Outlets, Prepared};
use crate::plan::{Arm, SuitePlan};

pub(in crate::cli) fn run(global: &Global, args: &RunArgs, ui: &Ui) -> Result<Exit, CliError> {
    let place = Place::find(global)?;
    let (mut prepared, client) = place.prepare(&args.select, limits(args), ui)?;
    let outputs = Outputs::open(&place.cwd, &args.reports)?;
    demand(&prepared, &client, args)?;
    pipeline::settle_looks(&mut prepared, &client);
    if let Some(run) = &args.baseline_run {
        let journal = runs::find(&place.root, &place.cwd, run)?;
        let notes = pipeline::reuse_baseline(&mut prepared, &journal)
            .map_err(|error| CliError::invalid(error.to_string()))?;
        for note in &notes {
            ui.note(note);
        }
    }
    if args.format == Format::Human {
        for suite in &prepared.plan.suites {
            ui.print(&headline(suite));
        }
    }
    let (finished, ended) = execute(prepared, &client, args, ui)?;
    let view = output::view(&finished);
    outputs.write(&view)?;
    output::print(&view, args.format, ui)?;
    store_fault(&client, args, ui)?;
    Ok(match ended {
        Ended::Interrupted(Interrupt::Interrupt) => Exit::Signal(2),
        Ended::Interrupted(Interrupt::Terminate) => Exit::Signal(15),
        // Stopped early and yet every gate passed: what was left out was never measured.
        Ended::Stopped if finished.verdict.decision == Decision::Pass => Exit::Undecided,
        _ => finished.verdict.decision.into(),
    })
}

/// What is tested, before anything is.
fn headline(suite: &SuitePlan) -> String {
    suite
        .arms
        .iter()
        .filter(|arm| arm.role == ArmRole::Candidate)
        .map(|arm| candidate_line(suite, arm))
        .collect()
}

fn candidate_line(suite: &SuitePlan, arm: &Arm) -> String {
    let against = match arm.baseline {
        BaselineLink::Arm(place) => suite
            .arms
            .get(place as usize)
            .map(|base| format!(" against {}", base.version.id.version))
            .unwrap_or_default(),
        BaselineLink::NoneYet => ", no baseline yet".to_owned(),
        BaselineLink::Itself => ", which is the baseline".to_owned(),
        BaselineLink::Unused => String::new(),
    };
    let repeats = match suite.repeats {
        1 => String::new(),
        repeats => format!(" x {repeats} repeats"),
    };
    let note = suite.note.as_ref().map(|note| format!(" ({note})"));
    format!(
        "testing {} ({}) on {}{against}: suite {}, {}{repeats}{}\n",
        arm.version.id,
        arm.version.status,
        arm.target.name,
        suite.suite.name,
        counted(suite.cases.len(), "case"),
        note.unwrap_or_default(),
    )
}

fn limits(args: &RunArgs) -> Limits {
    Limits {
        concurrency: args.concurrency,
        max_cost_usd: args.max_cost,
    }
}

/// Every key that a call will need must be there before the first one (stored responses need none), and with a budget every
/// price.
fn demand(prepared: &Prepared, client: &Client, args: &RunArgs) -> Result<(), CliError> {
    let budget = args.max_cost.or(prepared.settings.max_cost_usd);
    let replay = args.select.responses == Responses::Replay;
    if replay || (budget.is_none() && !client.lacks_keys()) {
        return Ok(());
    }
    let forecast = pipeline::forecast(prepared, client);
    let calls = forecast.calls();
    if let Some(missing) = forecast.missing_keys.first() {
        let keys = forecast.missing_keys.iter();
        let names: Vec<&str> = keys.map(|key| key.variable.as_str()).collect();
        let verb = if names.len() == 1 { "is" } else { "are" };
        let message = format!(
            "{} {verb} not set, and {calls} calls are needed that no recording or cache answers (provider {})",
            names.join(" and "),
            missing.provider
        );
        let hint = "set the key in the environment, or use `--responses replay` to see what recordings alone can decide";
        return Err(CliError::invalid(message).hint(hint.to_owned()));
    }
    if let (Some(_), Some(model)) = (budget, forecast.unpriced.first()) {
        let message = format!("there is a budget, and the price of {model} is unknown");
        let hint = format!(
            "add it to prompteval.yaml: `prices: {{{model}: {{input: 0.10, output: 0.50}}}}`"
        );
        return Err(CliError::invalid(message).hint(hint));
    }
    Ok(())
}

fn execute(
    prepared: Prepared,
    client: &Client,
    args: &RunArgs,
    ui: &Ui,
) -> Result<(Finished, Ended), CliError> {
    let now = jiff::Timestamp::now();
    let run = RunInfo {
        id: pipeline::new_run_id(now, std::process::id()),
        started_at: now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        git_commit: None,
        responses: Mode::from(args.select.responses).as_str().to_owned(),
        seed: args.select.seed,
        prompteval: env!("CARGO_PKG_VERSION").to_owned(),
        partial: selection(&args.select)?.partial(),
    };
    let dir = runs::create(&prepared.root, &run.id)
        .map_err(|error| CliError::system(format!("no folder for the run can be made: {error}")))?;
    let mut journal = Journal::create(&dir).map_err(|error| CliError::system(error.to_string()))?;
    let header = pipeline::header(&prepared, run, client.prices_date().to_owned());
    let mut fold = Fold::default();
    let mut progress = Progress::new(style(ui), prepared.plan.len(), Box::new(io::stderr()));
    let runtime = tokio::runtime::Runtime::new()?;
    let ended = runtime.block_on(async {
        let out = Outlets {
            journal: &mut journal,
            fold: &mut fold,
            progress: &mut progress,
        };
        pipeline::run(&prepared, client, header, out, interrupted()).await
    });
    progress.finish();
    // Connections and timers of calls that were given up need no farewell.
    runtime.shutdown_timeout(Duration::from_millis(100));
    // Of a large dataset the index and the order are no small part of the memory, and reports need neither.
    drop(prepared);
    let path = journal.path().to_owned();
    let flushed = journal.finish();
    let failed = |error: String| {
        CliError::system(error).hint(format!("what was written stays in {}", path.display()))
    };
    let ended = ended.map_err(|error| failed(error.to_string()))?;
    flushed.map_err(|error| failed(error.to_string()))?;
    let finished = pipeline::finish(fold, &path).map_err(|error| failed(error.to_string()))?;
    let finished = finished.ok_or_else(|| failed("the run has no plan".to_owned()))?;
    Ok((finished, ended))
}

/// A cache that cannot be written costs the next run its calls; recordings that cannot be written are what was asked for.
fn store_fault(client: &Client, args: &RunArgs, ui: &Ui) -> Result<(), CliError> {
    let Some(fault) = client.store_fault() else {
        return Ok(());
    };
    if args.select.responses == Responses::Record {
        return Err(CliError::system(format!(
            "not every response was recorded: {fault}"
        )));
    }
    ui.note(&format!("warning: {fault}"));
    Ok(())
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

/// Resolves when the process is asked to end.
#[cfg(unix)]
async fn interrupted() -> Interrupt {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut int), Ok(mut term)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    ) else {
        // Without handlers the signals end the process as they always do.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = int.recv() => Interrupt::Interrupt,
        _ = term.recv() => Interrupt::Terminate,
    }
}

/// Resolves when the process is asked to end.
#[cfg(not(unix))]
async fn interrupted() -> Interrupt {
    match tokio::signal::ctrl_c().await {
        Ok(()) => Interrupt::Interrupt,
        Err(_) => std::future::pending().await,
    }
}
