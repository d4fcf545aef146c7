//! Finds the project, and turns flags into a selection and a client.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::call::{Asking, Client, Recordings, Transport, TransportConfig};
use crate::cli::args::{Global, Responses, SelectArgs};
use crate::cli::error::CliError;
use crate::cli::ui::Ui;
use crate::fsx;
use crate::load::{self, Changes, PROJECT_FILE};
use crate::model::asked::Asked;
use crate::model::dataset::id_key;
use crate::model::settings::Settings;
use crate::model::{Dataset, Location, ModelTarget, Params, Problem, Problems};
use crate::observe::runs;
use crate::pipeline::{self, Prepared};
use crate::plan::{BaselineChoice, Selection};
use crate::registry::Registry;

/// Calls in flight where neither the command line nor the project says so.
const DEFAULT_CONCURRENCY: usize = 32;

/// Seconds until a call is given up, where the project does not say so.
const DEFAULT_TIMEOUT_S: f64 = 120.0;

/// How often a call is tried again, where the project does not say so.
const DEFAULT_RETRIES: u32 = 5;

/// What the command line says over the project's defaults.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Limits {
    /// Most calls in flight.
    pub(super) concurrency: Option<u16>,
    /// US dollars that calls may cost.
    pub(super) max_cost_usd: Option<f64>,
    /// US dollars that a resumed run has paid already.
    pub(super) paid_usd: f64,
    /// When the run ends.
    pub(super) deadline: Option<Instant>,
}

/// The working directory, and the project it belongs to.
#[derive(Debug)]
pub(super) struct Place {
    /// The working directory.
    pub(super) cwd: PathBuf,
    /// The project's folder.
    pub(super) root: PathBuf,
}

impl Place {
    pub(super) fn find(global: &Global) -> Result<Self, CliError> {
        let cwd = std::env::current_dir()?;
        let hint = format!(
            "`prompteval init` makes a project here; one elsewhere is named by `--project DIR`, a folder with a file `{PROJECT_FILE}`"
        );
        let root = match &global.project {
            Some(dir) => {
                let root = cwd.join(dir);
                if !fsx::exists(&root.join(PROJECT_FILE)) {
                    let message = format!("there is no {PROJECT_FILE} in {}", dir.display());
                    return Err(CliError::invalid(message).hint(hint));
                }
                root
            }
            None => load::find_root(&cwd).ok_or_else(|| {
                let message = format!(
                    "there is no {PROJECT_FILE} in {} or above it",
                    cwd.display()
                );
                CliError::invalid(message).hint(hint)
            })?,
        };
        Ok(Self { cwd, root })
    }

    /// The registry; mistakes in it end the command.
    pub(super) fn registry(&self, ui: &Ui) -> Result<Registry, CliError> {
        let (registry, problems) = Registry::read(&self.root);
        settle(problems, ui)?;
        Ok(registry)
    }

    /// A client for its wire formats alone.
    pub(super) fn bare_client(&self) -> Result<Client, CliError> {
        let (project, problems) = load::project(&self.root, &self.cwd, &[]);
        if problems.any_error() {
            return Err(CliError::problems(problems));
        }
        client(
            &self.root,
            &project.settings,
            Responses::Live,
            Limits::default(),
        )
        .map_err(CliError::problems)
    }

    /// Everything that a run with these flags would do, checked.
    pub(super) fn prepare(
        &self,
        select: &SelectArgs,
        limits: Limits,
        changed: Option<&Changes>,
        ui: &Ui,
    ) -> Result<(Prepared, Client), CliError> {
        let selection = selection(select)?;
        let (prepared, mut problems) = pipeline::prepare(&pipeline::Request {
            root: &self.root,
            from: &self.cwd,
            suites: &select.suites,
            selection: &selection,
            changed,
        });
        problems.extend(tracked_cache(&self.root));
        problems.extend(load::recordings_outside(&self.root));
        let client = client(&self.root, &prepared.settings, select.responses, limits);
        let client = match client {
            Ok(client) => {
                prepared.check_providers(&client, &mut problems);
                Some(client)
            }
            Err(more) => {
                problems.extend(more);
                None
            }
        };
        if select.strict {
            problems = problems.strict();
        }
        settle(problems, ui)?;
        let Some(client) = client else {
            return Err(CliError::system("the HTTP client cannot be set up"));
        };
        unmatched(&prepared, ui)?;
        // Where nothing has changed, nothing needs to run.
        if changed.is_none() || !prepared.plan.is_empty() {
            nothing_matched(&prepared, &selection)?;
        }
        Ok((prepared, client))
    }
}

/// A cache that git tracks: a commit could bring any answer, and the run would say that a provider gave it.
fn tracked_cache(root: &Path) -> Option<Problem> {
    let state = runs::state_dir(root);
    let cache = state.join("cache");
    if !fsx::exists(&cache) {
        return None;
    }
    let (state, cache) = (fsx::shown(root, &state), fsx::shown(root, &cache));
    let tracked = load::git::tracked_below(root, &state);
    let is_cache = |path: &&String| **path == state || path.starts_with(&cache);
    let first = tracked.iter().find(is_cache)?;
    let message = "git tracks the cache: answers out of it may be anyone's".to_owned();
    Some(
        Problem::error("tracked-cache", Location::file(first.clone()), message).hint(format!(
            "`git rm -r --cached {state}`; answers to commit are recordings: `prompteval run --responses record`"
        )),
    )
}

/// Ends the command where a problem is an error; shows warnings otherwise.
pub(super) fn settle(problems: Problems, ui: &Ui) -> Result<(), CliError> {
    if problems.any_error() {
        return Err(CliError::problems(problems));
    }
    ui.problems(&problems);
    Ok(())
}

