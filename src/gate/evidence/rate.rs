//! One version's pass rate against a target and a floor: acceptance sampling.
//!
//! Clopper and Pearson's bounds (1934); Korn and Graubard's (1998) where cases are clustered or asked several times.

use super::{Evidence, Outcomes, Seen};
use crate::model::looks::Look;
use crate::stats::{StatsError, binomial_cdf, clopper_pearson, clustered_binomial_bounds};

/// Passes when the rate is surely at least the floor, blocks when it is surely below the target.
#[derive(Clone, Debug)]
pub struct Rate<'a> {
    /// Outcomes of the version.
    pub outcomes: &'a Outcomes,
    /// The cluster of each case, where cases belong together.
    pub clusters: Option<&'a [usize]>,
    /// The good rate.
    pub target: f64,
    /// The rate that is not acceptable any more.
    pub floor: f64,
}

/// Passes only when the rate is surely at least the bound: for safety.
#[derive(Clone, Debug)]
pub struct LowerBound<'a> {
    /// Outcomes of the version.
    pub outcomes: &'a Outcomes,
    /// The cluster of each case, where cases belong together.
    pub clusters: Option<&'a [usize]>,
    /// The rate to be surely reached.
    pub min: f64,
}

impl Evidence for Rate<'_> {
    fn look(&self, look: Look) -> Result<Option<Seen>, StatsError> {
        see(self.outcomes, self.clusters, look, self.floor, self.target)
    }

    /// Passes from the middle between floor and target on.
    fn leans_to_block(&self, last: &Seen) -> bool {
        last.estimate < f64::midpoint(self.floor, self.target)
    }
}

impl Evidence for LowerBound<'_> {
    fn look(&self, look: Look) -> Result<Option<Seen>, StatsError> {
        see(self.outcomes, self.clusters, look, self.min, self.min)
    }

    /// Where safety is not shown it is not assumed.
    fn leans_to_block(&self, _: &Seen) -> bool {
        true
    }
}

fn see(
    outcomes: &Outcomes,
    clusters: Option<&[usize]>,
    look: Look,
    floor: f64,
    target: f64,
) -> Result<Option<Seen>, StatsError> {
    let Some(passes) = outcomes.passes(look.repeats) else {
        return Ok(None);
    };
    let sample = Sample::new(&passes, look.repeats, clusters);
    let (estimate, lower, upper) = sample.bounds(look.alpha)?;
    Ok(Some(Seen {
        look,
        passes: lower >= floor,
        p_block: sample.p_below(target),
        estimate,
        lower,
        upper,
        se: 0.0,
        units: sample.units(),
    }))
}

/// Cases asked once and each for itself, or cases whose repeats or clusters hang together.
enum Sample {
    Plain {
        passes: u64,
        cases: u64,
    },
    Clustered {
        shares: Vec<f64>,
        clusters: Vec<usize>,
    },
}

impl Sample {
    fn new(passes: &[u64], repeats: u32, clusters: Option<&[usize]>) -> Self {
        match clusters {
            None if repeats == 1 => Self::Plain {
                passes: passes.iter().sum(),
                cases: passes.len() as u64,
            },
            _ => Self::Clustered {
                shares: passes
                    .iter()
                    .map(|passes| *passes as f64 / f64::from(repeats))
                    .collect(),
                clusters: clusters.map_or_else(|| (0..passes.len()).collect(), <[usize]>::to_vec),
            },
        }
    }

    fn units(&self) -> usize {
        match self {
            Self::Plain { cases, .. } => *cases as usize,
            Self::Clustered { clusters, .. } => clusters
                .iter()
                .collect::<std::collections::BTreeSet<_>>()
                .len(),
        }
    }

    /// Rate, one-sided lower and upper bound.
    fn bounds(&self, alpha: f64) -> Result<(f64, f64, f64), StatsError> {
        match self {
            Self::Plain { passes, cases } => {
                let interval = clopper_pearson(*passes, *cases, 1.0 - 2.0 * alpha)?;
                Ok((
                    *passes as f64 / *cases as f64,
                    interval.lower,
                    interval.upper,
                ))
            }
            Self::Clustered { shares, clusters } => {
                match clustered_binomial_bounds(shares, clusters, alpha) {
                    // One case, or one cluster, tells nothing of others: every rate is possible.
                    Err(StatsError::TooFewClusters { .. }) => {
                        let mean = shares.iter().sum::<f64>() / shares.len() as f64;
                        Ok((mean, 0.0, 1.0))
                    }
                    other => other.map(|bounds| (bounds.p, bounds.kg_lower, bounds.kg_upper)),
                }
            }
        }
    }

    /// The smallest level at which the rate is surely below the target.
    fn p_below(&self, target: f64) -> f64 {
        if let Self::Plain { passes, cases } = self {
            return binomial_cdf(*passes, *cases, target).unwrap_or(1.0);
        }
        let below = |alpha: f64| self.bounds(alpha).is_ok_and(|(.., upper)| upper < target);
        let (mut low, mut high) = (1e-12, 0.5);
        if !below(high) {
            return 1.0;
        }
        for _ in 0..40 {
            let middle = f64::midpoint(low, high);
            if below(middle) {
                high = middle;
            } else {
                low = middle;
            }
        }
        high
    }
}
