//! What is still to begin of a suite, and how much of it is in flight.

use std::collections::VecDeque;
use std::iter::Peekable;

use crate::model::TrialId;

/// Trials, each with the place of its case in the plan.
type Trials<'a> = Peekable<Box<dyn Iterator<Item = (TrialId, u32)> + Send + 'a>>;

/// Trials of one suite that are still to begin.
pub(super) struct Queue<'a> {
    pub(super) trials: Trials<'a>,
    /// Those that were to be done quickly and take long: they are begun like those that call, and first.
    pub(super) slow: VecDeque<(TrialId, u32)>,
    /// How many that call, or take long, are in flight.
    pub(super) flying: usize,
}

impl<'a> Queue<'a> {
    pub(super) fn new(trials: impl Iterator<Item = (TrialId, u32)> + Send + 'a) -> Self {
        Self {
            trials: boxed(trials),
            slow: VecDeque::new(),
            flying: 0,
        }
    }

    /// Leaves out what stands behind this place in the seeded order.
    pub(super) fn end_at(&mut self, last: u32) {
        self.slow.retain(|(_, order)| *order <= last);
        while self.trials.next_if(|(_, order)| *order > last).is_some() {}
    }

    pub(super) fn add(&mut self, more: Vec<(TrialId, u32)>) {
        // Each list that is chained is one more call for every trial that is taken from here.
        if more.is_empty() {
            return;
        }
        let now = std::mem::replace(&mut self.trials, boxed(std::iter::empty()));
        self.trials = boxed(now.chain(more));
    }
}

fn boxed<'a>(trials: impl Iterator<Item = (TrialId, u32)> + Send + 'a) -> Trials<'a> {
    let trials: Box<dyn Iterator<Item = (TrialId, u32)> + Send + 'a> = Box::new(trials);
    trials.peekable()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_to_add_leaves_a_queue_as_short_as_it_is() {
        let id = TrialId {
            suite: 0,
            arm: 0,
            case: 7,
            repeat: 0,
        };
        let mut queue = Queue::new(std::iter::once((id, 0)));
        for _ in 0..1_000_000 {
            queue.add(Vec::new());
        }
        queue.add(vec![(id, 1)]);
        assert_eq!(
            queue.trials.map(|(_, order)| order).collect::<Vec<_>>(),
            [0, 1]
        );
    }
}
