//! Intervals for one pass rate: Wilson to show, Clopper-Pearson to decide, Jeffreys to compare.

use super::beta::beta_quantile;
use super::error::{StatsError, check_count, check_open_unit};
use super::normal::normal_quantile;

/// A closed interval on the scale of its estimate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
}

/// Two-sided Wilson score interval for `k` passes of `n` (Wilson 1927; Brown, Cai, `DasGupta` 2001).
///
/// `conf` is the coverage in (0, 1). Exactly 0 at `k = 0` and 1 at `k = n`. Errors: `n = 0`, `k > n`.
pub fn wilson(k: u64, n: u64, conf: f64) -> Result<Interval, StatsError> {
    check_count("k", k, n)?;
    check_open_unit("conf", conf)?;
    let z = normal_quantile(0.5 + 0.5 * conf)?;
    Ok(wilson_real(k as f64, n as f64, z))
}

/// Two-sided exact interval for `k` passes of `n` (Clopper and Pearson 1934).
///
/// With `conf = 1 - 2 alpha` each end is a one-sided bound at `alpha`. Errors: `n = 0`, `k > n`.
pub fn clopper_pearson(k: u64, n: u64, conf: f64) -> Result<Interval, StatsError> {
    check_count("k", k, n)?;
    check_open_unit("conf", conf)?;
    let side = 0.5 * (1.0 - conf);
    exact_bounds(k as f64, n as f64, side)
}

/// Jeffreys interval, equal-tailed, closed at the ends (Brown, Cai, `DasGupta` 2001).
///
/// Errors: `n = 0`, `k > n`, `conf` outside (0, 1).
pub fn jeffreys(k: u64, n: u64, conf: f64) -> Result<Interval, StatsError> {
    check_count("k", k, n)?;
    check_open_unit("conf", conf)?;
    let (a, b) = (k as f64 + 0.5, (n - k) as f64 + 0.5);
    let side = 0.5 * (1.0 - conf);
    let lower = if k == 0 {
        0.0
    } else {
        beta_quantile(side, a, b)?
    };
    let upper = if k == n {
        1.0
    } else {
        beta_quantile(1.0 - side, a, b)?
    };
    Ok(Interval { lower, upper })
}

/// Wilson's interval for real counts `0 <= k <= n`, `n > 0`, and normal quantile `z`.
pub(super) fn wilson_real(k: f64, n: f64, z: f64) -> Interval {
    let (p, z2) = (k / n, z * z);
    let shrink = 1.0 + z2 / n;
    let centre = (p + z2 / (2.0 * n)) / shrink;
    let half = z / shrink * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).max(0.0).sqrt();
    Interval {
        lower: if k <= 0.0 {
            0.0
        } else {
            (centre - half).clamp(0.0, 1.0)
        },
        upper: if k >= n {
            1.0
        } else {
            (centre + half).clamp(0.0, 1.0)
        },
    }
}

/// One-sided exact bounds, each at level `alpha`, for real counts `0 <= k <= n`, `n > 0`.
pub(super) fn exact_bounds(k: f64, n: f64, alpha: f64) -> Result<Interval, StatsError> {
    let misses = n - k;
    let lower = if k <= 0.0 {
        0.0
    } else {
        beta_quantile(alpha, k, misses + 1.0)?
    };
    let upper = if misses <= 0.0 {
        1.0
    } else {
        beta_quantile(1.0 - alpha, k + 1.0, misses)?
    };
    Ok(Interval { lower, upper })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Method = fn(u64, u64, f64) -> Result<Interval, StatsError>;
    const METHODS: [Method; 3] = [wilson, clopper_pearson, jeffreys];

    proptest! {
        #[test]
        fn contains_the_estimate_and_mirrors(n in 1_u64..2000, share in 0.0..=1.0_f64, conf in 0.5..0.999_f64) {
            let k = (share * n as f64) as u64;
            for method in METHODS {
                let here = method(k, n, conf)?;
                let mirror = method(n - k, n, conf)?;
                let rate = k as f64 / n as f64;
                prop_assert!(0.0 <= here.lower && here.lower <= rate + 1e-12);
                prop_assert!(rate <= here.upper + 1e-12 && here.upper <= 1.0);
                prop_assert!((here.lower - (1.0 - mirror.upper)).abs() < 1e-12);
            }
        }

        #[test]
        fn grows_with_passes_and_confidence(n in 2_u64..500, share in 0.0..1.0_f64) {
            let k = (share * (n - 1) as f64) as u64;
            for method in METHODS {
                let (here, more, wider) = (method(k, n, 0.9)?, method(k + 1, n, 0.9)?, method(k, n, 0.99)?);
                prop_assert!(here.lower <= more.lower && here.upper <= more.upper);
                prop_assert!(wider.lower <= here.lower && here.upper <= wider.upper);
            }
        }
    }

    #[test]
    fn ends_are_exact_and_bad_input_is_an_error() -> Result<(), StatsError> {
        for method in METHODS {
            assert!(method(0, 7, 0.95)?.lower <= 0.0 && method(7, 7, 0.95)?.upper >= 1.0);
            assert!(method(0, 0, 0.95).is_err() && method(3, 2, 0.95).is_err());
            assert!(method(1, 2, 1.0).is_err() && method(1, 2, f64::NAN).is_err());
        }
        Ok(())
    }
}
