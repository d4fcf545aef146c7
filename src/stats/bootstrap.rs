//! Bootstrap intervals: `BCa` for a mean (every resample, or a seeded sample of them), percentile for the rest.

use super::error::{StatsError, check, check_open_unit, check_values};
use super::interval::Interval;
use super::moments::mean;
use super::rng::SplitMix64;
use super::special::{normal_cdf, normal_quantile};

/// Most values whose resamples are enumerated: 1 352 078 multisets stand for 12^12 resamples.
const MOST_ENUMERATED: usize = 12;
/// Replicates this near the estimate count as equal to it.
const TIE: f64 = 1e-12;

/// A bias-corrected and accelerated bootstrap interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BcaInterval {
    /// The mean of the data.
    pub theta: f64,
    /// Bias correction.
    pub z0: f64,
    /// Acceleration, from the jackknife.
    pub accel: f64,
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
}

/// Two-sided `BCa` interval of the mean over all n^n resamples of at most 12 values (Efron 1987).
///
/// Deterministic. `conf` is in (0, 1). Errors: no values, a value that is not finite, more than 12.
pub fn bca_mean_full(x: &[f64], conf: f64) -> Result<BcaInterval, StatsError> {
    check_values("x", x)?;
    if x.len() > MOST_ENUMERATED {
        let found = x.len();
        return Err(StatsError::TooMany {
            what: "x",
            found,
            limit: MOST_ENUMERATED,
        });
    }
    let mut replicates = Replicates::default();
    enumerate(x, x.len() as u64, 0.0, 1, &mut |sum, ways| {
        replicates.push(sum / x.len() as f64, ways);
    });
    bca(x, replicates, conf)
}

/// Two-sided `BCa` interval of the mean from `resamples` seeded resamples (Efron 1987).
///
/// For a gate: cluster means as `x`, 10 000 resamples, one recorded seed. Errors: as above, `resamples = 0`.
pub fn bca_mean_monte_carlo(
    x: &[f64],
    conf: f64,
    resamples: usize,
    seed: u64,
) -> Result<BcaInterval, StatsError> {
    check_values("x", x)?;
    check("resamples", resamples as f64, "at least 1", resamples > 0)?;
    let mut rng = SplitMix64::new(seed);
    let mut replicates = Replicates::default();
    for _ in 0..resamples {
        let sum: f64 = x.iter().filter_map(|_| x.get(rng.index(x.len()))).sum();
        replicates.push(sum / x.len() as f64, 1);
    }
    bca(x, replicates, conf)
}

/// Percentile bootstrap interval of any statistic of `units` exchangeable units (Efron 1979).
///
/// `statistic` sees the drawn unit indices and returns none where it is undefined; such draws are left
/// out. None if every draw is. Errors: no units or resamples, `conf` outside (0, 1).
pub fn percentile_bootstrap(
    units: usize,
    conf: f64,
    resamples: usize,
    seed: u64,
    statistic: impl Fn(&[usize]) -> Option<f64>,
) -> Result<Option<Interval>, StatsError> {
    check("units", units as f64, "at least 1", units > 0)?;
    check("resamples", resamples as f64, "at least 1", resamples > 0)?;
    check_open_unit("conf", conf)?;
    let mut rng = SplitMix64::new(seed);
    let mut drawn = vec![0; units];
    let mut replicates = Replicates::default();
    for _ in 0..resamples {
        drawn.fill_with(|| rng.index(units));
        if let Some(value) = statistic(&drawn).filter(|v| v.is_finite()) {
            replicates.push(value, 1);
        }
    }
    replicates.sort();
    let side = 0.5 * (1.0 - conf);
    let ends = (replicates.quantile(side), replicates.quantile(1.0 - side));
    Ok(match ends {
        (Some(lower), Some(upper)) => Some(Interval { lower, upper }),
        _ => None,
    })
}

/// Replicate values, each with the number of resamples that gave it.
#[derive(Default)]
struct Replicates {
    values: Vec<(f64, u64)>,
    count: u64,
}

impl Replicates {
    fn push(&mut self, value: f64, ways: u64) {
        self.values.push((value, ways));
        self.count += ways;
    }

    fn sort(&mut self) {
        self.values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    }

    /// Share below `theta`, ties counted half.
    fn share_below(&self, theta: f64) -> f64 {
        let twice: u64 = self
            .values
            .iter()
            .map(|(value, ways)| {
                if (value - theta).abs() <= TIE {
                    *ways
                } else if *value < theta {
                    2 * ways
                } else {
                    0
                }
            })
            .sum();
        twice as f64 / (2 * self.count) as f64
    }

    /// Sample quantile by linear interpolation (type 7); the values must be sorted.
    fn quantile(&self, level: f64) -> Option<f64> {
        let last = self.count.checked_sub(1)?;
        let place = last as f64 * level;
        let rank = (place.floor() as u64).min(last);
        let below = self.at_rank(rank)?;
        let above = self.at_rank((rank + 1).min(last))?;
        Some(below + (above - below) * (place - rank as f64))
    }

