//! Deterministic assignment of units to variants, the same in every language that has SHA-256.

use std::fmt;
use std::io::Write as _;

use md5::Md5;
use sha2::{Digest, Sha256};

/// What is hashed for a unit: `SALT:UNIT`; the salt names the experiment and its version.
pub fn bucket_key(salt: &str, unit: &str) -> String {
    format!("{salt}:{unit}")
}

/// A number in `[0, 1)` that depends on `key` alone: the first 53 bits of its SHA-256, over 2^53.
pub fn bucket_unit(key: &str) -> f64 {
    bucket_of(&Sha256::digest(key.as_bytes()))
}

/// The same number for a unit and a salt that is only written as it is hashed: nothing is allocated.
pub fn salted_bucket(salt: &impl fmt::Display, unit: &str) -> f64 {
    let mut hash = Sha256::new();
    // Writing to a hash cannot fail.
    let _ = write!(hash, "{salt}:{unit}");
    bucket_of(&hash.finalize())
}

fn bucket_of(digest: &[u8]) -> f64 {
    let bits = leading_bits(digest, 8) as u64;
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// MD5 of `key`, as a number, modulo 10 000: for experiments that other tools started.
pub fn md5_mod_10000(key: &str) -> u16 {
    let digest = Md5::digest(key.as_bytes());
    (leading_bits(&digest, 16) % 10_000) as u16
}

/// Index of the first variant whose cumulative weight exceeds `unit`.
///
/// None beyond the last: weights that add up to less than 1 leave units unassigned. Changing weights
/// moves only units near a boundary, as long as the order stays.
pub fn choose_variant(unit: f64, weights: &[f64]) -> Option<usize> {
    let total: f64 = weights.iter().sum();
    let mut reached = 0.0;
    let chosen = weights.iter().position(|weight| {
        reached += weight;
        reached > unit
    });
    // 0.7 + 0.2 + 0.1 falls short of 1 by rounding, which must not drop a unit.
    let complete = unit < 1.0 && total > 1.0 - 1e-9;
    chosen.or_else(|| weights.iter().rposition(|weight| complete && *weight > 0.0))
}

fn leading_bits(digest: &[u8], bytes: usize) -> u128 {
    digest
        .iter()
        .take(bytes)
        .fold(0, |bits, byte| bits << 8 | u128::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_uniform() {
        let mut counts = [0_u32; 10];
        for unit in 0..20_000 {
            let u = bucket_unit(&bucket_key("exp", &unit.to_string()));
            counts[(u * 10.0) as usize] += 1;
        }
        assert!(counts.iter().all(|c| c.abs_diff(2000) < 200), "{counts:?}");
    }

    #[test]
    fn a_salt_that_is_written_while_hashing_gives_the_same_bucket() {
        for unit in ["", "u1", "é☃", "a:b"] {
            let key = bucket_key("support@1.2.0", unit);
            let salted = salted_bucket(&format_args!("{}@{}", "support", "1.2.0"), unit);
            assert!((salted - bucket_unit(&key)).abs() < f64::EPSILON / 2.0);
        }
    }

    #[test]
    fn variants_by_cumulative_weight() {
        let weights = [0.7, 0.2, 0.1];
        assert_eq!(choose_variant(0.0, &weights), Some(0));
        assert_eq!(choose_variant(0.7, &weights), Some(1));
        assert_eq!(choose_variant(1.0 - f64::EPSILON / 2.0, &weights), Some(2));
        assert_eq!(choose_variant(0.5, &[0.05]), None);
        assert_eq!(choose_variant(0.5, &[]), None);
    }
}
