//! gate: `(RunRecord, Baseline?, GateRule) -> Verdict`. Pure. What could not be measured never passes.

mod broken;
mod changes;
mod critical;
mod early;
pub mod evidence;
mod measured;
pub mod power;
mod range;
mod shard;
mod weigh;
mod wording;

pub use broken::{Flipped, flipped};

use crate::model::CaseMetric;
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

/// Arms that need more repeats: candidates with an inconclusive gate and no failed one, and what they are compared with.
pub fn undecided(record: &RunRecord, suite: usize) -> Vec<u32> {
    let (Some(header), Some(results)) = (record.header.suites.get(suite), record.suites.get(suite))
    else {
        return Vec::new();
    };
    let mut arms = std::collections::BTreeSet::new();
    for candidate in candidates(header, results, true) {
        let verdict = candidate.decide();
        let open = verdict
            .gates
            .iter()
            .any(|gate| gate.verdict == GateVerdict::Inconclusive && gate.needs_repeats());
        let failed = verdict
            .gates
            .iter()
            .any(|gate| gate.verdict == GateVerdict::Fail);
        if open && !failed && verdict.problem.is_none() {
            arms.insert(candidate.place);
            if let BaselineLink::Arm(place) = candidate.arm.baseline {
                arms.insert(place);
            }
        }
    }
    arms.into_iter().collect()
}

/// Whether the finished prefix of the seeded order decides every evidence gate of a suite that stops then.
pub fn is_decided_early(record: &RunRecord, suite: usize) -> bool {
    let (Some(header), Some(results)) = (record.header.suites.get(suite), record.suites.get(suite))
    else {
        return false;
    };
    header.stop_decided
        && candidates(header, results, true).all(|candidate| {
            candidate
                .early()
                .is_some_and(|gates| gates.iter().all(Option::is_some))
        })
}

fn candidates<'a>(
    header: &'a SuiteHeader,
    suite: &'a SuiteRecord,
    complete: bool,
) -> impl Iterator<Item = Candidate<'a>> {
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
        })
}

fn decide_suite(record: &RunRecord, header: &SuiteHeader, suite: &SuiteRecord) -> SuiteVerdict {
    if let Some(shard) = record.header.run.shard {
        return shard::measured(shard, record.is_complete(), header, suite);
    }
    let candidates = candidates(header, suite, record.is_complete());
    sum(
        header,
        candidates.map(|candidate| candidate.decide()).collect(),
    )
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
}

impl Candidate<'_> {
    fn decide(&self) -> CandidateVerdict {
        let problem = self.undecidable();
        let mut evidence = self.evidence_gates().into_iter();
        let gates: Vec<GateResult> = self
            .header
            .gates
            .iter()
            .map(|rule| {
                let decided = if rule.condition.is_evidence() {
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
            changes: self.changes(),
            slices: self.slices(),
            repeats: self.repeat_stats(),
        }
    }

    /// Why nothing about this candidate can be decided, if so.
    fn undecidable(&self) -> Option<String> {
        if !self.complete {
            return Some("the run did not finish".to_owned());
        }
        let arms = std::iter::once((self.results, ""))
            .chain(self.baseline.map(|arm| (arm, " of the baseline")));
        for (arm, who) in arms {
            if let Some(problem) = self.incomplete(arm, who) {
                return Some(problem);
            }
            if let Some(problem) = self.moved_model(arm) {
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
        let moved = !own.is_empty() && !theirs.is_empty() && own.is_disjoint(theirs);
        (baseline.model == self.arm.model && moved).then(|| {
            let names = |models: &std::collections::BTreeSet<String>| {
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

    fn gate(
        &self,
        rule: &GateRule,
        decided: Option<GateResult>,
        problem: Option<&str>,
    ) -> GateResult {
        let result = match (&rule.condition, decided) {
            (_, Some(decided)) => decided,
            (Condition::Range { min, max }, _) => self.range(rule, *min, *max),
            (Condition::Broken { .. }, _) => self.broken(rule, broken::LEVEL),
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

    /// Why a rate says nothing: too many of the very cases it is about could not be measured.
    fn unmeasured(&self, rule: &GateRule) -> Option<String> {
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
            counted: CountedCases::None,
        }
    }

    fn error(rule: &GateRule, reason: impl Into<String>) -> GateResult {
        Self::result(rule, GateVerdict::Error, reason.into())
    }
}
