//! The sign-flip test of a mean over clusters, inverted: p-values and bounds at every level from one set of flips.

use super::error::{StatsError, check, check_values};
use super::rng::SplitMix64;

/// Most clusters whose sign patterns are all tried.
const MOST_ENUMERATED: usize = 16;
/// Random flips above that.
const FLIPS: usize = 20_000;
/// Means this near a bound count as equal to it.
const TIE: f64 = 1e-12;
/// Clusters that one byte of random bits flips.
const BYTE: usize = 8;

/// The sum and the size of one cluster; a case of its own is a cluster of one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClusterSum {
    /// Sum of the differences in it.
    pub sum: f64,
    /// How many differences there are, at least 1.
    pub count: f64,
}

/// What the sign-flip test says of a mean difference, at any null value and level.
///
/// Flipping the clusters in a set F around a null value d moves the mean down exactly where the mean of F lies above d. So the
/// p-value of d is a share of subset means, and the bounds of the mean are quantiles of them (Fisher 1935; Hartigan 1969,
/// JASA 64:1303, who calls these typical values).
#[derive(Debug, Clone)]
pub struct FlipBounds {
    /// Means of the flipped clusters, sorted; the empty set has none.
    means: Vec<f64>,
    /// Patterns that count as at least as extreme whatever the null value: the empty set, and the observed pattern where flips
    /// are random.
    always: usize,
}

impl FlipBounds {
    /// Exact up to 16 clusters, else from 20,000 seeded flips of whole clusters.
    ///
    /// # Errors
    /// No clusters, a sum that is not finite, a count below 1.
    pub fn new(clusters: &[ClusterSum], seed: u64) -> Result<Self, StatsError> {
        let sums: Vec<f64> = clusters.iter().map(|cluster| cluster.sum).collect();
        check_values("sums", &sums)?;
        let least = clusters.iter().map(|c| c.count).fold(f64::MAX, f64::min);
        check("count", least, "at least 1", least >= 1.0)?;
        let (flipped, observed) = if clusters.len() <= MOST_ENUMERATED {
            (enumerated(clusters), 0)
        } else {
            (random(clusters, seed), 1)
        };
        let patterns = flipped.len();
        let mut means: Vec<f64> = flipped
            .into_iter()
            .filter(|flipped| flipped.count > 0.0)
            .map(|flipped| flipped.sum / flipped.count)
            .collect();
        means.sort_unstable_by(f64::total_cmp);
        Ok(Self {
            always: patterns - means.len() + observed,
            means,
        })
    }

    fn total(&self) -> f64 {
        (self.means.len() + self.always) as f64
    }

    /// One-sided p-value of "the mean is at least `null`": small where the mean is surely below it.
    pub fn p_below(&self, null: f64) -> f64 {
        let below = self.means.partition_point(|mean| *mean < null - TIE);
        (self.means.len() - below + self.always) as f64 / self.total()
    }

    /// One-sided lower bound of the mean at `alpha` in (0, 1); negative infinity where there are too few clusters for any.
    pub fn lower(&self, alpha: f64) -> f64 {
        let place = self.place(alpha);
        place.map_or(f64::NEG_INFINITY, |place| {
            self.means.get(place).copied().unwrap_or(f64::INFINITY)
        })
    }

    /// One-sided upper bound of the mean at `alpha` in (0, 1); infinity where there are too few clusters for any.
    pub fn upper(&self, alpha: f64) -> f64 {
        let place = self.place(alpha);
        place.map_or(f64::INFINITY, |place| {
            let from_end = self.means.len().checked_sub(place + 1);
            let mean = from_end.and_then(|at| self.means.get(at));
            mean.copied().unwrap_or(f64::NEG_INFINITY)
        })
    }

    /// How many subset means may lie beyond a bound at this level.
    fn place(&self, alpha: f64) -> Option<usize> {
        // A hair, so that 0.05 * 20 is one.
        let patterns = (alpha * self.total() + 1e-9).floor() as usize;
        patterns.checked_sub(self.always)
    }
}

