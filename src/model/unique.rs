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
    use crate::model::evidence::Evidence;

    /// The text with the first key of the object after `at` written again after it.
    fn doubled(text: &str, at: &str) -> String {
        let begin = text.find(at).unwrap() + at.len();
        let entry = text[begin..]
            .split_inclusive(['}', ']', ','])
            .next()
            .unwrap();
        let entry = entry.trim_end_matches(['}', ']', ',']);
        assert!(entry.starts_with('"'), "{entry}");
        format!("{}{entry},{}", &text[..begin], &text[begin..])
    }

    fn refused<T: for<'de> serde::Deserialize<'de>>(text: &str) -> String {
        let error = serde_json::from_str::<T>(text).err();
        error.map_or_else(|| "read".to_owned(), |error| error.to_string())
    }

    #[test]
    fn evidence_says_nothing_twice() {
        let evidence = Evidence {
            includes: [("a.md".to_owned(), "11".to_owned())].into(),
            providers: [("openai".to_owned(), "u".to_owned())].into(),
            suites: vec![crate::model::evidence::SuiteEvidence {
                metrics: [("pass_rate".to_owned(), Some(1.0))].into(),
                ..Default::default()
            }],
            ..Default::default()
        };
        let text = serde_json::to_string(&evidence).unwrap();
        assert_eq!(serde_json::from_str::<Evidence>(&text).unwrap(), evidence);
        for at in ["\"includes\":{", "\"providers\":{", "\"metrics\":{"] {
            let why = refused::<Evidence>(&doubled(&text, at));
            assert!(why.contains("stands twice"), "{at}: {why}");
        }
        let why = refused::<Evidence>(&doubled(&text, "{"));
        assert!(why.contains("duplicate field"), "{why}");
    }

    #[test]
    fn a_trial_says_nothing_twice_at_any_depth() {
        let trial: Value = json!({
            "event": "trial", "suite": 0, "arm": 0, "case": 3, "repeat": 0, "id": "x",
            "passed": false,
        });
        let text = trial.to_string();
        for key in ["\"case\":3", "\"passed\":false", "\"id\":\"x\""] {
            let again = text.replacen(key, &format!("{key},{key}"), 1);
            let why = refused::<RunEvent>(&again);
            assert!(why.contains("duplicate field"), "{key}: {why}");
        }
    }
}
