//! What a run is opened with beside its specification, and the steps from there to a run that is ready.

use std::path::PathBuf;
use std::sync::Arc;

use super::checking::checked;
use super::expected::expected;
use super::handle::Run;
use super::heading::{Heading, Leave, heading};
use super::project::{Asking, Limits, Project};
use super::refusal::{Refusal, Telling, Why};
use super::resumed::{Resumed, Wanted};
use super::session::Beginning;
use crate::call::Client;
use crate::load::Changes;
use crate::model::{Responses, RunSpec};
use crate::observe::runs;
use crate::pipeline::{Checked, Ready, baselines};
use crate::seal::SigningKey;

/// A run that is about to be opened: [`Run::open`] with everything that can be said beside.
#[derive(Debug)]
pub struct Opening<'a> {
    /// The project.
    pub project: &'a Project,
    /// Suites, filters and overrides.
    pub spec: RunSpec,
    /// How much it may take.
    pub limits: Limits,
    /// Where earlier answers of baselines come from.
    pub baseline: BaselineAnswers,
    /// Only what these files affect is run.
    pub changes: Option<&'a Changes>,
    /// What a change may do, where `spec.changed_since` names what it is a change of.
    pub leave: Leave,
    /// Whether gates that cannot fail are mistakes.
    pub strict: bool,
    /// The run that is resumed; suites, filters, responses and seed are then those of that run.
    pub resume: Option<Wanted>,
    /// Who vouches for the run, where anyone does.
    pub key: Option<SigningKey>,
}

/// Where earlier answers of baselines come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum BaselineAnswers {
    /// From evidence, under `auto`, where they would have to be called for otherwise.
    #[default]
    EvidenceIfCalled,
    /// From the evidence of each baseline.
    Evidence,
    /// From a run: its id, `last`, or a journal.
    Run(String),
    /// Baselines are asked; what they answered in earlier runs stands beside it.
    History,
}

impl Run {
    /// Opens a run of this project. [`Opening`] says more than a specification and limits can.
    ///
    /// # Errors
    /// Where a file holds a mistake, nothing is left to run, or a key or a price is missing.
    pub fn open(project: &Project, spec: RunSpec, limits: Limits) -> Result<Self, Refusal> {
        Opening::new(project, spec, limits).open()
    }
}

impl<'a> Opening<'a> {
    /// Nothing but what the specification and the limits say.
    pub fn new(project: &'a Project, spec: RunSpec, limits: Limits) -> Self {
        Self {
            project,
            spec,
            limits,
            baseline: BaselineAnswers::default(),
            changes: None,
            leave: Leave::default(),
            strict: false,
            resume: None,
            key: None,
        }
    }

    /// Reads and checks everything that the run needs. Nothing is called and nothing is written.
    ///
    /// # Errors
    /// Where a file holds a mistake, nothing is left to run, a key or a price is missing, or the run cannot be resumed.
    pub fn open(self) -> Result<Run, Refusal> {
        let mut telling = Telling::default();
        match self.opened(&mut telling) {
            Ok(run) => Ok(Run {
                told: telling.0,
                ..run
            }),
            Err(why) => Err(Refusal {
                told: telling.0,
                why,
            }),
        }
    }

    fn opened(mut self, telling: &mut Telling) -> Result<Run, Why> {
        let deadline = self.limits.deadline();
        let resumed = match self.resume.take() {
            Some(wanted) => Some(Resumed::find(self.project, &wanted, self.key.as_ref())?),
            None => None,
        };
        if let Some(resumed) = &resumed {
            self.spec = resumed.spec(self.project);
        }
        let earlier = resumed.as_ref().map(|run| &run.earlier);
        let budget = self.limits.max_cost_usd;
        let budget = budget.or_else(|| earlier.and_then(|run| run.header.run.max_cost_usd));
        let asking = Asking {
            responses: self.spec.responses,
            concurrency: self.limits.concurrency,
            max_cost_usd: budget,
            paid_usd: earlier.map_or(0.0, |run| run.fold.paid_usd()),
            deadline: deadline.map(|deadline| deadline.at),
        };
        let (checked, client) = checked(
            self.project,
            &self.spec,
            (self.changes, self.strict, asking),
            telling,
        )?;
        let client = Arc::new(client);
        let ready = match &resumed {
            Some(resumed) => {
                let ready = Ready::resumed(checked, &resumed.earlier);
                let now = heading(&ready, &client, &self.heading());
                resumed.require_unchanged(&now, telling)?;
                resumed.require_taken_over(&ready)?;
                ready
            }
            None => self.ready(checked, &client, telling)?,
        };
        let expected = expected(&ready, &client, self.limits.max_cost_usd)?;
        if let Some(expected) = &expected {
            telling.0.extend(expected.told());
        }
        let beginning = match resumed {
            Some(resumed) => Beginning::Resumed(Box::new(resumed)),
            None => Beginning::New(Box::new(heading(&ready, &client, &self.heading()))),
        };
        Ok(Run {
            ready: Arc::new(ready),
            client,
            beginning,
            expected,
            deadline,
            key: self.key,
            told: Vec::new(),
        })
    }

    /// What a new run knows before its first trial.
    fn ready(
        &self,
        checked: Checked,
        client: &Client,
        telling: &mut Telling,
    ) -> Result<Ready, Why> {
        let ready = Ready::settled(checked, client);
        for suite in &ready.recorded {
            telling.note(format!(
                "{suite} is decided on its recordings: `--responses record` would ask for more repeats"
            ));
        }
        let journal: PathBuf;
        let from = match &self.baseline {
            BaselineAnswers::History => {
                let (ready, notes) = ready
                    .with_pools()
                    .map_err(|error| Why::invalid(error.to_string()))?;
                telling.notes(notes);
                return Ok(ready);
            }
            BaselineAnswers::Evidence => baselines::From::Evidence,
            BaselineAnswers::Run(run) => {
                journal = runs::find(&self.project.root, &self.project.from, run)?;
                baselines::From::Journal(&journal)
            }
            // Other modes say where every answer has to come from.
            BaselineAnswers::EvidenceIfCalled if self.spec.responses == Responses::Auto => {
                baselines::From::EvidenceIfCalled
            }
            BaselineAnswers::EvidenceIfCalled => return Ok(ready),
        };
        let taken = baselines::reuse_baseline(&ready, client, from)
            .map_err(|error| Why::invalid(error.to_string()))?;
        let (ready, notes) = ready.with_stored(taken);
        telling.notes(notes.lines);
        match notes.missing.first() {
            Some(missing) => Err(
                Why::invalid(format!("nothing to compare with: {missing}")).hint(
                    "promote it with evidence, or name a run that holds it: `--baseline-run RUN`",
                ),
            ),
            None => Ok(ready),
        }
    }

    fn heading(&self) -> Heading<'_> {
        Heading {
            spec: &self.spec,
            max_cost_usd: self.limits.max_cost_usd,
            is_change: self.changes.is_some(),
            leave: self.leave,
        }
    }
}
