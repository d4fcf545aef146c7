//! Standard errors and binary bounds when cases come in clusters or are repeated.

use std::collections::BTreeMap;

use super::beta::beta_cdf;
use super::error::{
    StatsError, check, check_lengths, check_open_unit, check_unit_values, check_values,
};
use super::interval::{exact_bounds, wilson_real};
use super::moments::{mean, standard_error};
use super::normal::normal_quantile;
use super::special::t_quantile;

/// A mean with its naive and cluster-robust standard errors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClusterSe {
    /// Mean over items.
    pub mean: f64,
    /// Number of distinct clusters.
    pub clusters: usize,
    /// sd / sqrt(n), as if items were independent; none for one item.
    pub se_naive: Option<f64>,
    /// Cluster-robust standard error without a small-sample factor.
    pub se_cr0: f64,
    /// The same times sqrt(G / (G - 1)); none for one cluster.
    pub se_cr1: Option<f64>,
    /// Lower end of mean -+ t(G - 1) `se_cr1`; none for one cluster.
    pub t_lower: Option<f64>,
    /// Upper end; none for one cluster.
    pub t_upper: Option<f64>,
}

/// One-sided bounds for a binary rate from clustered items, by effective sample size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClusteredBounds {
    /// Pass rate over items.
    pub p: f64,
    /// Design effect, at least 1.
    pub deff: f64,
    /// Effective sample size.
    pub n_eff: f64,
    /// Wilson lower bound.
    pub wilson_lower: f64,
    /// Wilson upper bound.
    pub wilson_upper: f64,
    /// Korn-Graubard (exact) lower bound: the decision bound.
    pub kg_lower: f64,
    /// Korn-Graubard (exact) upper bound: the decision bound.
    pub kg_upper: f64,
}

/// Mean of `x` with cluster-robust standard errors and a two-sided t interval (Miller 2024, arXiv 2411.00640).
///
/// `cluster` holds one identifier an item; `conf` is in (0, 1). Not for lower bounds of a binary rate,
/// where t intervals cover too little: see `clustered_binomial_bounds`.
pub fn cluster_se(x: &[f64], cluster: &[usize], conf: f64) -> Result<ClusterSe, StatsError> {
    check_values("x", x)?;
    check_lengths("x and cluster", x.len(), cluster.len())?;
    check_open_unit("conf", conf)?;
    let centre = mean(x);
    let residuals = cluster.iter().zip(x).map(|(c, v)| (*c, v - centre));
    let totals = cluster_totals(residuals);
    let groups = totals.len();
    let se_cr0 = totals.iter().map(|s| s * s).sum::<f64>().sqrt() / x.len() as f64;
    let se_cr1 = cr1_factor(groups).map(|f| se_cr0 * f.sqrt());
    let half = match se_cr1 {
        Some(se) => Some(se * t_quantile(0.5 + 0.5 * conf, (groups - 1) as f64)?),
        None => None,
    };
    Ok(ClusterSe {
        mean: centre,
        clusters: groups,
        se_naive: standard_error(x),
        se_cr0,
        se_cr1,
        t_lower: half.map(|h| centre - h),
        t_upper: half.map(|h| centre + h),
    })
}

/// One-sided bounds at `alpha` for the rate of a clustered binary outcome (Korn and Graubard 1998).
///
/// `x` holds 0 or 1 an item. Errors: fewer than two clusters, values outside `[0, 1]`, `alpha` outside
/// (0, 0.5).
pub fn clustered_binomial_bounds(
    x: &[f64],
    cluster: &[usize],
    alpha: f64,
) -> Result<ClusteredBounds, StatsError> {
    check("alpha", alpha, "in (0, 0.5)", alpha > 0.0 && alpha < 0.5)?;
    let rate = ClusteredRate::new(x, cluster)?;
    let z = normal_quantile(1.0 - alpha)?;
    let n_eff = rate.n_eff(alpha)?;
    let passes = rate.passes(n_eff);
    let wilson = wilson_real(passes, n_eff, z);
    let exact = exact_bounds(passes, n_eff, alpha)?;
    Ok(ClusteredBounds {
        p: rate.p,
        deff: rate.deff,
        n_eff,
        wilson_lower: wilson.lower,
        wilson_upper: wilson.upper,
        kg_lower: exact.lower,
        kg_upper: exact.upper,
    })
}

/// One-sided p-value of "the rate is at least `target`" for a clustered binary outcome (Korn and Graubard 1998): the level at
/// which the upper bound falls to `target`, for every level in (0, 1).
///
/// `x` holds 0, 1 or a share of repeats an item. Errors: fewer than two clusters, values outside `[0, 1]`, `target` outside
/// (0, 1).
pub fn clustered_rate_p_below(
    x: &[f64],
    cluster: &[usize],
    target: f64,
) -> Result<f64, StatsError> {
    check_open_unit("target", target)?;
    let rate = ClusteredRate::new(x, cluster)?;
    let (mut low, mut high) = (1e-12, 1.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if rate.tail(middle, target)? < middle {
            high = middle;
        } else {
            low = middle;
        }
    }
    Ok(high)
}

/// Rate and design effect, which do not depend on the level.
struct ClusteredRate {
    n: f64,
    groups: f64,
    p: f64,
    deff: f64,
}