    fn at_rank(&self, rank: u64) -> Option<f64> {
        let mut seen = 0;
        let holder = self.values.iter().find(|(_, ways)| {
            seen += ways;
            seen > rank
        });
        holder.map(|(value, _)| *value)
    }
}

/// Visits every multiset of `left` draws from `x` with its sum and its number of orderings.
fn enumerate(x: &[f64], left: u64, sum: f64, ways: u64, visit: &mut impl FnMut(f64, u64)) {
    let Some((value, rest)) = x.split_first() else {
        return;
    };
    if rest.is_empty() {
        visit(sum + left as f64 * value, ways);
        return;
    }
    let mut choices = 1;
    for times in 0..=left {
        enumerate(
            rest,
            left - times,
            sum + times as f64 * value,
            ways * choices,
            visit,
        );
        choices = choices * (left - times) / (times + 1);
    }
}

fn bca(x: &[f64], mut replicates: Replicates, conf: f64) -> Result<BcaInterval, StatsError> {
    check_open_unit("conf", conf)?;
    let theta = mean(x);
    if x.iter().all(|v| (v - theta).abs() <= TIE) {
        return Ok(BcaInterval {
            theta,
            z0: 0.0,
            accel: 0.0,
            lower: theta,
            upper: theta,
        });
    }
    replicates.sort();
    // An infinite correction would leave no interval; half a resample keeps it finite.
    let edge = 0.5 / replicates.count as f64;
    let z0 = normal_quantile(replicates.share_below(theta).clamp(edge, 1.0 - edge))?;
    let accel = acceleration(x);
    let side = 0.5 * (1.0 - conf);
    let end = |level: f64| -> Result<f64, StatsError> {
        let shifted = z0 + normal_quantile(level)?;
        let scale = 1.0 - accel * shifted;
        // Beyond the pole of the acceleration the adjusted level has already reached its end.
        let adjusted = if scale > 0.0 {
            z0 + shifted / scale
        } else {
            f64::INFINITY.copysign(shifted)
        };
        Ok(replicates.quantile(normal_cdf(adjusted)).unwrap_or(theta))
    };
    Ok(BcaInterval {
        theta,
        z0,
        accel,
        lower: end(side)?,
        upper: end(1.0 - side)?,
    })
}

/// A sixth of the skewness of the jackknife means.
fn acceleration(x: &[f64]) -> f64 {
    let sum: f64 = x.iter().sum();
    let others = (x.len().max(2) - 1) as f64;
    let jackknife: Vec<f64> = x.iter().map(|v| (sum - v) / others).collect();
    let centre = mean(&jackknife);
    let moment = |power| {
        jackknife
            .iter()
            .map(|j| (centre - j).powi(power))
            .sum::<f64>()
    };
    let squares = moment(2);
    if squares > 0.0 {
        moment(3) / (6.0 * squares.powf(1.5))
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_of_resamples_approaches_all_of_them() -> Result<(), StatsError> {
        let x = [0.31, 0.98, 0.84, 0.77, 0.93, 0.66, 0.89, 0.95, 0.72];
        let full = bca_mean_full(&x, 0.9)?;
        for seed in 0..5 {
            let sampled = bca_mean_monte_carlo(&x, 0.9, 20_000, seed)?;
            assert!(
                (full.lower - sampled.lower).abs() < 4e-3,
                "{full:?} {sampled:?}"
            );
            assert!(
                (full.upper - sampled.upper).abs() < 4e-3,
                "{full:?} {sampled:?}"
            );
        }
        assert!(full.lower < full.theta && full.theta < full.upper);
        Ok(())
    }

    #[test]
    fn enumeration_counts_every_resample() {
        let mut total = 0;
        enumerate(&[1.0, 2.0, 3.0, 4.0, 5.0], 5, 0.0, 1, &mut |_, ways| {
            total += ways;
        });
        assert_eq!(total, 3125);
    }

    #[test]
    fn equal_values_give_a_point() -> Result<(), StatsError> {
        let point = bca_mean_full(&[0.1; 7], 0.95)?;
        assert!((point.lower - 0.1).abs() < 1e-15 && (point.upper - 0.1).abs() < 1e-15);
        assert!(bca_mean_full(&[], 0.95).is_err() && bca_mean_full(&[0.5; 13], 0.95).is_err());
        assert!(bca_mean_monte_carlo(&[0.0, 1.0], 0.9, 0, 1).is_err());
        Ok(())
    }

    #[test]
    fn percentile_interval_of_a_mean() -> Result<(), StatsError> {
        let x: Vec<f64> = (0..100).map(f64::from).collect();
        let statistic = |drawn: &[usize]| -> Option<f64> {
            Some(drawn.iter().filter_map(|i| x.get(*i)).sum::<f64>() / drawn.len() as f64)
        };
        let found = percentile_bootstrap(100, 0.95, 2000, 1, statistic)?;
        assert!(
            found.is_some_and(|i| i.lower > 42.0
                && i.lower < 45.5
                && i.upper > 53.5
                && i.upper < 57.0)
        );
        assert_eq!(percentile_bootstrap(5, 0.95, 10, 1, |_| None)?, None);
        Ok(())
    }
}
