//! Paired differences by closed formulas: Newcombe, Bonett-Price, and Student's t on differences.

use super::error::{StatsError, check, check_lengths, check_open_unit, check_values};
use super::interval::{Interval, wilson_real};
use super::moments::{mean, standard_error};
use super::normal::normal_quantile;
use super::special::{t_quantile, t_two_sided_p};
use super::tango::DiffInterval;

/// The 2 x 2 table of paired outcomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PairedCounts {
    /// Both arms pass.
    pub both: u64,
    /// Only the candidate passes: fixes.
    pub cand_only: u64,
    /// Only the baseline passes: regressions.
    pub base_only: u64,
    /// Both arms fail.
    pub neither: u64,
}

/// How the correlation in Newcombe's paired interval is estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhiCorrection {
    /// The plain phi coefficient.
    None,
    /// Positive association is lowered by n/2, not below 0 (Newcombe's method 10).
    Continuity,
}

/// A mean difference with Student's t inference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairedDifference {
    /// Mean of candidate minus baseline.
    pub diff: f64,
    /// Standard error; none for one pair.
    pub se: Option<f64>,
    /// Lower end of the two-sided t interval; none for one pair.
    pub t_lower: Option<f64>,
    /// Upper end; none for one pair.
    pub t_upper: Option<f64>,
    /// diff / se; none where se is 0 or undefined.
    pub t_stat: Option<f64>,
    /// Two-sided p of `t_stat`.
    pub p_two: Option<f64>,
}

/// Newcombe's score-based interval for a paired difference (1998, Stat. Med. 17:2635); `conf` in (0, 1).
///
/// Errors: an empty table.
pub fn newcombe_paired(
    table: PairedCounts,
    conf: f64,
    correction: PhiCorrection,
) -> Result<DiffInterval, StatsError> {
    let [e, f, g, h] =
        [table.both, table.cand_only, table.base_only, table.neither].map(|c| c as f64);
    let n = e + f + g + h;
    check("n", n, "at least 1", n > 0.0)?;
    check_open_unit("conf", conf)?;
    let z = normal_quantile(0.5 + 0.5 * conf)?;
    let phi = phi_coefficient([e, f, g, h], correction);
    let (p1, p2) = ((e + f) / n, (e + g) / n);
    let (cand, base) = (wilson_real(e + f, n, z), wilson_real(e + g, n, z));
    let diff = (f - g) / n;
    let distance = |x: f64, y: f64| (x * x - 2.0 * phi * x * y + y * y).max(0.0).sqrt();
    Ok(DiffInterval {
        diff,
        lower: diff - distance(p1 - cand.lower, base.upper - p2),
        upper: diff + distance(cand.upper - p1, p2 - base.lower),
    })
}

/// Adjusted Wald interval for a paired difference, one case added to each cell (Bonett and Price 2012).
///
/// `conf` in (0, 1). Errors: `n = 0`, more discordant pairs than `n`.
pub fn bonett_price_paired(
    cand_only: u64,
    base_only: u64,
    n: u64,
    conf: f64,
) -> Result<Interval, StatsError> {
    check("n", n as f64, "at least 1", n > 0)?;
    let discordant = cand_only.saturating_add(base_only);
    check(
        "cand_only + base_only",
        discordant as f64,
        "at most n",
        discordant <= n,
    )?;
    check_open_unit("conf", conf)?;
    let size = n as f64 + 2.0;
    let (fixes, regressions) = (
        (cand_only as f64 + 1.0) / size,
        (base_only as f64 + 1.0) / size,
    );
    let diff = fixes - regressions;
    let se = ((fixes + regressions - diff * diff) / size).max(0.0).sqrt();
    let half = normal_quantile(0.5 + 0.5 * conf)? * se;
    Ok(Interval {
        lower: diff - half,
        upper: diff + half,
    })
}

