//! A dataset: what is known of every row beforehand, and a way to the row itself. Rows stay in the file, so that a million of
//! them take little memory.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::io;
use std::sync::Arc;

use super::column::Column;
use super::interner::Interner;
use super::{Case, EvaluatorSpec};

/// All rows of a dataset.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// Path, relative to the project.
    pub path: Arc<str>,
    /// SHA-256 of its bytes, CRLF read as LF.
    pub sha256: String,
    /// What is known of every row.
    pub index: CaseIndex,
    /// The rows themselves.
    pub rows: Arc<dyn Rows>,
}

/// Where rows are read from.
pub trait Rows: Debug + Send + Sync {
    /// The row at a place, counted from 0.
    ///
    /// # Errors
    /// When the file cannot be read any more, or holds something else than when it was checked.
    fn row(&self, place: u32) -> io::Result<Case>;

    /// The first line of the row as it stands in the file, for messages; empty where that is not kept.
    ///
    /// # Errors
    /// When the file cannot be read any more.
    fn text(&self, place: u32) -> io::Result<String>;

    /// Whether the file still has this hash; asked once a run has read all it needs.
    ///
    /// # Errors
    /// When the file cannot be read any more.
    fn has_hash(&self, sha256: &str) -> io::Result<bool>;
}

impl Dataset {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The row at a place, counted from 0.
    ///
    /// # Errors
    /// When the file cannot be read any more, or was changed in the meantime.
    pub fn case(&self, place: u32) -> io::Result<Case> {
        let case = self.rows.row(place)?;
        if self.index.key(place) == Some(id_key(&case.id)) {
            return Ok(case);
        }
        Err(io::Error::other("the file was changed while it was in use"))
    }

    /// Makes sure that all rows read were those that were checked.
    ///
    /// # Errors
    /// When the file was changed in place since it was loaded, or cannot be read any more.
    pub(crate) fn require_unchanged(&self) -> io::Result<()> {
        if self.rows.has_hash(&self.sha256)? {
            return Ok(());
        }
        Err(io::Error::other("the file was changed while it was in use"))
    }

    /// Every row in order.
    pub fn cases(&self) -> impl Iterator<Item = io::Result<Case>> + '_ {
        (0..self.len() as u32).map(|place| self.case(place))
    }
}

/// A number for an id, the same wherever and whenever it is computed (FNV-1a, 64 bits).
pub(crate) fn id_key(id: &str) -> u64 {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    id.bytes().fold(BASIS, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(PRIME)
    })
}

/// What a plan has to know of an evaluator that stands in a row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OwnEvaluator {
    /// Its name.
    pub name: String,
    /// A further metric it counts in.
    pub metric: Option<String>,
    /// Whether it must pass whatever the threshold.
    pub critical: bool,
    /// Whether it has a part in what becomes of the case.
    pub counts: bool,
}

/// How many rows say themselves which score suffices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Thresholds {
    /// Any score.
    pub zero: usize,
    /// A score above 0.
    pub more: usize,
}

/// What is known of every row without reading it: some ten bytes a row.
#[derive(Clone, Debug, Default)]
pub struct CaseIndex {
    keys: Vec<u64>,
    tags: Column<u32>,
    tag_sets: Interner<Vec<String>>,
    clusters: Column<Option<u64>>,
    critical: Column<bool>,
    logged: Column<bool>,
    own: Column<u32>,
    own_sets: Interner<Vec<OwnEvaluator>>,
    thresholds: Thresholds,
}

impl CaseIndex {
    /// Adds a row.
    pub fn push(&mut self, case: &Case) {
        let own = |spec: &EvaluatorSpec| OwnEvaluator {
            name: spec.name.clone(),
            metric: spec.metric.clone(),
            critical: spec.critical,
            counts: spec.critical || spec.weight > 0.0,
        };
        let own: Vec<OwnEvaluator> = case.evaluators.iter().map(own).collect();
        self.keys.push(id_key(&case.id));
        self.tags.push(self.tag_sets.number(case.tags.as_slice()));
        self.clusters.push(case.cluster.as_deref().map(id_key));
        self.critical.push(case.critical);
        self.logged.push(case.output.is_some());
        self.own.push(self.own_sets.number(own.as_slice()));
        match case.threshold {
            None => {}
            Some(0.0) => self.thresholds.zero += 1,
            Some(_) => self.thresholds.more += 1,
        }
    }

