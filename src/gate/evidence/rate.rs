//! One version's pass rate against a target and a floor: acceptance sampling.
//!
//! Clopper and Pearson's bounds (1934); Korn and Graubard's (1998) where cases are clustered or asked several times.

use super::{Evidence, Lean, Outcomes, Seen, own_clusters};
use crate::model::looks::{ALPHA, Look};
use crate::stats::{
    StatsError, binomial_cdf, clopper_pearson, cluster_se, clustered_binomial_bounds,
    clustered_rate_p_below,
};

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

    /// Passes from the middle between floor and target on. At small numbers that cannot keep the level on both sides, so the
    /// gate's reason names both error rates.
    fn lean(&self, last: &Seen, _: f64) -> Lean {
        if last.estimate < f64::midpoint(self.floor, self.target) {
            Lean::Block
        } else {
            Lean::Pass
        }
    }

    fn can_pass(&self) -> bool {
        can_reach(self.outcomes.0.len(), self.clusters, self.floor)
    }
}

impl Evidence for LowerBound<'_> {
    fn look(&self, look: Look) -> Result<Option<Seen>, StatsError> {
        see(self.outcomes, self.clusters, look, self.min, self.min)
    }

    /// Where safety is not shown it is not assumed.
    fn lean(&self, _: &Seen, _: f64) -> Lean {
        Lean::Block
    }

    fn can_pass(&self) -> bool {
        can_reach(self.outcomes.0.len(), self.clusters, self.min)
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
        se: sample.se()?,
        units: sample.units(),
        part: None,
    }))
}

/// Whether a floor is surely reached were every case to pass.
fn can_reach(cases: usize, clusters: Option<&[usize]>, floor: f64) -> bool {
    let sample = Sample::new(&vec![1; cases], 1, clusters);
    let bounds = sample.bounds(ALPHA);
    bounds.is_ok_and(|(_, lower, _)| lower >= floor)
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
                clusters: own_clusters(passes.len(), clusters),
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
                    // One failure in few clusters looks like cases that stand for themselves; it cannot be surer than none.
                    other => other.and_then(|bounds| {
                        let perfect = vec![1.0; shares.len()];
                        let most = clustered_binomial_bounds(&perfect, clusters, alpha)?.kg_lower;
                        Ok((bounds.p, bounds.kg_lower.min(most), bounds.kg_upper))
                    }),
                }
            }
        }
    }

    /// Standard error of the rate; 1 where a single cluster tells nothing of others.
    fn se(&self) -> Result<f64, StatsError> {
        match self {
            Self::Plain { passes, cases } => {
                let rate = *passes as f64 / *cases as f64;
                Ok((rate * (1.0 - rate) / *cases as f64).sqrt())
            }
            Self::Clustered { shares, clusters } => {
                Ok(cluster_se(shares, clusters, 0.95)?.se_cr1.unwrap_or(1.0))
            }
        }
    }

    /// The smallest level at which the rate is surely below the target.
    fn p_below(&self, target: f64) -> f64 {
        match self {
            Self::Plain { passes, cases } => binomial_cdf(*passes, *cases, target).unwrap_or(1.0),
            // A target of 1 is missed by a single failure.
            Self::Clustered { shares, .. } if target >= 1.0 => {
                let all_pass = shares.iter().all(|share| *share >= 1.0);
                f64::from(u8::from(all_pass))
            }
            Self::Clustered { shares, clusters } => {
                clustered_rate_p_below(shares, clusters, target).unwrap_or(1.0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_failure_in_few_clusters_is_no_surer_than_none() {
        let clusters: Vec<usize> = (0..60).map(|case| case / 5).collect();
        let passes = |failing: usize| {
            let outcomes = Outcomes((0..60).map(|case| vec![case >= failing]).collect());
            let gate = Rate {
                outcomes: &outcomes,
                clusters: Some(&clusters),
                target: 0.95,
                floor: 0.9,
            };
            let look = Look {
                repeats: 1,
                alpha: ALPHA,
            };
            let seen = gate.look(look).ok().flatten();
            (gate.can_pass(), seen.is_some_and(|seen| seen.passes))
        };
        assert_eq!(passes(0), (false, false));
        assert_eq!(passes(1), (false, false));
    }
}
