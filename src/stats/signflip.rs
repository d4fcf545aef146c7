//! Sign-flip permutation test of paired differences.

use super::error::{StatsError, check, check_values};
use super::moments::mean;
use super::rng::SplitMix64;

/// Most differences whose sign patterns are all tried.
const MOST_ENUMERATED: usize = 16;
/// Means this near the observed one count as equal to it.
const TIE: f64 = 1e-12;

/// Permutation p-values of the mean difference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SignFlip {
    /// P(|mean| at least as large).
    pub p_two: f64,
    /// P(mean at most as large): small when differences are negative.
    pub p_less: f64,
    /// P(mean at least as large): small when differences are positive.
    pub p_greater: f64,
}

/// p-values over all 2^n sign patterns of `d`, n at most 16 (Fisher 1935).
///
/// Errors: no differences, one that is not finite, more than 16.
pub fn signflip_exact(d: &[f64]) -> Result<SignFlip, StatsError> {
    check_values("d", d)?;
    if d.len() > MOST_ENUMERATED {
        let found = d.len();
        return Err(StatsError::TooMany {
            what: "d",
            found,
            limit: MOST_ENUMERATED,
        });
    }
    let mut hits = Hits::new(mean(d));
    for pattern in 0..1_u64 << d.len() {
        hits.count(flipped_mean(d, |i| pattern >> i & 1 == 1));
    }
    Ok(hits.p_values(0))
}

/// p-values over `flips` seeded sign patterns, (1 + hits) / (1 + flips); for any number of differences.
pub fn signflip_monte_carlo(d: &[f64], flips: u32, seed: u64) -> Result<SignFlip, StatsError> {
    check_values("d", d)?;
    check("flips", f64::from(flips), "at least 1", flips > 0)?;
    let mut rng = SplitMix64::new(seed);
    let mut hits = Hits::new(mean(d));
    for _ in 0..flips {
        let mut bits = 0;
        hits.count(flipped_mean(d, |i| {
            if i % 64 == 0 {
                bits = rng.next_u64();
            }
            bits >> (i % 64) & 1 == 1
        }));
    }
    Ok(hits.p_values(1))
}

/// Exact up to 16 differences, else 20 000 seeded flips.
pub fn signflip(d: &[f64], seed: u64) -> Result<SignFlip, StatsError> {
    if d.len() <= MOST_ENUMERATED {
        signflip_exact(d)
    } else {
        signflip_monte_carlo(d, 20_000, seed)
    }
}

struct Hits {
    observed: f64,
    total: u64,
    two: u64,
    less: u64,
    greater: u64,
}

impl Hits {
    fn new(observed: f64) -> Self {
        Self {
            observed,
            total: 0,
            two: 0,
            less: 0,
            greater: 0,
        }
    }

    fn count(&mut self, value: f64) {
        self.total += 1;
        self.two += u64::from(value.abs() >= self.observed.abs() - TIE);
        self.less += u64::from(value <= self.observed + TIE);
        self.greater += u64::from(value >= self.observed - TIE);
    }

    /// `observed_patterns` adds the observed pattern itself, which random flips may miss.
    fn p_values(&self, observed_patterns: u64) -> SignFlip {
        let share =
            |hits| (hits + observed_patterns) as f64 / (self.total + observed_patterns) as f64;
        SignFlip {
            p_two: share(self.two),
            p_less: share(self.less),
            p_greater: share(self.greater),
        }
    }
}

fn flipped_mean(d: &[f64], mut flip: impl FnMut(usize) -> bool) -> f64 {
    let sum: f64 = d
        .iter()
        .enumerate()
        .map(|(i, v)| if flip(i) { -v } else { *v })
        .sum();
    sum / d.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_flips_approach_the_exact_p() -> Result<(), StatsError> {
        let d = [0.2, 0.1, -0.3, 0.4, 0.5, -0.1, 0.2, 0.3, 0.1, 0.25];
        let (exact, random) = (signflip_exact(&d)?, signflip_monte_carlo(&d, 20_000, 3)?);
        assert!(
            (exact.p_two - random.p_two).abs() < 0.01
                && (exact.p_less - random.p_less).abs() < 0.01
        );
        Ok(())
    }

    #[test]
    fn no_difference_is_no_evidence() -> Result<(), StatsError> {
        let zero = signflip(&[0.0; 40], 1)?;
        assert!(zero.p_two >= 1.0 && zero.p_less >= 1.0 && zero.p_greater >= 1.0);
        assert!(signflip(&[], 1).is_err() && signflip_exact(&[0.1; 17]).is_err());
        Ok(())
    }
}
