//! Acceptance sampling for one version: how many passes settle a gate, and how many cases that takes.

use super::binomial::{binomial_cdf, binomial_sf};
use super::error::{StatsError, check, check_open_unit, check_probability};

/// What the evidence at a stated error rate supports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The rate is at least the floor.
    Pass,
    /// The rate is below the target.
    Fail,
    /// Neither is shown.
    Inconclusive,
}

/// The pass counts at which a run of fixed size is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AcceptanceNumbers {
    /// Fewest passes whose exact lower bound reaches the floor; none if no count does.
    pub min_passes_to_pass: Option<u64>,
    /// Most passes whose exact upper bound stays below the target; none if no count does.
    pub max_passes_to_fail: Option<u64>,
}

impl AcceptanceNumbers {
    /// The decision for `passes`; pass has precedence where both hold.
    pub fn decide(&self, passes: u64) -> Decision {
        if self.min_passes_to_pass.is_some_and(|c| passes >= c) {
            Decision::Pass
        } else if self.max_passes_to_fail.is_some_and(|c| passes <= c) {
            Decision::Fail
        } else {
            Decision::Inconclusive
        }
    }
}

/// Probabilities of the three decisions at one true rate; they add up to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OperatingCharacteristic {
    /// P(pass).
    pub pass: f64,
    /// P(fail).
    pub fail: f64,
    /// P(inconclusive).
    pub inconclusive: f64,
}

/// A fixed-size test that passes iff at least `min_passes` of `n` cases pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AcceptancePlan {
    /// Number of cases.
    pub n: u64,
    /// Acceptance number.
    pub min_passes: u64,
}

/// Acceptance numbers of `n` cases for exact one-sided bounds at `alpha` (Clopper and Pearson 1934).
///
/// P(pass | p < floor) <= alpha and P(fail | p >= target) <= alpha, also for fixed cases of unequal
/// difficulty (Hoeffding 1956). Errors: `alpha` outside (0, 1), or not `0 <= floor <= target <= 1`.
pub fn gate_acceptance_numbers(
    n: u64,
    target: f64,
    floor: f64,
    alpha: f64,
) -> Result<AcceptanceNumbers, StatsError> {
    check_band(target, floor)?;
    check_open_unit("alpha", alpha)?;
    let enough = first_count(n.saturating_add(1), |k| {
        Ok(floor <= 0.0 || binomial_sf(k, n, floor)? <= alpha)
    })?;
    // The upper bound at k = n is 1, so n passes never fail.
    let too_many = first_count(n, |k| Ok(binomial_cdf(k, n, target)? >= alpha))?;
    Ok(AcceptanceNumbers {
        min_passes_to_pass: (enough <= n).then_some(enough),
        max_passes_to_fail: too_many.checked_sub(1),
    })
}

/// Chances of each decision when every case passes with probability `rate`.
pub fn operating_characteristic(
    numbers: AcceptanceNumbers,
    n: u64,
    rate: f64,
) -> Result<OperatingCharacteristic, StatsError> {
    let pass = match numbers.min_passes_to_pass {
        Some(c) => binomial_sf(c, n, rate)?,
        None => 0.0,
    };
    // Pass has precedence, so only counts below its number can fail.
    let last_fail = match (numbers.max_passes_to_fail, numbers.min_passes_to_pass) {
        (Some(k), Some(c)) => c.checked_sub(1).map(|below| below.min(k)),
        (k, _) => k,
    };
    let fail = match last_fail {
        Some(k) => binomial_cdf(k, n, rate)?,
        None => 0.0,
    };
    Ok(OperatingCharacteristic {
        pass,
        fail,
        inconclusive: (1.0 - pass - fail).max(0.0),
    })
}

/// Fewest cases of which all must pass before the exact lower bound can reach `floor`: ln(alpha) / ln(floor).
///
/// None for `floor = 1`, which no number of cases can show.
pub fn zero_failure_n(floor: f64, alpha: f64) -> Result<Option<u64>, StatsError> {
    check_probability("floor", floor)?;
    check_open_unit("alpha", alpha)?;
    if floor >= 1.0 {
        return Ok(None);
    }
    if floor <= 0.0 {
        return Ok(Some(1));
    }
    // A quotient that should be a whole number may lie a rounding error above it.
    let exact = alpha.ln() / floor.ln();
    Ok(Some((exact * (1.0 - 1e-12)).ceil().max(1.0) as u64))
}

/// The smallest plan with P(pass | floor) <= `alpha_pass` and P(no pass | target) <= `alpha_fail`.
///
/// None if it would need more than `max_n` cases. Errors: as for the acceptance numbers.
pub fn smallest_acceptance_plan(
    target: f64,
    floor: f64,
    alpha_pass: f64,
    alpha_fail: f64,
    max_n: u64,
) -> Result<Option<AcceptancePlan>, StatsError> {
    check_band(target, floor)?;
    check_open_unit("alpha_pass", alpha_pass)?;
    check_open_unit("alpha_fail", alpha_fail)?;
    let mut min_passes = 0;
    for n in 1..=max_n {
        // One case more raises the acceptance number by at most one.
        while min_passes <= n && binomial_sf(min_passes, n, floor)? > alpha_pass {
            min_passes += 1;
        }
        let reachable = (1..=n).contains(&min_passes);
        if reachable && binomial_cdf(min_passes - 1, n, target)? <= alpha_fail {
            return Ok(Some(AcceptancePlan { n, min_passes }));
        }
    }
    Ok(None)
}

/// P(two identical runs disagree) under a bare threshold `k/n >= target`, at true rate `rate`: 2 pf (1 - pf).
pub fn flip_probability(n: u64, target: f64, rate: f64) -> Result<f64, StatsError> {
    check_probability("target", target)?;
    check("n", n as f64, "at least 1", n > 0)?;
    let passes = binomial_sf(threshold_count(n, target), n, rate)?;
    Ok(2.0 * passes * (1.0 - passes))
}

/// Fewest passes of `n` with `k/n >= target`; 0.9 of 100 is 90 although 0.9 is not a binary fraction.
pub fn threshold_count(n: u64, target: f64) -> u64 {
    let exact = n as f64 * target;
    let whole = exact.round();
    if (exact - whole).abs() <= 1e-9 * exact.abs().max(1.0) {
        whole as u64
    } else {
        exact.ceil() as u64
    }
}

fn check_band(target: f64, floor: f64) -> Result<(), StatsError> {
    check_probability("target", target)?;
    check(
        "floor",
        floor,
        "in [0, target]",
        (0.0..=target).contains(&floor),
    )
}

/// The first `k` in `0..end` for which a monotone condition holds, else `end`.
fn first_count(
    end: u64,
    holds: impl Fn(u64) -> Result<bool, StatsError>,
) -> Result<u64, StatsError> {
    let (mut low, mut high) = (0, end);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle)? {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Ok(low)
}

#[cfg(test)]
mod tests;