/// Mean paired difference of scores with its standard error and t interval; `conf` in (0, 1).
///
/// Errors: no pairs, unequal lengths, values that are not finite.
pub fn paired_diff_se(
    candidate: &[f64],
    baseline: &[f64],
    conf: f64,
) -> Result<PairedDifference, StatsError> {
    check_values("candidate", candidate)?;
    check_values("baseline", baseline)?;
    check_lengths("candidate and baseline", candidate.len(), baseline.len())?;
    check_open_unit("conf", conf)?;
    let differences: Vec<f64> = candidate.iter().zip(baseline).map(|(c, b)| c - b).collect();
    let diff = mean(&differences);
    let Some(se) = standard_error(&differences) else {
        let (se, t_lower, t_upper, t_stat, p_two) = (None, None, None, None, None);
        return Ok(PairedDifference {
            diff,
            se,
            t_lower,
            t_upper,
            t_stat,
            p_two,
        });
    };
    // Equal differences of unequal scores vary by rounding; that is not evidence.
    let size = candidate
        .iter()
        .chain(baseline)
        .fold(0.0_f64, |top, v| top.max(v.abs()));
    let se = if se <= 1e-15 * size { 0.0 } else { se };
    let df = (differences.len() - 1) as f64;
    let half = se * t_quantile(0.5 + 0.5 * conf, df)?;
    let t_stat = (se > 0.0).then(|| diff / se);
    let p_two = match t_stat {
        Some(t) => Some(t_two_sided_p(t, df)?),
        None => None,
    };
    let (t_lower, t_upper) = (Some(diff - half), Some(diff + half));
    Ok(PairedDifference {
        diff,
        se: Some(se),
        t_lower,
        t_upper,
        t_stat,
        p_two,
    })
}

fn phi_coefficient([e, f, g, h]: [f64; 4], correction: PhiCorrection) -> f64 {
    let margins = ((e + f) * (g + h)).sqrt() * ((e + g) * (f + h)).sqrt();
    if margins <= 0.0 {
        return 0.0;
    }
    let product = e * h - f * g;
    let corrected = match correction {
        PhiCorrection::Continuity if product > 0.0 => (product - 0.5 * (e + f + g + h)).max(0.0),
        _ => product,
    };
    corrected / margins
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn newcombe_contains_the_estimate_and_mirrors(
            both in 0_u64..200, cand_only in 0_u64..50, base_only in 0_u64..50, neither in 0_u64..200,
        ) {
            let table = PairedCounts { both, cand_only, base_only, neither };
            prop_assume!(both + cand_only + base_only + neither > 0);
            let swapped = PairedCounts { cand_only: base_only, base_only: cand_only, ..table };
            for correction in [PhiCorrection::None, PhiCorrection::Continuity] {
                let here = newcombe_paired(table, 0.95, correction)?;
                let there = newcombe_paired(swapped, 0.95, correction)?;
                prop_assert!(here.lower <= here.diff && here.diff <= here.upper);
                prop_assert!((here.lower + there.upper).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn newcombe_published_example() -> Result<(), StatsError> {
        let table = PairedCounts {
            both: 36,
            cand_only: 12,
            base_only: 2,
            neither: 0,
        };
        let found = newcombe_paired(table, 0.95, PhiCorrection::Continuity)?;
        assert!((found.lower - 0.0569).abs() < 5e-5 && (found.upper - 0.3404).abs() < 5e-5);
        Ok(())
    }

    #[test]
    fn constant_differences_have_no_p() -> Result<(), StatsError> {
        let found = paired_diff_se(&[0.4, 0.5, 0.7], &[0.3, 0.4, 0.6], 0.95)?;
        assert_eq!(
            (found.se, found.t_stat, found.p_two),
            (Some(0.0), None, None)
        );
        let one = paired_diff_se(&[0.4], &[0.3], 0.95)?;
        assert_eq!((one.se, one.t_lower), (None, None));
        assert!(
            paired_diff_se(&[], &[], 0.95).is_err() && bonett_price_paired(3, 3, 5, 0.9).is_err()
        );
        Ok(())
    }
}
