//! A mean score in 0..=1: the bootstrap where there are enough units, a bound that always holds below.
//!
//! Efron's bootstrap of cluster means (1987) from 50 units on; betting confidence bounds (Waudby-Smith and Ramdas 2024) below.

use std::collections::BTreeMap;

use super::bar::{Answers, Sample};
use super::clusters::own_clusters;
use super::{Effect, Scores};
use crate::stats::{BcaMean, StatsError, betting_cs, betting_log_e, cluster_se};

/// Units from which the bootstrap holds its level.
const BOOTSTRAP_FROM: usize = 50;

/// Resamples of the bootstrap.
const RESAMPLES: usize = 10_000;

/// Seed of the bootstrap: the same data give the same bounds for ever.
const SEED: u64 = 20_261_120;

impl Answers for Scores {
    type Sample = MeanSample;

    fn sample(
        &self,
        repeats: u32,
        clusters: Option<&[usize]>,
    ) -> Result<Option<MeanSample>, StatsError> {
        let means = self.means(repeats);
        let sample = means.map(|means| MeanSample::new(&means, clusters));
        sample.transpose()
    }

    fn perfect(&self, clusters: Option<&[usize]>) -> Result<MeanSample, StatsError> {
        MeanSample::new(&vec![1.0; self.0.len()], clusters)
    }
}

/// Means of independent units.
pub struct MeanSample {
    units: Vec<f64>,
    /// Where there are enough units for it.
    bootstrap: Option<BcaMean>,
}

impl MeanSample {
    fn new(means: &[f64], clusters: Option<&[usize]>) -> Result<Self, StatsError> {
        let units = cluster_means(means, clusters);
        let is_enough = units.len() >= BOOTSTRAP_FROM;
        let bootstrap = is_enough.then(|| BcaMean::new(&units, RESAMPLES, SEED));
        Ok(Self {
            bootstrap: bootstrap.transpose()?,
            units,
        })
    }

    /// One-sided lower and upper bound of the mean.
    fn bounds(&self, alpha: f64) -> Result<(f64, f64), StatsError> {
        if let Some(bca) = &self.bootstrap {
            return Ok((bca.lower(alpha)?, bca.upper(alpha)?));
        }
        let interval = betting_cs(&self.units, alpha)?;
        Ok((interval.lower, interval.upper))
    }
}

impl Sample for MeanSample {
    fn effect(&self, alpha: f64) -> Result<Effect, StatsError> {
        let (lower, upper) = self.bounds(alpha)?;
        let own: Vec<usize> = (0..self.units.len()).collect();
        let spread = cluster_se(&self.units, &own, 0.95)?;
        Ok(Effect {
            estimate: spread.mean,
            lower,
            upper,
            se: spread.se_cr1,
            units: self.units.len(),
        })
    }

    fn lower(&self, alpha: f64) -> Result<f64, StatsError> {
        self.bounds(alpha).map(|(lower, _)| lower)
    }

    fn p_below(&self, target: f64) -> Result<f64, StatsError> {
        match &self.bootstrap {
            Some(bca) => bca.p_below(target),
            // Every mean is at most 1.
            None if target >= 1.0 => Ok(if self.units.iter().all(|unit| *unit >= 1.0) {
                1.0
            } else {
                0.0
            }),
            None => Ok((-betting_log_e(&self.units, target)?.mean_lt_m)
                .exp()
                .min(1.0)),
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
