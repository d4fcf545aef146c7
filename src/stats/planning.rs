//! How many cases a comparison needs, and how small a drop a given number can find (normal approximations).

use super::error::{StatsError, check, check_open_unit, check_positive, check_probability};
use super::normal::{normal_cdf, normal_quantile};

/// A sample size before and after rounding up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SampleSize {
    /// Cases (or units per arm), rounded up.
    pub n: u64,
    /// The unrounded value of the formula.
    pub n_exact: f64,
}

/// Units per arm to tell rate `p1` from `p2` in two independent samples (Fleiss, Levin, Paik 2003, ch. 4).
///
/// `alpha_two_sided` and `power` in (0, 1). Errors: equal rates, rates outside `[0, 1]`.
pub fn two_proportion_sample_size(
    p1: f64,
    p2: f64,
    alpha_two_sided: f64,
    power: f64,
) -> Result<SampleSize, StatsError> {
    check_rates(p1, p2, alpha_two_sided)?;
    check_open_unit("power", power)?;
    let gap = p1 - p2;
    check("p1 - p2", gap, "different from 0", gap.abs() > 0.0)?;
    let spread = normal_quantile(1.0 - 0.5 * alpha_two_sided)? * pooled_sd(p1, p2)
        + normal_quantile(power)? * separate_sd(p1, p2);
    Ok(rounded_up((spread / gap) * (spread / gap)))
}

/// Power of the two-sided z test with `n_per_arm` units in each arm; the other tail is neglected.
///
/// Errors: rates outside `[0, 1]`, both without variance, `n_per_arm = 0`.
pub fn two_proportion_power(
    p1: f64,
    p2: f64,
    n_per_arm: u64,
    alpha_two_sided: f64,
) -> Result<f64, StatsError> {
    check_rates(p1, p2, alpha_two_sided)?;
    let n = n_per_arm as f64;
    check_positive("n_per_arm", n)?;
    let sd = separate_sd(p1, p2);
    let z = normal_quantile(1.0 - 0.5 * alpha_two_sided)?;
    let lead = (p1 - p2).abs() * n.sqrt() - z * pooled_sd(p1, p2);
    check(
        "variance of p1 and p2",
        sd,
        "positive",
        sd > 0.0 || lead.abs() > 0.0,
    )?;
    Ok(normal_cdf(lead / sd))
}

/// Cases to show "not worse by `margin`" for paired binary outcomes with the given discordance rate.
///
/// `true_diff` is candidate minus baseline, usually 0. Errors: `true_diff <= -margin`, discordance below
/// `true_diff` squared, rates outside `[0, 1]`, `alpha_one_sided` or `power` outside (0, 1).
pub fn paired_noninferiority_n(
    discordance: f64,
    true_diff: f64,
    margin: f64,
    alpha_one_sided: f64,
    power: f64,
) -> Result<SampleSize, StatsError> {
    check_probability("discordance", discordance)?;
    check(
        "true_diff",
        true_diff,
        "above -margin",
        true_diff + margin > 0.0,
    )?;
    let variance = discordance - true_diff * true_diff;
    check(
        "discordance - true_diff^2",
        variance,
        "at least 0",
        variance >= 0.0,
    )?;
    let spread = z_sum(alpha_one_sided, power)?;
    Ok(rounded_up(
        spread * spread * variance / ((true_diff + margin) * (true_diff + margin)),
    ))
}

/// Smallest true drop that `n` pairs find with `power`, given the discordance rate without a change.
///
/// Errors: discordance outside `[0, 1]`, `n = 0`, `alpha_one_sided` or `power` outside (0, 1).
pub fn paired_mde(
    discordance_null: f64,
    n: u64,
    alpha_one_sided: f64,
    power: f64,
) -> Result<f64, StatsError> {
    check_probability("discordance_null", discordance_null)?;
    check_positive("n", n as f64)?;
    Ok(z_sum(alpha_one_sided, power)? * (discordance_null / n as f64).sqrt())
}

