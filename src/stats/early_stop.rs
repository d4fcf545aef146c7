//! When a running evaluation is already decided: curtailment, the hybrid early stop, and paired evidence.

use super::acceptance::{AcceptanceNumbers, Decision};
use super::betting::{BettingLogE, EProcess, Null, betting_log_e_counts};
use super::error::{StatsError, check, check_open_unit};

/// Early decision from counts: e-process evidence at `alpha_early` on either side, or none yet.
///
/// Pass if ln E+(floor) >= ln(1/alpha), fail if ln E-(target) >= ln(1/alpha); pass has precedence. Valid
/// at any time for cases in random order. `target` and `floor` are in (0, 1), except that a target of 1
/// fails at the first miss (no rate of 1 produces one) and a floor of 0 is not tested.
pub fn early_decision(
    passes: u64,
    seen: u64,
    target: f64,
    floor: f64,
    alpha_early: f64,
) -> Result<Option<Decision>, StatsError> {
    check(
        "passes",
        passes as f64,
        "at most the cases seen",
        passes <= seen,
    )?;
    check("target", target, "in (0, 1]", target > 0.0 && target <= 1.0)?;
    check(
        "floor",
        floor,
        "in [0, 1) and at most the target",
        (0.0..1.0).contains(&floor) && floor <= target,
    )?;
    check_open_unit("alpha_early", alpha_early)?;
    let bar = -alpha_early.ln();
    if floor > 0.0 && betting_log_e_counts(passes, seen, floor)?.mean_gt_m >= bar {
        return Ok(Some(Decision::Pass));
    }
    let below_target = if target >= 1.0 {
        passes < seen
    } else {
        betting_log_e_counts(passes, seen, target)?.mean_lt_m >= bar
    };
    Ok(below_target.then_some(Decision::Fail))
}

/// The decision that the `total - seen` cases to come cannot change, if there is one.
///
/// `numbers` are those of `total` cases. Errors: `passes > seen`, `seen > total`.
pub fn curtailed_decision(
    passes: u64,
    seen: u64,
    total: u64,
    numbers: AcceptanceNumbers,
) -> Result<Option<Decision>, StatsError> {
    check(
        "passes",
        passes as f64,
        "at most the cases seen",
        passes <= seen,
    )?;
    check("seen", seen as f64, "at most the total", seen <= total)?;
    // Decisions are ordered by passes, so equal ends fix everything between.
    let (worst, best) = (
        numbers.decide(passes),
        numbers.decide(passes + (total - seen)),
    );
    Ok((worst == best).then_some(worst))
}

/// Curtailment, else the early stop: the hybrid rule. Its error is at most `alpha_early` plus the level of
/// `numbers`, each side.
pub fn hybrid_decision(
    passes: u64,
    seen: u64,
    rule: &HybridRule,
) -> Result<Option<Decision>, StatsError> {
    match curtailed_decision(passes, seen, rule.total, rule.numbers)? {
        None => early_decision(passes, seen, rule.target, rule.floor, rule.alpha_early),
        settled => Ok(settled),
    }
}

/// What the hybrid rule decides by; usual levels are 0.01 early and 0.04 for `numbers`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HybridRule {
    /// Cases of the full run.
    pub total: u64,
    /// Rate that is good, in (0, 1].
    pub target: f64,
    /// Rate that is unacceptable, in `[0, target]`.
    pub floor: f64,
    /// Level of the early stop, each side.
    pub alpha_early: f64,
    /// Acceptance numbers of the full run at the remaining level.
    pub numbers: AcceptanceNumbers,
}

/// Running evidence about a paired difference d in `[-1, 1]` (candidate minus baseline), for early stops
/// and canaries: bets on (d + 1) / 2.
#[derive(Debug, Clone, PartialEq)]
pub struct PairedEvidence {
    not_worse: EProcess,
    worse: EProcess,
}

impl PairedEvidence {
    /// No evidence yet; `margin` in `[0, 1)` is the drop that is tolerated.
    pub fn new(margin: f64) -> Result<Self, StatsError> {
        check("margin", margin, "in [0, 1)", (0.0..1.0).contains(&margin))?;
        Ok(Self {
            not_worse: EProcess::new(Null::AtMost, 0.5 * (1.0 - margin))?,
            worse: EProcess::new(Null::AtLeast, 0.5)?,
        })
    }

    /// Adds one case's difference `d` in `[-1, 1]`; for a canary, its outcome minus the mean of the
    /// baseline block.
    pub fn push(&mut self, d: f64) -> Result<(), StatsError> {
        check("d", d, "in [-1, 1]", (-1.0..=1.0).contains(&d))?;
        let x = 0.5 * (d + 1.0);
        self.not_worse.push(x)?;
        self.worse.push(x)
    }

    /// ln E that the difference is above -margin (pass, promote) and below 0 (block, roll back).
    pub fn log_e(&self) -> BettingLogE {
        BettingLogE {
            mean_gt_m: self.not_worse.log_e(),
            mean_lt_m: self.worse.log_e(),
        }
    }

    /// Pass or fail once shown at its level, none before; pass has precedence.
    pub fn decision(&self, alpha_pass: f64, alpha_fail: f64) -> Option<Decision> {
        if self.not_worse.rejects(alpha_pass) {
            Some(Decision::Pass)
        } else {
            self.worse.rejects(alpha_fail).then_some(Decision::Fail)
        }
    }
}

#[cfg(test)]
mod tests;
