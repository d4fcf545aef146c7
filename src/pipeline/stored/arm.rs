//! The stored answers of one baseline: where they lie, never all of them in memory.

use std::io;

use super::answerers::Answerers;
use super::{evidence, journal};
use crate::model::event::StoredFrom;
use crate::model::{TrialId, TrialRecord};
use crate::pipeline::Prepared;
use crate::pipeline::error::RunError;

/// The answers of one baseline.
#[derive(Debug)]
pub(in crate::pipeline) struct StoredArm {
    /// Place of the suite and of the arm.
    pub(in crate::pipeline) place: (u32, u32),
    /// Which run they are of.
    pub(in crate::pipeline) from: StoredFrom,
    /// How many repeats of every case there are.
    pub(in crate::pipeline) repeats: u32,
    /// Who answered and judged.
    pub(super) then: Answerers,
    pub(super) answers: Answers,
}

/// Where the answers are read from.
#[derive(Debug)]
pub(super) enum Answers {
    Journal(journal::Lines),
    Evidence(Box<evidence::Outcomes>),
}

impl StoredArm {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        match &self.answers {
            Answers::Journal(lines) => lines.len(),
            Answers::Evidence(outcomes) => outcomes.len(),
        }
    }

    /// The trials of this run that they answer.
    pub(in crate::pipeline) fn ids<'a>(
        &self,
        prepared: &'a Prepared,
    ) -> impl Iterator<Item = TrialId> + 'a {
        let (suite, arm) = self.place;
        let repeats = 0..self.repeats;
        let trials = prepared.plan.trials_of(suite as usize, vec![arm], repeats);
        trials.map(|(id, _)| id)
    }

    /// Hands over every answer as a trial of this run.
    ///
    /// # Errors
    /// When what is stored cannot be read any more, or the first error of `take`.
    pub(in crate::pipeline) fn each(
        &self,
        prepared: &Prepared,
        mut take: impl FnMut(TrialRecord) -> Result<(), RunError>,
    ) -> Result<(), RunError> {
        let gone = |error: io::Error| RunError::Stored {
            run: self.from.run.clone(),
            error,
        };
        match &self.answers {
            Answers::Journal(lines) => {
                let mut trials = lines.trials(self.place);
                trials.try_for_each(|trial| take(trial.map_err(gone)?))
            }
            Answers::Evidence(outcomes) => {
                let gone = |reason: String| gone(io::Error::other(reason));
                let plan = prepared.plan.suites.get(self.place.0 as usize);
                let plan = plan.ok_or_else(|| gone("the plan has no such suite".to_owned()))?;
                let mut trials = outcomes.trials(plan, self.place, prepared.plan.seed);
                trials.try_for_each(|trial| take(trial.map_err(gone)?))
            }
        }
    }
}
