//! Tango's score interval for a paired difference, and its effective-n form for repeats and clusters.

use std::collections::BTreeMap;

use super::cluster::cr1_factor;
use super::error::{StatsError, check, check_lengths, check_open_unit, check_positive};
use super::normal::normal_quantile;
use super::special::t_quantile;

/// With at most this many cases of 1000 repeats the integer sums of effective n cannot overflow.
const MOST_CASES: usize = 1_000_000;

/// An estimated difference, candidate minus baseline, with its interval; all in `[-1, 1]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DiffInterval {
    /// Estimate.
    pub diff: f64,
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
}

/// Passes per case of one arm, out of the same number of repeats for every case.
#[derive(Debug, Clone, Copy)]
pub struct ArmPasses<'a> {
    /// Passes of each case, at most `repeats`.
    pub passes: &'a [u64],
    /// Repeats of each case, 1 to 1000.
    pub repeats: u64,
}

/// The paired difference with its design effect and one-sided bounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EffectiveTango {
    /// Mean difference over cases.
    pub diff: f64,
    /// Expected fixes, `F`: sum of `c_i (1 - b_i)`.
    pub fixes: f64,
    /// Expected regressions, `G`: sum of `b_i (1 - c_i)`.
    pub regressions: f64,
    /// Number of clusters; cases, where none are given.
    pub clusters: usize,
    /// Observed (cluster-robust) variance of `diff`; its root is the SE of the midpoint rule.
    pub variance: f64,
    /// Design effect; below 1 when repeats remove noise.
    pub deff: f64,
    /// Factor of the t quantile, squared; 1 for single unclustered trials.
    pub adj: f64,
    /// Effective number of pairs.
    pub n_eff: f64,
    /// One-sided lower bound at the given level.
    pub lower: f64,
    /// One-sided upper bound at the given level.
    pub upper: f64,
}

impl EffectiveTango {
    /// Standard error of `diff`.
    pub fn se(&self) -> f64 {
        self.variance.sqrt()
    }
}

/// Tango's score statistic for H0: difference = `delta0` (Tango 1998, Stat. Med. 17:891).
///
/// Counts may be real: `cand_only + base_only <= n`, `n > 0`, `delta0` in `[-1, 1]`. Decreasing in `delta0`;
/// 0 where numerator and variance both vanish, infinite where the variance alone does.
pub fn tango_score_z(
    cand_only: f64,
    base_only: f64,
    n: f64,
    delta0: f64,
) -> Result<f64, StatsError> {
    check_discordance(cand_only, base_only, n)?;
    check(
        "delta0",
        delta0,
        "in [-1, 1]",
        (-1.0..=1.0).contains(&delta0),
    )?;
    Ok(score(cand_only, base_only, n, delta0))
}

/// Two-sided Tango interval for the paired difference (Tango 1998); `conf` in (0, 1), `n >= 1`.
pub fn tango_paired(
    cand_only: u64,
    base_only: u64,
    n: u64,
    conf: f64,
) -> Result<DiffInterval, StatsError> {
    check_open_unit("conf", conf)?;
    tango_real(
        cand_only as f64,
        base_only as f64,
        n as f64,
        normal_quantile(0.5 + 0.5 * conf)?,
    )
}

/// One-sided Tango bounds at `alpha` with an effective number of pairs, for repeats and clusters.
///
/// `cluster` holds one identifier a case; without it each case is its own. Both arms list the same cases
/// in the same order. Errors: unequal lengths, passes above repeats, fewer than two clusters, more than a
/// million cases, `alpha` outside (0, 0.5).
pub fn tango_effective_n(
    base: ArmPasses<'_>,
    cand: ArmPasses<'_>,
    cluster: Option<&[usize]>,
    alpha: f64,
) -> Result<EffectiveTango, StatsError> {
    check("alpha", alpha, "in (0, 0.5)", alpha > 0.0 && alpha < 0.5)?;
    let pairs = PairSums::collect(base, cand, cluster)?;
    let (n, clusters) = (base.passes.len() as f64, pairs.clusters);
    let Some(cr1) = cr1_factor(clusters) else {
        return Err(StatsError::TooFewClusters { found: clusters });
    };
    let variance = pairs.scatter as f64 / pairs.scale.powi(2) / n.powi(4) * cr1;
    let single = pairs.single_scatter as f64 / pairs.scale.powi(2) / n.powi(3);
    let mut deff = if variance > 0.0 && single > 0.0 {
        variance / single
    } else {
        n / clusters as f64
    };
    if variance > 0.0 {
        // Repeats cannot remove more noise than if every case were pure noise.
        deff = deff.max(0.5 * (1.0 / cand.repeats as f64 + 1.0 / base.repeats as f64));
    }
    let z = normal_quantile(1.0 - alpha)?;
    let estimated = cand.repeats > 1 || base.repeats > 1 || cluster.is_some();
    let adj = if estimated {
        (t_quantile(1.0 - alpha, (clusters - 1) as f64)? / z).powi(2)
    } else {
        1.0
    };
    let weight = 1.0 / (deff * adj);
    let fixes = pairs.fixes as f64 / pairs.scale;
    let regressions = pairs.regressions as f64 / pairs.scale;
    let bounds = tango_real(fixes * weight, regressions * weight, n * weight, z)?;
    Ok(EffectiveTango {
        diff: pairs.diff as f64 / pairs.scale / n,
        fixes,
        regressions,
        clusters,
        variance,
        deff,
        adj,
        n_eff: n * weight,
        lower: bounds.lower,
        upper: bounds.upper,
    })
}

