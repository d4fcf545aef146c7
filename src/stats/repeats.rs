//! What repeats of a case say: pass@k, pass^k, where variance comes from, which cases are flaky.

use super::error::{StatsError, check, check_lengths, check_positive, check_values};
use super::moments::{mean, sample_variance};

/// Fewest repeats by which a case may be called flaky.
const LEAST_REPEATS: u64 = 5;

/// Mean, and variance within and between cases, of an n x K table of scores.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VarianceDecomposition {
    /// Mean of all scores.
    pub mean: f64,
    /// Mean variance between repeats of a case; none for K = 1.
    pub within: Option<f64>,
    /// Variance of true case means; none for K = 1 or one case.
    pub between: Option<f64>,
    /// between / (between + within); none where both are 0 or undefined.
    pub icc: Option<f64>,
    /// Standard error for the population of cases; none for one case.
    pub se_population: Option<f64>,
    /// Standard error for exactly these cases; none for K = 1.
    pub se_dataset: Option<f64>,
}

/// P(at least one of k draws passes) from `c` passes of `n`: 1 - C(n-c, k) / C(n, k) (Chen 2021, arXiv
/// 2107.03374).
///
/// Unbiased. Errors: `c > n`, `k > n`.
pub fn pass_at_k(n: u64, c: u64, k: u64) -> Result<f64, StatsError> {
    check_draws(n, c, k)?;
    Ok(1.0 - share_of_draws(n - c, n, k))
}

/// P(all of k draws pass) from `c` passes of `n`: C(c, k) / C(n, k) (tau-bench, arXiv 2406.12045).
///
/// Unbiased. Errors: `c > n`, `k > n`.
pub fn pass_hat_k(n: u64, c: u64, k: u64) -> Result<f64, StatsError> {
    check_draws(n, c, k)?;
    Ok(share_of_draws(c, n, k))
}

/// The plug-in (c/n)^k, which overestimates pass^k; for comparison with tools that report it.
pub fn pass_hat_k_plugin(n: u64, c: u64, k: u64) -> Result<f64, StatsError> {
    check_draws(n, c, k)?;
    check_positive("n", n as f64)?;
    Ok((c as f64 / n as f64).powf(k as f64))
}

/// Splits the variance of `x`, one row of K repeats a case (one-way random effects).
///
/// Errors: no cases, no repeats, rows of unequal length, values that are not finite.
pub fn variance_decomposition<R: AsRef<[f64]>>(
    x: &[R],
) -> Result<VarianceDecomposition, StatsError> {
    let Some(first) = x.first() else {
        return Err(StatsError::Empty { what: "x" });
    };
    let repeats = first.as_ref().len();
    let mut means = Vec::with_capacity(x.len());
    let mut variances = Vec::with_capacity(x.len());
    for row in x.iter().map(AsRef::as_ref) {
        check_values("x", row)?;
        check_lengths("repeats of cases", repeats, row.len())?;
        means.push(mean(row));
        variances.extend(sample_variance(row));
    }
    let (n, k) = (x.len() as f64, repeats as f64);
    let within = (repeats > 1).then(|| mean(&variances));
    let of_means = sample_variance(&means);
    let between = of_means.zip(within).map(|(v, w)| (v - w / k).max(0.0));
    let icc = between
        .zip(within)
        .filter(|(b, w)| b + w > 0.0)
        .map(|(b, w)| b / (b + w));
    Ok(VarianceDecomposition {
        mean: mean(&means),
        within,
        between,
        icc,
        se_population: of_means.map(|v| (v / n).sqrt()),
        se_dataset: within.map(|w| (w / (n * k)).sqrt()),
    })
}

/// Repeats per case that minimise the population standard error at a fixed budget:
/// max(1, round(sqrt(`cost_case / cost_call` * `within / between`))).
///
/// `cost_case` is the cost of one more case, 0 if cases are free. None where `between` is 0: no number of
/// repeats is too many. Errors: negative costs or variances, `cost_call = 0`.
pub fn optimal_repeats(
    cost_case: f64,
    cost_call: f64,
    within: f64,
    between: f64,
) -> Result<Option<u64>, StatsError> {
    check("cost_case", cost_case, "at least 0", cost_case >= 0.0)?;
    check_positive("cost_call", cost_call)?;
    check("within", within, "at least 0", within >= 0.0)?;
    check("between", between, "at least 0", between >= 0.0)?;
    let gain = cost_case / cost_call * within;
    if gain <= 0.0 {
        return Ok(Some(1));
    }
    Ok((between > 0.0).then(|| (gain / between).sqrt().round().max(1.0) as u64))
}

