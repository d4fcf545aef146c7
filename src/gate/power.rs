//! What an evidence gate can find out with so many cases: whether it can pass at all, both of its error rates, the smallest drop
//! it can see, and how often it will not be decided. Known before anything is asked.

use super::error_rates::{ErrorRates, error_rates};
use super::evidence::units_needed;
use crate::model::looks::{ALPHA, CASES_PER_TAG, Look, OnInconclusive};
use crate::model::number::{percent, short_points};
use crate::model::suite::{Condition, GateRule};
use crate::stats::{
    gate_acceptance_numbers, midpoint_error, normal_cdf, normal_quantile, operating_characteristic,
    paired_mde, zero_failure_n,
};

/// Pass rate that is assumed where none was measured yet.
const ASSUMED_RATE: f64 = 0.9;

/// Share of the noise between two runs that is the same question answered differently.
const RERUN_SHARE: f64 = 0.5;

/// Chance with which the smallest detectable drop is detected.
const POWER: f64 = 0.8;

/// Error rate on either side from which it is worth a warning.
const HIGH: f64 = 0.10;

/// What one gate can find out.
#[derive(Clone, Debug)]
pub struct GatePower {
    /// The gate.
    pub rule: GateRule,
    /// Cases, or clusters of them; of the smallest label where the gate looks at each.
    pub units: usize,
    /// Whether it can pass at all with so many.
    pub can_pass: bool,
    /// Chance that a good version is blocked (one at the target, or one that is the baseline again), and that a bad one passes
    /// (one at the floor, or one that dropped by the margin). Exact for a target; for a comparison about, at a pass rate of 90 %.
    pub errors: Option<ErrorRates>,
    /// The smallest drop of the pass rate that is detected four times in five.
    pub detectable: Option<f64>,
    /// Chance that the first look does not decide it, at the target for a rate.
    pub inconclusive: Option<f64>,
    /// Cases that would be enough to pass at all.
    pub needed: Option<usize>,
}

/// What the gates of a suite are decided by.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// When they are looked at.
    pub looks: &'a [Look],
    /// What happens when no look decides.
    pub on_inconclusive: OnInconclusive,
    /// Evidence gates of the run, which share its error rate.
    pub sharing: usize,
}

/// What the evidence gates of a suite can find out; `units` counts the cases (or clusters) with a label, `tags` lists the labels.
pub fn of_suite(
    gates: &[GateRule],
    rules: Rules<'_>,
    tags: &[String],
    units: impl Fn(Option<&str>) -> usize,
) -> Vec<GatePower> {
    let smallest_tag = || {
        let counts = tags.iter().map(|tag| units(Some(tag)));
        counts.filter(|count| *count >= CASES_PER_TAG).min()
    };
    gates
        .iter()
        .filter(|rule| rule.condition.is_evidence())
        .map(|rule| match rule.condition {
            Condition::EachTag { .. } => of_gate(rule, rules, smallest_tag().unwrap_or_default()),
            _ => of_gate(rule, rules, units(rule.tag.as_deref())),
        })
        .collect()
}

fn of_gate(rule: &GateRule, rules: Rules<'_>, units: usize) -> GatePower {
    let mut power = GatePower {
        rule: rule.clone(),
        units,
        can_pass: true,
        errors: None,
        detectable: None,
        inconclusive: None,
        needed: None,
    };
    match rule.condition {
        Condition::Baseline { margin } | Condition::EachTag { margin } => {
            power.compare(rules, margin);
        }
        Condition::Evidence { target, floor } => {
            power.rate(target, floor, rules.on_inconclusive);
        }
        Condition::LowerBound { min } => power.rate(min, min, OnInconclusive::Block),
        _ => {}
    }
    power
}

impl GatePower {
    /// A comparison: by the normal approximation of STATISTICS 2.4, at the level that the run's gates leave to each.
    fn compare(&mut self, rules: Rules<'_>, margin: f64) {
        let needed = units_needed(margin);
        self.can_pass = self.units >= needed;
        self.needed = Some(needed);
        // One that can never pass asks for no repeats.
        let most = rules.looks.iter().map(|look| look.repeats);
        let repeats = if self.can_pass {
            most.max()
        } else {
            most.min()
        };
        // Two answers to the same question differ this often; repeats average it out.
        let noise = 2.0 * ASSUMED_RATE * (1.0 - ASSUMED_RATE) * RERUN_SHARE;
        let noise = noise / f64::from(repeats.unwrap_or(1));
        let level = ALPHA / rules.sharing.max(1) as f64;
        self.detectable = paired_mde(noise, self.units as u64, level, POWER).ok();
        let se = (noise / self.units.max(1) as f64).sqrt();
        self.errors = lean_errors(rules.on_inconclusive, margin, se, level);
    }