    /// Holds the place of a row that cannot be read, so that those after it keep theirs.
    pub(crate) fn push_unreadable(&mut self) {
        self.keys.push(self.keys.len() as u64);
        self.tags.push(self.tag_sets.number::<[String]>(&[]));
        self.clusters.push(None);
        self.critical.push(false);
        self.logged.push(false);
        self.own.push(self.own_sets.number::<[OwnEvaluator]>(&[]));
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The number of a row's id.
    pub fn key(&self, place: u32) -> Option<u64> {
        self.keys.get(place as usize).copied()
    }

    /// Rows whose id is the same as that of an earlier row, each with that row: places, to be compared in full.
    pub(crate) fn same_keys(&self) -> Vec<(u32, u32)> {
        let mut order: Vec<u32> = (0..self.keys.len() as u32).collect();
        order.sort_unstable_by_key(|place| (self.key(*place), *place));
        let groups = order.chunk_by(|a, b| self.key(*a) == self.key(*b));
        let later = |group: &[u32]| -> Vec<(u32, u32)> {
            let first = group.first().copied().unwrap_or_default();
            group.iter().skip(1).map(|place| (first, *place)).collect()
        };
        let mut same: Vec<(u32, u32)> = groups
            .filter(|group| group.len() > 1)
            .flat_map(later)
            .collect();
        same.sort_unstable_by_key(|(_, place)| *place);
        same
    }

    /// A row's labels.
    pub fn tags(&self, place: u32) -> &[String] {
        let number = self.tags.get(place as usize);
        let set = number.and_then(|number| self.tag_sets.get(number));
        set.map_or(&[], Vec::as_slice)
    }

    /// Every label of the dataset.
    pub(crate) fn all_tags(&self) -> BTreeSet<&str> {
        let sets = self.tag_sets.values().iter().flatten();
        sets.map(String::as_str).collect()
    }

    /// The number of a row's cluster.
    pub fn cluster(&self, place: u32) -> Option<u64> {
        self.clusters.get(place as usize).flatten()
    }

    /// Whether failing the row blocks by itself.
    pub(crate) fn is_critical(&self, place: u32) -> bool {
        self.critical.get(place as usize).unwrap_or_default()
    }

    /// How many rows say themselves which score suffices.
    pub fn thresholds(&self) -> Thresholds {
        self.thresholds
    }

    /// Whether any row is critical.
    pub(crate) fn any_critical(&self) -> bool {
        self.critical.has(true)
    }

    /// Whether the row carries a logged answer.
    pub fn is_logged(&self, place: u32) -> bool {
        self.logged.get(place as usize).unwrap_or_default()
    }

    /// Whether every row carries a logged answer.
    pub(crate) fn all_logged(&self) -> bool {
        !self.logged.has(false)
    }

    /// The first row with a logged answer.
    pub(crate) fn first_logged(&self) -> Option<u32> {
        let mut places = 0..self.keys.len() as u32;
        if self.logged.has(true) {
            places.find(|place| self.is_logged(*place))
        } else {
            None
        }
    }

    /// The evaluators that stand in a row.
    pub fn own(&self, place: u32) -> &[OwnEvaluator] {
        let number = self.own.get(place as usize);
        let set = number.and_then(|number| self.own_sets.get(number));
        set.map_or(&[], Vec::as_slice)
    }

    /// Whether any row has evaluators of its own.
    pub(crate) fn any_own(&self) -> bool {
        self.all_own().next().is_some()
    }

    /// The evaluators that stand in any row, most of them once.
    pub(crate) fn all_own(&self) -> impl Iterator<Item = &OwnEvaluator> {
        self.own_sets.values().iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test vectors of the algorithm's authors: shards and journals rely on these numbers.
    #[test]
    fn keys_of_ids_are_fnv_1a() {
        assert_eq!(id_key(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(id_key("a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(id_key("foobar"), 0x8594_4171_f739_67e8);
    }
}