pub(super) fn selection(args: &SelectArgs) -> Result<Selection, CliError> {
    let baseline = match args.baseline.as_deref() {
        None => None,
        Some("none") => Some(BaselineChoice::None),
        Some(text) => Some(BaselineChoice::Version(text.parse().map_err(|_| {
            CliError::invalid(format!("`{text}` is no baseline"))
                .hint("write a version such as `1.1.0`, or `none`".to_owned())
        })?)),
    };
    Ok(Selection {
        candidates: args.candidate.clone(),
        baseline,
        tags: args.tag.clone(),
        cases: args.case.clone(),
        limit: args.limit.map(|n| n as usize),
        repeats: args.repeats,
        against_stored: args.against_stored,
        no_escalate: args.no_escalate,
        models: args
            .model
            .iter()
            .map(|name| ModelTarget {
                name: name.clone(),
                params: Params::new(),
                at: Location::file("command line"),
            })
            .collect(),
        shard: args.shard,
        seed: args.seed,
    })
}

/// The flags as they stand in the journal.
pub(super) fn asked(args: &SelectArgs) -> Asked {
    Asked {
        candidates: args.candidate.iter().map(ToString::to_string).collect(),
        baseline: args.baseline.clone(),
        tags: args.tag.clone(),
        cases: args.case.clone(),
        limit: args.limit,
        repeats: args.repeats,
        against_stored: args.against_stored,
        no_escalate: args.no_escalate,
        changed_since: None,
        models: args.model.iter().map(ToString::to_string).collect(),
    }
}

fn client(
    root: &Path,
    settings: &Settings,
    responses: Responses,
    limits: Limits,
) -> Result<Client, Problems> {
    let concurrency = limits
        .concurrency
        .map(usize::from)
        .or(settings.concurrency)
        .unwrap_or(DEFAULT_CONCURRENCY);
    let mode = responses.into();
    let transport = Transport::new(&TransportConfig {
        settings,
        env: &|name| std::env::var(name).ok(),
        concurrency,
        timeout: Duration::from_secs_f64(settings.timeout_s.unwrap_or(DEFAULT_TIMEOUT_S)),
        cache_dir: runs::state_dir(root).join("cache"),
        // Waits between tries may differ from run to run: that is what keeps two runs from trying in step.
        seed: u64::from(std::process::id()),
    });
    let mut problems = Problems::default();
    let recordings = Recordings::of(mode, &load::recordings_dir(root), &mut problems);
    let transport = match transport {
        Ok(transport) if !problems.any_error() => transport,
        Ok(_) => return Err(problems),
        Err(mut all) => {
            all.extend(problems);
            return Err(all);
        }
    };
    let asking = Asking {
        mode,
        recordings,
        concurrency,
        max_retries: settings.max_retries.unwrap_or(DEFAULT_RETRIES),
        max_cost_usd: limits.max_cost_usd.or(settings.max_cost_usd),
        paid_usd: limits.paid_usd,
        deadline: limits.deadline,
        stops_last: None,
    };
    Ok(Client::new(Arc::new(transport), asking))
}

/// The flags that narrow down what runs, as they were written.
fn filters(selection: &Selection) -> String {
    let candidates = selection.candidates.iter();
    let mut flags: Vec<String> = candidates.map(|id| format!("--candidate {id}")).collect();
    flags.extend(selection.tags.iter().map(|tag| format!("--tag {tag}")));
    flags.extend(selection.cases.iter().map(|id| format!("--case {id}")));
    flags.extend(selection.limit.map(|limit| format!("--limit {limit}")));
    flags.join(" ")
}

/// A suite that names its candidates and has none would decide nothing: production in their place would be tested against itself.
/// Beside suites that have some, as after a promotion, it is named and left out.
fn unmatched(prepared: &Prepared, ui: &Ui) -> Result<(), CliError> {
    let mut problems = Problems::default();
    for suite in &prepared.plan.unmatched {
        let names = suite.candidates.join(", ");
        let message = format!(
            "{} tests nothing: no version of `{}` is selected by `candidates: [{names}]`",
            suite.path, suite.family
        );
        let hint = format!(
            "to test what users get as well, name it: `candidates: [{names}, production]`; without `candidates` it is tested where nothing else is"
        );
        if prepared.plan.is_empty() {
            return Err(CliError::nothing(message).hint(hint));
        }
        let at = Location::file(suite.path.clone());
        problems.push(Problem::warning("no-candidate", at, message).hint(hint));
    }
    ui.problems(&problems);
    Ok(())
}

/// A filter that selects nothing must not look like a run that passed.
fn nothing_matched(prepared: &Prepared, selection: &Selection) -> Result<(), CliError> {
    let plan = &prepared.plan;
    if plan.is_empty() {
        let message = if selection.filters() {
            format!("no case is left by {}", filters(selection))
        } else {
            "there is nothing to run".to_owned()
        };
        return Err(CliError::nothing(message));
    }
    let datasets = || plan.suites.iter().map(|suite| &suite.dataset);
    for wanted in &selection.cases {
        let key = id_key(wanted);
        let has = |dataset: &Dataset| {
            (0..dataset.len() as u32).any(|place| dataset.index.key(place) == Some(key))
        };
        if !datasets().any(|dataset| has(dataset)) {
            let cases = datasets().flat_map(|dataset| dataset.cases());
            let known: Vec<String> = cases
                .map(|case| case.map(|case| case.id))
                .collect::<io::Result<_>>()?;
            let hint = crate::source::nearest::<str>(wanted, known.iter().map(String::as_str))
                .map(|name| format!("did you mean `{name}`?"));
            let message = format!("no case has the id `{wanted}`");
            return Err(CliError::nothing(message).hint(hint));
        }
    }
    Ok(())
}
