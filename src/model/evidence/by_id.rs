//! Rows by the ids of their cases: a map in files, a table in memory. A map of a hundred thousand cases would take five times as much.

use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use super::Ids;

/// What keeps the rows of a table.
pub trait Rows: Default {
    /// One row.
    type Row;

    /// Adds a row.
    fn push(&mut self, row: &Self::Row);

    /// The row at a place.
    fn get(&self, place: usize) -> Option<Self::Row>;
}

/// Rows in the order of their cases' ids.
#[derive(Clone, Debug, Default)]
pub struct ById<R> {
    ids: Ids,
    rows: R,
}

impl<R: Rows> ById<R> {
    /// Rows that stand in the order of these ids.
    pub fn new(ids: Ids, rows: R) -> Self {
        Self { ids, rows }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The ids, in order.
    pub fn ids(&self) -> &Ids {
        &self.ids
    }

    /// The rows, in the order of ids.
    pub fn rows(&self) -> &R {
        &self.rows
    }

    /// The row of a case.
    pub fn get(&self, id: &str) -> Option<R::Row> {
        self.rows.get(self.ids.place(id)?)
    }

    /// Every case with its row, in the order of ids.
    pub fn iter(&self) -> impl Iterator<Item = (&str, R::Row)> {
        let rows = (0..self.len()).map_while(|place| self.rows.get(place));
        self.ids.iter().zip(rows)
    }

    fn push(&mut self, id: &str, row: &R::Row) {
        self.ids.push(id);
        self.rows.push(row);
    }

    /// The same in the order of ids; of a case that is there twice, the last row.
    fn sorted(self) -> Self {
        match self.ids.order() {
            None => self,
            Some(places) => self.at(&places),
        }
    }

    fn at(self, places: &[usize]) -> Self {
        let mut rows = R::default();
        let found = places.iter().filter_map(|place| self.rows.get(*place));
        found.for_each(|row| rows.push(&row));
        Self::new(self.ids.at(places), rows)
    }
}

impl<I: AsRef<str>, R: Rows> FromIterator<(I, R::Row)> for ById<R> {
    fn from_iter<T: IntoIterator<Item = (I, R::Row)>>(from: T) -> Self {
        let mut table = Self::default();
        for (id, row) in from {
            table.push(id.as_ref(), &row);
        }
        table.sorted()
    }
}

impl<R: Rows<Row: PartialEq>> PartialEq for ById<R> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<R: Rows<Row: Serialize>> Serialize for ById<R> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.iter())
    }
}

impl<'de, R: Rows<Row: Deserialize<'de>>> Deserialize<'de> for ById<R> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Map(PhantomData))
    }
}

/// Reads a map row by row.
struct Map<R>(PhantomData<R>);

impl<'de, R: Rows<Row: Deserialize<'de>>> Visitor<'de> for Map<R> {
    type Value = ById<R>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut table = ById::default();
        while let Some((id, row)) = map.next_entry::<String, R::Row>()? {
            table.push(&id, &row);
        }
        match table.ids.order() {
            None => Ok(table),
            Some(places) if places.len() < table.len() => {
                let mut seen = BTreeSet::new();
                let twice = table.ids.iter().find(|id| !seen.insert(*id));
                let twice = twice.unwrap_or_default();
                Err(A::Error::custom(format!("the key `{twice}` stands twice")))
            }
            Some(places) => Ok(table.at(&places)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::evidence::{Answers, CaseEvidence, CaseRows};

    #[test]
    fn cases_come_back_as_they_were_read_in_the_order_of_ids() {
        let whole = concat!(
            r#"{"row":1,"order":0,"tags":["faq","de"],"cluster":"doc-7","critical":true,"trials":["#,
            r#"{"outcome":"+-.","score":0.30000000000000004,"scores":{"a":0.1,"b":0.7},"uncritical":["b"],"#,
            r#""from":[0,2],"latency_ms":12.5,"tokens":[11,7],"cost_usd":1e-7,"judge_cost_usd":0.25,"refused":true,"#,
            r#""fallback":"openai/gpt-6-luna"},{"outcome":"","score":null}],"baseline_pool":[{"outcome":"--","score":0.0}]}"#
        );
        let plain =
            r#"{"row":0,"order":1,"trials":[{"outcome":"+","score":1.0,"scores":{"a":0.9}}]}"#;
        let text = format!(r#"{{"z":{plain},"a":{whole}}}"#);
        let table: ById<CaseRows> = serde_json::from_str(&text).unwrap();
        let sorted = format!(r#"{{"a":{whole},"z":{plain}}}"#);
        assert_eq!(serde_json::to_string(&table).unwrap(), sorted);
        let case: CaseEvidence = serde_json::from_str(plain).unwrap();
        assert_eq!(table.get("z"), Some(case));
        assert_eq!(table.get("b"), None);
        assert_eq!(table, serde_json::from_str(&sorted).unwrap());
        let twice = format!(r#"{{"z":{plain},"a":{plain},"a":{whole}}}"#);
        let error = serde_json::from_str::<ById<CaseRows>>(&twice).unwrap_err();
        assert!(
            error.to_string().contains("the key `a` stands twice"),
            "{error}"
        );
    }

    #[test]
    fn lists_keep_their_lengths() {
        let text = r#"{"a":[],"b":[{"outcome":"+","score":1.0},{"outcome":"-","score":0.0}]}"#;
        let table: ById<Answers> = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&table).unwrap(), text);
        let lists = table.rows();
        assert_eq!([0, 1, 2].map(|place| lists.count(place)), [0, 2, 0]);
        let last = lists.one(1, 1).map(|answer| answer.outcome);
        assert_eq!((last.as_deref(), lists.one(1, 2)), (Some("-"), None));
    }
}
