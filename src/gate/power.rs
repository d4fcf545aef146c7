//! What an evidence gate can find out with so many cases: whether it can pass at all, the smallest drop it can see, and how
//! often it will not be decided. Known before anything is asked.

use super::evidence::units_needed;
use super::wording::percent;
use crate::model::looks::Look;
use crate::model::suite::{Condition, GateRule};
use crate::stats::{gate_acceptance_numbers, operating_characteristic, paired_mde};

/// Pass rate that is assumed where none was measured yet.
const ASSUMED_RATE: f64 = 0.9;

/// Share of the noise between two runs that is the same question answered differently.
const RERUN_SHARE: f64 = 0.5;

/// Chance with which the smallest detectable drop is detected.
const POWER: f64 = 0.8;

/// What one gate can find out.
#[derive(Clone, Debug)]
pub struct GatePower {
    /// The gate.
    pub rule: GateRule,
    /// Cases, or clusters of them.
    pub units: usize,
    /// Whether it can pass at all with so many.
    pub can_pass: bool,
    /// The smallest drop of the pass rate that is detected four times in five.
    pub detectable: Option<f64>,
    /// Chance that the first look does not decide it, at the target for a rate, at no change for a comparison.
    pub inconclusive: Option<f64>,
    /// Cases that would be enough to pass at all.
    pub needed: Option<usize>,
}

/// What the evidence gates of a suite can find out; `units` counts the cases (or clusters) with a label.
pub fn of_suite(
    gates: &[GateRule],
    looks: &[Look],
    units: impl Fn(Option<&str>) -> usize,
) -> Vec<GatePower> {
    gates
        .iter()
        .filter(|rule| rule.condition.is_evidence())
        .map(|rule| of_gate(rule, looks, units(rule.tag.as_deref())))
        .collect()
}

fn of_gate(rule: &GateRule, looks: &[Look], units: usize) -> GatePower {
    let alpha: f64 = looks.iter().map(|look| look.alpha).sum();
    let repeats = looks.iter().map(|look| look.repeats).max().unwrap_or(1);
    let mut power = GatePower {
        rule: rule.clone(),
        units,
        can_pass: true,
        detectable: None,
        inconclusive: None,
        needed: None,
    };
    match rule.condition {
        Condition::Baseline { margin } | Condition::EachTag { margin } => {
            let needed = units_needed(margin);
            power.can_pass = units >= needed;
            power.needed = Some(needed);
            // Two answers to the same question differ this often; repeats average it out.
            let noise = 2.0 * ASSUMED_RATE * (1.0 - ASSUMED_RATE) * RERUN_SHARE;
            power.detectable =
                paired_mde(noise / f64::from(repeats), units as u64, alpha, POWER).ok();
        }
        Condition::Evidence { target, floor } => rate(&mut power, target, floor, alpha),
        Condition::LowerBound { min } => rate(&mut power, min, min, alpha),
        _ => {}
    }
    power
}

fn rate(power: &mut GatePower, target: f64, floor: f64, alpha: f64) {
    let n = power.units as u64;
    let Ok(numbers) = gate_acceptance_numbers(n, target, floor, alpha) else {
        power.can_pass = false;
        return;
    };
    power.can_pass = numbers.min_passes_to_pass.is_some();
    let needed = crate::stats::zero_failure_n(floor, alpha);
    power.needed = needed.ok().flatten().map(|n| n as usize);
    let at_target = operating_characteristic(numbers, n, target);
    power.inconclusive = at_target.ok().map(|chances| chances.inconclusive);
    // The drop below the target from which four runs in five are blocked.
    power.detectable = (1..=99).map(|step| f64::from(step) / 100.0).find(|drop| {
        let worse = operating_characteristic(numbers, n, (target - drop).max(0.0));
        worse.is_ok_and(|chances| chances.fail >= POWER)
    });
}

impl GatePower {
    /// A sentence for people.
    pub fn describe(&self) -> String {
        if !self.can_pass {
            let needed = self
                .needed
                .map(|needed| format!(": it takes at least {needed}"))
                .unwrap_or_default();
            return format!("can never pass with {}{needed}", cases(self.units));
        }
        let mut parts = vec![cases(self.units)];
        if let Some(drop) = self.detectable {
            parts.push(format!(
                "a drop of {} points is found four times in five",
                super::range::short((drop * 1000.0).round() / 10.0)
            ));
        }
        if let Some(chance) = self.inconclusive {
            parts.push(format!(
                "at the target, {} of runs are not decided by it",
                percent(chance)
            ));
        }
        parts.join("; ")
    }
}

fn cases(count: usize) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} case{plural}")
}
