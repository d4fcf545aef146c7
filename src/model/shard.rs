//! One part of a run that is spread over several machines: which cases it holds.

use serde::{Deserialize, Serialize};

/// One part of a run that is spread over several machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// Which part, counted from 1.
    pub index: u32,
    /// Of how many.
    pub count: u32,
}

impl Shard {
    /// Whether a case belongs to this part. It depends on the case's id alone, so that a new case moves no other.
    pub fn holds(self, id_key: u64) -> bool {
        // The key's low bits alone would follow the last letters of the ids (finalizer of MurmurHash3, by Appleby).
        let mut mixed = id_key;
        mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        mixed ^= mixed >> 33;
        mixed % u64::from(self.count.max(1)) + 1 == u64::from(self.index)
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::dataset::id_key;

    #[test]
    fn every_case_is_in_one_shard_and_shards_are_about_even() {
        for count in [1, 2, 3, 7, 16] {
            let mut sizes = vec![0_u32; count as usize];
            for case in 0..4000 {
                let key = id_key(&format!("case-{case}"));
                let shards = (1..=count).filter(|index| {
                    Shard {
                        index: *index,
                        count,
                    }
                    .holds(key)
                });
                let shards: Vec<u32> = shards.collect();
                assert_eq!(shards.len(), 1);
                sizes[shards[0] as usize - 1] += 1;
            }
            let even = 4000 / count;
            assert!(
                sizes.iter().all(|size| size.abs_diff(even) < even / 4 + 1),
                "{sizes:?}"
            );
        }
    }
}
