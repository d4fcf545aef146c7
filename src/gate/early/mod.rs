//! `stop: decided`: evidence that is looked at after every case, so that a clear pass or fail stops paying.
//!
//! Betting evidence at any time (Waudby-Smith and Ramdas 2024) at 1 %, curtailment for free where passes are counted, and the ordinary
//! look at all cases at the remaining 4 %: STATISTICS of the project call it the hybrid rule. Only the finished prefix of the seeded
//! order counts, cluster by cluster. The evidence is a running one: each case is added once, however often it is looked at.

mod running;
mod stopped;
mod watch;

pub(super) use stopped::{ALPHA_FINAL, Stopped};
pub use watch::EarlyWatch;

use super::candidate::Candidate;
use crate::model::event::{ArmRole, SuiteHeader};
use crate::model::record::{Hopeless, SuiteRecord};
use watch::CandidateWatch;

/// The evaluator that gave up on too many cases before the suite was decided. What was in flight by then, or comes from another part of
/// the run, changes no decision.
pub(super) fn given_up<'a>(
    header: &SuiteHeader,
    suite: &'a SuiteRecord,
    family: usize,
) -> Option<Hopeless<'a>> {
    let hopeless = suite.given_up.hopeless()?;
    let decided_at = header.stop_decided.then(|| {
        let arms = (0_u32..).zip(&header.arms);
        let candidates = arms.filter(|(_, arm)| arm.role == ArmRole::Candidate);
        let decided_at = candidates.map(|arm| {
            let mut watch = CandidateWatch::new(header, arm, family);
            watch.see(suite, |_| true);
            watch.decided_at().unwrap_or(u32::MAX)
        });
        decided_at.max()
    });
    let is_before = |decided: u32| hopeless.at < decided;
    decided_at
        .flatten()
        .is_none_or(is_before)
        .then_some(hopeless)
}

impl Candidate<'_> {
    /// For each evidence gate: how the finished prefix decides it. `None` where the suite's gates cannot be decided early.
    pub(super) fn early(&self) -> Option<Vec<Option<Stopped>>> {
        let mut watch = CandidateWatch::new(self.header, (self.place, self.arm), self.family);
        watch.see(self.suite, |_| true);
        watch.into_stopped()
    }
}
