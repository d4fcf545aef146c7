//! A pass rate: acceptance sampling.
//!
//! Clopper and Pearson's bounds (1934); Korn and Graubard's (1998) where cases are clustered or asked several times.

use super::bar::{Answers, Sample};
use super::clusters::{own_clusters, units};
use super::{Effect, Outcomes};
use crate::stats::{
    StatsError, binomial_cdf, clopper_pearson, cluster_se, clustered_binomial_bounds,
    clustered_rate_p_below,
};

impl Answers for Outcomes {
    type Sample = RateSample;

    fn sample(
        &self,
        repeats: u32,
        clusters: Option<&[usize]>,
    ) -> Result<Option<RateSample>, StatsError> {
        let passes = self.passes(repeats);
        Ok(passes.map(|passes| RateSample::new(&passes, repeats, clusters)))
    }

    fn perfect(&self, clusters: Option<&[usize]>) -> Result<RateSample, StatsError> {
        Ok(RateSample::new(&vec![1; self.0.len()], 1, clusters))
    }
}

/// Cases asked once and each for itself, or cases whose repeats or clusters hang together.
pub enum RateSample {
    /// Cases that stand for themselves.
    Plain {
        /// Those that passed.
        passes: u64,
        /// All of them.
        cases: u64,
    },
    /// Cases that hang together.
    Clustered {
        /// Share of each case's repeats that passed.
        shares: Vec<f64>,
        /// The cluster of each case.
        clusters: Vec<usize>,
    },
}

impl RateSample {
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
            Self::Clustered { shares, clusters } => units(shares.len(), Some(clusters)),
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

    /// Standard error of the rate; `None` where a single cluster tells nothing of others.
    fn se(&self) -> Result<Option<f64>, StatsError> {
        match self {
            Self::Plain { passes, cases } => {
                let rate = *passes as f64 / *cases as f64;
                Ok(Some((rate * (1.0 - rate) / *cases as f64).sqrt()))
            }
            Self::Clustered { shares, clusters } => Ok(cluster_se(shares, clusters, 0.95)?.se_cr1),
        }
    }
}

impl Sample for RateSample {
    fn effect(&self, alpha: f64) -> Result<Effect, StatsError> {
        let (estimate, lower, upper) = self.bounds(alpha)?;
        Ok(Effect {
            estimate,
            lower,
            upper,
            se: self.se()?,
            units: self.units(),
        })
    }

    fn lower(&self, alpha: f64) -> Result<f64, StatsError> {
        self.bounds(alpha).map(|(_, lower, _)| lower)
    }

    fn p_below(&self, target: f64) -> Result<f64, StatsError> {
        Ok(match self {
            Self::Plain { passes, cases } => binomial_cdf(*passes, *cases, target).unwrap_or(1.0),
            // A target of 1 is missed by a single failure.
            Self::Clustered { shares, .. } if target >= 1.0 => {
                let all_pass = shares.iter().all(|share| *share >= 1.0);
                f64::from(u8::from(all_pass))
            }
            Self::Clustered { shares, clusters } => {
                clustered_rate_p_below(shares, clusters, target).unwrap_or(1.0)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::evidence::{Above, Band, Bar, EvidenceGate};
    use crate::model::looks::{ALPHA, Look};

    #[test]
    fn one_failure_in_few_clusters_is_no_surer_than_none() {
        let clusters: Vec<usize> = (0..60).map(|case| case / 5).collect();
        let passes = |failing: usize| {
            let outcomes = Outcomes((0..60).map(|case| vec![case >= failing]).collect());
            let gate = Above {
                answers: &outcomes,
                clusters: Some(&clusters),
                bar: Bar::Band(Band {
                    target: 0.95,
                    floor: 0.9,
                }),
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
