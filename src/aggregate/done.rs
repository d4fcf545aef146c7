//! Which trials of a run are there: a bit for each.

use std::collections::HashMap;

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
        let seen = self.0.iter().flatten();
        seen.map(|seen| seen.count_before(PROOF_REPEATS.start))
            .sum()
    }
}

/// Cases of a page, 64 to a word. Pages that nothing is in take no room: a journal may begin anywhere.
const PAGE: usize = 1024;

type Page = [u64; PAGE / 64];

/// Which trials are there: a bit for each case, repeat by repeat.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen(HashMap<u32, HashMap<u32, Page>>);

/// The page of a case, its word there, and its bit in it.
fn place(case: u32) -> (u32, usize, u64) {
    let (page, within) = (case as usize / PAGE, case as usize % PAGE);
    (page as u32, within / 64, 1 << (within % 64))
}

impl Seen {
    fn has(&self, id: TrialId) -> bool {
        let (page, word, bit) = place(id.case);
        let pages = self.0.get(&id.repeat);
        let word = pages.and_then(|pages| pages.get(&page)?.get(word));
        word.is_some_and(|word| word & bit != 0)
    }

    pub(super) fn has_repeat(&self, repeat: u32) -> bool {
        self.0.contains_key(&repeat)
    }

    /// How many cases have this repeat.
    pub(super) fn count(&self, repeat: u32) -> usize {
        self.0.get(&repeat).map_or(0, counted)
    }

    /// How many trials there are of repeats before this one.
    fn count_before(&self, repeat: u32) -> usize {
        let repeats = self.0.iter().filter(|(own, _)| **own < repeat);
        repeats.map(|(_, pages)| counted(pages)).sum()
    }

    pub(super) fn remove(&mut self, (case, repeat): (u32, u32)) {
        let (page, word, bit) = place(case);
        let pages = self.0.get_mut(&repeat);
        if let Some(word) = pages.and_then(|pages| pages.get_mut(&page)?.get_mut(word)) {
            *word &= !bit;
        }
    }

    /// Whether the trial is new.
    pub(super) fn insert(&mut self, id: TrialId) -> bool {
        let (page, word, bit) = place(id.case);
        let pages = self.0.entry(id.repeat).or_default();
        let words = pages.entry(page).or_default();
        let Some(word) = words.get_mut(word) else {
            return false;
        };
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }
}

fn counted(pages: &HashMap<u32, Page>) -> usize {
    let words = pages.values().flatten();
    words.map(|word| word.count_ones() as usize).sum()
}
