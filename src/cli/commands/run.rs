//! `run`: the main job.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use super::cache;
use super::execute::{self, Session};
use super::github;
use super::headline::headline;
use super::key;
use super::output::{self, Outputs};
use super::project::{Limits, Place};
use super::resume::Resumed;
use super::watch;
use crate::call::Client;
use crate::cli::Exit;
use crate::cli::args::{Format, Global, Responses, RunArgs, SelectArgs};
use crate::cli::error::CliError;
use crate::cli::signals::Hold;
use crate::cli::ui::{Ui, counted};
use crate::load::{Changes, git};
use crate::model::event::{ArmRole, RunHeader};
use crate::model::settings::Protect;
use crate::model::verdict::Decision;
use crate::observe::runs;
use crate::pipeline::{self, Deadline, Ended, Forecast, Interrupt, Prepared, StoredAnswers};

pub(in crate::cli) fn run(global: &Global, args: &RunArgs, ui: &Ui) -> Result<Exit, CliError> {
    let place = Place::find(global)?;
    if args.watch {
        return watch::watch(&place, args, ui);
    }
    let Some(reference) = &args.changed_since else {
        return once(&place, args, None, ui);
    };
    let changed = git::changed_since(&place.root, reference)
        .map_err(|error| CliError::invalid(error.message).hint(error.hint))?;
    let edited = pipeline::edited_in_place(&place.root, &changed);
    if edited.any_error() {
        return Err(CliError::problems(edited));
    }
    let since = format!("since {reference} ({:.10})", changed.base);
    let change = Change {
        count: changed.files.len(),
        changes: changed.changes,
        since,
    };
    once(&place, args, Some(&change), ui)
}

/// What `--baseline-run` is given for earlier answers beside fresh ones.
const HISTORY: &str = "history";

/// Files that changed: only what they affect is run.
pub(super) struct Change {
    /// How many there are in the project.
    pub(super) count: usize,
    /// Which.
    pub(super) changes: Changes,
    /// Since when, in words.
    pub(super) since: String,
}

/// One run, from its flags to its reports.
pub(super) fn once(
    place: &Place,
    args: &RunArgs,
    change: Option<&Change>,
    ui: &Ui,
) -> Result<Exit, CliError> {
    let deadline = args.timeout.map(|after| Deadline {
        at: Instant::now() + after,
        after,
    });
    let key = key::signing(args.sign)?;
    let resumed = Resumed::find(place, (args, key.as_ref()))?;
    let select = &select(place, args, resumed.as_ref())?;
    let paid_usd = resumed
        .as_ref()
        .map_or(0.0, |run| run.earlier.fold.paid_usd());
    let budget = args.max_cost.or_else(|| {
        let earlier = resumed.as_ref().map(|run| &run.earlier.header.run);
        earlier.and_then(|run| run.max_cost_usd)
    });
    let files = change.map(|change| &change.changes);
    let flags = Limits {
        concurrency: args.concurrency,
        max_cost_usd: budget,
        paid_usd,
        deadline: deadline.map(|deadline| deadline.at),
    };
    let (mut prepared, client) = place.prepare(select, flags, files, ui)?;
    let client = Arc::new(client);
    if let Some(resumed) = &resumed {
        resumed.require_unchanged(&execute::header(&prepared, &client, select)?, ui)?;
        prepared.go_on(&resumed.earlier);
        resumed.require_taken_over(&prepared)?;
    }
    let limits = cache::limits(&prepared.settings);
    let outputs = Outputs::open(place, &args.reports)?;
    if resumed.is_none() {
        settle_looks(&mut prepared, &client, ui);
        stored_baseline(place, args, (&mut prepared, &client), ui)?;
    }
    demand(&prepared, &client, (args, select), ui)?;
    // From here on there is something to lose.
    let hold = Hold::new();
    let session = if let Some(resumed) = resumed {
        Session::resume(resumed, key, ui)?
    } else {
        let header = header(&prepared, &client, (args, select), change.is_some())?;
        Session::begin(&place.root, header, key)?
    };
    let idle = change.filter(|_| prepared.plan.is_empty());
    announce(&prepared, idle, args.format, ui);
    let (finished, ended) = execute::execute(prepared, &client, session, (deadline, &hold), ui)?;
    let view = output::view(&finished);
    let written = outputs.write(&view)?;
    let is_silent = idle.is_some()
        && finished.verdict.decision == Decision::Pass
        && finished.record.header.run.gate_changes.is_empty();
    if !is_silent || args.format == Format::Json {
        output::print(place, &view, args.format, ui)?;
    }
    written.tell(ui);
    github::tell(place, &view, (&args.reports, args.format), ui)?;
    afterwords(&client, ended, ui);
    store_fault(&client, select, ui)?;
    // The cache is tidied alone, so this run has to release it first.
    drop(client);
    cache::tidy(place, limits, ui);
    Ok(how_it_ended(ended, hold.end(), finished.verdict.decision))
}

