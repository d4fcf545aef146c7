//! Suites that stop when they are decided: each trial is shown to the suite's running evidence once.

use crate::aggregate::Fold;
use crate::gate::EarlyWatch;
use crate::model::TrialRecord;
use crate::model::record::JournalOffset;
use crate::plan::{Plan, SuitePlan};

/// How often the evidence of a suite is shown what came in: not after every case of a large one.
const LOOKS_PER_SUITE: usize = 250;

/// What is watched of each suite; `None` for one that asks all its cases.
pub(super) struct Early(Vec<Option<Watched>>);

struct Watched {
    watch: EarlyWatch,
    /// Trials that the evidence has not seen yet.
    part: Fold,
    held: usize,
    /// How many trials it is shown at once.
    every: usize,
}

impl Early {
    /// Suites of the plan, with what the fold has of them already.
    pub(super) fn new(plan: &Plan, fold: &Fold) -> Self {
        let earlier = plan.suites.iter().any(SuitePlan::stops_decided);
        let earlier = earlier.then(|| fold.clone().finish()).flatten();
        let watched = (0..).zip(&plan.suites).map(|(place, suite)| {
            let earlier = earlier.as_ref().filter(|_| suite.stops_decided())?;
            let mut watch = EarlyWatch::new(&earlier.header, place)?;
            watch.resume(earlier);
            Some(Watched {
                watch,
                part: fold.emptied(),
                held: 0,
                every: (suite.cases.len() * suite.arms.len() / LOOKS_PER_SUITE).max(1),
            })
        });
        Self(watched.collect())
    }

    /// Takes a trial that is kept.
    pub(super) fn take(&mut self, trial: &TrialRecord) {
        let suite = self.0.get_mut(trial.trial.suite as usize);
        let Some(watched) = suite.and_then(Option::as_mut) else {
            return;
        };
        // Where it stands in the journal is nothing to its evidence.
        watched.part.trial(trial, JournalOffset(0));
        watched.held += 1;
        if watched.held >= watched.every {
            watched.held = 0;
            let next = watched.part.emptied();
            if let Some(part) = std::mem::replace(&mut watched.part, next).finish() {
                watched.watch.see(&part);
            }
        }
    }

    /// Whether all gates of a suite are decided, so that no further case of it is asked.
    pub(super) fn is_decided(&self, suite: usize) -> bool {
        let watched = self.0.get(suite).and_then(Option::as_ref);
        watched.is_some_and(|watched| watched.watch.is_decided())
    }
}
