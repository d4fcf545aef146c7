//! The order in which cases are asked: shuffled by a recorded seed, so that a prefix of it is a random sample.

use crate::stats::SplitMix64;

/// Cases in the order of a seed; each suite has an order of its own.
pub(super) fn shuffled(cases: &[u32], seed: u64, suite: usize) -> Vec<u32> {
    let mut order = cases.to_vec();
    // Neighbouring seeds and suites lie far apart in the generator's sequence.
    let mut random = SplitMix64::new(seed ^ (suite as u64).wrapping_mul(0xD1B5_4A32_D192_ED03));
    random.shuffle(&mut order);
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_depends_on_nothing_but_its_seed() {
        let cases: Vec<u32> = (0..100).collect();
        let order = shuffled(&cases, 7, 0);
        assert_eq!(order, shuffled(&cases, 7, 0));
        assert_ne!(order, shuffled(&cases, 8, 0));
        assert_ne!(order, shuffled(&cases, 7, 1));
        let mut sorted = order;
        sorted.sort_unstable();
        assert_eq!(sorted, cases);
    }
}
