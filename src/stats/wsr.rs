//! The hedged capital process of Waudby-Smith and Ramdas, for comparison with the fixed-fraction bets.

use super::error::{StatsError, check_open_unit, check_unit_values};

/// Largest share of the admissible bet that is ever placed.
const TRUNCATION: f64 = 0.5;

/// Hedged capital against "mean = m" after all of `x` in `[0, 1]`, with predictable plug-in bets
/// (Waudby-Smith and Ramdas 2024, arXiv 2010.09686; the defaults of `confseq`).
///
/// `m` and `alpha` are in (0, 1); `alpha` only tunes the bets. At most one of both arms' halves: 1/2
/// without data. Not for batches whose items differ: bets adapt within the batch.
pub fn wsr_hedged_capital(x: &[f64], m: f64, alpha: f64) -> Result<f64, StatsError> {
    check_unit_values("x", x)?;
    check_open_unit("m", m)?;
    check_open_unit("alpha", alpha)?;
    let (mut sum, mut squares, mut variance) = (0.5, 0.25, 0.25);
    let (mut log_up, mut log_down) = (0.0, 0.0);
    for (step, &value) in x.iter().enumerate() {
        let t = (step + 1) as f64;
        let bet = (2.0 * (2.0 / alpha).ln() / (t * t.ln_1p() * variance)).sqrt();
        log_up += (bet.min(TRUNCATION / m) * (value - m)).ln_1p();
        log_down += (-bet.min(TRUNCATION / (1.0 - m)) * (value - m)).ln_1p();
        sum += value;
        let centre = (sum / (t + 1.0)).min(1.0);
        squares += (value - centre) * (value - centre);
        variance = squares / (t + 1.0);
    }
    Ok(0.5 * log_up.max(log_down).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_at_one_half_and_grows_with_evidence() -> Result<(), StatsError> {
        assert!((wsr_hedged_capital(&[], 0.5, 0.05)? - 0.5).abs() < 1e-15);
        assert!(wsr_hedged_capital(&[1.0; 40], 0.5, 0.05)? > 1000.0);
        assert!(
            wsr_hedged_capital(&[1.0], 0.0, 0.05).is_err()
                && wsr_hedged_capital(&[2.0], 0.5, 0.05).is_err()
        );
        Ok(())
    }
}
