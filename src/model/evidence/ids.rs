//! The ids of many cases: one text, in the order of ids.

use crate::model::offsets::Offsets;

/// Ids in ascending order, each once.
#[derive(Clone, Debug, Default)]
pub struct Ids {
    text: String,
    ends: Offsets,
}

impl Ids {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The id at a place.
    pub fn get(&self, place: usize) -> Option<&str> {
        let begin = match place {
            0 => 0,
            _ => self.ends.get(place - 1)?,
        };
        self.text
            .get(begin as usize..self.ends.get(place)? as usize)
    }

    /// The place of an id.
    pub fn place(&self, id: &str) -> Option<usize> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.get(middle)? < id {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        (self.get(low)? == id).then_some(low)
    }

    /// Whether it is one of them.
    pub fn contains(&self, id: &str) -> bool {
        self.place(id).is_some()
    }

    /// Every id, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map_while(|place| self.get(place))
    }

    /// Adds one at the end, wherever it belongs; [`Ids::order`] says where.
    pub(super) fn push(&mut self, id: &str) {
        self.text.push_str(id);
        self.ends.push(self.text.len() as u64);
    }

    /// The places in ascending order of ids, of an id that is there twice the last one; `None` where they stand in it already.
    pub(super) fn order(&self) -> Option<Vec<usize>> {
        if self.iter().is_sorted_by(|a, b| a < b) {
            return None;
        }
        let mut places: Vec<usize> = (0..self.len()).collect();
        places.sort_by_key(|place| self.get(*place));
        places.dedup_by(|later, kept| {
            let same = self.get(*later) == self.get(*kept);
            if same {
                *kept = *later;
            }
            same
        });
        Some(places)
    }

    /// The ids at these places.
    pub(super) fn at(&self, places: &[usize]) -> Self {
        let mut ids = Self::default();
        let found = places.iter().filter_map(|place| self.get(*place));
        found.for_each(|id| ids.push(id));
        ids
    }
}

impl<I: AsRef<str>> FromIterator<I> for Ids {
    fn from_iter<T: IntoIterator<Item = I>>(from: T) -> Self {
        let mut ids = Self::default();
        from.into_iter().for_each(|id| ids.push(id.as_ref()));
        match ids.order() {
            Some(places) => ids.at(&places),
            None => ids,
        }
    }
}

impl PartialEq for Ids {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_in_whatever_order_they_came() {
        let ids: Ids = ["b", "", "a", "ä", "b", "aa"].into_iter().collect();
        let all: Vec<&str> = ids.iter().collect();
        assert_eq!(all, ["", "a", "aa", "b", "ä"]);
        let places: Vec<_> = all.iter().map(|id| ids.place(id)).collect();
        assert_eq!(places, [0, 1, 2, 3, 4].map(Some));
        assert!(!ids.contains("ab") && !ids.contains("z") && ids.contains(""));
        assert!(Ids::default().place("a").is_none());
    }
}
