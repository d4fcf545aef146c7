//! gate: `(RunRecord, Baseline?, GateRule) -> Verdict`. Pure. What could not be measured never passes.

mod broken;
mod candidate;
mod changes;
mod clusters;
mod critical;
mod decidable;
mod early;
mod error_rates;
pub mod evidence;
mod header;
mod judges;
mod measured;
mod pool;
pub mod power;
mod range;
mod shard;
mod suites;
mod weigh;
mod wording;

pub use broken::{Flipped, flipped};
pub use early::EarlyWatch;
pub use error_rates::{ErrorRates, error_rates};

use std::collections::BTreeSet;

use candidate::Candidate;
use suites::{candidates, sum};
use weigh::Weighed;

use crate::model::event::{BaselineLink, EndStatus};
use crate::model::record::RunRecord;
use crate::model::suite::{Condition, GateRule};
use crate::model::verdict::{
    CandidateVerdict, Decision, GateResult, GateVerdict, SuiteVerdict, Verdict,
};

/// Decides every gate of a run.
pub fn decide(record: &RunRecord) -> Verdict {
    let suites: Vec<SuiteVerdict> = match record.header.run.shard {
        Some(shard) => record
            .header
            .suites
            .iter()
            .zip(&record.suites)
            .map(|(header, suite)| shard::measured(shard, record, header, suite))
            .collect(),
        None => decide_suites(record, record.is_complete()),
    };
    let gates = suites.iter().map(|suite| suite.decision).max();
    let (run, problem) = match &record.end {
        Some(end) if end.status == EndStatus::Complete => (Decision::Pass, None),
        Some(end) if end.status == EndStatus::Interrupted => {
            (Decision::Interrupted, end.reason.clone())
        }
        Some(end) => (Decision::Error, end.reason.clone()),
        None => (Decision::Error, Some("the run was cut off".to_owned())),
    };
    Verdict {
        // A run without a suite has decided nothing.
        decision: gates.map_or(run, |gates| gates.max(run)),
        suites,
        problem,
    }
}

/// Arms of each suite that need more repeats: candidates with a gate that another look could decide and none that blocks, and
/// what they are compared with.
pub fn undecided(record: &RunRecord) -> Vec<BTreeSet<u32>> {
    let decided = decide_suites(record, true);
    let suites = record.header.suites.iter().zip(decided);
    suites
        .map(|(header, verdict)| {
            let mut arms = BTreeSet::new();
            for candidate in verdict.candidates {
                let is_open = candidate.gates.iter().any(|gate| gate.open);
                let is_blocked = candidate
                    .gates
                    .iter()
                    .any(|gate| gate.verdict == GateVerdict::Fail);
                if !is_open || is_blocked || candidate.problem.is_some() {
                    continue;
                }
                arms.insert(candidate.arm);
                let arm = header.arms.get(candidate.arm as usize);
                if let Some(BaselineLink::Arm(place)) = arm.map(|arm| arm.baseline) {
                    arms.insert(place);
                }
            }
            arms
        })
        .collect()
}

/// Every suite, its evidence gates weighed together with those of the others.
fn decide_suites(record: &RunRecord, complete: bool) -> Vec<SuiteVerdict> {
    let suites = || record.header.suites.iter().zip(&record.suites);
    let all: Vec<Candidate<'_>> = suites()
        .flat_map(|(header, suite)| candidates(&record.header, header, suite, complete))
        .collect();
    let mut evidence = weigh::weigh(&all).into_iter();
    let mut all = all.iter().peekable();
    suites()
        .map(|(header, _)| {
            let mut verdicts = Vec::new();
            while let Some(candidate) = all.next_if(|one| std::ptr::eq(one.header, header)) {
                verdicts.push(candidate.decide(evidence.next().unwrap_or_default()));
            }
            sum(header, verdicts)
        })
        .collect()
}

impl Candidate<'_> {
    /// The verdict, with the evidence gates as they were weighed.
    fn decide(&self, weighed: Weighed) -> CandidateVerdict {
        let problem = self.undecidable();
        let mut evidence = weighed.gates.into_iter();
        let gates: Vec<GateResult> = self
            .header
            .gates
            .iter()
            .map(|rule| {
                let decided = if rule.condition.has_error_rate() {
                    evidence.next()
                } else {
                    None
                };
                self.gate(rule, decided, problem.as_deref())
            })
            .collect();
        let whole = if problem.is_some() || gates.is_empty() {
            Decision::Error
        } else {
            Decision::Pass
        };
        let decision = gates
            .iter()
            .map(|gate| gate.resolved)
            .fold(whole, Decision::max);
        CandidateVerdict {
            arm: self.place,
            decision,
            gates,
            problem,
            changes: self.changes(weighed.proof_level),
            slices: self.slices(),
            repeats: self.repeat_stats(),
            pool: self.pool_use(),
        }
    }

    fn gate(
        &self,
        rule: &GateRule,
        decided: Option<GateResult>,
        problem: Option<&str>,
    ) -> GateResult {
        let result = match (&rule.condition, decided) {
            (_, Some(decided)) => decided,
            (Condition::Range { min, max }, _) => self.range(rule, *min, *max),
            (Condition::CriticalEvaluator, _) => self.critical_evaluator(rule),
            (Condition::CriticalCases, _) => self.critical_cases(rule),
            (_, None) => Self::error(rule, "it was not looked at"),
        };
        // The number of errors is known whatever else is not.
        match problem {
            Some(problem) if rule.metric != "errors" || !self.complete => GateResult {
                measured: result.measured,
                baseline: result.baseline,
                ..Self::error(rule, problem)
            },
            _ => match self.unmeasured(rule) {
                Some(reason) if result.verdict != GateVerdict::Error => GateResult {
                    measured: result.measured,
                    baseline: result.baseline,
                    ..Self::error(rule, reason)
                },
                _ => result,
            },
        }
    }
}
