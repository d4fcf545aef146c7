//! The gate on proven broken cases: which cases are asked again, what their fresh answers prove, and what it comes to.

use super::candidate::Candidate;
use super::decidable::MAX_ERROR_SHARE;
use super::evidence::broken::{ProofCase, p_value, proven};
use super::suites::candidates;
use crate::model::event::{BaselineLink, SuiteHeader};
use crate::model::looks::OnInconclusive;
use crate::model::record::{ArmRecord, CaseOutcome, RunRecord, State, TrialTable};
use crate::model::suite::{Condition, GateRule};
use crate::model::verdict::{CountedCases, Decision, Fresh, GateResult, GateVerdict, ProvenCase};

/// Cases that a reason names.
const NAMED: usize = 5;

/// Cases of one candidate that are asked again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flipped {
    /// Place of the candidate among the suite's arms.
    pub candidate: u32,
    /// Place of what it is compared with.
    pub baseline: u32,
    /// Places of the cases in the suite's record, in the seeded order.
    pub cases: Vec<u32>,
}

/// The cases that went from pass to fail at the first look, candidate by candidate, as far as a gate wants proof of them. Later
/// repeats change nothing about it.
///
/// A candidate with too many cases in error, on either side, is left out: nothing will be decided about it, and a provider that
/// is down would only be asked more.
pub fn flipped(record: &RunRecord, suite: usize) -> Vec<Flipped> {
    let (Some(header), Some(results)) = (record.header.suites.get(suite), record.suites.get(suite))
    else {
        return Vec::new();
    };
    let candidates = candidates(&record.header, header, results, true).filter(|one| !one.is_down());
    let flipped = candidates.filter_map(|candidate| {
        let BaselineLink::Arm(baseline) = candidate.arm.baseline else {
            return None;
        };
        let rules = broken_rules(header);
        let mut cases: Vec<u32> = Vec::new();
        for rule in rules {
            let more = candidate.asked_again(rule).asked;
            cases.extend(
                more.into_iter()
                    .filter(|case| !cases.contains(case))
                    .collect::<Vec<_>>(),
            );
        }
        cases.sort_by_key(|case| candidate.order(*case));
        Some(Flipped {
            candidate: candidate.place,
            baseline,
            cases,
        })
    });
    flipped.filter(|one| !one.cases.is_empty()).collect()
}

/// The gates on broken cases among a suite's.
fn broken_rules(header: &SuiteHeader) -> impl Iterator<Item = &GateRule> {
    let is_broken = |rule: &&GateRule| matches!(rule.condition, Condition::Broken { .. });
    header.gates.iter().filter(is_broken)
}

/// Cases that went from pass to fail, and those of them that are asked again.
struct Flips {
    all: usize,
    asked: Vec<u32>,
}

