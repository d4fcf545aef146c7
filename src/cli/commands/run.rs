//! `run`: the main job.

use super::execute::{self, Session};
use super::output::{self, Outputs};
use super::project::{Limits, Place, selection};
use super::resume::Resumed;
use crate::call::Client;
use crate::cli::Exit;
use crate::cli::args::{Format, Global, Responses, RunArgs, SelectArgs};
use crate::cli::error::CliError;
use crate::cli::ui::{Ui, counted};
use crate::model::event::{ArmRole, BaselineLink};
use crate::model::verdict::Decision;
use crate::observe::runs;
use crate::pipeline::{self, Ended, Interrupt, Prepared};
use crate::plan::{Arm, SuitePlan};

pub(in crate::cli) fn run(global: &Global, args: &RunArgs, ui: &Ui) -> Result<Exit, CliError> {
    let place = Place::find(global)?;
    let resumed = Resumed::find(&place, args)?;
    let select = match &resumed {
        Some(resumed) => &resumed.select(&place)?,
        None => &args.select,
    };
    let paid_usd = resumed
        .as_ref()
        .map_or(0.0, |run| run.earlier.fold.paid_usd());
    let (mut prepared, client) = place.prepare(select, limits(args, paid_usd), ui)?;
    let partial = selection(select)?.partial();
    if let Some(resumed) = &resumed {
        resumed.require_unchanged(&execute::header(
            &prepared,
            &client,
            select,
            partial.clone(),
        ))?;
        prepared.look_as(&resumed.earlier.header);
    }
    let outputs = Outputs::open(&place.cwd, &args.reports)?;
    demand(&prepared, &client, (args, select))?;
    let session = if let Some(resumed) = resumed {
        Session::resume(resumed, ui)?
    } else {
        pipeline::settle_looks(&mut prepared, &client);
        stored_baseline(&place, args, &mut prepared, ui)?;
        Session::begin(&prepared, &client, select, partial)?
    };
    if args.format == Format::Human {
        for suite in &prepared.plan.suites {
            ui.print(&headline(suite));
        }
    }
    let (finished, ended) = execute::execute(prepared, &client, session, ui)?;
    let view = output::view(&finished);
    outputs.write(&view)?;
    output::print(&view, args.format, ui)?;
    store_fault(&client, select, ui)?;
    if ended != Ended::Complete {
        ui.note("go on with what is missing: `prompteval run --resume`");
    }
    Ok(match ended {
        Ended::Interrupted(Interrupt::Interrupt) => Exit::Signal(2),
        Ended::Interrupted(Interrupt::Terminate) => Exit::Signal(15),
        // Stopped early and yet every gate passed: what was left out was never measured.
        Ended::Stopped if finished.verdict.decision == Decision::Pass => Exit::Undecided,
        _ => finished.verdict.decision.into(),
    })
}

fn stored_baseline(
    place: &Place,
    args: &RunArgs,
    prepared: &mut Prepared,
    ui: &Ui,
) -> Result<(), CliError> {
    let Some(run) = &args.baseline_run else {
        return Ok(());
    };
    let journal = runs::find(&place.root, &place.cwd, run)?;
    let notes = pipeline::reuse_baseline(prepared, &journal)
        .map_err(|error| CliError::invalid(error.to_string()))?;
    for note in &notes {
        ui.note(note);
    }
    Ok(())
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
        cases(suite),
        note.unwrap_or_default(),
    )
}

fn cases(suite: &SuitePlan) -> String {
    let all = counted(suite.cases.len(), "case");
    match suite.shard {
        None => all,
        Some(shard) => format!("{} of {all} (shard {shard})", suite.asked()),
    }
}

fn limits(args: &RunArgs, paid_usd: f64) -> Limits {
    Limits {
        paid_usd,
        concurrency: args.concurrency,
        max_cost_usd: args.max_cost,
    }
}

/// Every key that a call will need must be there before the first one (stored responses need none), and with a budget every
/// price.
fn demand(
    prepared: &Prepared,
    client: &Client,
    (args, select): (&RunArgs, &SelectArgs),
) -> Result<(), CliError> {
    let budget = args.max_cost.or(prepared.settings.max_cost_usd);
    let replay = select.responses == Responses::Replay;
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
