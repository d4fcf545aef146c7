//! `stop: decided`: evidence that is looked at after every case, so that a clear pass or fail stops paying.
//!
//! Betting evidence at any time (Waudby-Smith and Ramdas 2024) at 1 %, curtailment for free, and the ordinary look at all cases
//! at the remaining 4 %: STATISTICS of the project call it the hybrid rule. Only the finished prefix of the seeded order counts.

use super::measured::Measured;
use super::weigh::ALPHA_FINAL;
use super::{Candidate, wording};
use crate::model::suite::{Condition, GateRule};
use crate::model::verdict::{Bounds, Decision, GateResult, GateVerdict};
use crate::stats::{
    self, HybridRule, PairedEvidence, betting_cs_counts, gate_acceptance_numbers, hybrid_decision,
};

/// Error rate of the looks after every case, on each side.
const ALPHA_EARLY: f64 = 0.01;

/// A gate that was decided before all cases were asked.
#[derive(Clone, Debug)]
pub(super) struct Stopped {
    passes: bool,
    seen: u64,
    /// Passes where the gate is about a rate, the mean difference where it compares.
    passed: u64,
    difference: f64,
}

impl Candidate<'_> {
    /// For each evidence gate: how the finished prefix decides it. `None` where the suite's gates cannot be decided early.
    pub(super) fn early(&self) -> Option<Vec<Option<Stopped>>> {
        let gates = self.family.max(1);
        self.evidence_rules()
            .map(|rule| {
                if matches!(rule.condition, Condition::EachTag { .. }) {
                    return None;
                }
                if self.trivial(rule).is_some() {
                    return Some(Some(Stopped {
                        passes: true,
                        seen: 0,
                        passed: 0,
                        difference: 0.0,
                    }));
                }
                let data = Measured::new(self, rule).ok()?;
                data.is_plain().then(|| self.stopped(rule, &data, gates))
            })
            .collect()
    }

    fn stopped(&self, rule: &GateRule, data: &Measured, gates: usize) -> Option<Stopped> {
        let outcomes = self.prefix(data);
        let alpha_fail = ALPHA_EARLY / gates as f64;
        match rule.condition {
            Condition::Evidence { target, floor } => {
                self.stopped_rate(&outcomes, rule, (target, floor), gates)
            }
            Condition::LowerBound { min } => self.stopped_rate(&outcomes, rule, (min, min), gates),
            Condition::Baseline { margin } => stopped_pair(&outcomes, margin, alpha_fail),
            _ => None,
        }
    }

    /// Outcomes in the seeded order, up to the first case that is not finished yet.
    fn prefix(&self, data: &Measured) -> Vec<(bool, Option<bool>)> {
        let mut placed: Vec<(u32, usize)> = data
            .places
            .iter()
            .enumerate()
            .filter_map(|(at, place)| Some((self.suite.cases.get(*place as usize)?.order, at)))
            .collect();
        placed.sort_unstable();
        // A case that is finished and could not be measured is left out; one that is not finished ends the prefix.
        let finished: std::collections::BTreeSet<u32> = (0_u32..)
            .zip(self.suite.cases.iter())
            .filter(|(place, _)| {
                let has = |arm: &crate::model::record::ArmRecord| arm.case(*place).is_some();
                has(self.results) && self.baseline.is_none_or(has)
            })
            .map(|(_, case)| case.order)
            .collect();
        let end = (0..u32::MAX)
            .find(|order| !finished.contains(order))
            .unwrap_or(u32::MAX);
        placed
            .into_iter()
            .take_while(|(order, _)| *order < end)
            .filter_map(|(_, at)| data.first(at))
            .collect()
    }

    fn stopped_rate(
        &self,
        outcomes: &[(bool, Option<bool>)],
        rule: &GateRule,
        (target, floor): (f64, f64),
        gates: usize,
    ) -> Option<Stopped> {
        // Several gates share the error rate, as Holm's test does at the end.
        let share = gates as f64;
        // How many cases a label will have in the end is not known before they are asked.
        let total = match rule.tag {
            None => u64::from(self.header.selected),
            Some(_) => u64::MAX >> 12,
        };
        let numbers = match rule.tag {
            None => gate_acceptance_numbers(total, target, floor, ALPHA_FINAL / share).ok()?,
            Some(_) => stats::AcceptanceNumbers {
                min_passes_to_pass: None,
                max_passes_to_fail: None,
            },
        };
        let hybrid = HybridRule {
            total,
            target,
            floor,
            alpha_early: ALPHA_EARLY / share,
            numbers,
        };
        let mut passed = 0;
        for (seen, (outcome, _)) in (1_u64..).zip(outcomes) {
            passed += u64::from(*outcome);
            let decision = hybrid_decision(passed, seen, &hybrid).ok()?;
            if let Some(decision @ (stats::Decision::Pass | stats::Decision::Fail)) = decision {
                return Some(Stopped {
                    passes: decision == stats::Decision::Pass,
                    seen,
                    passed,
                    difference: 0.0,
                });
            }
        }
        None
    }
}

fn stopped_pair(
    outcomes: &[(bool, Option<bool>)],
    margin: f64,
    alpha_fail: f64,
) -> Option<Stopped> {
    let mut evidence = PairedEvidence::new(margin).ok()?;
    let mut sum = 0.0;
    for (seen, (own, other)) in (1_u64..).zip(outcomes) {
        let value = |passed: bool| f64::from(u8::from(passed));
        let difference = value(*own) - value((*other)?);
        sum += difference;
        evidence.push(difference).ok()?;
        let decision = evidence.decision(ALPHA_EARLY, alpha_fail);
        if let Some(decision @ (stats::Decision::Pass | stats::Decision::Fail)) = decision {
            return Some(Stopped {
                passes: decision == stats::Decision::Pass,
                seen,
                passed: 0,
                difference: sum / seen as f64,
            });
        }
    }
    None
}

impl Stopped {
    pub(super) fn passes(&self) -> bool {
        self.passes
    }

    pub(super) fn result(&self, candidate: &Candidate<'_>, rule: &GateRule) -> GateResult {
        if let Some(reason) = candidate.trivial(rule) {
            return Candidate::result(rule, GateVerdict::Pass, reason.to_owned());
        }
        let verdict = if self.passes {
            GateVerdict::Pass
        } else {
            GateVerdict::Fail
        };
        let planned = candidate.header.selected;
        let compares = matches!(rule.condition, Condition::Baseline { .. });
        let (what, interval) = if compares {
            let points = wording::percent(self.difference);
            (format!("{points} against the baseline"), None)
        } else {
            let bounds = betting_cs_counts(self.passed, self.seen, ALPHA_EARLY).ok();
            let interval = bounds.map(|bounds| Bounds {
                lower: bounds.lower,
                upper: bounds.upper,
                alpha: ALPHA_EARLY,
            });
            (
                format!("{} of {} cases pass", self.passed, self.seen),
                interval,
            )
        };
        let result = Candidate::result(
            rule,
            verdict,
            format!("{what}, decided after {} of {planned} cases", self.seen),
        );
        GateResult {
            measured: (!compares).then(|| self.passed as f64 / self.seen as f64),
            interval,
            counted: if result.resolved == Decision::Fail {
                candidate.counted(rule)
            } else {
                crate::model::verdict::CountedCases::None
            },
            ..result
        }
    }
}
