//! The candidates of a suite, and what a suite comes to.

use super::candidate::Candidate;
use super::early;
use super::header::family_size;
use crate::model::event::{ArmRole, BaselineLink, RunHeader, SuiteHeader};
use crate::model::record::SuiteRecord;
use crate::model::verdict::{CandidateVerdict, Decision, SuiteVerdict};

/// The candidates of a suite.
pub(super) fn candidates<'a>(
    run: &RunHeader,
    header: &'a SuiteHeader,
    suite: &'a SuiteRecord,
    complete: bool,
) -> impl Iterator<Item = Candidate<'a>> {
    let family = family_size(run);
    let given_up = early::given_up(header, suite, family);
    (0_u32..)
        .zip(header.arms.iter().zip(&suite.arms))
        .filter(|(_, (arm, _))| arm.role == ArmRole::Candidate)
        .map(move |(place, (arm, results))| Candidate {
            place,
            header,
            suite,
            arm,
            results,
            baseline: match arm.baseline {
                BaselineLink::Arm(place) => suite.arms.get(place as usize),
                _ => None,
            },
            complete,
            given_up,
            family,
        })
}

/// A suite comes to what its candidates come to, apart from those that never block.
pub(super) fn sum(header: &SuiteHeader, candidates: Vec<CandidateVerdict>) -> SuiteVerdict {
    let may_block = |candidate: &&CandidateVerdict| {
        let arm = header.arms.get(candidate.arm as usize);
        arm.is_none_or(|arm| !arm.never_blocks())
    };
    let nothing = if candidates.is_empty() {
        Decision::Error
    } else {
        Decision::Pass
    };
    let blocking = candidates.iter().filter(may_block);
    SuiteVerdict {
        decision: blocking
            .map(|candidate| candidate.decision)
            .max()
            .unwrap_or(nothing),
        candidates,
    }
}
