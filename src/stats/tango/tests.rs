//! Published values, symmetry between the arms, and the forms that effective n reduces to.

use proptest::prelude::*;

use super::*;

fn arm(passes: &[u64], repeats: u64) -> ArmPasses<'_> {
    ArmPasses { passes, repeats }
}

#[test]
fn published_example() -> Result<(), StatsError> {
    let found = tango_paired(12, 2, 50, 0.95)?;
    assert!(
        (found.lower - 0.0611).abs() < 5e-5 && (found.upper - 0.3447).abs() < 5e-5,
        "{found:?}"
    );
    Ok(())
}

#[test]
fn certain_differences_reach_the_ends() -> Result<(), StatsError> {
    let (worse, better) = (tango_paired(0, 9, 9, 0.9)?, tango_paired(9, 0, 9, 0.9)?);
    assert!(worse.lower <= -1.0 && worse.upper < 0.0 && better.upper >= 1.0 && better.lower > 0.0);
    assert!(tango_paired(0, 0, 0, 0.9).is_err() && tango_paired(3, 3, 5, 0.9).is_err());
    Ok(())
}

#[test]
fn no_change_at_all_is_wide_by_the_number_of_clusters() -> Result<(), StatsError> {
    let passes = [1_u64; 12];
    let cluster: Vec<usize> = (0..12).map(|i| i / 3).collect();
    let found = tango_effective_n(arm(&passes, 1), arm(&passes, 1), Some(&cluster), 0.05)?;
    assert!((found.deff - 3.0).abs() < 1e-12 && found.se() <= 0.0 && found.clusters == 4);
    let one = tango_effective_n(arm(&passes, 1), arm(&passes, 1), Some(&[0; 12]), 0.05);
    assert_eq!(one, Err(StatsError::TooFewClusters { found: 1 }));
    Ok(())
}

#[test]
fn an_equal_drop_of_every_case_has_no_variance() -> Result<(), StatsError> {
    // Thirds do not add up exactly in floating point; the variance must still be 0.
    let found = tango_effective_n(arm(&[3; 10], 3), arm(&[2; 10], 3), None, 0.05)?;
    assert!(found.variance <= 0.0 && (found.deff - 1.0).abs() < 1e-12);
    assert!((found.diff + 1.0 / 3.0).abs() < 1e-15);
    Ok(())
}

#[test]
fn single_trials_come_to_plain_tango_but_for_the_sample_variance() -> Result<(), StatsError> {
    let base: Vec<u64> = (0..50).map(|i| u64::from(i % 10 != 0)).collect();
    let cand: Vec<u64> = (0..50).map(|i| u64::from(i % 8 != 1)).collect();
    let found = tango_effective_n(arm(&base, 1), arm(&cand, 1), None, 0.05)?;
    assert!((found.deff - 50.0 / 49.0).abs() < 1e-12 && (found.adj - 1.0).abs() < 1e-15);
    let plain = tango_paired(5, 7, 50, 0.9)?;
    assert!(
        (found.lower - plain.lower).abs() < 5e-3 && found.lower <= plain.lower,
        "{found:?}"
    );
    Ok(())
}

proptest! {
    #[test]
    fn contains_the_estimate_and_mirrors(n in 1_u64..600, s in 0.0..=1.0_f64, t in 0.0..=1.0_f64) {
        let f = (s * n as f64) as u64;
        let b = (t * (n - f) as f64) as u64;
        let (here, there) = (tango_paired(f, b, n, 0.9)?, tango_paired(b, f, n, 0.9)?);
        prop_assert!(here.lower <= here.diff + 1e-12 && here.diff <= here.upper + 1e-12);
        prop_assert!((here.lower + there.upper).abs() < 1e-9);
        prop_assert!((-1.0..=1.0).contains(&here.lower) && (-1.0..=1.0).contains(&here.upper));
    }

    #[test]
    fn one_more_fix_raises_both_bounds(n in 2_u64..300, s in 0.0..1.0_f64, t in 0.0..=1.0_f64) {
        let f = (s * (n - 1) as f64) as u64;
        let b = (t * (n - 1 - f) as f64) as u64;
        let (here, more) = (tango_paired(f, b, n, 0.9)?, tango_paired(f + 1, b, n, 0.9)?);
        prop_assert!(here.lower <= more.lower + 1e-12 && here.upper <= more.upper + 1e-12);
    }

    #[test]
    fn effective_bounds_mirror(rows in prop::collection::vec((0_u64..=3, 0_u64..=3), 2..40)) {
        let (base, cand): (Vec<u64>, Vec<u64>) = rows.into_iter().unzip();
        let here = tango_effective_n(arm(&base, 3), arm(&cand, 3), None, 0.05)?;
        let there = tango_effective_n(arm(&cand, 3), arm(&base, 3), None, 0.05)?;
        prop_assert!((here.lower + there.upper).abs() < 1e-9 && (here.upper + there.lower).abs() < 1e-9);
        prop_assert!(here.lower <= here.diff + 1e-12 && here.diff <= here.upper + 1e-12);
    }
}