/// Sums over cases in units of 1 / (K `K_b`), as integers: a variance of exactly 0 must be seen as 0.
struct PairSums {
    scale: f64,
    clusters: usize,
    diff: i128,
    fixes: i128,
    regressions: i128,
    /// Sum over clusters of (n S - m T)^2: n^2 times the squared cluster sums of residuals.
    scatter: i128,
    /// n (F + G) K `K_b` - T^2: the same for one trial a case.
    single_scatter: i128,
}

impl PairSums {
    fn collect(
        base: ArmPasses<'_>,
        cand: ArmPasses<'_>,
        cluster: Option<&[usize]>,
    ) -> Result<Self, StatsError> {
        check_arm("base_passes", base)?;
        check_arm("cand_passes", cand)?;
        check_lengths(
            "base and candidate cases",
            base.passes.len(),
            cand.passes.len(),
        )?;
        if let Some(ids) = cluster {
            check_lengths("cases and cluster", base.passes.len(), ids.len())?;
        }
        let (kb, kc) = (i128::from(base.repeats), i128::from(cand.repeats));
        let mut groups: BTreeMap<usize, (i128, i128)> = BTreeMap::new();
        let (mut diff, mut fixes, mut regressions) = (0, 0, 0);
        for (case, (b, c)) in base.passes.iter().zip(cand.passes).enumerate() {
            let (b, c) = (i128::from(*b), i128::from(*c));
            let own = cluster
                .and_then(|ids| ids.get(case))
                .copied()
                .unwrap_or(case);
            let group = groups.entry(own).or_insert((0, 0));
            group.0 += 1;
            group.1 += c * kb - b * kc;
            diff += c * kb - b * kc;
            fixes += c * (kb - b);
            regressions += b * (kc - c);
        }
        let n = base.passes.len() as i128;
        let residual = |(size, sum): &(i128, i128)| (n * sum - size * diff).pow(2);
        Ok(Self {
            scale: (kb * kc) as f64,
            clusters: groups.len(),
            diff,
            fixes,
            regressions,
            scatter: groups.values().map(residual).sum(),
            single_scatter: n * (fixes + regressions) * kb * kc - diff * diff,
        })
    }
}

fn check_arm(what: &'static str, arm: ArmPasses<'_>) -> Result<(), StatsError> {
    if arm.passes.is_empty() {
        return Err(StatsError::Empty { what });
    }
    let found = arm.passes.len();
    if found > MOST_CASES {
        return Err(StatsError::TooMany {
            what,
            found,
            limit: MOST_CASES,
        });
    }
    let repeats = arm.repeats as f64;
    check(
        "repeats",
        repeats,
        "in 1..=1000",
        (1..=1000).contains(&arm.repeats),
    )?;
    let most = arm.passes.iter().copied().max().unwrap_or(0);
    check(
        what,
        most as f64,
        "at most the repeats",
        most <= arm.repeats,
    )
}

fn check_discordance(cand_only: f64, base_only: f64, n: f64) -> Result<(), StatsError> {
    check_positive("n", n)?;
    check("cand_only", cand_only, "at least 0", cand_only >= 0.0)?;
    check("base_only", base_only, "at least 0", base_only >= 0.0)?;
    let discordant = cand_only + base_only;
    check(
        "cand_only + base_only",
        discordant,
        "at most n",
        discordant <= n * (1.0 + 1e-9),
    )
}

/// The interval `{ D : |z(D)| <= z }` for real counts, by bisection on the decreasing `z(D)`.
fn tango_real(f: f64, b: f64, n: f64, z: f64) -> Result<DiffInterval, StatsError> {
    check_discordance(f, b, n)?;
    let diff = ((f - b) / n).clamp(-1.0, 1.0);
    if f <= 0.0 && b <= 0.0 {
        let half = z * z / (n + z * z);
        return Ok(DiffInterval {
            diff: 0.0,
            lower: -half,
            upper: half,
        });
    }
    let lower = if diff <= -1.0 {
        -1.0
    } else {
        crossing(-1.0, diff, |d| score(f, b, n, d) - z)
    };
    let upper = if diff >= 1.0 {
        1.0
    } else {
        crossing(diff, 1.0, |d| score(f, b, n, d) + z)
    };
    Ok(DiffInterval { diff, lower, upper })
}

/// Where a decreasing function crosses zero between `low` and `high`.
fn crossing(mut low: f64, mut high: f64, decreasing: impl Fn(f64) -> f64) -> f64 {
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if decreasing(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

fn score(f: f64, b: f64, n: f64, d: f64) -> f64 {
    let linear = -f - b + (2.0 * n - f + b) * d;
    let constant = -b * d * (1.0 - d);
    let root = (linear * linear - 8.0 * n * constant).max(0.0).sqrt();
    // The same root of the quadratic, in the form that does not cancel.
    let q = if linear > 0.0 {
        -2.0 * constant / (root + linear)
    } else {
        (root - linear) / (4.0 * n)
    };
    let gap = f - b - n * d;
    let variance = n * (2.0 * q + d * (1.0 - d));
    if variance > 0.0 {
        gap / variance.sqrt()
    } else if gap.abs() <= 1e-12 * n {
        0.0
    } else {
        f64::INFINITY.copysign(gap)
    }
}

#[cfg(test)]
mod tests;
