//! Exact binomial probabilities, for any `n` that fits a run.

use super::beta::{ln_binomial_mass, lower_tail};
use super::error::{StatsError, check_probability};

/// P(X = k) for X ~ Bin(n, p); `p` in `[0, 1]`. Loader's saddle-point form (2000).
pub fn binomial_pmf(k: u64, n: u64, p: f64) -> Result<f64, StatsError> {
    check_probability("p", p)?;
    let (kf, nf) = (k as f64, n as f64);
    Ok(if k > n {
        0.0
    } else if p <= 0.0 {
        f64::from(u8::from(k == 0))
    } else if p >= 1.0 {
        f64::from(u8::from(k == n))
    } else if k == 0 {
        (nf * (-p).ln_1p()).exp()
    } else if k == n {
        (nf * p.ln()).exp()
    } else {
        ln_binomial_mass(kf, nf, p, 1.0 - p).exp()
    })
}

/// P(X <= k) for X ~ Bin(n, p); `p` in `[0, 1]`.
pub fn binomial_cdf(k: u64, n: u64, p: f64) -> Result<f64, StatsError> {
    check_probability("p", p)?;
    if k >= n {
        return Ok(1.0);
    }
    Ok(lower_tail((n - k) as f64, k as f64 + 1.0, 1.0 - p, p))
}

/// P(X >= k) for X ~ Bin(n, p); `p` in `[0, 1]`.
pub fn binomial_sf(k: u64, n: u64, p: f64) -> Result<f64, StatsError> {
    check_probability("p", p)?;
    if k == 0 {
        return Ok(1.0);
    }
    if k > n {
        return Ok(0.0);
    }
    Ok(lower_tail(k as f64, (n - k) as f64 + 1.0, p, 1.0 - p))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn tails_and_mass_agree(n in 1_u64..3000, share in 0.0..=1.0_f64, p in 0.0..=1.0_f64) {
            let k = (share * n as f64) as u64;
            let total = binomial_cdf(k, n, p)? + binomial_sf(k + 1, n, p)?;
            prop_assert!((total - 1.0).abs() < 1e-12);
            let mass = binomial_sf(k, n, p)? - binomial_sf(k + 1, n, p)?;
            prop_assert!((mass - binomial_pmf(k, n, p)?).abs() < 1e-12);
        }
    }

    #[test]
    fn certain_outcomes_are_exact() -> Result<(), StatsError> {
        for (k, p, mass) in [(0, 0.0, 1.0), (5, 1.0, 1.0), (4, 1.0, 0.0), (6, 0.5, 0.0)] {
            assert!((binomial_pmf(k, 5, p)? - mass).abs() < f64::EPSILON);
        }
        assert!(binomial_sf(1, 5, 0.0)? <= 0.0 && binomial_cdf(4, 5, 1.0)? <= 0.0);
        assert!((binomial_sf(0, 0, 0.3)? - 1.0).abs() < f64::EPSILON);
        Ok(())
    }

    #[test]
    fn a_million_trials_stay_exact() -> Result<(), StatsError> {
        // Reference: the sum of the mass in 50 digits.
        let tail = binomial_sf(500_500, 1_000_000, 0.5)?;
        assert!((tail - TAIL_OF_A_MILLION).abs() < 1e-12, "{tail}");
        Ok(())
    }

    const TAIL_OF_A_MILLION: f64 = 0.158_897_345_681_652_77;
}
