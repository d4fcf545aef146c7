//! The order in which cases are asked: shuffled by a recorded seed, so that a prefix of it is a random sample.

/// Cases in the order of a seed; each suite has an order of its own.
pub(super) fn shuffled(cases: &[u32], seed: u64, suite: usize) -> Vec<u32> {
    let mut order = cases.to_vec();
    let mut state = seed ^ (suite as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    // Fisher and Yates, from the back.
    for at in (1..order.len()).rev() {
        let pick = below(&mut state, at as u64 + 1) as usize;
        order.swap(at, pick);
    }
    order
}

/// A number below `bound`; the bias of the high product is below 2^-32 for any dataset.
fn below(state: &mut u64, bound: u64) -> u64 {
    ((u128::from(next(state)) * u128::from(bound)) >> 64) as u64
}

/// `SplitMix64` (Steele, Lea and Flood 2014): small, fast, and the same on every platform for ever.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
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
