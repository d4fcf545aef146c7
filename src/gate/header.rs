//! What a run's header says of its evidence gates before anything is measured.

use crate::model::event::{ArmHeader, ArmRole, BaselineLink, RunHeader, SuiteHeader};
use crate::model::suite::GateRule;

/// Evidence gates that share the run's error rate: those of every candidate that may block.
pub(super) fn family_size(header: &RunHeader) -> usize {
    let of_suite = |suite: &SuiteHeader| {
        let blocks = |arm: &&ArmHeader| arm.role == ArmRole::Candidate && !arm.never_blocks();
        let rules = suite.gates.iter();
        let rules = rules.filter(|rule| rule.condition.has_error_rate());
        suite.arms.iter().filter(blocks).count() * rules.count()
    };
    header.suites.iter().map(of_suite).sum()
}

/// Why a comparison has no second side.
pub(super) fn trivial(arm: &ArmHeader, rule: &GateRule) -> Option<&'static str> {
    match arm.baseline {
        _ if !rule.condition.compares() => None,
        BaselineLink::NoneYet => Some("no baseline yet"),
        BaselineLink::Itself => Some("is the baseline"),
        _ => None,
    }
}
