//! Fisher's exact test: whether one version passes less often than another, on a handful of answers of each.

use super::error::{StatsError, check_count};

/// One-sided p of Fisher's exact test (1935): the chance that so many or more of all passes fall to the first version, if both
/// pass equally often. Small values say that the second version is worse.
///
/// Each side is `(passes, answers)`. The tail of the hypergeometric distribution, summed outward from its mode, so that no term
/// overflows. Errors: a side without answers, or with more passes than answers.
pub fn fisher_exact_one_sided(
    (before, of_before): (u64, u64),
    (now, of_now): (u64, u64),
) -> Result<f64, StatsError> {
    check_count("passes before", before, of_before)?;
    check_count("passes now", now, of_now)?;
    let passes = before + now;
    let (least, most) = (passes.saturating_sub(of_now), passes.min(of_before));
    // How many times as likely `k + 1` passes of the first version are as `k`.
    let step = |k: u64| {
        let up = (passes - k) as f64 * (of_before - k) as f64;
        up / ((k + 1) as f64 * (of_now + k + 1 - passes) as f64)
    };
    let all = (of_before + of_now + 2) as f64;
    let mode = ((of_before + 1) as f64 * (passes + 1) as f64 / all) as u64;
    let mode = mode.clamp(least, most);
    let (mut whole, mut tail) = (0.0, 0.0);
    let mut add = |k: u64, weight: f64| {
        whole += weight;
        if k >= before {
            tail += weight;
        }
    };
    add(mode, 1.0);
    let mut weight = 1.0;
    for k in mode..most {
        weight *= step(k);
        add(k + 1, weight);
    }
    weight = 1.0;
    for k in (least..mode).rev() {
        weight /= step(k);
        add(k, weight);
    }
    Ok((tail / whole).min(1.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-12
    }

    #[test]
    fn tables_that_can_be_counted_by_hand() -> Result<(), StatsError> {
        let six = |before, now| fisher_exact_one_sided((before, 6), (now, 6));
        // 12 over 6 is 924: one way to have all six passes before, 1 + 36 of 792 to have six of seven there.
        assert!(close(six(6, 0)?, 1.0 / 924.0));
        assert!(close(six(6, 1)?, 7.0 / 924.0));
        assert!(close(six(5, 0)?, 6.0 / 792.0));
        assert!(close(six(5, 1)?, 37.0 / 924.0));
        assert!(close(six(6, 6)?, 1.0) && close(six(0, 0)?, 1.0));
        // Fisher's tea: all four cups, and three of four (1/70 and 17/70).
        assert!(close(fisher_exact_one_sided((4, 4), (0, 4))?, 1.0 / 70.0));
        assert!(close(fisher_exact_one_sided((3, 4), (1, 4))?, 17.0 / 70.0));
        Ok(())
    }

    #[test]
    fn large_tables_stay_finite() -> Result<(), StatsError> {
        let p = fisher_exact_one_sided((5_000, 10_000), (5_000, 10_000))?;
        assert!((0.5..0.51).contains(&p), "{p}");
        let p = fisher_exact_one_sided((9_000, 10_000), (1_000, 10_000))?;
        assert!((0.0..1e-300).contains(&p), "{p}");
        Ok(())
    }

    #[test]
    fn what_is_no_table_is_an_error() {
        assert!(fisher_exact_one_sided((0, 0), (1, 6)).is_err());
        assert!(fisher_exact_one_sided((7, 6), (1, 6)).is_err());
    }

    proptest! {
        #[test]
        fn worse_is_never_less_surprising(n in 1_u64..40, m in 1_u64..40, a in 0_u64..40, b in 0_u64..40) {
            let (a, b) = (a.min(n), b.min(m));
            let p = fisher_exact_one_sided((a, n), (b, m))?;
            prop_assert!((0.0..=1.0).contains(&p));
            if b > 0 {
                prop_assert!(fisher_exact_one_sided((a, n), (b - 1, m))? <= p + 1e-12);
            }
        }
    }
}