/// Smoothed pass rate of one case, (c + 1/2) / (K + 1). Errors: `passes > repeats`.
pub fn smoothed_rate(passes: u64, repeats: u64) -> Result<f64, StatsError> {
    check(
        "passes",
        passes as f64,
        "at most the repeats",
        passes <= repeats,
    )?;
    Ok((passes as f64 + 0.5) / (repeats as f64 + 1.0))
}

/// Whether the same version both passes and fails a case: smoothed rate in `[0.1, 0.9]`.
///
/// None below 5 repeats, which cannot tell.
pub fn is_flaky(passes: u64, repeats: u64) -> Result<Option<bool>, StatsError> {
    let rate = smoothed_rate(passes, repeats)?;
    Ok((repeats >= LEAST_REPEATS).then_some((0.1..=0.9).contains(&rate)))
}

fn check_draws(n: u64, c: u64, k: u64) -> Result<(), StatsError> {
    check("c", c as f64, "at most n", c <= n)?;
    check("k", k as f64, "at most n", k <= n)
}

/// C(m, k) / C(n, k) as a product, which cannot overflow.
fn share_of_draws(m: u64, n: u64, k: u64) -> f64 {
    if k > m {
        return 0.0;
    }
    (0..k).map(|i| (m - i) as f64 / (n - i) as f64).product()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn more_draws_help_one_and_hurt_all(n in 1_u64..300, s in 0.0..=1.0_f64, t in 0.0..1.0_f64) {
            let (c, k) = ((s * n as f64) as u64, (t * n as f64) as u64);
            prop_assert!(pass_at_k(n, c, k)? <= pass_at_k(n, c, k + 1)? + 1e-12);
            prop_assert!(pass_hat_k(n, c, k + 1)? <= pass_hat_k(n, c, k)?);
            prop_assert!(pass_hat_k(n, c, k)? <= pass_hat_k_plugin(n, c, k)? + 1e-12);
        }
    }

    #[test]
    fn one_draw_is_the_rate() -> Result<(), StatsError> {
        assert!(
            (pass_at_k(10, 3, 1)? - 0.3).abs() < 1e-15
                && (pass_hat_k(10, 3, 1)? - 0.3).abs() < 1e-15
        );
        assert!(pass_at_k(3, 1, 4).is_err() && pass_hat_k(3, 4, 1).is_err());
        Ok(())
    }

    #[test]
    fn one_repeat_leaves_only_the_population_error() -> Result<(), StatsError> {
        let found = variance_decomposition(&[[1.0], [0.0], [1.0], [1.0]])?;
        assert_eq!(
            (found.within, found.between, found.se_dataset),
            (None, None, None)
        );
        assert!(
            found
                .se_population
                .is_some_and(|se| (se - 0.25).abs() < 1e-15)
        );
        assert!(variance_decomposition::<[f64; 1]>(&[]).is_err());
        assert!(variance_decomposition(&[vec![1.0], vec![1.0, 0.0]]).is_err());
        Ok(())
    }

    #[test]
    fn equal_scores_have_no_variance_at_all() -> Result<(), StatsError> {
        let found = variance_decomposition(&[[0.1; 3], [0.1; 3], [0.1; 3]])?;
        assert_eq!(
            (found.within, found.between, found.icc),
            (Some(0.0), Some(0.0), None)
        );
        Ok(())
    }

    #[test]
    fn repeats_pay_only_where_cases_cost() -> Result<(), StatsError> {
        assert_eq!(optimal_repeats(0.0, 1.0, 0.1, 0.1)?, Some(1));
        assert_eq!(optimal_repeats(9.0, 1.0, 0.1, 0.1)?, Some(3));
        assert_eq!(optimal_repeats(9.0, 1.0, 0.1, 0.0)?, None);
        Ok(())
    }

    #[test]
    fn flaky_is_one_to_four_of_five() -> Result<(), StatsError> {
        let flags: Vec<Option<bool>> = (0..=5).map(|c| is_flaky(c, 5)).collect::<Result<_, _>>()?;
        assert_eq!(flags, [false, true, true, true, true, false].map(Some));
        assert_eq!(is_flaky(1, 4)?, None);
        Ok(())
    }
}