impl ClusteredRate {
    fn new(x: &[f64], cluster: &[usize]) -> Result<Self, StatsError> {
        check_unit_values("x", x)?;
        let robust = cluster_se(x, cluster, 0.95)?;
        let Some(se) = robust.se_cr1 else {
            return Err(StatsError::TooFewClusters {
                found: robust.clusters,
            });
        };
        let (n, groups, p) = (x.len() as f64, robust.clusters as f64, robust.mean);
        let deff = if p <= 0.0 || p >= 1.0 {
            n / groups
        } else {
            (se * se / (p * (1.0 - p) / n)).max(1.0)
        };
        Ok(Self { n, groups, p, deff })
    }

    /// The effective number of items at a level below one half.
    fn n_eff(&self, alpha: f64) -> Result<f64, StatsError> {
        let z = normal_quantile(1.0 - alpha)?;
        let t = t_quantile(1.0 - alpha, self.groups - 1.0)?;
        Ok(self.n / self.deff * (z / t) * (z / t))
    }

    fn passes(&self, n_eff: f64) -> f64 {
        // p * n_eff may round to a hair above n_eff when p is 1.
        (self.p * n_eff).min(n_eff)
    }

    /// Chance of so few passes at the target, with the effective number of a level. Both quantiles vanish at one half, where
    /// their ratio has a limit; above it they only change sign.
    fn tail(&self, alpha: f64, target: f64) -> Result<f64, StatsError> {
        let n_eff = self.n_eff(alpha.min(1.0 - alpha).clamp(1e-12, 0.4999))?;
        let passes = self.passes(n_eff);
        if n_eff - passes <= 0.0 {
            return Ok(1.0);
        }
        Ok(1.0 - beta_cdf(target, passes + 1.0, n_eff - passes)?)
    }
}

/// Sum of the values of each cluster, in the order of the identifiers.
pub(super) fn cluster_totals(items: impl Iterator<Item = (usize, f64)>) -> Vec<f64> {
    let mut totals = BTreeMap::new();
    for (cluster, value) in items {
        *totals.entry(cluster).or_insert(0.0) += value;
    }
    totals.into_values().collect()
}

/// The small-sample factor G / (G - 1); none for fewer than two clusters.
pub(super) fn cr1_factor(groups: usize) -> Option<f64> {
    (groups > 1).then(|| groups as f64 / (groups - 1) as f64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn single_item_clusters_give_the_naive_error(x in prop::collection::vec(0.0..=1.0_f64, 2..60)) {
            let own: Vec<usize> = (0..x.len()).collect();
            let robust = cluster_se(&x, &own, 0.95)?;
            let naive = robust.se_naive.unwrap_or(f64::NAN);
            prop_assert!((robust.se_cr1.unwrap_or(f64::NAN) - naive).abs() < 1e-12);
        }

        #[test]
        fn bounds_contain_the_rate_and_the_exact_ones_are_wider(
            passed in prop::collection::vec(any::<bool>(), 4..80), size in 1_usize..4,
        ) {
            let x: Vec<f64> = passed.iter().map(|b| f64::from(u8::from(*b))).collect();
            let cluster: Vec<usize> = (0..x.len()).map(|i| i / size).collect();
            prop_assume!(x.len() > size);
            let bounds = clustered_binomial_bounds(&x, &cluster, 0.05)?;
            prop_assert!(bounds.kg_lower <= bounds.p + 1e-12 && bounds.p <= bounds.kg_upper + 1e-12);
            prop_assert!(bounds.deff >= 1.0 && bounds.n_eff <= x.len() as f64);
        }
    }

    proptest! {
        #[test]
        fn the_p_value_is_the_level_at_which_the_upper_bound_falls_to_the_target(
            passed in prop::collection::vec(any::<bool>(), 12..80), size in 1_usize..4, alpha in 0.001..0.45_f64,
        ) {
            let x: Vec<f64> = passed.iter().map(|b| f64::from(u8::from(*b))).collect();
            let cluster: Vec<usize> = (0..x.len()).map(|i| i / size).collect();
            let upper = clustered_binomial_bounds(&x, &cluster, alpha)?.kg_upper;
            prop_assume!(upper < 1.0 - 1e-6);
            let p = clustered_rate_p_below(&x, &cluster, upper)?;
            prop_assert!((p - alpha).abs() < 1e-4, "{p} {alpha}");
        }
    }

    #[test]
    fn a_rate_far_below_the_target_has_a_small_p_value() -> Result<(), StatsError> {
        let x: Vec<f64> = (0..128).map(|i| f64::from(u8::from(i % 3 == 0))).collect();
        let own: Vec<usize> = (0..128).collect();
        assert!(clustered_rate_p_below(&x, &own, 0.95)? < 1e-9);
        assert!(clustered_rate_p_below(&x, &own, 0.2)? > 0.9);
        assert!(
            (clustered_rate_p_below(&[1.0; 9], &[0, 1, 2, 3, 4, 5, 6, 7, 8], 0.9)? - 1.0).abs()
                < 1e-9
        );
        Ok(())
    }

    #[test]
    fn one_cluster_has_no_error() -> Result<(), StatsError> {
        let one = cluster_se(&[1.0, 0.0, 1.0], &[4, 4, 4], 0.95)?;
        assert_eq!((one.clusters, one.se_cr1, one.t_lower), (1, None, None));
        let refused = clustered_binomial_bounds(&[1.0, 0.0], &[4, 4], 0.05);
        assert_eq!(refused, Err(StatsError::TooFewClusters { found: 1 }));
        assert!(cluster_se(&[], &[], 0.95).is_err() && cluster_se(&[1.0], &[], 0.95).is_err());
        Ok(())
    }
}