/// Discordance (variance of a paired difference) with `repeats` per case: `2 E[p(1-p)] / K + tau^2`.
///
/// `mean_case_variance` is E[p(1-p)] over cases, in `[0, 0.25]`; `between_variance` (tau^2) the variance
/// of true per-case differences, near 0 for a diffuse drop and D(1-D) for a broken slice of size D.
pub fn discordance_with_repeats(
    mean_case_variance: f64,
    repeats: u64,
    between_variance: f64,
) -> Result<f64, StatsError> {
    let in_range = (0.0..=0.25).contains(&mean_case_variance);
    check(
        "mean_case_variance",
        mean_case_variance,
        "in [0, 0.25]",
        in_range,
    )?;
    check(
        "between_variance",
        between_variance,
        "at least 0",
        between_variance >= 0.0,
    )?;
    check_positive("repeats", repeats as f64)?;
    Ok(2.0 * mean_case_variance / repeats as f64 + between_variance)
}

/// Error of blocking at half the margin when nothing changed: Phi(-delta / (2 se)).
///
/// The lean rule uses the midpoint where this is at most alpha. `se = 0` gives 0, `delta = 0` gives 1/2.
/// Errors: `delta < 0`, `se < 0`.
pub fn midpoint_error(delta: f64, se: f64) -> Result<f64, StatsError> {
    check("delta", delta, "at least 0", delta >= 0.0)?;
    check("se", se, "at least 0", se >= 0.0)?;
    Ok(if delta > 0.0 {
        normal_cdf(-delta / (2.0 * se))
    } else {
        0.5
    })
}

fn check_rates(p1: f64, p2: f64, alpha: f64) -> Result<(), StatsError> {
    check_probability("p1", p1)?;
    check_probability("p2", p2)?;
    check_open_unit("alpha_two_sided", alpha)
}

fn pooled_sd(p1: f64, p2: f64) -> f64 {
    let pooled = 0.5 * (p1 + p2);
    (2.0 * pooled * (1.0 - pooled)).sqrt()
}

fn separate_sd(p1: f64, p2: f64) -> f64 {
    (p1 * (1.0 - p1) + p2 * (1.0 - p2)).sqrt()
}

fn z_sum(alpha_one_sided: f64, power: f64) -> Result<f64, StatsError> {
    check_open_unit("alpha_one_sided", alpha_one_sided)?;
    check_open_unit("power", power)?;
    Ok(normal_quantile(1.0 - alpha_one_sided)? + normal_quantile(power)?)
}

fn rounded_up(n_exact: f64) -> SampleSize {
    SampleSize {
        n: n_exact.ceil() as u64,
        n_exact,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn power_at_the_planned_size_is_the_planned_power() -> Result<(), StatsError> {
        let plan = two_proportion_sample_size(0.9, 0.85, 0.05, 0.8)?;
        let (reached, short) = (
            two_proportion_power(0.9, 0.85, plan.n, 0.05)?,
            two_proportion_power(0.9, 0.85, plan.n - 1, 0.05)?,
        );
        assert!(reached >= 0.8 && short < 0.8);
        Ok(())
    }

    #[test]
    fn tabulated_detectable_drops() -> Result<(), StatsError> {
        // p = 0.9, half of the variance re-run noise: E[p(1-p)] = 0.045.
        for (n, repeats, want) in [
            (50, 1, 0.106),
            (50, 3, 0.061),
            (100, 5, 0.034),
            (200, 3, 0.031),
        ] {
            let discordance = discordance_with_repeats(0.045, repeats, 0.0)?;
            let found = paired_mde(discordance, n, 0.05, 0.8)?;
            // The table is rounded up.
            assert!(
                (want - 1e-3..=want).contains(&found),
                "n = {n}, K = {repeats}: {found}"
            );
        }
        Ok(())
    }

    #[test]
    fn degenerate_plans() -> Result<(), StatsError> {
        assert!(two_proportion_sample_size(0.9, 0.9, 0.05, 0.8).is_err());
        assert!(two_proportion_power(1.0, 1.0, 10, 0.05).is_err());
        assert!((two_proportion_power(0.0, 1.0, 100, 0.05)? - 1.0).abs() < 1e-12);
        assert_eq!(paired_noninferiority_n(0.0, 0.0, 0.05, 0.05, 0.8)?.n, 0);
        assert!(paired_noninferiority_n(0.1, -0.05, 0.05, 0.05, 0.8).is_err());
        assert!(midpoint_error(0.05, 0.0)? <= 0.0 && midpoint_error(0.05, 0.0152)? < 0.0501);
        Ok(())
    }
}
