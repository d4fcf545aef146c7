//! Mean scores in 0..=1 against a target and a floor: the bootstrap where there are enough units, a bound that always holds below.
//!
//! Efron's bootstrap of cluster means (1987) from 50 units on; betting confidence bounds (Waudby-Smith and Ramdas 2024) below.

use std::collections::BTreeMap;

use super::{Evidence, Lean, Scores, Seen, own_clusters};
use crate::model::looks::{ALPHA, Look};
use crate::stats::{BcaMean, StatsError, betting_cs, betting_log_e, cluster_se};

/// Units from which the bootstrap holds its level.
const BOOTSTRAP_FROM: usize = 50;

/// Resamples of the bootstrap.
const RESAMPLES: usize = 10_000;

/// Seed of the bootstrap: the same data give the same bounds for ever.
const SEED: u64 = 20_261_120;

/// A mean score against a target and a floor.
#[derive(Clone, Debug)]
pub struct MeanAbove<'a> {
    /// Scores of the version.
    pub scores: &'a Scores,
    /// The cluster of each case, where cases belong together.
    pub clusters: Option<&'a [usize]>,
    /// The good mean.
    pub target: f64,
    /// The mean that is not acceptable any more.
    pub floor: f64,
    /// Whether what is not shown does not pass, for safety.
    pub strict: bool,
}

impl Evidence for MeanAbove<'_> {
    fn look(&self, look: Look) -> Result<Option<Seen>, StatsError> {
        let Some(means) = self.scores.means(look.repeats) else {
            return Ok(None);
        };
        let units = cluster_means(&means, self.clusters);
        let bounds = Bounds::new(&units)?;
        let (lower, upper) = bounds.at(look.alpha)?;
        let own: Vec<usize> = (0..units.len()).collect();
        let spread = cluster_se(&units, &own, 0.95)?;
        Ok(Some(Seen {
            look,
            passes: lower >= self.floor,
            p_block: bounds.p_below(self.target)?,
            estimate: spread.mean,
            lower,
            upper,
            se: spread.se_cr1.unwrap_or(1.0),
            units: units.len(),
            part: None,
        }))
    }

    /// Passes from the middle between floor and target on.
    fn lean(&self, last: &Seen, _: f64) -> Lean {
        if self.strict || last.estimate < f64::midpoint(self.floor, self.target) {
            Lean::Block
        } else {
            Lean::Pass
        }
    }

    fn can_pass(&self) -> bool {
        let perfect = vec![1.0; self.scores.0.len()];
        let units = cluster_means(&perfect, self.clusters);
        let bounds = Bounds::new(&units).and_then(|bounds| bounds.at(ALPHA));
        bounds.is_ok_and(|(lower, _)| lower >= self.floor)
    }
}

/// What may be said of a mean.
enum Bounds<'a> {
    Bootstrap(BcaMean),
    Betting(&'a [f64]),
}

impl<'a> Bounds<'a> {
    fn new(units: &'a [f64]) -> Result<Self, StatsError> {
        Ok(if units.len() >= BOOTSTRAP_FROM {
            Self::Bootstrap(BcaMean::new(units, RESAMPLES, SEED)?)
        } else {
            Self::Betting(units)
        })
    }

    /// One-sided lower and upper bound of the mean.
    fn at(&self, alpha: f64) -> Result<(f64, f64), StatsError> {
        match self {
            Self::Bootstrap(bca) => Ok((bca.lower(alpha)?, bca.upper(alpha)?)),
            Self::Betting(units) => {
                let interval = betting_cs(units, alpha)?;
                Ok((interval.lower, interval.upper))
            }
        }
    }

    /// The smallest level at which the mean is surely below the target.
    fn p_below(&self, target: f64) -> Result<f64, StatsError> {
        match self {
            Self::Bootstrap(bca) => bca.p_below(target),
            // Every mean is at most 1.
            Self::Betting(units) if target >= 1.0 => Ok(if units.iter().all(|unit| *unit >= 1.0) {
                1.0
            } else {
                0.0
            }),
            Self::Betting(units) => Ok((-betting_log_e(units, target)?.mean_lt_m).exp().min(1.0)),
        }
    }
}

fn cluster_means(values: &[f64], clusters: Option<&[usize]>) -> Vec<f64> {
    let mut sums: BTreeMap<usize, (f64, u32)> = BTreeMap::new();
    for (value, cluster) in values.iter().zip(own_clusters(values.len(), clusters)) {
        let (sum, count) = sums.entry(cluster).or_default();
        *sum += value;
        *count += 1;
    }
    sums.into_values()
        .map(|(sum, count)| sum / f64::from(count))
        .collect()
}
