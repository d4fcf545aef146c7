//! Mean scores in 0..=1, and differences of them: the bootstrap where there are enough units, a bound that always holds below.
//!
//! Efron's bootstrap of cluster means (1987) from 50 units on; betting confidence bounds (Waudby-Smith and Ramdas 2024) below.

use std::collections::BTreeMap;

use super::{Evidence, Seen};
use crate::model::looks::Look;
use crate::stats::{StatsError, bca_mean_monte_carlo, betting_cs};

/// Units from which the bootstrap holds its level.
const BOOTSTRAP_FROM: usize = 50;

/// Resamples of the bootstrap.
const RESAMPLES: usize = 10_000;

/// Seed of the bootstrap: the same data give the same bounds for ever.
const SEED: u64 = 20_261_120;

/// A mean score against a target and a floor.
#[derive(Clone, Debug)]
pub struct MeanAbove<'a> {
    /// Mean score of each case, in 0..=1.
    pub scores: &'a [f64],
    /// Repeats behind each score.
    pub repeats: u32,
    /// The cluster of each case, where cases belong together.
    pub clusters: Option<&'a [usize]>,
    /// The good mean.
    pub target: f64,
    /// The mean that is not acceptable any more.
    pub floor: f64,
    /// How many gates are decided together.
    pub gates: usize,
}

/// The difference of two mean scores against a margin.
#[derive(Clone, Debug)]
pub struct MeanDifference<'a> {
    /// Candidate minus baseline of each case, in -1..=1.
    pub differences: &'a [f64],
    /// Repeats behind each score.
    pub repeats: u32,
    /// The cluster of each case, where cases belong together.
    pub clusters: Option<&'a [usize]>,
    /// Largest tolerated drop.
    pub margin: f64,
    /// How many gates are decided together.
    pub gates: usize,
}

impl Evidence for MeanAbove<'_> {
    fn look(&self, look: Look) -> Result<Option<Seen>, StatsError> {
        if self.repeats < look.repeats {
            return Ok(None);
        }
        let units = cluster_means(self.scores, self.clusters);
        see(&units, look, self.gates, self.floor, self.target).map(Some)
    }

    fn leans_to_block(&self, last: &Seen) -> bool {
        last.estimate < f64::midpoint(self.floor, self.target)
    }
}

impl Evidence for MeanDifference<'_> {
    fn look(&self, look: Look) -> Result<Option<Seen>, StatsError> {
        if self.repeats < look.repeats {
            return Ok(None);
        }
        // Differences lie in -1..=1, the bounds are for means in 0..=1.
        let halves: Vec<f64> = self
            .differences
            .iter()
            .map(|difference| f64::midpoint(*difference, 1.0))
            .collect();
        let units = cluster_means(&halves, self.clusters);
        let seen = see(&units, look, self.gates, (1.0 - self.margin) / 2.0, 0.5)?;
        Ok(Some(Seen {
            estimate: 2.0 * seen.estimate - 1.0,
            lower: 2.0 * seen.lower - 1.0,
            upper: 2.0 * seen.upper - 1.0,
            ..seen
        }))
    }

    fn leans_to_block(&self, last: &Seen) -> bool {
        last.estimate < -self.margin / 2.0
    }
}

fn see(
    units: &[f64],
    look: Look,
    gates: usize,
    floor: f64,
    target: f64,
) -> Result<Seen, StatsError> {
    let (lower, upper) = bounds(units, look.alpha)?;
    // Holm compares p with alpha/gates, ..., alpha/1: it is enough to know which of these levels block.
    let mut p_block = 1.0;
    for divisor in 1..=gates.max(1) {
        let level = look.alpha / divisor as f64;
        if bounds(units, level)?.1 >= target {
            break;
        }
        p_block = level;
    }
    Ok(Seen {
        look,
        passes: lower >= floor,
        p_block,
        estimate: units.iter().sum::<f64>() / units.len() as f64,
        lower,
        upper,
        se: 0.0,
        units: units.len(),
    })
}

/// One-sided lower and upper bound of the mean.
fn bounds(units: &[f64], alpha: f64) -> Result<(f64, f64), StatsError> {
    if units.len() >= BOOTSTRAP_FROM {
        let interval = bca_mean_monte_carlo(units, 1.0 - 2.0 * alpha, RESAMPLES, SEED)?;
        Ok((interval.lower, interval.upper))
    } else {
        let interval = betting_cs(units, alpha)?;
        Ok((interval.lower, interval.upper))
    }
}

fn cluster_means(values: &[f64], clusters: Option<&[usize]>) -> Vec<f64> {
    let Some(clusters) = clusters else {
        return values.to_vec();
    };
    let mut sums: BTreeMap<usize, (f64, u32)> = BTreeMap::new();
    for (value, cluster) in values.iter().zip(clusters) {
        let (sum, count) = sums.entry(*cluster).or_default();
        *sum += value;
        *count += 1;
    }
    sums.into_values()
        .map(|(sum, count)| sum / f64::from(count))
        .collect()
}