/// Whoever asks for the end while reports are written gets it, too.
fn how_it_ended(ended: Ended, asked: Option<Interrupt>, decision: Decision) -> Exit {
    match (ended, asked) {
        (Ended::Interrupted(asked), _) | (_, Some(asked)) => asked.into(),
        // Stopped early and yet every gate passed: what was left out was never measured.
        (Ended::Stopped, None) if decision == Decision::Pass => Exit::Undecided,
        _ => decision.into(),
    }
}

/// Whether repeats are available, and where they are not asked for though they could be.
fn settle_looks(prepared: &mut Prepared, client: &Client, ui: &Ui) {
    for suite in pipeline::settle_looks(prepared, client) {
        ui.note(&format!(
            "{suite} is decided on its recordings: `--responses record` would ask for more repeats"
        ));
    }
}

/// The first line of a new journal.
fn header(
    prepared: &Prepared,
    client: &Client,
    (args, select): (&RunArgs, &SelectArgs),
    is_change: bool,
) -> Result<RunHeader, CliError> {
    let mut header = execute::header(prepared, client, select)?;
    header.run.max_cost_usd = args.max_cost;
    if is_change {
        // A run that resumes this one has to come to the same candidates, whatever has changed since.
        header.run.asked.candidates = candidates(prepared);
        header
            .run
            .asked
            .changed_since
            .clone_from(&args.changed_since);
    }
    if args.changed_since.is_some() && !args.allow_untested {
        let untested = prepared.untested.iter();
        header.run.untested = untested.map(ToString::to_string).collect();
    }
    if args.changed_since.is_some() {
        header.run.gate_changes.clone_from(&prepared.gate_changes);
        header.run.gate_changes_block = prepared.protect == Protect::Block
            && !prepared.gate_changes.is_empty()
            && !args.allow_weaker;
    }
    Ok(header)
}

/// The flags of this run, or of the one that is resumed.
fn select(
    place: &Place,
    args: &RunArgs,
    resumed: Option<&Resumed>,
) -> Result<SelectArgs, CliError> {
    match resumed {
        Some(resumed) => Ok(SelectArgs {
            strict: args.select.strict,
            ..resumed.select(place)?
        }),
        None => Ok(SelectArgs {
            // Beside earlier answers a baseline is asked as always.
            against_stored: args
                .baseline_run
                .as_deref()
                .is_some_and(|run| run != HISTORY),
            ..args.select.clone()
        }),
    }
}

/// What a reader of the summary should know of how the run went.
fn afterwords(client: &Client, ended: Ended, ui: &Ui) {
    for (model, times, fewest) in client.slowdowns() {
        let times = counted(times as usize, "time");
        let fewest = counted(fewest, "call");
        ui.note(&format!(
            "{model} was slowed down {times} by 429 or 529, to {fewest} at once"
        ));
    }
    if ended != Ended::Complete {
        ui.note("to run what is missing: `prompteval run --resume`");
    }
}

/// The candidates of every suite.
fn candidates(prepared: &Prepared) -> Vec<String> {
    let arms = prepared.plan.suites.iter().flat_map(|suite| &suite.arms);
    let candidates = arms.filter(|arm| arm.role == ArmRole::Candidate);
    let names: BTreeSet<String> = candidates.map(|arm| arm.version.id.to_string()).collect();
    names.into_iter().collect()
}

/// What is tested, or that nothing needs to be.
fn announce(prepared: &Prepared, idle: Option<&Change>, format: Format, ui: &Ui) {
    if format != Format::Human {
        return;
    }
    if let Some(change) = idle {
        let files = counted(change.count, "file");
        ui.print(&format!(
            "no suite is affected: {files} changed {}\n",
            change.since
        ));
    }
    for suite in &prepared.plan.suites {
        ui.print(&headline(suite, ui));
    }
}

fn stored_baseline(
    place: &Place,
    args: &RunArgs,
    (prepared, client): (&mut Prepared, &Client),
    ui: &Ui,
) -> Result<(), CliError> {
    let journal;
    let from = match args.baseline_run.as_deref() {
        Some(HISTORY) => return pooled(prepared, ui),
        Some("evidence") => StoredAnswers::Evidence,
        Some(run) => {
            journal = runs::find(&place.root, &place.cwd, run)?;
            StoredAnswers::Journal(&journal)
        }
        // Other modes say where every answer has to come from.
        None if args.select.responses == Responses::Auto => StoredAnswers::EvidenceIfCalled,
        None => return Ok(()),
    };
    let notes = pipeline::reuse_baseline(prepared, client, from)
        .map_err(|error| CliError::invalid(error.to_string()))?;
    for note in &notes.lines {
        ui.note(note);
    }
    if let Some(missing) = notes.missing.first() {
        let message = format!("nothing to compare with: {missing}");
        let hint = "promote it with evidence, or name a run that holds it: `--baseline-run RUN`";
        return Err(CliError::invalid(message).hint(hint.to_owned()));
    }
    Ok(())
}

