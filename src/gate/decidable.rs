//! Whether anything can be decided about a candidate: all cases are there, few are in error, and the same model answered both sides.

use std::collections::BTreeSet;

use super::candidate::Candidate;
use crate::model::event::BaselineLink;
use crate::model::record::{ArmRecord, State};
use crate::model::suite::{Condition, GateRule};
use crate::model::{CaseMetric, Source};

/// Largest share of cases in error at which a rate over the rest still says something.
pub(super) const MAX_ERROR_SHARE: f64 = 0.02;

impl Candidate<'_> {
    /// Why nothing about this candidate can be decided, if so.
    pub(super) fn undecidable(&self) -> Option<String> {
        if !self.complete {
            return Some("the run did not finish".to_owned());
        }
        if let Some(why) = self.given_up {
            return Some(why.to_string());
        }
        let arms = std::iter::once((self.results, ""))
            .chain(self.baseline.map(|arm| (arm, " of the baseline")));
        for (arm, who) in arms {
            if let Some(problem) = self.incomplete(arm, who) {
                return Some(problem);
            }
            if let Some(problem) = self.moved_model(arm).or_else(|| self.moved_judge(arm)) {
                return Some(problem);
            }
            let cases = arm.case_count();
            let errors = arm.count(State::Error);
            if errors as f64 > MAX_ERROR_SHARE * cases as f64 {
                return Some(format!(
                    "{errors} of {cases} cases{who} are in error, more than 2 %"
                ));
            }
        }
        None
    }

    /// The same model name may be answered by another model than when a baseline was stored: then nothing is comparable.
    fn moved_model(&self, other: &ArmRecord) -> Option<String> {
        let BaselineLink::Arm(place) = self.arm.baseline else {
            return None;
        };
        let baseline = self.header.arms.get(place as usize)?;
        // A version that is compared with itself at another time is there to show what the model has become.
        if baseline.version == self.arm.version {
            return None;
        }
        let (own, theirs) = (&self.results.resolved_models, &other.resolved_models);
        let known = !own.is_empty() && !theirs.is_empty();
        let moved = if is_stored(other) {
            !self.results.own_models.is_subset(theirs)
        } else {
            own.is_disjoint(theirs)
        };
        let moved = known && moved;
        (baseline.model == self.arm.model && moved).then(|| {
            let names = |models: &BTreeSet<String>| {
                models.iter().cloned().collect::<Vec<_>>().join(", ")
            };
            format!(
                "{} was answered by {} for the candidate and by {} for the baseline: ask both again",
                self.arm.model,
                names(own),
                names(theirs)
            )
        })
    }

    /// Every planned case has to be there, with a number of repeats that was planned for a look.
    fn incomplete(&self, arm: &ArmRecord, who: &str) -> Option<String> {
        let planned = self.header.selected as usize;
        let missing = planned.saturating_sub(arm.case_count());
        if missing > 0 && !self.stopped_early() {
            return Some(format!("{missing} of {planned} cases{who} are missing"));
        }
        // A part of a run may have no case at all.
        let repeats = arm.cases().next()?.trials;
        let looked_at = self.header.looks.iter().any(|look| look.repeats == repeats);
        let even = arm.cases().all(|case| case.trials == repeats);
        (!looked_at || !even).then(|| format!("repeats of some cases{who} are missing"))
    }

    fn stopped_early(&self) -> bool {
        let early = if self.header.stop_decided {
            self.early()
        } else {
            None
        };
        early.is_some_and(|gates| gates.iter().all(Option::is_some))
    }

    /// Why a rate says nothing: too many of the very cases it is about could not be measured.
    pub(super) fn unmeasured(&self, rule: &GateRule) -> Option<String> {
        let metric = CaseMetric::parse(&rule.metric)?;
        if rule.condition == Condition::CriticalEvaluator
            || rule.condition == Condition::CriticalCases
        {
            return None;
        }
        let (mut errors, mut all) = (0, 0);
        for (place, _) in self.cases(rule) {
            let Some(case) = self.results.case(place) else {
                continue;
            };
            let is_error = case.error || metric.is_in_error(self.suite, self.results, &case);
            errors += usize::from(is_error);
            all += usize::from(is_error || metric.of(self.suite, self.results, &case).is_some());
        }
        (errors as f64 > MAX_ERROR_SHARE * all as f64)
            .then(|| format!("{errors} of its {all} cases could not be measured, more than 2 %"))
    }
}

/// Whether an arm's answers were taken over: then one answer of a model that gave none of them is enough to make them incomparable,
/// also where it comes after they were taken.
pub(super) fn is_stored(arm: &ArmRecord) -> bool {
    let mut trials = arm.trials.iter();
    trials.any(|trial| trial.source == Some(Source::Stored))
}
