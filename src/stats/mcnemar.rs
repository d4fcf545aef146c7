//! `McNemar`'s exact and mid-p tests on discordant pairs.

use super::binomial::{binomial_cdf, binomial_pmf, binomial_sf};
use super::error::StatsError;

/// p-values of the discordant pairs; small one-sided values say that the candidate is worse.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct McNemar {
    /// Exact two-sided p.
    pub exact_two: f64,
    /// Mid-p two-sided p.
    pub midp_two: f64,
    /// Exact P(at least this many regressions).
    pub exact_one: f64,
    /// Mid-p of the same: the test behind a block.
    pub midp_one: f64,
}

/// Tests `base_only` regressions against `cand_only` fixes (Fagerland, Lydersen, Laake 2013).
///
/// Without discordant pairs every p is 1, except the one-sided mid-p, which is 1/2.
pub fn mcnemar(base_only: u64, cand_only: u64) -> Result<McNemar, StatsError> {
    let n = base_only.saturating_add(cand_only);
    let fewer = base_only.min(cand_only);
    let tail = binomial_cdf(fewer, n, 0.5)?;
    let at_fewer = binomial_pmf(fewer, n, 0.5)?;
    // With equal counts both tails hold the same middle term; half of it remains.
    let midp_two = if n == 0 {
        1.0
    } else if base_only == cand_only {
        1.0 - 0.5 * at_fewer
    } else {
        2.0 * tail - at_fewer
    };
    let exact_one = binomial_sf(base_only, n, 0.5)?;
    Ok(McNemar {
        exact_two: (2.0 * tail).min(1.0),
        midp_two,
        exact_one,
        midp_one: exact_one - 0.5 * binomial_pmf(base_only, n, 0.5)?,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn swapping_arms_mirrors(b in 0_u64..3000, f in 0_u64..3000) {
            let (here, there) = (mcnemar(b, f)?, mcnemar(f, b)?);
            prop_assert!((here.exact_two - there.exact_two).abs() < 1e-12);
            prop_assert!((here.midp_one + there.midp_one - 1.0).abs() < 1e-12);
            prop_assert!(here.midp_two <= here.exact_two + 1e-12 && here.midp_one <= here.exact_one);
        }
    }

    #[test]
    fn one_sided_midp_needs_five_regressions_without_a_fix() -> Result<(), StatsError> {
        assert!(mcnemar(4, 0)?.midp_one <= 0.05 && mcnemar(3, 0)?.midp_one > 0.05);
        Ok(())
    }
}
