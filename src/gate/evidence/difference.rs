//! The difference of mean scores, case by case: not worse by the margin.
//!
//! Blocks by the one-sided sign-flip test, which is exact where nothing changed; passes by the lower bound of its inversion, and
//! from 100 units on by Efron's bootstrap (1987). Clusters are flipped and resampled as a whole.

use std::collections::BTreeMap;

use super::clusters::own_clusters;
use super::margin::Margin;
use super::{Effect, EvidenceGate, Lean, Scores, Seen};
use crate::model::looks::Look;
use crate::stats::{BcaMean, ClusterSum, FlipBounds, StatsError, cluster_se};

/// Units from which the bootstrap holds its level for skewed differences.
const BOOTSTRAP_FROM: usize = 100;

/// Resamples of the bootstrap.
const RESAMPLES: usize = 10_000;

/// Seed of flips and resamples: the same data give the same bounds for ever.
const SEED: u64 = 20_261_126;

/// The difference of two mean scores against a margin.
#[derive(Clone, Debug)]
pub struct MeanDifference<'a> {
    /// Scores of the baseline.
    pub baseline: &'a Scores,
    /// Scores of the candidate.
    pub candidate: &'a Scores,
    /// The cluster of each case, where cases belong together.
    pub clusters: Option<&'a [usize]>,
    /// Largest tolerated drop, in (0, 1).
    pub margin: f64,
}

impl EvidenceGate for MeanDifference<'_> {
    fn look(&self, look: Look) -> Result<Option<Seen>, StatsError> {
        // A stored baseline may have fewer repeats than the look asks for: then those it has are used.
        let base_repeats = self.baseline.repeats().min(look.repeats);
        let (Some(base), Some(own)) = (
            self.baseline.means(base_repeats),
            self.candidate.means(look.repeats),
        ) else {
            return Ok(None);
        };
        let differences: Vec<f64> = own
            .iter()
            .zip(&base)
            .map(|(own, base)| own - base)
            .collect();
        let units = cluster_sums(&differences, self.clusters);
        let flips = FlipBounds::new(&units, SEED)?;
        let lower = if units.len() >= BOOTSTRAP_FROM {
            // Sums, scaled so that their mean is the mean over cases: a cluster counts by its size.
            let scale = units.len() as f64 / differences.len() as f64;
            let sums: Vec<f64> = units.iter().map(|unit| unit.sum * scale).collect();
            BcaMean::new(&sums, RESAMPLES, SEED)?.lower(look.alpha)?
        } else {
            flips.lower(look.alpha)
        };
        let own_clusters = own_clusters(differences.len(), self.clusters);
        let spread = cluster_se(&differences, &own_clusters, 0.95)?;
        let effect = Effect {
            estimate: spread.mean,
            lower: lower.max(-1.0),
            upper: flips.upper(look.alpha).min(1.0),
            se: spread.se_cr1,
            units: units.len(),
        };
        let margin = Margin(self.margin);
        Ok(Some(margin.seen(look, effect, flips.p_below(0.0))))
    }

    fn lean(&self, last: &Seen, level: f64) -> Lean {
        Margin(self.margin).lean(last, level)
    }

    fn can_pass(&self) -> bool {
        Margin(self.margin).can_pass(self.candidate.0.len(), self.clusters)
    }
}

fn cluster_sums(values: &[f64], clusters: Option<&[usize]>) -> Vec<ClusterSum> {
    let mut sums: BTreeMap<usize, ClusterSum> = BTreeMap::new();
    for (value, cluster) in values.iter().zip(own_clusters(values.len(), clusters)) {
        let unit = sums.entry(cluster).or_insert(ClusterSum {
            sum: 0.0,
            count: 0.0,
        });
        unit.sum += value;
        unit.count += 1.0;
    }
    sums.into_values().collect()
}
