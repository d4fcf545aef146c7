//! Student's t and the chi-square distribution, to about 1e-12.

use super::beta::{beta_quantile_pair, lower_tail};
use super::error::{StatsError, check, check_positive, check_probability};
use super::normal::upper_gamma;

/// The quantile of Student's t with `df > 0` degrees of freedom; `p` in `[0, 1]`, infinite at its ends.
pub fn t_quantile(p: f64, df: f64) -> Result<f64, StatsError> {
    check_probability("p", p)?;
    check_positive("df", df)?;
    if p > 0.5 {
        return upper_t_quantile(1.0 - p, df);
    }
    upper_t_quantile(p, df).map(|t| -t)
}

/// P(|T| >= |t|) for Student's t with `df > 0` degrees of freedom.
pub fn t_two_sided_p(t: f64, df: f64) -> Result<f64, StatsError> {
    check_positive("df", df)?;
    check("t", t, "a number", !t.is_nan())?;
    if t.is_infinite() {
        return Ok(0.0);
    }
    let square = t * t;
    Ok(lower_tail(
        0.5 * df,
        0.5,
        df / (df + square),
        square / (df + square),
    ))
}

/// P(X >= x) for a chi-square variable with `df > 0` degrees of freedom.
pub fn chi_square_sf(x: f64, df: f64) -> Result<f64, StatsError> {
    check_positive("df", df)?;
    check("chi-square", x, "at least 0", x >= 0.0)?;
    Ok(upper_gamma(0.5 * df, 0.5 * x))
}

/// The t with P(T >= t) = tail, for `tail` in `[0, 0.5]`: T^2 / (df + T^2) is a beta variable.
fn upper_t_quantile(tail: f64, df: f64) -> Result<f64, StatsError> {
    if tail <= 0.0 {
        return Ok(f64::INFINITY);
    }
    if tail >= 0.5 {
        return Ok(0.0);
    }
    let (x, y) = beta_quantile_pair(2.0 * tail, 0.5 * df, 0.5)?;
    Ok((df * y / x).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_match_references_of_high_precision() -> Result<(), StatsError> {
        for (p, df, t) in [
            (0.95, 1.0, 6.313_751_514_675_043),
            (0.975, 2.0, 4.302_652_729_749_462),
        ] {
            assert!(
                (t_quantile(p, df)? / t - 1.0).abs() < 1e-13,
                "t at {p}, {df}"
            );
        }
        Ok(())
    }

    #[test]
    fn ends_are_infinite_and_the_middle_is_zero() -> Result<(), StatsError> {
        assert!(t_quantile(1.0, 3.0)?.is_infinite());
        assert!(t_quantile(0.5, 3.0)?.abs() < 1e-16);
        assert!(t_quantile(0.5, 0.0).is_err());
        Ok(())
    }
}
