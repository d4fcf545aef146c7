//! The betting e-process behind early stopping, canaries and time-uniform intervals.
//!
//! Seventeen fixed fractions of the capital are bet and their capitals averaged. By Ville's inequality
//! P(E ever reaches 1/a) <= a under the null, whatever rule stops the run; batches of independent items of
//! unequal difficulty are allowed, since fixed fractions need only the average mean.
//! (Waudby-Smith and Ramdas 2024, arXiv 2010.09686; Ramdas et al. 2022, arXiv 2210.01948.)

use std::sync::LazyLock;

use super::error::{StatsError, check, check_open_unit, check_unit_values};
use super::interval::Interval;
use super::moments::log_mean_exp;

pub(super) const FRACTIONS: usize = 17;

/// The bet fractions 1 / (1 + e^-u), u = -5, -4.5, ..., 3.
static THETA: LazyLock<[f64; FRACTIONS]> =
    LazyLock::new(|| std::array::from_fn(|j| 1.0 / (1.0 + (5.0 - 0.5 * j as f64).exp())));

/// Log evidence about a mean, in both directions. 0 before any data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BettingLogE {
    /// ln E against "mean <= m".
    pub mean_gt_m: f64,
    /// ln E against "mean >= m".
    pub mean_lt_m: f64,
}

/// Which null hypothesis an e-process bets against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Null {
    /// The mean is at most m.
    AtMost,
    /// The mean is at least m.
    AtLeast,
}

/// A running e-process on outcomes in `[0, 1]`.
#[derive(Debug, Clone, PartialEq)]
pub struct EProcess {
    null: Null,
    m: f64,
    log_capital: [f64; FRACTIONS],
}

impl EProcess {
    /// An e-process with E = 1 against the given null about `m`, in (0, 1).
    pub fn new(null: Null, m: f64) -> Result<Self, StatsError> {
        check_open_unit("m", m)?;
        Ok(Self {
            null,
            m,
            log_capital: [0.0; FRACTIONS],
        })
    }

    /// Bets on one outcome `x` in `[0, 1]`.
    pub fn push(&mut self, x: f64) -> Result<(), StatsError> {
        check_unit_values("x", &[x])?;
        let (x, m) = match self.null {
            Null::AtMost => (x, self.m),
            Null::AtLeast => (1.0 - x, 1.0 - self.m),
        };
        add_outcome(&mut self.log_capital, x, m);
        Ok(())
    }

    /// Current ln E.
    pub fn log_e(&self) -> f64 {
        log_mean_exp(&self.log_capital)
    }

    /// Whether the null is rejected at level `alpha`: E >= 1/alpha now.
    pub fn rejects(&self, alpha: f64) -> bool {
        self.log_e() >= -alpha.ln()
    }
}

/// Log evidence of all outcomes `x` in `[0, 1]` about `m` in (0, 1).
pub fn betting_log_e(x: &[f64], m: f64) -> Result<BettingLogE, StatsError> {
    check_unit_values("x", x)?;
    check_open_unit("m", m)?;
    Ok(BettingLogE {
        mean_gt_m: log_e_above(x.iter().copied(), m),
        mean_lt_m: log_e_above(x.iter().map(|v| 1.0 - v), 1.0 - m),
    })
}

/// Log evidence of `passes` out of `n` binary outcomes about `m` in (0, 1).
///
/// Errors: `passes > n`, `m` outside (0, 1).
pub fn betting_log_e_counts(passes: u64, n: u64, m: f64) -> Result<BettingLogE, StatsError> {
    check("passes", passes as f64, "at most n", passes <= n)?;
    check_open_unit("m", m)?;
    let (hits, misses) = (passes as f64, (n - passes) as f64);
    Ok(BettingLogE {
        mean_gt_m: log_mean_exp(&count_increments(hits, misses, m)),
        mean_lt_m: log_mean_exp(&count_increments(misses, hits, 1.0 - m)),
    })
}

/// Confidence interval for the mean of `x` in `[0, 1]`, valid at every stopping time; not intersected
/// over time.
///
/// Each end errs with probability at most `alpha_per_side`, in (0, 1). `[0, 1]` without data.
pub fn betting_cs(x: &[f64], alpha_per_side: f64) -> Result<Interval, StatsError> {
    check_unit_values("x", x)?;
    check_open_unit("alpha_per_side", alpha_per_side)?;
    let bar = -alpha_per_side.ln();
    Ok(Interval {
        lower: largest_rejected(bar, |m| log_e_above(x.iter().copied(), m)),
        upper: 1.0 - largest_rejected(bar, |m| log_e_above(x.iter().map(|v| 1.0 - v), m)),
    })
}

