//! Two independent arms: difference of rates, and whether traffic was split as intended.

use super::error::{StatsError, check, check_lengths, check_positive};
use super::interval::wilson;
use super::special::chi_square_sf;
use super::tango::DiffInterval;

/// Chi-square test of a traffic split.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SampleRatio {
    /// Pearson's statistic.
    pub chi2: f64,
    /// Arms minus 1.
    pub df: usize,
    /// P(chi-square this large or larger); alarm below 0.001.
    pub p: f64,
}

/// Newcombe's interval for `k1/n1 - k2/n2` (1998, Stat. Med. 17:873, method 10); `conf` in (0, 1).
///
/// Errors: an empty arm, more passes than units.
pub fn newcombe_two_sample(
    k1: u64,
    n1: u64,
    k2: u64,
    n2: u64,
    conf: f64,
) -> Result<DiffInterval, StatsError> {
    let (first, second) = (wilson(k1, n1, conf)?, wilson(k2, n2, conf)?);
    let (p1, p2) = (k1 as f64 / n1 as f64, k2 as f64 / n2 as f64);
    let diff = p1 - p2;
    Ok(DiffInterval {
        diff,
        lower: diff - (p1 - first.lower).hypot(second.upper - p2),
        upper: diff + (first.upper - p1).hypot(p2 - second.lower),
    })
}

/// Sample ratio mismatch test of unit counts against intended weights (Fabijan et al. 2019).
///
/// Weights need not add up to 1. For one look; several looks need a correction. Errors: fewer than two
/// arms, unequal lengths, no units, weights that are not positive.
pub fn srm_chi_square(observed: &[u64], weights: &[f64]) -> Result<SampleRatio, StatsError> {
    check_lengths("observed and weights", observed.len(), weights.len())?;
    check(
        "arms",
        observed.len() as f64,
        "at least 2",
        observed.len() > 1,
    )?;
    weights
        .iter()
        .try_for_each(|w| check_positive("weight", *w))?;
    let total: f64 = observed.iter().map(|count| *count as f64).sum();
    check_positive("units", total)?;
    let whole: f64 = weights.iter().sum();
    let term = |(count, weight): (&u64, &f64)| {
        let expected = total * weight / whole;
        (*count as f64 - expected) * (*count as f64 - expected) / expected
    };
    let chi2: f64 = observed.iter().zip(weights).map(term).sum();
    let df = observed.len() - 1;
    Ok(SampleRatio {
        chi2,
        df,
        p: chi_square_sf(chi2, df as f64)?,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn newcombe_contains_the_difference_and_mirrors(
            n1 in 1_u64..500, n2 in 1_u64..500, s in 0.0..=1.0_f64, t in 0.0..=1.0_f64,
        ) {
            let (k1, k2) = ((s * n1 as f64) as u64, (t * n2 as f64) as u64);
            let here = newcombe_two_sample(k1, n1, k2, n2, 0.95)?;
            let there = newcombe_two_sample(k2, n2, k1, n1, 0.95)?;
            prop_assert!(here.lower <= here.diff && here.diff <= here.upper);
            prop_assert!((here.lower + there.upper).abs() < 1e-12);
        }
    }

    #[test]
    fn splits() -> Result<(), StatsError> {
        assert!(srm_chi_square(&[500, 500], &[1.0, 1.0])?.p >= 1.0);
        assert!(srm_chi_square(&[900, 100], &[1.0, 1.0])?.p < 1e-50);
        assert!(
            srm_chi_square(&[0, 0], &[1.0, 1.0]).is_err()
                && srm_chi_square(&[1, 1], &[1.0, 0.0]).is_err()
        );
        assert!(srm_chi_square(&[5], &[1.0]).is_err());
        Ok(())
    }
}
