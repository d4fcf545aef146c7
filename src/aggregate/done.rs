//! Which trials of a run are there: a bit for each.

use crate::model::TrialId;
use crate::model::looks::PROOF_REPEATS;

/// Trials that are decided: a resumed run need not ask for them again.
#[derive(Clone, Debug, Default)]
pub struct Done(pub(super) Vec<Vec<Seen>>);

impl Done {
    /// Whether the trial is decided.
    pub fn has(&self, id: TrialId) -> bool {
        let suite = self.0.get(id.suite as usize);
        let arm = suite.and_then(|arms| arms.get(id.arm as usize));
        arm.is_some_and(|seen| seen.has(id))
    }

    /// How many there are of those that a plan counts: what stands beside the trials is not among them.
    pub fn count(&self) -> usize {
        let planned = PROOF_REPEATS.start as usize;
        let seen = self.0.iter().flatten();
        let words = seen.flat_map(|seen| seen.0.iter().take(planned)).flatten();
        words.map(|word| word.count_ones() as usize).sum()
    }
}

/// Which trials are there: a bit for each case, repeat by repeat.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen(Vec<Vec<u64>>);

impl Seen {
    fn has(&self, id: TrialId) -> bool {
        let bits = self.0.get(id.repeat as usize);
        let word = bits.and_then(|bits| bits.get(id.case as usize / 64));
        word.is_some_and(|word| word >> (id.case % 64) & 1 == 1)
    }

    pub(super) fn has_repeat(&self, repeat: u32) -> bool {
        self.0
            .get(repeat as usize)
            .is_some_and(|bits| !bits.is_empty())
    }

    /// How many cases have this repeat.
    pub(super) fn count(&self, repeat: u32) -> usize {
        let bits = self.0.get(repeat as usize).into_iter().flatten();
        bits.map(|word| word.count_ones() as usize).sum()
    }

    pub(super) fn remove(&mut self, (case, repeat): (u32, u32)) {
        let bits = self.0.get_mut(repeat as usize);
        if let Some(word) = bits.and_then(|bits| bits.get_mut(case as usize / 64)) {
            *word &= !(1 << (case % 64));
        }
    }

    /// Whether the trial is new.
    pub(super) fn insert(&mut self, id: TrialId) -> bool {
        if self.has(id) {
            return false;
        }
        let (repeat, at) = (id.repeat as usize, id.case as usize / 64);
        if self.0.len() <= repeat {
            self.0.resize(repeat + 1, Vec::new());
        }
        if let Some(bits) = self.0.get_mut(repeat) {
            if bits.len() <= at {
                bits.resize(at + 1, 0);
            }
            if let Some(word) = bits.get_mut(at) {
                *word |= 1 << (id.case % 64);
            }
        }
        true
    }
}