const EMPTY: ClusterSum = ClusterSum {
    sum: 0.0,
    count: 0.0,
};

/// Every subset of at most 16 clusters.
fn enumerated(clusters: &[ClusterSum]) -> Vec<ClusterSum> {
    let mut subsets = vec![EMPTY];
    for cluster in clusters {
        let with: Vec<ClusterSum> = subsets
            .iter()
            .map(|subset| plus(*subset, *cluster))
            .collect();
        subsets.extend(with);
    }
    subsets
}

/// Random subsets, eight clusters at a time: the sums of every choice of eight are made once and looked up.
fn random(clusters: &[ClusterSum], seed: u64) -> Vec<ClusterSum> {
    let mut rng = SplitMix64::new(seed);
    let mut flipped = vec![EMPTY; FLIPS];
    for word in clusters.chunks(BYTE * 8) {
        let tables: Vec<Vec<ClusterSum>> = word.chunks(BYTE).map(enumerated).collect();
        for subset in &mut flipped {
            let bits = rng.next_u64().to_le_bytes();
            for (table, byte) in tables.iter().zip(bits) {
                // A last group of fewer than eight needs fewer bits.
                let choice = usize::from(byte) % table.len();
                *subset = plus(*subset, table.get(choice).copied().unwrap_or(EMPTY));
            }
        }
    }
    flipped
}

fn plus(a: ClusterSum, b: ClusterSum) -> ClusterSum {
    ClusterSum {
        sum: a.sum + b.sum,
        count: a.count + b.count,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stats::signflip;

    fn single(values: &[f64]) -> Vec<ClusterSum> {
        let one = |sum: &f64| ClusterSum {
            sum: *sum,
            count: 1.0,
        };
        values.iter().map(one).collect()
    }

    proptest! {
        #[test]
        fn the_p_value_is_that_of_the_sign_flip_test(d in prop::collection::vec(-1.0..=1.0_f64, 1..14)) {
            let bounds = FlipBounds::new(&single(&d), 1)?;
            let direct = signflip(&d, 1)?;
            prop_assert!((bounds.p_below(0.0) - direct.p_less).abs() < 1e-12);
        }

        #[test]
        fn random_flips_agree_with_the_test(d in prop::collection::vec(-1.0..=0.9_f64, 17..90)) {
            let bounds = FlipBounds::new(&single(&d), 1)?;
            let direct = signflip(&d, 2)?;
            prop_assert!((bounds.p_below(0.0) - direct.p_less).abs() < 0.03);
        }

        #[test]
        fn a_bound_is_where_the_p_value_crosses_the_level(
            d in prop::collection::vec(-1.0..=1.0_f64, 6..60), alpha in 0.02..0.4_f64,
        ) {
            let bounds = FlipBounds::new(&single(&d), 7)?;
            let upper = bounds.upper(alpha);
            prop_assume!(upper.is_finite());
            prop_assert!(bounds.p_below(upper + 1e-9) <= alpha + 1e-9);
            prop_assert!(bounds.p_below(upper) > alpha);
            prop_assert!(bounds.lower(alpha) <= upper + 1e-9 || alpha > 0.3);
        }
    }

    #[test]
    fn few_clusters_have_no_bound() -> Result<(), StatsError> {
        let bounds = FlipBounds::new(&single(&[-1.0, -1.0, -1.0]), 1)?;
        assert!((bounds.p_below(0.0) - 0.125).abs() < 1e-12);
        assert!(bounds.upper(0.05).is_infinite());
        assert!(bounds.lower(0.05).is_infinite());
        assert!(FlipBounds::new(&[], 1).is_err());
        Ok(())
    }

    #[test]
    fn a_cluster_flips_as_a_whole() -> Result<(), StatsError> {
        // Two clusters of five: four patterns, whatever the number of cases.
        let clusters = [ClusterSum {
            sum: -5.0,
            count: 5.0,
        }; 2];
        assert!((FlipBounds::new(&clusters, 1)?.p_below(0.0) - 0.25).abs() < 1e-12);
        Ok(())
    }
}