impl Candidate<'_> {
    /// Whether so much is in error that nothing about the candidate will be decided.
    fn is_down(&self) -> bool {
        let mut arms = std::iter::once(self.results).chain(self.baseline);
        arms.any(|arm| arm.count(State::Error) as f64 > MAX_ERROR_SHARE * arm.case_count() as f64)
    }

    fn order(&self, case: u32) -> u32 {
        let info = self.suite.cases.get(case as usize);
        info.map_or(u32::MAX, |info| info.order)
    }

    /// The cases of a rule that went from pass to fail at the first look: all of them counted, the first of the seeded order
    /// asked again. That order knows nothing of answers, so leaving the rest out favours neither side.
    fn asked_again(&self, rule: &GateRule) -> Flips {
        let cases = self.cases(rule).map(|(place, _)| place);
        let mut asked: Vec<u32> = cases.filter(|place| self.has_flipped(*place)).collect();
        asked.sort_by_key(|case| self.order(*case));
        let all = asked.len();
        asked.truncate(self.header.proof_cases.unwrap_or_default() as usize);
        Flips { all, asked }
    }

    /// Whether the baseline passes the majority of the first look's repeats and the candidate does not, or could not be decided:
    /// what broke may well answer with an error.
    fn has_flipped(&self, place: u32) -> bool {
        let repeats = self.header.looks.first().map_or(1, |look| look.repeats);
        let sides = self.baseline.and_then(|baseline| {
            Some((
                First::of(baseline, &baseline.case(place)?, repeats),
                First::of(self.results, &self.results.case(place)?, repeats),
            ))
        });
        sides.is_some_and(|(before, now)| before.passes() && (now.errors > 0 || !now.passes()))
    }

    fn proof(&self, asked: &[u32]) -> Vec<ProofCase> {
        let fresh = |arm: Option<&ArmRecord>, case| {
            arm.map_or_else(Fresh::default, |arm| fresh(&arm.proof, case))
        };
        let cases = asked.iter().map(|case| ProofCase {
            case: *case,
            before: fresh(self.baseline, *case),
            now: fresh(Some(self.results), *case),
        });
        cases.collect()
    }

    /// The smallest error rate at which the rule would block; 1 for a rule that has nothing to look at.
    pub(super) fn broken_p(&self, rule: &GateRule) -> f64 {
        match rule.condition {
            Condition::Broken { max } => p_value(&self.proof(&self.asked_again(rule).asked), max),
            _ => 1.0,
        }
    }

    /// The cases that are proven broken for any rule, in the dataset's order.
    pub(super) fn proven(&self, level: f64) -> Vec<ProvenCase> {
        let rules = broken_rules(self.header);
        let cases =
            rules.flat_map(|rule| proven(&self.proof(&self.asked_again(rule).asked), level));
        in_order(cases.collect())
    }

    /// Decides the rule at an error rate.
    pub(super) fn broken(&self, rule: &GateRule, level: f64) -> GateResult {
        let Condition::Broken { max } = rule.condition else {
            return Self::error(rule, "it is no gate on broken cases");
        };
        match self.arm.baseline {
            BaselineLink::NoneYet => return passed(rule, "no baseline yet"),
            BaselineLink::Itself => return passed(rule, "is the baseline"),
            BaselineLink::Unused => return Self::error(rule, "there is no baseline"),
            BaselineLink::Arm(_) => {}
        }
        let flips = self.asked_again(rule);
        let cases = self.proof(&flips.asked);
        let broken = proven(&cases, level);
        let open = cases.iter().filter(|case| !case.is_answered()).count();
        let found = Found {
            flips: &flips,
            open,
            proven: in_order(broken),
        };
        let fails = self.broken_p(rule) <= level;
        // Even if every open case were broken, there would not be too many.
        let passes = found.proven.len() + open <= max as usize || open == 0;
        let (verdict, resolved) = match (fails, passes) {
            (true, _) => (GateVerdict::Fail, Decision::Fail),
            (false, true) => (GateVerdict::Pass, Decision::Pass),
            (false, false) => (GateVerdict::Inconclusive, self.left_open()),
        };
        let needs = "a run with a key and `--responses record` asks for them and keeps them";
        GateResult {
            measured: Some(found.proven.len() as f64),
            resolved,
            needs: (verdict == GateVerdict::Inconclusive).then(|| needs.to_owned()),
            counted: if fails {
                CountedCases::Whole(found.proven.iter().map(|one| one.case).collect())
            } else {
                CountedCases::None
            },
            ..Self::result(rule, verdict, self.told(&found))
        }
    }

    /// What becomes of a gate whose fresh answers are not there. It has nothing to lean to: no proof, no block.
    fn left_open(&self) -> Decision {
        match self.header.on_inconclusive {
            OnInconclusive::Block => Decision::Fail,
            OnInconclusive::Lean | OnInconclusive::Warn => Decision::Pass,
        }
    }

    /// What was found, in a sentence.
    fn told(&self, found: &Found<'_>) -> String {
        let all = found.flips.all;
        if all == 0 {
            return "no case went from pass to fail".to_owned();
        }
        let mut parts = vec![match found.proven.as_slice() {
            [] if all == 1 => {
                "the one case that went from pass to fail is not proven broken".to_owned()
            }
            [] => format!("none of {all} cases that went from pass to fail is proven broken"),
            proven => format!("proven broken: {}", self.named(proven)),
        }];
        let asked = found.flips.asked.len();
        if asked < all {
            parts.push(format!(
                "of {all} cases that went from pass to fail the first {asked} of the run's order are asked again, for of more none could be proven"
            ));
        }
        if found.open > 0 {
            let verb = if found.open == 1 {
                "case lacks"
            } else {
                "cases lack"
            };
            parts.push(format!(
                "{} {verb} fresh answers of both versions",
                found.open
            ));
        }
        parts.join("; ")
    }

    fn named(&self, proven: &[ProvenCase]) -> String {
        let shown = proven.iter().take(NAMED).map(|one| {
            let info = self.suite.cases.get(one.case as usize);
            format!("`{}` {one}", info.map_or("", |info| info.id))
        });
        let mut text = shown.collect::<Vec<_>>().join("; ");
        if let Some(more) = proven.len().checked_sub(NAMED).filter(|more| *more > 0) {
            text = format!("{text}; and {more} more");
        }
        text
    }
}

/// What fresh answers showed.
struct Found<'a> {
    flips: &'a Flips,
    /// Cases that lack an answer.
    open: usize,
    proven: Vec<ProvenCase>,
}

/// A case at the first look.
struct First {
    passed: u32,
    errors: u32,
    trials: u32,
}

impl First {
    fn of(arm: &ArmRecord, case: &CaseOutcome, repeats: u32) -> Self {
        let mut first = Self {
            passed: 0,
            errors: 0,
            trials: 0,
        };
        for trial in arm.trials_of(case).filter(|trial| trial.repeat < repeats) {
            first.trials += 1;
            first.passed += u32::from(trial.state == State::Passed);
            first.errors += u32::from(trial.state == State::Error);
        }
        first
    }

    /// Whether the majority passes; what could not be decided is no pass.
    fn passes(&self) -> bool {
        self.passed * 2 > self.trials
    }
}

fn fresh(proof: &TrialTable, case: u32) -> Fresh {
    let Some(outcome) = proof.case(case) else {
        return Fresh::default();
    };
    let first = outcome.first as usize;
    let trials = proof.range(first..first + outcome.trials as usize);
    let decided = trials.filter(|trial| trial.state != State::Error).count();
    Fresh {
        passes: outcome.passes,
        answers: decided as u32,
    }
}

/// Each case once, in the dataset's order.
fn in_order(proven: Vec<ProofCase>) -> Vec<ProvenCase> {
    let mut cases = proven;
    cases.sort_by_key(|one| one.case);
    cases.dedup_by_key(|one| one.case);
    let cases = cases.into_iter().map(|one| ProvenCase {
        case: one.case,
        before: one.before,
        now: one.now,
    });
    cases.collect()
}

fn passed(rule: &GateRule, reason: &str) -> GateResult {
    Candidate::result(rule, GateVerdict::Pass, reason.to_owned())
}
