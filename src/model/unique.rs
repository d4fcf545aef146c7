//! Maps out of JSON that this program wrote: a key that stands twice says two things, and the last of them must not win.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

/// Reads a map; for `deserialize_with`. Structs refuse a field that stands twice by themselves.
///
/// # Errors
/// When a key stands twice, or a value is none.
pub fn unique<'de, V, D>(from: D) -> Result<BTreeMap<String, V>, D::Error>
where
    V: Deserialize<'de>,
    D: Deserializer<'de>,
{
    from.deserialize_map(Unique(PhantomData))
}

struct Unique<V>(PhantomData<V>);

impl<'de, V: Deserialize<'de>> Visitor<'de> for Unique<V> {
    type Value = BTreeMap<String, V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Self::Value, A::Error> {
        let mut map = BTreeMap::new();
        while let Some((key, value)) = from.next_entry::<String, V>()? {
            // Written in order, so that each belongs at the end.
            if map.contains_key(&key) {
                return Err(A::Error::custom(format!("the key `{key}` stands twice")));
            }
            map.insert(key, value);
        }
        Ok(map)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::model::RunEvent;
    use crate::model::event::PoolFrom;
    use crate::model::evidence::HistoryEvidence;

    fn refused<T: for<'de> serde::Deserialize<'de>>(text: &str) -> String {
        let error = serde_json::from_str::<T>(text).err();
        error.map_or_else(|| "read".to_owned(), |error| error.to_string())
    }

    #[test]
    fn maps_of_journals_and_evidence_say_nothing_twice() {
        let history = r#"{"runs": [], "cases": {"a": [], "a": []}}"#;
        let pool = r#"{"models": [], "runs": [], "judge_models": {"kind": [], "kind": []}}"#;
        for why in [
            refused::<HistoryEvidence>(history),
            refused::<PoolFrom>(pool),
        ] {
            assert!(why.contains("stands twice"), "{why}");
        }
        let other = history.replacen("\"a\"", "\"b\"", 1);
        let read: HistoryEvidence = serde_json::from_str(&other).unwrap();
        assert_eq!(read.cases.len(), 2);
    }

    #[test]
    fn a_trial_says_nothing_twice_at_any_depth() {
        let trial: Value = json!({
            "type": "trial", "suite": 0, "arm": 0, "case": 3, "repeat": 0, "id": "x", "order": 3, "passed": false,
            "score": 1.0, "output": "ok", "scores": [], "spend": {"calls": 0, "saved": 0, "paid_usd": 0.0},
        });
        let text = trial.to_string();
        assert_eq!(refused::<RunEvent>(&text), "read");
        for key in [
            "\"case\":3",
            "\"passed\":false",
            "\"id\":\"x\"",
            "\"calls\":0",
        ] {
            let again = text.replacen(key, &format!("{key},{key}"), 1);
            let why = refused::<RunEvent>(&again);
            assert!(why.contains("duplicate field"), "{key}: {why}");
        }
    }
}
