//! What a run was asked to do: its flags as they stand in the journal, so that a resumed run does the same.

use serde::{Deserialize, Serialize};

/// Filters and overrides of a run, as they were written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// `--candidate`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<String>,
    /// `--baseline`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<String>,
    /// `--tag`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// `--case`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<String>,
    /// `--limit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// `--repeats`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeats: Option<u32>,
    /// Whether `--baseline-run` was given.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub against_stored: bool,
    /// `--no-escalate`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_escalate: bool,
    /// `--changed-since`: a run of what a change affects, which may be nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_since: Option<String>,
    /// `--model`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<String>,
}

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
