//! The cases of a suite in short: ids in one text, labels and clusters by number.

use crate::model::column::Column;
use crate::model::interner::Interner;

/// What reports need to know of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaseInfo<'a> {
    /// Place in the dataset.
    pub index: u32,
    /// Place in the seeded order.
    pub order: u32,
    /// Its id.
    pub id: &'a str,
    /// Its labels.
    pub tags: &'a [String],
    /// Its cluster.
    pub cluster: Option<&'a str>,
    /// Whether it is critical.
    pub critical: bool,
}

/// Ids in a block.
const BLOCK: usize = 4096;

/// Stands for "not seen" in the map from places in the dataset to rows.
const NONE: u32 = u32::MAX;

/// Cases that any arm finished, in the dataset's order.
#[derive(Clone, Debug, Default)]
pub struct CaseTable {
    /// Row of each place in the dataset, while cases arrive; then row of each case, in the dataset's order.
    rows: Vec<u32>,
    /// How many places of the dataset before a case are not here: nothing to keep where all are.
    missing: Column<u32>,
    /// Ids in blocks: one long text would be copied each time it grows.
    ids: Vec<String>,
    /// Where each id ends in its block.
    ends: Vec<u32>,
    /// How far a case's place in the seeded order lies from its row: nothing to keep where cases arrive in that order.
    order: Column<u32>,
    tags: Column<u32>,
    tag_sets: Interner<Vec<String>>,
    cluster: Column<Option<u32>>,
    clusters: Interner<String>,
    critical: Column<bool>,
}

impl CaseTable {
    /// A table for about so many cases: growing step by step would take twice the memory for a moment.
    pub fn with_capacity(cases: usize) -> Self {
        Self {
            rows: Vec::with_capacity(cases),
            ends: Vec::with_capacity(cases),
            ..Self::default()
        }
    }

    /// Adds a case unless it is there.
    pub fn insert(&mut self, info: &CaseInfo<'_>) {
        let place = info.index as usize;
        if self.rows.len() <= place {
            self.rows.resize(place + 1, NONE);
        }
        let row = self.ends.len() as u32;
        match self.rows.get_mut(place) {
            Some(known) if *known == NONE => *known = row,
            _ => return,
        }
        if (row as usize).is_multiple_of(BLOCK) {
            self.ids.push(String::new());
        }
        if let Some(block) = self.ids.last_mut() {
            block.push_str(info.id);
            self.ends
                .push(u32::try_from(block.len()).unwrap_or(u32::MAX));
        }
        self.order.push(info.order.wrapping_sub(row));
        self.tags.push(self.tag_sets.number(info.tags));
        let cluster = info.cluster.map(|name| self.clusters.number(name));
        self.cluster.push(cluster);
        self.critical.push(info.critical);
    }

    /// Puts the cases into the dataset's order; nothing is added afterwards.
    pub fn sort(&mut self) {
        let mut missing = 0;
        for row in &self.rows {
            if *row == NONE {
                missing += 1;
            } else {
                self.missing.push(missing);
            }
        }
        self.rows.retain(|row| *row != NONE);
    }

    /// Place in this table of a case by its place in the dataset.
    pub fn position(&self, index: u32) -> Option<u32> {
        // Whole datasets are the rule: then both places are the same.
        if self.index(index as usize) == Some(index) {
            return Some(index);
        }
        let (mut low, mut high) = (0, self.rows.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.index(middle)? < index {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        (self.index(low)? == index).then_some(low as u32)
    }

    /// Place in the dataset of a case by its place in this table.
    fn index(&self, place: usize) -> Option<u32> {
        Some(place as u32 + self.missing.get(place)?)
    }

    /// How many cases there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// A case by its place in this table.
    pub fn get(&self, place: usize) -> Option<CaseInfo<'_>> {
        let number = *self.rows.get(place)?;
        let row = number as usize;
        let tags = self
            .tags
            .get(row)
            .and_then(|number| self.tag_sets.get(number));
        let cluster = self.cluster.get(row).flatten();
        Some(CaseInfo {
            index: self.index(place)?,
            order: self.order.get(row)?.wrapping_add(number),
            id: self.id(row)?,
            tags: tags.map_or(&[], Vec::as_slice),
            cluster: cluster
                .and_then(|number| self.clusters.get(number))
                .map(String::as_str),
            critical: self.critical.get(row).unwrap_or_default(),
        })
    }

    fn id(&self, row: usize) -> Option<&str> {
        let begin = if row.is_multiple_of(BLOCK) {
            0
        } else {
            *self.ends.get(row - 1)? as usize
        };
        let end = *self.ends.get(row)? as usize;
        self.ids.get(row / BLOCK)?.get(begin..end)
    }

    /// Every case, in the dataset's order.
    pub fn iter(&self) -> impl Iterator<Item = CaseInfo<'_>> + Clone {
        (0..self.len()).filter_map(|place| self.get(place))
    }

    /// Every label that a case has, sorted.
    pub fn tags(&self) -> Vec<&str> {
        let sets = self.tag_sets.values().iter().flatten();
        let names: std::collections::BTreeSet<&str> = sets.map(String::as_str).collect();
        names.into_iter().collect()
    }
}

/// The same cases, whatever order they came in.
impl PartialEq for CaseTable {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_come_out_in_the_datasets_order_however_they_came_in() {
        let tags = ["a".to_owned()];
        let info = |index, id| CaseInfo {
            index,
            order: 9 - index,
            id,
            tags: &tags,
            cluster: (index == 5).then_some("doc"),
            critical: index == 2,
        };
        let table = |infos: &[CaseInfo<'_>]| {
            let mut table = CaseTable::default();
            for info in infos {
                table.insert(info);
            }
            table.sort();
            table
        };
        let (two, five) = (info(2, "zwei"), info(5, "fünf"));
        let cases = table(&[five, two, two]);
        assert_eq!(cases, table(&[two, five]));
        assert_eq!(cases.iter().collect::<Vec<_>>(), [two, five]);
        assert_eq!((cases.position(5), cases.position(3)), (Some(1), None));
        assert_eq!(cases.tags(), ["a"]);
    }
}
