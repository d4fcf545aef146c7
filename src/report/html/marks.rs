//! What became of each case of a candidate since the baseline.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::record::{CaseOutcome, State};
use crate::report::candidate::CandidateView;

/// Cases of a candidate that changed, by place.
pub(super) struct Marks {
    proven: BTreeMap<u32, String>,
    broken: BTreeSet<u32>,
    fixed: BTreeSet<u32>,
    flaky: BTreeSet<u32>,
}

impl Marks {
    pub(super) fn of(candidate: &CandidateView<'_>) -> Self {
        let changes = &candidate.verdict.changes;
        let set = |places: &[u32]| places.iter().copied().collect();
        let proven = changes.proven.iter();
        Self {
            proven: proven.map(|one| (one.case, one.to_string())).collect(),
            broken: set(&changes.broken),
            fixed: set(&changes.fixed),
            flaky: set(&changes.flaky),
        }
    }

    /// What became of a case since the baseline.
    pub(super) fn change(&self, case: u32) -> &'static str {
        if self.broken.contains(&case) {
            "broken"
        } else if self.fixed.contains(&case) {
            "fixed"
        } else {
            ""
        }
    }

    /// How fresh answers prove that a case broke.
    pub(super) fn proof(&self, case: u32) -> Option<&str> {
        self.proven.get(&case).map(String::as_str)
    }

    pub(super) fn is_flaky(&self, case: u32) -> bool {
        self.flaky.contains(&case)
    }

    pub(super) fn matters(&self, case: &CaseOutcome) -> bool {
        let place = case.case;
        let changed = !self.change(place).is_empty() || self.is_flaky(place);
        changed || self.proof(place).is_some() || case.state() != State::Passed
    }
}
