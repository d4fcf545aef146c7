//! Which failures block a candidate: only those that a failing gate counts.

use std::collections::BTreeSet;

use crate::model::record::{CaseOutcome, EvaluatorInfo, State};
use crate::model::verdict::{CountedCases, GateResult};

use super::candidate::CandidateView;

/// The failures that the failing gates of one candidate count.
#[derive(Default)]
pub(crate) struct Blocking<'a> {
    whole: BTreeSet<u32>,
    metrics: Vec<(&'a str, BTreeSet<u32>)>,
}

impl<'a> Blocking<'a> {
    /// Collects them from a candidate's gates; none where the candidate never blocks.
    pub(crate) fn of(candidate: &CandidateView<'a>) -> Self {
        let mut blocking = Self::default();
        if !candidate.may_block() {
            return blocking;
        }
        let gates: &'a [GateResult] = &candidate.verdict.gates;
        for gate in gates.iter().filter(|gate| gate.blocks()) {
            match &gate.counted {
                CountedCases::None => {}
                CountedCases::Whole(cases) => blocking.whole.extend(cases),
                CountedCases::Metric(metric, cases) => {
                    blocking
                        .metrics
                        .push((metric, cases.iter().copied().collect()));
                }
            }
        }
        blocking
    }

    /// Whether a gate that fails counts this case.
    pub(crate) fn counts(&self, case: u32) -> bool {
        let mut metrics = self.metrics.iter();
        self.whole.contains(&case) || metrics.any(|(_, cases)| cases.contains(&case))
    }

    /// Whether a failure of this evaluator in this case blocks.
    ///
    /// An evaluator of weight 0 has no part in a case's failing, nor has one that failed in a case which passed by its
    /// threshold; a gate on the evaluator's own metric counts both.
    pub(crate) fn evaluator(&self, case: &CaseOutcome, evaluator: &EvaluatorInfo) -> bool {
        let by_case = !evaluator.reported_only && self.answer(case);
        by_case
            || self
                .metrics
                .iter()
                .any(|(metric, cases)| evaluator.counts_in(metric) && cases.contains(&case.case))
    }

    /// Whether the failing of this case as a whole blocks.
    pub(crate) fn answer(&self, case: &CaseOutcome) -> bool {
        case.state() == State::Failed && self.whole.contains(&case.case)
    }
}
