//! e-CUSUM: has the pass rate fallen since the baseline, with a bound on how often that is asked in vain.

use super::betting::{FRACTIONS, count_increments};
use super::error::{StatsError, check_count, check_open_unit};
use super::interval::clopper_pearson;
use super::moments::log_mean_exp;

/// A cumulative e-detector of a drop below `m0` (Shin, Ramdas, Rinaldo 2022, arXiv 2203.03532).
///
/// Alarming at `log_m >= ln(ARL)` gives an average of at least ARL looks between false alarms. Start a
/// new one after an alarm is acknowledged; never move `m0` by itself, or slow drift is absorbed.
#[derive(Debug, Clone, PartialEq)]
pub struct ECusum {
    m0: f64,
    log_capital: [f64; FRACTIONS],
}

impl ECusum {
    /// A detector of rates below `m0`, in (0, 1).
    pub fn new(m0: f64) -> Result<Self, StatsError> {
        check_open_unit("m0", m0)?;
        Ok(Self {
            m0,
            log_capital: [0.0; FRACTIONS],
        })
    }

    /// Takes one look, `passes` of `trials`, and returns the statistic ln M.
    ///
    /// Errors: `trials = 0`, `passes > trials`.
    pub fn push(&mut self, passes: u64, trials: u64) -> Result<f64, StatsError> {
        check_count("passes", passes, trials)?;
        let (hits, misses) = (passes as f64, (trials - passes) as f64);
        let increments = count_increments(misses, hits, 1.0 - self.m0);
        for (capital, increment) in self.log_capital.iter_mut().zip(increments) {
            // Capital lost while all was well is forgiven: a later drop starts from 1.
            *capital = capital.max(0.0) + increment;
        }
        Ok(log_mean_exp(&self.log_capital))
    }
}

/// The statistic after each of `runs`, `(passes, trials)` in order of time.
pub fn e_cusum_log(m0: f64, runs: &[(u64, u64)]) -> Result<Vec<f64>, StatsError> {
    let mut detector = ECusum::new(m0)?;
    runs.iter()
        .map(|&(passes, trials)| detector.push(passes, trials))
        .collect()
}

/// The rate to guard: the exact 97.5 % lower bound of the pooled baseline, which includes its luck.
///
/// Errors: `trials = 0`, `passes > trials`. 0 without a pass: nothing is left to fall from.
pub fn drift_floor(passes: u64, trials: u64) -> Result<f64, StatsError> {
    clopper_pearson(passes, trials, 0.95).map(|interval| interval.lower)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drop_alarms_and_good_news_does_not() -> Result<(), StatsError> {
        let bar = 365_f64.ln();
        let dropped = e_cusum_log(0.88, &[(80, 100); 10])?;
        assert!(dropped.is_sorted() && dropped.last().is_some_and(|m| *m >= bar));
        let better = e_cusum_log(0.88, &[(95, 100); 10])?;
        assert!(better.iter().all(|m| *m < 0.0));
        Ok(())
    }

    #[test]
    fn bad_input_is_an_error() {
        assert!(ECusum::new(1.0).is_err() && e_cusum_log(0.9, &[(0, 0)]).is_err());
        assert!(e_cusum_log(0.9, &[(3, 2)]).is_err() && drift_floor(0, 0).is_err());
    }
}