    fn rate(&mut self, target: f64, floor: f64, policy: OnInconclusive) {
        let n = self.units as u64;
        let Ok(numbers) = gate_acceptance_numbers(n, target, floor, ALPHA) else {
            self.can_pass = false;
            return;
        };
        self.can_pass = numbers.min_passes_to_pass.is_some();
        let needed = zero_failure_n(floor, ALPHA);
        self.needed = needed.ok().flatten().map(|n| n as usize);
        let at_target = operating_characteristic(numbers, n, target);
        self.inconclusive = at_target.ok().map(|chances| chances.inconclusive);
        self.errors = error_rates(n, target, floor, policy);
        // The drop below the target from which four runs in five are blocked.
        self.detectable = (1..=99).map(|step| f64::from(step) / 100.0).find(|drop| {
            let worse = operating_characteristic(numbers, n, (target - drop).max(0.0));
            worse.is_ok_and(|chances| chances.fail >= POWER)
        });
    }

    /// Whether either error rate is so high that its verdicts are worth little.
    pub(crate) fn is_unreliable(&self) -> bool {
        let is_rate = matches!(self.rule.condition, Condition::Evidence { .. });
        is_rate
            && self.errors.is_some_and(|errors| {
                errors.blocks_at_target > HIGH || errors.passes_at_floor > HIGH
            })
    }

    /// A sentence for people.
    pub(crate) fn describe(&self) -> String {
        let mut parts = vec![cases(self.units)];
        if !self.can_pass {
            let needed = self.needed.map(|needed| format!(" ({needed} needed)"));
            parts = vec![format!(
                "can never pass with {}{}, so it is decided at the first look and asks for no repeats",
                cases(self.units),
                needed.unwrap_or_default()
            )];
        }
        parts.extend(self.describe_errors());
        if let Some(drop) = self.detectable {
            parts.push(format!(
                "a drop of {} is found four times in five",
                short_points(drop)
            ));
        }
        if let (true, Some(chance)) = (self.can_pass, self.inconclusive) {
            let chance = percent(chance);
            parts.push(format!(
                "at the target, {chance} of runs are not decided by it"
            ));
        }
        parts.join("; ")
    }

    /// Both error rates, in words.
    pub(crate) fn describe_errors(&self) -> Option<String> {
        let errors = self.errors?;
        let (blocked, passed) = (
            percent(errors.blocks_at_target),
            percent(errors.passes_at_floor),
        );
        Some(match self.rule.condition {
            Condition::Baseline { margin } | Condition::EachTag { margin } => format!(
                "blocks about {blocked} of harmless changes, passes about {passed} of drops of {}",
                short_points(margin)
            ),
            _ => {
                format!("blocks {blocked} of versions at the target, passes {passed} at the floor")
            }
        })
    }
}

/// What comes of a comparison that ends by its policy, by the normal approximation: blocked though nothing changed, and passed
/// though it dropped by the margin.
fn lean_errors(policy: OnInconclusive, margin: f64, se: f64, level: f64) -> Option<ErrorRates> {
    let z = normal_quantile(1.0 - level).ok()?;
    let middle_is_safe = midpoint_error(margin, se).ok()? <= ALPHA;
    // Differences below this are blocked.
    let limit = match policy {
        // Not shown to be within the margin.
        OnInconclusive::Block => -margin + normal_quantile(1.0 - ALPHA).ok()? * se,
        OnInconclusive::Lean if middle_is_safe => (-margin / 2.0).min(-z * se),
        OnInconclusive::Lean | OnInconclusive::Warn => -z * se,
    };
    Some(ErrorRates {
        blocks_at_target: normal_cdf(limit / se),
        passes_at_floor: 1.0 - normal_cdf((limit + margin) / se),
    })
}

fn cases(count: usize) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} case{plural}")
}
