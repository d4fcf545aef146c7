//! gate: `(RunRecord, Baseline?, GateRule) -> Verdict`. Pure. What could not be measured never passes.

mod baseline;
mod critical;
pub mod evidence;
mod range;

use crate::model::event::{ArmHeader, ArmRole, BaselineLink, EndStatus, SuiteHeader};
use crate::model::record::{ArmRecord, CaseInfo, RunRecord, State, SuiteRecord};
use crate::model::suite::{Condition, GateRule};
use crate::model::verdict::{
    CandidateVerdict, CountedCases, Decision, GateResult, GateVerdict, SuiteVerdict, Verdict,
};

/// Largest share of cases in error at which a rate over the rest still says something.
const MAX_ERROR_SHARE: f64 = 0.02;

/// Differences below this are rounding: thirds of repeats do not add up exactly.
const ROUNDING: f64 = 1e-9;

/// Decides every gate of a run.
pub fn decide(record: &RunRecord) -> Verdict {
    let suites: Vec<SuiteVerdict> = record
        .header
        .suites
        .iter()
        .zip(&record.suites)
        .map(|(header, suite)| decide_suite(record, header, suite))
        .collect();
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

fn decide_suite(record: &RunRecord, header: &SuiteHeader, suite: &SuiteRecord) -> SuiteVerdict {
    let candidates: Vec<CandidateVerdict> = header
        .arms
        .iter()
        .zip(&suite.arms)
        .enumerate()
        .filter(|(_, (arm, _))| arm.role == ArmRole::Candidate)
        .map(|(at, (arm, results))| {
            let view = Candidate {
                header,
                suite,
                arm,
                results,
                baseline: match arm.baseline {
                    BaselineLink::Arm(place) => suite.arms.get(place as usize),
                    _ => None,
                },
                complete: record.is_complete(),
            };
            view.decide(at as u32)
        })
        .collect();
    SuiteVerdict {
        decision: candidates
            .iter()
            .map(|candidate| candidate.decision)
            .max()
            .unwrap_or(Decision::Error),
        candidates,
    }
}

/// A candidate with everything its gates look at.
struct Candidate<'a> {
    header: &'a SuiteHeader,
    suite: &'a SuiteRecord,
    arm: &'a ArmHeader,
    results: &'a ArmRecord,
    baseline: Option<&'a ArmRecord>,
    complete: bool,
}

impl Candidate<'_> {
    fn decide(&self, place: u32) -> CandidateVerdict {
        let problem = self.undecidable();
        let gates: Vec<GateResult> = self
            .header
            .gates
            .iter()
            .map(|rule| self.gate(rule, problem.as_deref()))
            .collect();
        let whole = if problem.is_some() || gates.is_empty() {
            Decision::Error
        } else {
            Decision::Pass
        };
        let decision = gates
            .iter()
            .map(|gate| gate.verdict.decision())
            .fold(whole, Decision::max);
        CandidateVerdict {
            arm: place,
            decision,
            gates,
            problem,
        }
    }

    /// Why nothing about this candidate can be decided, if so.
    fn undecidable(&self) -> Option<String> {
        if !self.complete {
            return Some("the run did not finish".to_owned());
        }
        let planned = self.header.selected as usize;
        for (arm, who) in std::iter::once((self.results, ""))
            .chain(self.baseline.map(|arm| (arm, " of the baseline")))
        {
            let trials = planned * self.header.repeats as usize;
            if arm.trials.len() != trials {
                let missing = trials.saturating_sub(arm.trials.len());
                return Some(format!("{missing} of {trials} trials{who} are missing"));
            }
            let errors = arm.count(State::Error);
            if errors as f64 > MAX_ERROR_SHARE * planned as f64 {
                return Some(format!(
                    "{errors} of {planned} cases{who} are in error, more than 2 %"
                ));
            }
        }
        None
    }

    fn gate(&self, rule: &GateRule, problem: Option<&str>) -> GateResult {
        let result = match &rule.condition {
            Condition::Range { min, max } => self.range(rule, *min, *max),
            Condition::Baseline { margin } => self.compare(rule, *margin),
            Condition::CriticalEvaluator => self.critical_evaluator(rule),
            Condition::CriticalCases => self.critical_cases(rule),
        };
        // The number of errors is known whatever else is not.
        match problem {
            Some(problem) if rule.metric != "errors" || !self.complete => GateResult {
                verdict: GateVerdict::Error,
                reason: problem.to_owned(),
                counted: CountedCases::None,
                ..result
            },
            _ => result,
        }
    }

    /// Cases with the rule's tag, each with its place in the suite's list.
    fn cases<'s>(&'s self, rule: &'s GateRule) -> impl Iterator<Item = (u32, &'s CaseInfo)> + 's {
        let has_tag = |case: &CaseInfo| {
            let tag = rule.tag.as_ref();
            tag.is_none_or(|tag| case.tags.contains(tag))
        };
        (0_u32..)
            .zip(&self.suite.cases)
            .filter(move |(_, case)| has_tag(case))
    }

    fn result(rule: &GateRule, verdict: GateVerdict, reason: String) -> GateResult {
        GateResult {
            rule: rule.clone(),
            measured: None,
            baseline: None,
            verdict,
            reason,
            counted: CountedCases::None,
        }
    }
}
