//! The project that is run, and how much a run may take.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::call::{self, Client, Recordings, Transport, TransportConfig};
use crate::load;
use crate::model::settings::Settings;
use crate::model::{Problems, Responses};
use crate::observe::runs;
use crate::pipeline::ending::Deadline;
use crate::secrets;

/// Calls in flight where neither the limits nor the project says so.
const CONCURRENCY: usize = 32;

/// Seconds until a call is given up, where the project does not say so.
const TIMEOUT_S: f64 = 120.0;

/// How often a call is tried again, where the project does not say so.
const RETRIES: u32 = 5;

/// A project on disk.
#[derive(Clone, Debug)]
pub struct Project {
    /// Its folder: the one of `prompteval.yaml`.
    pub root: PathBuf,
    /// The folder that relative paths of suites and runs start from.
    pub from: PathBuf,
    /// Looks up a variable of the environment: keys and addresses of providers are read by it.
    pub env: fn(&str) -> Option<String>,
}

impl Project {
    /// The project in this folder, with the environment of the process.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        let root = root.into();
        Self {
            from: root.clone(),
            root,
            env: secrets::variable,
        }
    }
}

/// How much a run may take, over what the project says.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    /// Most calls in flight, over all providers.
    pub concurrency: Option<u16>,
    /// Most that calls may cost, in US dollars.
    pub max_cost_usd: Option<f64>,
    /// How long the run may take.
    pub timeout: Option<Duration>,
}

impl Limits {
    /// When a run that begins now is to end.
    pub(super) fn deadline(&self) -> Option<Deadline> {
        self.timeout.map(|after| Deadline {
            at: Instant::now() + after,
            after,
        })
    }
}

/// What a client is told beside the project's settings.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Asking {
    pub(super) responses: Responses,
    pub(super) concurrency: Option<u16>,
    pub(super) max_cost_usd: Option<f64>,
    /// US dollars that a resumed run has paid already.
    pub(super) paid_usd: f64,
    pub(super) deadline: Option<Instant>,
}

/// The client of a run.
pub(super) fn client(
    project: &Project,
    settings: &Settings,
    asking: Asking,
) -> Result<Client, Problems> {
    let concurrency = asking.concurrency.map(usize::from).or(settings.concurrency);
    let concurrency = concurrency.unwrap_or(CONCURRENCY);
    let root: &Path = &project.root;
    let transport = Transport::new(&TransportConfig {
        settings,
        env: &project.env,
        concurrency,
        timeout: Duration::from_secs_f64(settings.timeout_s.unwrap_or(TIMEOUT_S)),
        cache_dir: runs::state_dir(root).join("cache"),
        // Waits between tries may differ from run to run: that is what keeps two runs from trying in step.
        seed: u64::from(std::process::id()),
    });
    let mut problems = Problems::default();
    let mode = asking.responses;
    let recordings = Recordings::of(mode, &load::recordings_dir(root), &mut problems);
    let transport = match transport {
        Ok(transport) if !problems.any_error() => transport,
        Ok(_) => return Err(problems),
        Err(mut all) => {
            all.extend(problems);
            return Err(all);
        }
    };
    let asking = call::Asking {
        mode,
        recordings,
        concurrency,
        max_retries: settings.max_retries.unwrap_or(RETRIES),
        max_cost_usd: asking.max_cost_usd.or(settings.max_cost_usd),
        paid_usd: asking.paid_usd,
        deadline: asking.deadline,
        stops_last: None,
    };
    Ok(Client::new(Arc::new(transport), asking))
}

/// A client for wire formats alone: it knows the project's providers and asks nothing.
///
/// # Errors
/// With the mistakes in `prompteval.yaml`.
pub fn bare_client(project: &Project) -> Result<Client, Problems> {
    let (read, problems) = load::project(&project.root, &project.from, &[]);
    if problems.any_error() {
        return Err(problems);
    }
    let asking = Asking {
        responses: Responses::Live,
        ..Asking::default()
    };
    client(project, &read.settings, asking)
}
