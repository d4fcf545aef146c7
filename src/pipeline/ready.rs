//! A checked project with all that a run knows before its first trial. Nothing of it changes while the run goes on.

use std::collections::BTreeSet;
use std::ops::Deref;
use std::sync::Arc;

use super::Checked;
use super::baselines::{Notes, TakenOver};
use super::looks;
use super::resume::Earlier;
use crate::aggregate::Done;
use crate::call::Client;
use crate::model::TrialId;
use crate::model::event::{PoolFrom, StoredFrom};
use crate::stored::{self, PoolError, PooledArm, StoredArm};

/// A run that is ready to start.
#[derive(Debug)]
pub struct Ready {
    checked: Checked,
    /// Trials taken over from an earlier run.
    pub(super) stored: Vec<Arc<StoredArm>>,
    /// Earlier answers of baselines that stand beside their fresh ones.
    pub(super) pools: Vec<PooledArm>,
    /// Suites whose first look comes wholly from recordings, where those decide: they ask for nothing.
    pub(super) replays: BTreeSet<usize>,
    /// Suites that are looked at once because they replay as a whole.
    pub(super) recorded: Vec<String>,
    /// Trials that the resumed run has already.
    pub(super) done: Done,
}

impl Deref for Ready {
    type Target = Checked;

    fn deref(&self) -> &Checked {
        &self.checked
    }
}

impl Ready {
    /// As planned: whether repeats are available is not looked at.
    pub fn planned(checked: Checked) -> Self {
        Self {
            checked,
            stored: Vec::new(),
            pools: Vec::new(),
            replays: BTreeSet::new(),
            recorded: Vec::new(),
            done: Done::default(),
        }
    }

    /// For a new run: suites whose repeats are not available are looked at once.
    pub fn settled(mut checked: Checked, client: &Client) -> Self {
        let looks::Settled { replays, recorded } = looks::settle(&mut checked, client);
        Self {
            replays,
            recorded,
            ..Self::planned(checked)
        }
    }

    /// Resumes an earlier run: what it has is not asked again, and evidence is looked at when it was to be (whether
    /// repeats are available may have changed since).
    pub(super) fn resumed(mut checked: Checked, earlier: &Earlier) -> Self {
        for (suite, before) in checked.plan.suites.iter_mut().zip(&earlier.header.suites) {
            suite.looks.clone_from(&before.looks);
            suite.looks_note.clone_from(&before.looks_note);
        }
        Self {
            done: earlier.fold.done(),
            ..Self::planned(checked)
        }
    }

    /// Takes over answers of baselines; says for each suite what was taken, or why it is asked again.
    pub(super) fn with_stored(self, taken: TakenOver) -> (Self, Notes) {
        let ready = Self {
            stored: taken.arms,
            ..self
        };
        (ready, taken.notes)
    }

    /// Puts earlier answers of every baseline beside those that the run asks for; says what is pooled.
    pub(super) fn with_pools(self) -> Result<(Self, Vec<String>), PoolError> {
        let (pools, notes) = stored::pool(&self.asker())?;
        Ok((Self { pools, ..self }, notes))
    }

    /// Where an arm's answers come from, where they are not asked for.
    pub(super) fn stored_from(&self, suite: usize, arm: usize) -> Option<&StoredFrom> {
        let mut stored = self.stored.iter();
        let place = (suite as u32, arm as u32);
        stored.find(|one| one.place == place).map(|one| &one.from)
    }

    /// Whose earlier answers stand beside an arm's own.
    pub(super) fn pool_from(&self, suite: usize, arm: usize) -> Option<&PoolFrom> {
        let place = (suite as u32, arm as u32);
        let mut pools = self.pools.iter();
        pools.find(|one| one.place == place).map(|one| &one.from)
    }

    /// Whether a trial is taken over from an earlier run.
    pub(super) fn is_stored(&self, id: TrialId) -> bool {
        let mut stored = self.stored.iter();
        stored.any(|one| one.place == (id.suite, id.arm) && id.repeat < one.repeats)
    }
}
