//! The stored answers of one baseline: where they lie, never all of them in memory.

use std::io;
use std::time::{Duration, Instant};

use super::answerers::Answerers;
use super::asker::Asker;
use super::lines::Lines;
use super::outcomes::Outcomes;
use crate::model::event::StoredFrom;
use crate::model::{TrialId, TrialRecord};

/// The answers of one baseline.
#[derive(Debug)]
pub(crate) struct StoredArm {
    /// Place of the suite and of the arm.
    pub(crate) place: (u32, u32),
    /// Which run they are of.
    pub(crate) from: StoredFrom,
    /// How many repeats of every case there are.
    pub(crate) repeats: u32,
    /// Who answered and judged.
    pub(crate) then: Answerers,
    pub(crate) answers: Answers,
}

/// A stored answer that cannot be read any more.
#[derive(Debug, thiserror::Error)]
#[error("the stored answers of run {run} cannot be read any more: {error}")]
pub struct Gone {
    /// The run.
    run: String,
    /// What happened.
    error: io::Error,
}

/// Where the answers are read from.
#[derive(Debug)]
pub(crate) enum Answers {
    Journal(Lines),
    Evidence(Box<Outcomes>),
}

impl StoredArm {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        match &self.answers {
            Answers::Journal(lines) => lines.len(),
            Answers::Evidence(outcomes) => outcomes.len(),
        }
    }

    /// The trials of this run that they answer.
    pub(crate) fn ids<'a>(&self, asker: Asker<'a>) -> impl Iterator<Item = TrialId> + 'a {
        let (suite, arm) = self.place;
        let repeats = 0..self.repeats;
        let trials = asker.plan.trials_of(suite as usize, vec![arm], repeats);
        trials.map(|(id, _)| id)
    }

    /// Hands over every answer as a trial of this run, until `end` says that the run is to end; what it said.
    ///
    /// # Errors
    /// When what is stored cannot be read any more, or the first error of `take`.
    pub(crate) async fn each<E, F: From<Gone>>(
        &self,
        asker: &Asker<'_>,
        take: impl FnMut(TrialRecord) -> Result<(), F>,
        end: impl AsyncFnMut() -> Option<E>,
    ) -> Result<Option<E>, F> {
        let gone = |error: io::Error| {
            F::from(Gone {
                run: self.from.run.clone(),
                error,
            })
        };
        match &self.answers {
            Answers::Journal(lines) => {
                let trials = lines.trials(self.place);
                until(trials.map(|trial| trial.map_err(gone)), take, end).await
            }
            Answers::Evidence(outcomes) => {
                let gone = |reason: String| gone(io::Error::other(reason));
                let plan = asker.plan.suites.get(self.place.0 as usize);
                let plan = plan.ok_or_else(|| gone("the plan has no such suite".to_owned()))?;
                let trials = outcomes.trials(plan, self.place, asker.plan.seed);
                until(trials.map(|trial| trial.map_err(gone)), take, end).await
            }
        }
    }
}

/// How long is read before a signal or a deadline is looked for.
const READ_FOR: Duration = Duration::from_millis(20);

/// Hands over trials until `end` says something, which it is asked before the first one and then every few milliseconds.
async fn until<T, E, F>(
    trials: impl Iterator<Item = Result<T, F>>,
    mut take: impl FnMut(T) -> Result<(), F>,
    mut end: impl AsyncFnMut() -> Option<E>,
) -> Result<Option<E>, F> {
    let mut trials = trials.peekable();
    while trials.peek().is_some() {
        if let Some(ended) = end().await {
            return Ok(Some(ended));
        }
        let began = Instant::now();
        for trial in trials.by_ref() {
            take(trial?)?;
            if began.elapsed() >= READ_FOR {
                break;
            }
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_read_without_end_ends_when_the_run_does() {
        let begin = Instant::now();
        let end = async || (begin.elapsed() >= Duration::from_millis(60)).then_some("over");
        let mut taken = 0_u64;
        let take = |()| {
            taken += 1;
            Ok::<(), Gone>(())
        };
        let ended = until(std::iter::repeat_with(|| Ok(())), take, end).await;
        assert!(matches!(ended, Ok(Some("over"))));
        assert!(taken > 0, "what was read before counts");
        assert!(begin.elapsed() < Duration::from_secs(5));
    }

    #[tokio::test]
    async fn what_is_read_to_its_end_is_handed_over_whole() {
        let mut taken = Vec::new();
        let take = |trial| {
            taken.push(trial);
            Ok::<(), Gone>(())
        };
        let ended = until((0..1_000).map(Ok), take, async || None::<()>).await;
        assert!(matches!(ended, Ok(None)));
        assert!(taken.into_iter().eq(0..1_000));
    }
}