/// Earlier answers of the baselines, to stand beside those that this run asks for.
fn pooled(prepared: &mut Prepared, ui: &Ui) -> Result<(), CliError> {
    let notes = pipeline::pool_history(prepared);
    for note in notes.map_err(|error| CliError::invalid(error.to_string()))? {
        ui.note(&note);
    }
    Ok(())
}

/// Every key that a call will need must be there before the first one (stored responses need none), and with a budget every
/// price.
fn demand(
    prepared: &Prepared,
    client: &Client,
    (args, select): (&RunArgs, &SelectArgs),
    ui: &Ui,
) -> Result<(), CliError> {
    let budget = args.max_cost.or(prepared.settings.max_cost_usd);
    if select.responses == Responses::Replay {
        return Ok(());
    }
    let exact = budget.is_some() || prepared.lacks_keys(client);
    let forecast = if exact {
        pipeline::forecast(prepared, client)
    } else {
        pipeline::estimate(prepared, client)
    };
    let calls = forecast.calls();
    if let Some(missing) = forecast.missing_keys.first() {
        let keys = forecast.missing_keys.iter();
        let names: Vec<&str> = keys.map(|key| key.variable.as_str()).collect();
        let verb = if names.len() == 1 { "is" } else { "are" };
        let needed = if calls == 1 { "is" } else { "are" };
        let message = format!(
            "{} {verb} not set, and no recording or cache answers {} that {needed} needed (provider {})",
            names.join(" and "),
            counted(calls, "call"),
            missing.provider
        );
        let hint = format!(
            "`export {}=...` sets the key; `prompteval run --responses replay` decides on recordings alone",
            missing.variable
        );
        return Err(CliError::invalid(message).hint(hint));
    }
    if budget.is_some() {
        bounded(&forecast)?;
    }
    let further = pipeline::estimate_further(prepared, client);
    if calls + further.calls() > 0 {
        ui.note(&expected(&forecast, &further, prepared.has_stored()));
    }
    Ok(())
}

/// With a budget, what every call may cost at most has to be known.
fn bounded(forecast: &Forecast) -> Result<(), CliError> {
    if let Some(model) = forecast.unpriced.first() {
        let message = format!("there is a budget, and the price of {model} is unknown");
        let hint = format!(
            "add it to prompteval.yaml: `prices: {{{model}: {{input: 0.10, output: 0.50}}}}`"
        );
        return Err(CliError::invalid(message).hint(hint));
    }
    if let Some(model) = forecast.unbounded.first() {
        let message =
            format!("there is a budget, and nothing bounds the length of an answer of {model}");
        let hint = "write `params: {max_tokens: 1000}`, or what suits the version or the judge";
        return Err(CliError::invalid(message).hint(hint.to_owned()));
    }
    Ok(())
}

/// What the run is about to take, and what it may take beside that.
fn expected(first: &Forecast, further: &Forecast, has_stored: bool) -> String {
    let providers = first.providers.union(&further.providers);
    let providers: Vec<&str> = providers.map(String::as_str).collect();
    let most = |forecast: &Forecast| match forecast.paid() {
        paid if paid.known().is_none() => "cost unknown".to_owned(),
        paid => paid.at_most(|usd| format!("${usd:.4}")),
    };
    let mut text = format!(
        "expected: {} to {}, {}",
        counted(first.calls(), "call"),
        providers.join(", "),
        most(first)
    );
    if further.calls() > 0 {
        let more = format!("up to {} more, {}", further.calls(), most(further));
        let stored = if has_stored {
            " or a stored baseline has to be asked again"
        } else {
            ""
        };
        text = format!("{text}; {more}, while a gate is open{stored}");
    }
    let all = [first, further].into_iter();
    let unknown = all.flat_map(|one| one.unpriced.iter().chain(&one.unbounded));
    let unknown: BTreeSet<&str> = unknown.map(String::as_str).collect();
    if !unknown.is_empty() {
        let models: Vec<&str> = unknown.into_iter().collect();
        let models = models.join(", ");
        text = format!("{text} (the price or the length of answers is not known of {models})");
    }
    text
}

/// A cache that cannot be written costs the next run its calls; recordings that cannot be written are what was asked for.
fn store_fault(client: &Client, select: &SelectArgs, ui: &Ui) -> Result<(), CliError> {
    let Some(fault) = client.store_fault() else {
        return Ok(());
    };
    if select.responses == Responses::Record {
        return Err(CliError::system(format!(
            "not every response was recorded: {fault}"
        )));
    }
    ui.note(&format!("warning: {fault}"));
    Ok(())
}
