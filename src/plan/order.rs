//! The order in which cases are asked: shuffled by a recorded seed, so that a prefix of it is a random sample.

use std::collections::HashMap;

use crate::stats::SplitMix64;

/// Cases in the order of a seed; each suite has an order of its own.
pub(super) fn shuffled(cases: &[u32], seed: u64, suite: usize) -> Vec<u32> {
    let mut order = cases.to_vec();
    // Neighbouring seeds and suites lie far apart in the generator's sequence.
    let mut random = SplitMix64::new(seed ^ (suite as u64).wrapping_mul(0xD1B5_4A32_D192_ED03));
    random.shuffle(&mut order);
    order
}

/// The same order with the cases of a cluster one after another. A cluster stands where its first case of the dataset stands in
/// the order: where any of its cases came first would be earlier for a large one, and the prefix no random sample of clusters.
pub(super) fn together(
    order: Vec<u32>,
    cases: &[u32],
    cluster: impl Fn(u32) -> Option<u64>,
) -> Vec<u32> {
    let mut firsts: HashMap<u64, u32> = HashMap::new();
    for place in cases {
        if let Some(number) = cluster(*place) {
            firsts.entry(number).or_insert(*place);
        }
    }
    if firsts.is_empty() {
        return order;
    }
    let is_first = |place: u32, number| firsts.get(&number) == Some(&place);
    let mut others: HashMap<u64, Vec<u32>> = HashMap::new();
    for place in &order {
        if let Some(number) = cluster(*place).filter(|number| !is_first(*place, *number)) {
            others.entry(number).or_default().push(*place);
        }
    }
    let mut together = Vec::with_capacity(order.len());
    for place in order {
        match cluster(place) {
            None => together.push(place),
            Some(number) if is_first(place, number) => {
                together.push(place);
                together.extend(others.remove(&number).into_iter().flatten());
            }
            Some(_) => {}
        }
    }
    together
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_are_asked_whole_and_large_ones_no_earlier() {
        // One cluster of 50 and fifty of 1: each stands first equally often, within what chance does.
        let cases: Vec<u32> = (0..100).collect();
        let cluster = |place: u32| Some(u64::from(place.max(49)));
        let mut large_first = 0;
        for seed in 0..2_000 {
            let order = together(shuffled(&cases, seed, 0), &cases, cluster);
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, cases);
            let runs = order.chunk_by(|a, b| cluster(*a) == cluster(*b)).count();
            assert_eq!(runs, 51);
            large_first += u32::from(order[0] < 50);
        }
        assert!((15..=75).contains(&large_first), "{large_first}");
    }

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
