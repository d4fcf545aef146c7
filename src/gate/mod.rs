//! gate: `(RunRecord, Baseline?, GateRule) -> Verdict`. Pure. What could not be measured never passes.

mod broken;
mod changes;
mod critical;
mod decidable;
mod early;
mod error_rates;
pub mod evidence;
mod judges;
mod measured;
mod pool;
pub mod power;
mod range;
mod shard;
mod weigh;
mod wording;

pub use broken::{Flipped, flipped};
pub use early::EarlyWatch;
pub use error_rates::{ErrorRates, error_rates};

use std::collections::BTreeSet;

use crate::model::event::{ArmHeader, ArmRole, BaselineLink, EndStatus, RunHeader, SuiteHeader};
use crate::model::record::{ArmRecord, CaseInfo, Hopeless, RunRecord, SuiteRecord};
use weigh::Weighed;

use crate::model::suite::{Condition, GateRule};
use crate::model::verdict::{
    CandidateVerdict, CountedCases, Decision, GateResult, GateVerdict, SuiteVerdict, Verdict,
};

/// Differences below this are rounding: thirds of repeats do not add up exactly.
const ROUNDING: f64 = 1e-9;

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

/// Evidence gates that share the run's error rate: those of every candidate that may block.
fn family_size(header: &RunHeader) -> usize {
    let of_suite = |suite: &SuiteHeader| {
        let blocks = |arm: &&ArmHeader| arm.role == ArmRole::Candidate && !arm.never_blocks();
        let rules = suite.gates.iter();
        let rules = rules.filter(|rule| rule.condition.has_error_rate());
        suite.arms.iter().filter(blocks).count() * rules.count()
    };
    header.suites.iter().map(of_suite).sum()
}

fn candidates<'a>(
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

/// A suite comes to what its candidates come to, apart from those that never block.
fn sum(header: &SuiteHeader, candidates: Vec<CandidateVerdict>) -> SuiteVerdict {
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

/// A candidate with everything its gates look at.
struct Candidate<'a> {
    /// Its place among the suite's arms.
    place: u32,
    header: &'a SuiteHeader,
    suite: &'a SuiteRecord,
    arm: &'a ArmHeader,
    results: &'a ArmRecord,
    baseline: Option<&'a ArmRecord>,
    complete: bool,
    /// The evaluator that gave up on so many cases that the suite decides nothing.
    given_up: Option<Hopeless<'a>>,
    /// Evidence gates of the run that share its error rate.
    family: usize,
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

    /// Cases with the rule's tag, each with its place in the suite's list.
    fn cases<'s>(&'s self, rule: &'s GateRule) -> impl Iterator<Item = (u32, CaseInfo<'s>)> + 's {
        let has_tag = |case: &CaseInfo<'_>| {
            let tag = rule.tag.as_ref();
            tag.is_none_or(|tag| case.tags.contains(tag))
        };
        (0_u32..)
            .zip(self.suite.cases.iter())
            .filter(move |(_, case)| has_tag(case))
    }

    fn result(rule: &GateRule, verdict: GateVerdict, reason: String) -> GateResult {
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

    fn error(rule: &GateRule, reason: impl Into<String>) -> GateResult {
        Self::result(rule, GateVerdict::Error, reason.into())
    }
}
