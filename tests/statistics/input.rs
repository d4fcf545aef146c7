//! Typed access to the arguments of a reference case.

use std::collections::BTreeSet;
use std::error::Error;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// The `input` object of one case.
pub(crate) struct Input(pub(crate) Map<String, Value>);

impl Input {
    /// The argument `name`; an absent one reads as null, so it suits an `Option`.
    pub(crate) fn get<T: DeserializeOwned>(&self, name: &str) -> Result<T, Box<dyn Error>> {
        let value = self.0.get(name).unwrap_or(&Value::Null);
        T::deserialize(value).map_err(|e| format!("argument {name}: {e}").into())
    }

    /// The argument `name` as a count; 3 and 3.0 are the same.
    pub(crate) fn count(&self, name: &str) -> Result<u64, Box<dyn Error>> {
        whole(self.get(name)?)
    }

    /// The argument `name` as a list of counts.
    pub(crate) fn counts(&self, name: &str) -> Result<Vec<u64>, Box<dyn Error>> {
        self.get::<Vec<f64>>(name)?.into_iter().map(whole).collect()
    }

    /// The lists `names` as ranks among all their values: equal values get equal ranks, in sorted order.
    pub(crate) fn ranks<const N: usize>(
        &self,
        names: [&str; N],
    ) -> Result<[Vec<usize>; N], Box<dyn Error>> {
        let mut lists: [Vec<Label>; N] = std::array::from_fn(|_| Vec::new());
        for (list, name) in lists.iter_mut().zip(names) {
            *list = self.get::<Vec<Value>>(name)?.iter().map(label).collect();
        }
        let all: BTreeSet<Label> = lists.iter().flatten().cloned().collect();
        Ok(lists.map(|list| list.iter().map(|item| all.range(..item).count()).collect()))
    }
}

/// A category: a number by its order, or anything else by its text.
type Label = (u64, String);

fn label(value: &Value) -> Label {
    match value.as_f64() {
        Some(number) => (ordered_bits(number), String::new()),
        None => (u64::MAX, value.to_string()),
    }
}

/// Bits whose order as integers is the order of the numbers.
fn ordered_bits(number: f64) -> u64 {
    let bits = (number + 0.0).to_bits();
    if bits >> 63 == 1 {
        !bits
    } else {
        bits | 1 << 63
    }
}

fn whole(number: f64) -> Result<u64, Box<dyn Error>> {
    if number >= 0.0 && number.fract().abs() < f64::EPSILON {
        Ok(number as u64)
    } else {
        Err(format!("{number} is not a count").into())
    }
}
