//! Places in a file, four bytes each: they grow from row to row, so that the distance to a near one is enough.

use std::collections::BTreeMap;

/// Rows whose places are kept relative to that of the first of them.
const BLOCK: usize = 1024;

/// Stands for a place that is too far from its block's, and kept apart.
const FAR: u32 = u32::MAX;

/// Places by row, in bytes from the file's beginning.
#[derive(Clone, Debug, Default)]
pub struct Offsets {
    bases: Vec<u64>,
    near: Vec<u32>,
    far: BTreeMap<usize, u64>,
}

impl Offsets {
    /// Room for about so many rows.
    pub fn with_capacity(rows: usize) -> Self {
        Self {
            near: Vec::with_capacity(rows),
            ..Self::default()
        }
    }

    /// Adds a row.
    pub fn push(&mut self, offset: u64) {
        let row = self.near.len();
        if row.is_multiple_of(BLOCK) {
            self.bases.push(offset);
        }
        let base = self.bases.last().copied().unwrap_or_default();
        let near = offset
            .checked_sub(base)
            .and_then(|near| u32::try_from(near).ok());
        let near = near.unwrap_or(FAR);
        self.near.push(near);
        if near == FAR {
            self.far.insert(row, offset);
        }
    }

    /// A row's place; `None` beyond the last row.
    pub fn get(&self, row: usize) -> Option<u64> {
        match *self.near.get(row)? {
            FAR => self.far.get(&row).copied(),
            near => Some(self.bases.get(row / BLOCK)? + u64::from(near)),
        }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.near.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.near.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_place_is_given_back_near_or_far_or_before_the_last() {
        let mut offsets = Offsets::default();
        let mut places: Vec<u64> = (0..3000).map(|row| row * 500).collect();
        places.extend([7_000_000_000, 3, u64::MAX, u64::from(u32::MAX) + 1_000_000]);
        for place in &places {
            offsets.push(*place);
        }
        let back: Vec<u64> = (0..offsets.len())
            .filter_map(|row| offsets.get(row))
            .collect();
        assert_eq!(back, places);
        assert_eq!(offsets.get(places.len()), None);
    }
}
