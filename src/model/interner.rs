//! Gives equal values one number, so that a table holds four bytes in place of each.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

/// Beyond so many different values a new one is not looked up again: values that hardly repeat (scores with many digits) would
/// only fill the map.
const REMEMBERED: usize = 1 << 14;

/// Values by number, in order of first appearance.
#[derive(Clone, Debug)]
pub struct Interner<T> {
    values: Vec<T>,
    numbers: HashMap<T, u32>,
    remembered: usize,
}

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Self {
            values: Vec::new(),
            numbers: HashMap::new(),
            remembered: REMEMBERED,
        }
    }
}

impl<T: Clone + Eq + Hash> Interner<T> {
    /// An interner that gives equal values one number however many there are.
    pub fn exact() -> Self {
        Self {
            remembered: usize::MAX,
            ..Self::default()
        }
    }

    /// The number of a value.
    pub fn number<Q>(&mut self, value: &Q) -> u32
    where
        T: Borrow<Q>,
        Q: ?Sized + Eq + Hash + ToOwned<Owned = T>,
    {
        if let Some(number) = self.numbers.get(value) {
            return *number;
        }
        let number = self.values.len() as u32;
        self.values.push(value.to_owned());
        if self.numbers.len() < self.remembered {
            self.numbers.insert(value.to_owned(), number);
        }
        number
    }

    /// The value of a number.
    pub fn get(&self, number: u32) -> Option<&T> {
        self.values.get(number as usize)
    }

    /// The number of a value that is there already (and was remembered).
    pub fn find<Q>(&self, value: &Q) -> Option<u32>
    where
        T: Borrow<Q>,
        Q: ?Sized + Eq + Hash,
    {
        self.numbers.get(value).copied()
    }

    /// Changes every value in place; nothing is added afterwards, since values are no longer looked up.
    pub fn map(&mut self, change: impl FnMut(&mut T)) {
        self.numbers = HashMap::new();
        self.values.iter_mut().for_each(change);
    }

    /// All values, by number.
    pub fn values(&self) -> &[T] {
        &self.values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_share_a_number_and_numbers_lead_back() {
        let mut names: Interner<String> = Interner::exact();
        let numbers: Vec<u32> = ["a", "b", "a"]
            .iter()
            .map(|name| names.number(*name))
            .collect();
        assert_eq!(numbers, [0, 1, 0]);
        assert_eq!(names.get(1).map(String::as_str), Some("b"));
        assert_eq!((names.find("a"), names.find("c")), (Some(0), None));
    }

    #[test]
    fn values_that_never_repeat_do_not_fill_the_map() {
        let mut scores: Interner<u32> = Interner::default();
        for value in 0..2 * REMEMBERED as u32 {
            assert_eq!(scores.number(&value), value);
        }
        assert_eq!(scores.numbers.len(), REMEMBERED);
        assert_eq!(
            scores.get(2 * REMEMBERED as u32 - 1),
            Some(&(2 * REMEMBERED as u32 - 1))
        );
    }
}
