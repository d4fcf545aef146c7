//! One run, from its flags to its reports.

use std::io::{self, IsTerminal};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::cache;
use super::github;
use super::headline::headline;
use super::key;
use super::output::{self, Outputs};
use super::project::{Place, refused, spec, tell};
use crate::call::Client;
use crate::cli::Exit;
use crate::cli::args::{Format, NEWEST, RunArgs};
use crate::cli::error::CliError;
use crate::cli::signals::Hold;
use crate::cli::ui::{Ui, counted};
use crate::load::Changes;
use crate::model::verdict::Decision;
use crate::model::{Ended, Interrupt, Responses};
use crate::observe::{Progress, ProgressStyle};
use crate::pipeline::{
    BaselineAnswers, Cut, Event, Finished, Leave, Limits, Observer, Opening, Run, Wanted,
};
use crate::plan::Plan;

/// Files that changed: only what they affect is run.
pub(super) struct Change {
    /// How many there are in the project.
    pub(super) count: usize,
    /// Which.
    pub(super) changes: Changes,
    /// Since when, in words.
    pub(super) since: String,
}

pub(super) fn once(
    place: &Place,
    args: &RunArgs,
    change: Option<&Change>,
    ui: &Ui,
) -> Result<Exit, CliError> {
    let run = open(place, args, change, ui)?;
    let outputs = Outputs::open(place, &args.reports)?;
    // From here on there is something to lose.
    let hold = Hold::new();
    let client = Arc::clone(run.client());
    let limits = cache::limits(run.settings());
    let idle = change.filter(|_| run.plan().is_empty());
    let mut console = Console {
        ui,
        announces: args.format == Format::Human,
        idle,
        progress: None,
    };
    let finished = execute(run, &mut console, &hold)?;
    // A run whose end nobody saw is none that finished.
    let ended = finished.ended.unwrap_or(Ended::Stopped);
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
    store_fault(&client, ui)?;
    // The cache is tidied alone, so this run has to release it first.
    drop(client);
    cache::tidy(place, limits, ui);
    Ok(how_it_ended(ended, hold.end(), finished.verdict.decision))
}

fn open(place: &Place, args: &RunArgs, change: Option<&Change>, ui: &Ui) -> Result<Run, CliError> {
    let baseline = match args.baseline_run.as_deref() {
        None => BaselineAnswers::EvidenceIfCalled,
        Some("history") => BaselineAnswers::History,
        Some("evidence") => BaselineAnswers::Evidence,
        Some(run) => BaselineAnswers::Run(run.to_owned()),
    };
    let mut spec = spec(&args.select)?;
    spec.changed_since.clone_from(&args.changed_since);
    // Beside earlier answers a baseline is asked as always.
    spec.against_stored = matches!(
        baseline,
        BaselineAnswers::Evidence | BaselineAnswers::Run(_)
    );
    let limits = Limits {
        concurrency: args.concurrency,
        max_cost_usd: args.max_cost,
        timeout: args.timeout,
    };
    let resume = args.resume.as_deref().map(|wanted| match wanted {
        NEWEST => Wanted::Newest,
        run => Wanted::Run(run.to_owned()),
    });
    let project = place.project();
    let opening = Opening {
        baseline,
        changes: change.map(|change| &change.changes),
        leave: Leave {
            untested: args.allow_untested,
            weaker: args.allow_weaker,
        },
        strict: args.select.strict,
        resume,
        key: key::signing(args.sign)?,
        ..Opening::new(&project, spec, limits)
    };
    let run = opening.open().map_err(|refusal| refused(refusal, ui))?;
    tell(run.told(), ui);
    Ok(run)
}

fn execute(run: Run, console: &mut Console<'_>, hold: &Hold) -> Result<Finished, CliError> {
    let runtime = tokio::runtime::Runtime::new()?;
    let finished = runtime.block_on(run.execute(console, hold.interrupted()));
    if let Some(progress) = &mut console.progress {
        progress.finish();
    }
    // Connections and timers of calls that were given up need no farewell.
    runtime.shutdown_timeout(Duration::from_millis(100));
    finished.map_err(|Cut { why, journal }| {
        let error = CliError::system(why);
        match journal {
            Some(journal) => error.hint(kept(&journal)),
            None => error,
        }
    })
}

fn kept(journal: &Path) -> String {
    let kept = journal.display();
    format!("what was written stays in {kept}; once the cause is gone: `prompteval run --resume`")
}

/// Shows a run on the terminal while it goes on.
struct Console<'a> {
    ui: &'a Ui,
    /// Whether people read standard output.
    announces: bool,
    /// The change that affects nothing.
    idle: Option<&'a Change>,
    progress: Option<Progress>,
}

impl Observer for Console<'_> {
    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Resumes {
                run,
                done,
                open,
                torn,
            } => {
                let open = match open {
                    0 => String::new(),
                    open => format!(", {} in error asked again", counted(*open, "trial")),
                };
                let cut = if *torn {
                    "; the journal's last line was cut off and is removed"
                } else {
                    ""
                };
                let done = counted(*done, "trial");
                self.ui
                    .note(&format!("resuming run {run}: {done} done{open}{cut}"));
            }
            Event::Begins { plan, trials } => {
                self.announce(plan);
                let style = style(self.ui);
                self.progress = Some(Progress::new(style, *trials, Box::new(io::stderr())));
            }
            Event::Adds(trials) => {
                if let Some(progress) = &mut self.progress {
                    progress.add(*trials);
                }
            }
            _ => {
                if let Some(progress) = &mut self.progress {
                    event.trials().for_each(|trial| progress.trial(trial));
                }
            }
        }
    }
}

impl Console<'_> {
    /// What is tested, or that nothing needs to be.
    fn announce(&self, plan: &Plan) {
        if !self.announces {
            return;
        }
        if let Some(change) = self.idle {
            let files = counted(change.count, "file");
            self.ui.print(&format!(
                "no suite is affected: {files} changed {}\n",
                change.since
            ));
        }
        for suite in &plan.suites {
            self.ui.print(&headline(suite, self.ui));
        }
    }
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

/// Whoever asks for the end while reports are written gets it, too.
fn how_it_ended(ended: Ended, asked: Option<Interrupt>, decision: Decision) -> Exit {
    match (ended, asked) {
        (Ended::Interrupted(asked), _) | (_, Some(asked)) => asked.into(),
        // Stopped early and yet every gate passed: what was left out was never measured.
        (Ended::Stopped, None) if decision == Decision::Pass => Exit::Undecided,
        _ => decision.into(),
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

/// A cache that cannot be written costs the next run its calls; recordings that cannot be written are what was asked for.
fn store_fault(client: &Client, ui: &Ui) -> Result<(), CliError> {
    let Some(fault) = client.store_fault() else {
        return Ok(());
    };
    if client.mode() == Responses::Record {
        return Err(CliError::system(format!(
            "not every response was recorded: {fault}"
        )));
    }
    ui.note(&format!("warning: {fault}"));
    Ok(())
}
