//! A run as one library call: open, forecast, execute.
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use prompteval::pipeline::{Limits, Project, Run};
//!
//! let run = Run::open(&Project::at("."), Default::default(), Limits::default())?;
//! let finished = run.execute(&mut (), std::future::pending()).await?;
//! println!("{:?}", finished.verdict.decision);
//! # Ok(())
//! # }
//! ```

mod checking;
mod execute;
mod expected;
mod heading;
mod observer;
mod opening;
mod project;
mod refusal;
mod resumed;
mod session;

use std::path::PathBuf;
use std::sync::Arc;

use super::Ready;
use super::ending::Deadline;
use crate::call::Client;
use crate::model::RunSpec;
use crate::model::settings::Settings;
use crate::plan::Plan;
use crate::seal::SigningKey;

pub use checking::Outlook;
pub use expected::Expected;
pub use observer::{Event, Observer};
pub use opening::{BaselineAnswers, Leave, Opening};
pub use project::{Limits, Project, bare_client};
pub use refusal::{Refusal, Told, Why};
pub use resumed::Wanted;
use session::Beginning;

/// A run that is ready: everything is read and checked, nothing is called and nothing is written.
#[derive(Debug)]
pub struct Run {
    ready: Arc<Ready>,
    client: Arc<Client>,
    beginning: Beginning,
    expected: Option<Expected>,
    deadline: Option<Deadline>,
    key: Option<SigningKey>,
    told: Vec<Told>,
}

/// A run that could not go on. What is in the journal stays readable, and the run can be resumed.
#[derive(Debug, thiserror::Error)]
#[error("{why}")]
pub struct Cut {
    /// What happened.
    pub why: String,
    /// The journal, where there is one.
    pub journal: Option<PathBuf>,
}

impl Cut {
    /// Before anything was written.
    fn early(why: String) -> Self {
        Self { why, journal: None }
    }
}

impl Run {
    /// Opens a run of this project. [`Opening`] says more than a specification and limits can.
    ///
    /// # Errors
    /// Where a file holds a mistake, nothing is left to run, or a key or a price is missing.
    pub fn open(project: &Project, spec: RunSpec, limits: Limits) -> Result<Self, Refusal> {
        Opening::new(project, spec, limits).open()
    }

    /// What the run will do.
    pub fn plan(&self) -> &Plan {
        &self.ready.plan
    }

    /// What the run is about to take; `None` where it answers from recordings alone.
    pub fn forecast(&self) -> Option<&Expected> {
        self.expected.as_ref()
    }

    /// The project's settings.
    pub fn settings(&self) -> &Settings {
        &self.ready.settings
    }

    /// Warnings and notes, in the order in which they were found.
    pub fn told(&self) -> &[Told] {
        &self.told
    }

    /// What asks: counts and faults of the calls can be read from it while the run goes on and afterwards.
    pub fn client(&self) -> &Arc<Client> {
        &self.client
    }
}
