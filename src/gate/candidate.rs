//! A candidate with everything that its gates look at.

use crate::model::event::{ArmHeader, SuiteHeader};
use crate::model::record::{ArmRecord, CaseInfo, Hopeless, SuiteRecord};
use crate::model::suite::GateRule;
use crate::model::verdict::{CountedCases, Decision, GateResult, GateVerdict};

/// A candidate with everything its gates look at.
pub(super) struct Candidate<'a> {
    /// Its place among the suite's arms.
    pub(super) place: u32,
    pub(super) header: &'a SuiteHeader,
    pub(super) suite: &'a SuiteRecord,
    pub(super) arm: &'a ArmHeader,
    pub(super) results: &'a ArmRecord,
    pub(super) baseline: Option<&'a ArmRecord>,
    pub(super) complete: bool,
    /// The evaluator that gave up on so many cases that the suite decides nothing.
    pub(super) given_up: Option<Hopeless<'a>>,
    /// Evidence gates of the run that share its error rate.
    pub(super) family: usize,
}

impl Candidate<'_> {
    /// Cases with the rule's tag, each with its place in the suite's list.
    pub(super) fn cases<'s>(
        &'s self,
        rule: &'s GateRule,
    ) -> impl Iterator<Item = (u32, CaseInfo<'s>)> + 's {
        let has_tag = |case: &CaseInfo<'_>| {
            let tag = rule.tag.as_ref();
            tag.is_none_or(|tag| case.tags.contains(tag))
        };
        (0_u32..)
            .zip(self.suite.cases.iter())
            .filter(move |(_, case)| has_tag(case))
    }

    /// A gate that came out in this way, for this reason.
    pub(super) fn result(rule: &GateRule, verdict: GateVerdict, reason: String) -> GateResult {
        GateResult {
            rule: rule.clone(),
            measured: None,
            baseline: None,
            verdict,
            resolved: match verdict {
                GateVerdict::Pass => Decision::Pass,
                GateVerdict::Fail => Decision::Fail,
                GateVerdict::Inconclusive | GateVerdict::Error => Decision::Error,
            },
            interval: None,
            reason,
            needs: None,
            open: false,
            counted: CountedCases::None,
        }
    }

    /// A gate that could not be decided.
    pub(super) fn error(rule: &GateRule, reason: impl Into<String>) -> GateResult {
        Self::result(rule, GateVerdict::Error, reason.into())
    }
}