/// The same interval for `passes` out of `n` binary outcomes. Errors: `passes > n`.
pub fn betting_cs_counts(passes: u64, n: u64, alpha_per_side: f64) -> Result<Interval, StatsError> {
    check("passes", passes as f64, "at most n", passes <= n)?;
    check_open_unit("alpha_per_side", alpha_per_side)?;
    let (hits, misses) = (passes as f64, (n - passes) as f64);
    let bar = -alpha_per_side.ln();
    let end =
        |wins, losses| largest_rejected(bar, |m| log_mean_exp(&count_increments(wins, losses, m)));
    Ok(Interval {
        lower: end(hits, misses),
        upper: 1.0 - end(misses, hits),
    })
}

/// Log capital that `wins` ones and `losses` zeros add at each fraction when betting on a mean above `m`.
pub(super) fn count_increments(wins: f64, losses: f64, m: f64) -> [f64; FRACTIONS] {
    THETA.map(|theta| wins * (theta * (1.0 / m - 1.0)).ln_1p() + losses * (-theta).ln_1p())
}

fn add_outcome(log_capital: &mut [f64; FRACTIONS], x: f64, m: f64) {
    for (capital, theta) in log_capital.iter_mut().zip(THETA.iter()) {
        *capital += (theta * (x / m - 1.0)).ln_1p();
    }
}

fn log_e_above(x: impl Iterator<Item = f64>, m: f64) -> f64 {
    let mut log_capital = [0.0; FRACTIONS];
    x.for_each(|v| add_outcome(&mut log_capital, v, m));
    log_mean_exp(&log_capital)
}

/// The largest `m` whose evidence reaches `bar`, 0 if none: evidence decreases in `m`.
fn largest_rejected(bar: f64, log_e: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if log_e(middle) >= bar {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn counts_and_process_agree_with_the_list(
            passed in prop::collection::vec(any::<bool>(), 0..80), m in 0.05..0.95_f64,
        ) {
            let x: Vec<f64> = passed.iter().map(|b| f64::from(u8::from(*b))).collect();
            let passes = passed.iter().filter(|b| **b).count() as u64;
            let list = betting_log_e(&x, m)?;
            let counts = betting_log_e_counts(passes, x.len() as u64, m)?;
            let (mut above, mut below) = (EProcess::new(Null::AtMost, m)?, EProcess::new(Null::AtLeast, m)?);
            for v in x {
                above.push(v)?;
                below.push(v)?;
            }
            for (a, b) in [(list.mean_gt_m, counts.mean_gt_m), (list.mean_lt_m, counts.mean_lt_m)] {
                prop_assert!((a - b).abs() < 1e-9 * a.abs().max(1.0));
            }
            prop_assert!((above.log_e() - list.mean_gt_m).abs() < 1e-9);
            prop_assert!((below.log_e() - list.mean_lt_m).abs() < 1e-9);
        }

        #[test]
        fn one_step_is_fair_at_the_boundary(m in 0.01..0.99_f64) {
            // A Bernoulli(m) outcome leaves the expected capital at 1.
            let (win, lose) = (betting_log_e_counts(1, 1, m)?, betting_log_e_counts(0, 1, m)?);
            let expected = m * win.mean_gt_m.exp() + (1.0 - m) * lose.mean_gt_m.exp();
            prop_assert!((expected - 1.0).abs() < 1e-12);
        }

        #[test]
        fn interval_contains_the_rate_and_grows_with_passes(n in 1_u64..400, share in 0.0..1.0_f64) {
            let k = (share * n as f64) as u64;
            let (here, more) = (betting_cs_counts(k, n, 0.025)?, betting_cs_counts((k + 1).min(n), n, 0.025)?);
            let rate = k as f64 / n as f64;
            prop_assert!(here.lower <= rate && rate <= here.upper);
            prop_assert!(here.lower <= more.lower + 1e-12 && here.upper <= more.upper + 1e-12);
        }
    }

    #[test]
    fn starts_at_one_and_rejects_bad_input() -> Result<(), StatsError> {
        let mut start = EProcess::new(Null::AtMost, 0.5)?;
        assert!(start.log_e().abs() < 1e-15 && !start.rejects(0.5));
        assert!(start.push(1.2).is_err() && EProcess::new(Null::AtLeast, 1.0).is_err());
        let nothing = betting_cs(&[], 0.05)?;
        assert!(nothing.lower < 1e-15 && nothing.upper > 1.0 - 1e-15);
        assert!(betting_log_e_counts(0, 0, 0.9)?.mean_gt_m.abs() < 1e-15);
        Ok(())
    }
}
