//! Bootstrap intervals: `BCa` for a mean (every resample, or a seeded sample of them), percentile for the rest.

use super::error::{StatsError, check, check_open_unit, check_values};
use super::interval::Interval;
use super::moments::mean;
use super::normal::{normal_cdf, normal_quantile};
use super::rng::SplitMix64;

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
    bca(x, monte_carlo(x, resamples, seed), conf)
}

fn monte_carlo(x: &[f64], resamples: usize, seed: u64) -> Replicates {
    let mut rng = SplitMix64::new(seed);
    let mut replicates = Replicates::default();
    for _ in 0..resamples {
        let sum: f64 = x.iter().filter_map(|_| x.get(rng.index(x.len()))).sum();
        replicates.push(sum / x.len() as f64, 1);
    }
    replicates
}

/// The `BCa` bootstrap of a mean, resampled once and read at any level (Efron 1987).
#[derive(Debug, Clone)]
pub struct BcaMean {
    replicates: Replicates,
    theta: f64,
    /// Bias correction and acceleration; `None` where all values are equal.
    correction: Option<(f64, f64)>,
}

impl BcaMean {
    /// Resamples `x` with a seed.
    ///
    /// # Errors
    /// No values, one that is not finite, `resamples = 0`.
    pub fn new(x: &[f64], resamples: usize, seed: u64) -> Result<Self, StatsError> {
        check_values("x", x)?;
        check("resamples", resamples as f64, "at least 1", resamples > 0)?;
        Self::of(x, monte_carlo(x, resamples, seed))
    }

    fn of(x: &[f64], mut replicates: Replicates) -> Result<Self, StatsError> {
        replicates.sort();
        let theta = mean(x);
        let all_equal = x.iter().all(|v| (v - theta).abs() <= TIE);
        let correction = if all_equal {
            None
        } else {
            // An infinite correction would leave no interval; half a resample keeps it finite.
            let edge = 0.5 / replicates.count as f64;
            let share = replicates.share_below(theta).clamp(edge, 1.0 - edge);
            Some((normal_quantile(share)?, acceleration(x)))
        };
        Ok(Self {
            replicates,
            theta,
            correction,
        })
    }

    /// One-sided lower bound at `alpha` in (0, 1).
    ///
    /// # Errors
    /// `alpha` outside (0, 1).
    pub fn lower(&self, alpha: f64) -> Result<f64, StatsError> {
        self.end(alpha)
    }

    /// One-sided upper bound at `alpha` in (0, 1).
    ///
    /// # Errors
    /// `alpha` outside (0, 1).
    pub fn upper(&self, alpha: f64) -> Result<f64, StatsError> {
        self.end(1.0 - alpha)
    }

    /// One-sided p-value of "the mean is at least `null`": the level at which the upper bound falls to it, at least one half
    /// of a resample.
    ///
    /// # Errors
    /// Only where the normal quantile fails, which these levels exclude.
    pub fn p_below(&self, null: f64) -> Result<f64, StatsError> {
        let Some((z0, accel)) = self.correction else {
            return Ok(if self.theta < null { 0.0 } else { 1.0 });
        };
        let edge = 0.5 / self.replicates.count as f64;
        let share = self.replicates.share_below(null).clamp(edge, 1.0 - edge);
        let w = normal_quantile(share)? - z0;
        let scale = 1.0 + accel * w;
        // Beyond the pole no level moves the end any further.
        if scale <= 0.0 {
            return Ok(if w > 0.0 { edge } else { 1.0 });
        }
        Ok(1.0 - normal_cdf(w / scale - z0))
    }

    fn end(&self, level: f64) -> Result<f64, StatsError> {
        check_open_unit("level", level)?;
        let Some((z0, accel)) = self.correction else {
            return Ok(self.theta);
        };
        let shifted = z0 + normal_quantile(level)?;
        let scale = 1.0 - accel * shifted;
        // Beyond the pole of the acceleration the adjusted level has already reached its end.
        let adjusted = if scale > 0.0 {
            z0 + shifted / scale
        } else {
            f64::INFINITY.copysign(shifted)
        };
        let end = self.replicates.quantile(normal_cdf(adjusted));
        Ok(end.unwrap_or(self.theta))
    }
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
#[derive(Clone, Debug, Default)]
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

fn bca(x: &[f64], replicates: Replicates, conf: f64) -> Result<BcaInterval, StatsError> {
    check_open_unit("conf", conf)?;
    let bca = BcaMean::of(x, replicates)?;
    let (z0, accel) = bca.correction.unwrap_or((0.0, 0.0));
    let side = 0.5 * (1.0 - conf);
    Ok(BcaInterval {
        theta: bca.theta,
        z0,
        accel,
        lower: bca.lower(side)?,
        upper: bca.upper(side)?,
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

    proptest::proptest! {
        #[test]
        fn the_p_value_is_the_level_at_which_the_upper_bound_falls_to_the_null(
            x in proptest::collection::vec(0.0..=1.0_f64, 20..80), alpha in 0.01..0.4_f64,
        ) {
            let bca = BcaMean::new(&x, 2_000, 5)?;
            let p = bca.p_below(bca.upper(alpha)?)?;
            proptest::prop_assert!((p - alpha).abs() < 0.02, "{p} {alpha}");
        }
    }

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
