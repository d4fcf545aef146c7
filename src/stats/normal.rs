//! The normal distribution, to about 1e-12.

use std::f64::consts::{PI, SQRT_2};

use statrs::function::erf::erfc_inv;
use statrs::function::gamma::checked_gamma_ur;

use super::error::{StatsError, check_probability};

/// Phi(z), the standard normal distribution function.
pub fn normal_cdf(z: f64) -> f64 {
    // `statrs` has erfc to 1e-10 only, but the incomplete gamma function to 1e-14.
    let tail = 0.5 * upper_gamma(0.5, 0.5 * z * z);
    if z > 0.0 { 1.0 - tail } else { tail }
}

/// `z_p` with Phi(`z_p`) = p; `p` in `[0, 1]`, infinite at its ends.
pub fn normal_quantile(p: f64) -> Result<f64, StatsError> {
    check_probability("p", p)?;
    if p > 0.5 {
        return normal_quantile(1.0 - p).map(|z| -z);
    }
    if p <= 0.0 {
        return Ok(f64::NEG_INFINITY);
    }
    let z = -SQRT_2 * erfc_inv(2.0 * p);
    let density = (-0.5 * z * z).exp() / (2.0 * PI).sqrt();
    let reached = normal_cdf(z);
    // One Halley step. Where the tail underflows, the start is as good as it gets.
    if reached <= 0.0 {
        return Ok(z);
    }
    let newton = (reached - p) / density;
    Ok(z - newton / (1.0 + 0.5 * z * newton))
}

/// Regularised upper incomplete gamma function, also at x = 0 and at infinity.
pub(super) fn upper_gamma(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        1.0
    } else {
        checked_gamma_ur(a, x).unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_match_references_of_high_precision() -> Result<(), StatsError> {
        for (p, z) in [
            (0.975, 1.959_963_984_540_054_2),
            (1e-10, -6.361_340_902_404_056),
            (1e-300, -37.047_096_299_361_2),
        ] {
            assert!((normal_quantile(p)? / z - 1.0).abs() < 1e-13, "z at {p}");
        }
        Ok(())
    }

    #[test]
    fn ends_are_infinite_and_the_middle_is_zero() -> Result<(), StatsError> {
        assert!(normal_quantile(0.0)?.is_infinite());
        assert!(normal_quantile(0.5)?.abs() < 1e-16);
        assert!(normal_quantile(1.5).is_err());
        Ok(())
    }
}
