//! Corrections for several p-values at once.

use super::error::{StatsError, check_probability};

/// Holm's step-down adjusted p-values in the order given (Holm 1979); controls the family-wise error.
///
/// Errors: a p outside `[0, 1]`. No p-values give none.
pub fn holm_adjusted(p: &[f64]) -> Result<Vec<f64>, StatsError> {
    let order = ascending(p)?;
    let mut adjusted = p.to_vec();
    let mut running = 0.0_f64;
    for (rank, &(index, value)) in order.iter().enumerate() {
        running = running.max(((p.len() - rank) as f64 * value).min(1.0));
        put(&mut adjusted, index, running);
    }
    Ok(adjusted)
}

/// Benjamini and Hochberg's step-up adjusted p-values in the order given (1995); controls the false
/// discovery rate.
///
/// Errors: a p outside `[0, 1]`. No p-values give none.
pub fn bh_adjusted(p: &[f64]) -> Result<Vec<f64>, StatsError> {
    let order = ascending(p)?;
    let mut adjusted = p.to_vec();
    let mut running = 1.0_f64;
    for (rank, &(index, value)) in order.iter().enumerate().rev() {
        running = running.min(p.len() as f64 * value / (rank + 1) as f64);
        put(&mut adjusted, index, running);
    }
    Ok(adjusted)
}

fn ascending(p: &[f64]) -> Result<Vec<(usize, f64)>, StatsError> {
    p.iter().try_for_each(|v| check_probability("p", *v))?;
    let mut order: Vec<(usize, f64)> = p.iter().copied().enumerate().collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    Ok(order)
}

fn put(list: &mut [f64], index: usize, value: f64) {
    if let Some(slot) = list.get_mut(index) {
        *slot = value;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn order_is_kept_and_holm_is_the_stricter(p in prop::collection::vec(0.0..=1.0_f64, 0..30)) {
            let (holm, bh) = (holm_adjusted(&p)?, bh_adjusted(&p)?);
            for i in 0..p.len() {
                prop_assert!(p[i] <= bh[i] + 1e-12 && bh[i] <= holm[i] + 1e-12 && holm[i] <= 1.0);
                for j in 0..p.len() {
                    prop_assert!(p[i] > p[j] || (holm[i] <= holm[j] && bh[i] <= bh[j]));
                }
            }
        }
    }

    #[test]
    fn invalid_p_is_an_error() {
        assert!(holm_adjusted(&[0.1, f64::NAN]).is_err() && bh_adjusted(&[1.1]).is_err());
    }
}
