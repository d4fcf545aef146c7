//! A run that is opened, and what can be asked of it before it is executed.

use std::sync::Arc;

use super::expected::Expected;
use super::refusal::Told;
use super::session::Beginning;
use crate::call::Client;
use crate::model::settings::Settings;
use crate::pipeline::Ready;
use crate::pipeline::ending::Deadline;
use crate::plan::Plan;
use crate::seal::SigningKey;

/// A run that is ready: everything is read and checked, nothing is called and nothing is written.
#[derive(Debug)]
pub struct Run {
    pub(super) ready: Arc<Ready>,
    pub(super) client: Arc<Client>,
    pub(super) beginning: Beginning,
    pub(super) expected: Option<Expected>,
    pub(super) deadline: Option<Deadline>,
    pub(super) key: Option<SigningKey>,
    pub(super) told: Vec<Told>,
}

impl Run {
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
