//! JSON out of users' files: a key that is there twice in one object is an error, and where keys stand can be told.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Number, Value};

/// Most values that one row may hold: each takes some hundred bytes of memory, however few it takes in the file.
const MAX_VALUES: usize = 1_000_000;

/// Reads a JSON value.
///
/// # Errors
/// When the text is no JSON, an object has a key twice, or there are more than a million values.
pub(crate) fn parse_json(text: &[u8]) -> serde_json::Result<Value> {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let value = strict_value(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// Reads a value, as [`parse_json`] does; for `deserialize_with`.
///
/// # Errors
/// As those of [`parse_json`].
pub(crate) fn strict_value<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
    Strict(&Cell::new(0)).deserialize(deserializer)
}

/// Reads an object, as [`parse_json`] does; for `deserialize_with`.
///
/// # Errors
/// As those of [`parse_json`], and when it is no object.
pub(crate) fn strict_object<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Map<String, Value>, D::Error> {
    match strict_value(deserializer)? {
        Value::Object(map) => Ok(map),
        _ => Err(D::Error::custom("this is no object")),
    }
}

/// Reads values, and counts them.
struct Strict<'c>(&'c Cell<usize>);

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let count = self.0.get() + 1;
        if count > MAX_VALUES {
            return Err(D::Error::custom("it holds more than a million values"));
        }
        self.0.set(count);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(Strict(self.0))? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            match object.entry(key) {
                Entry::Vacant(free) => {
                    free.insert(map.next_value_seed(Strict(self.0))?);
                }
                Entry::Occupied(taken) => {
                    let message = format!("the key `{}` is there twice", taken.key());
                    return Err(A::Error::custom(message));
                }
            }
        }
        Ok(Value::Object(object))
    }
}

/// Where a key of an object stands, in characters counted from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeyPlace {
    /// Column of the key's opening quote.
    pub column: usize,
    /// Characters of the key, its quotes included.
    pub length: usize,
    /// Column of the value.
    pub value: usize,
}

/// A key that is there twice in one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TwiceInJson {
    /// The key.
    pub key: String,
    /// Where it stands first.
    pub first: KeyPlace,
    /// Where it stands again.
    pub again: KeyPlace,
}

/// Where the keys of a text's outermost object stand, in the order in which they do; and the first key that is there twice in an object
/// of any depth. The text is JSON up to there.
pub(crate) fn json_keys(text: &str) -> (Vec<KeyPlace>, Option<TwiceInJson>) {
    let mut scan = Scan {
        characters: text.char_indices().peekable(),
        text,
        column: 0,
    };
    let mut own = Vec::new();
    // What is open: the keys of an object, nothing for a list.
    let mut open: Vec<Option<Keys<'_>>> = Vec::new();
    let mut awaits_key = false;
    while let Some((at, c)) = scan.next() {
        match c {
            '{' => {
                open.push(Some(HashMap::new()));
                awaits_key = true;
            }
            '[' => {
                open.push(None);
                awaits_key = false;
            }
            '}' | ']' => {
                open.pop();
                awaits_key = false;
            }
            ',' => awaits_key = matches!(open.last(), Some(Some(_))),
            '"' if awaits_key => {
                awaits_key = false;
                let depth = open.len();
                let (key, place) = scan.key(at);
                if depth == 1 {
                    own.push(place);
                }
                let keys = open.last_mut().and_then(Option::as_mut);
                if let Some(first) = keys.and_then(|keys| keys.insert(key.clone(), place)) {
                    let twice = TwiceInJson {
                        key: key.into_owned(),
                        first,
                        again: place,
                    };
                    return (own, Some(twice));
                }
            }
            '"' => {
                scan.string(at);
            }
            _ => {}
        }
    }
    (own, None)
}

/// The keys of an object so far.
type Keys<'t> = HashMap<Cow<'t, str>, KeyPlace>;

/// Goes through a text and counts columns.
struct Scan<'t> {
    characters: std::iter::Peekable<std::str::CharIndices<'t>>,
    text: &'t str,
    column: usize,
}

impl<'t> Scan<'t> {
    fn next(&mut self) -> Option<(usize, char)> {
        let next = self.characters.next()?;
        self.column += 1;
        Some(next)
    }

    /// The string that opens at a byte, its quotes included; what is open to the end of the text ends there.
    fn string(&mut self, from: usize) -> &'t str {
        while let Some((at, c)) = self.next() {
            match c {
                '"' => return self.text.get(from..=at).unwrap_or_default(),
                '\\' => {
                    self.next();
                }
                _ => {}
            }
        }
        self.text.get(from..).unwrap_or_default()
    }

    /// The key that opens at a byte, and its place.
    fn key(&mut self, from: usize) -> (Cow<'t, str>, KeyPlace) {
        let column = self.column;
        let written = self.string(from);
        let length = self.column + 1 - column;
        let is_gap = |c: &(usize, char)| c.1 == ':' || c.1.is_ascii_whitespace();
        while self.characters.next_if(is_gap).is_some() {
            self.column += 1;
        }
        let inner = written.get(1..written.len().saturating_sub(1));
        let inner = inner.unwrap_or_default();
        let key = if inner.contains('\\') {
            serde_json::from_str(written).map_or(Cow::Borrowed(inner), Cow::Owned)
        } else {
            Cow::Borrowed(inner)
        };
        let place = KeyPlace {
            column,
            length,
            value: self.column + 1,
        };
        (key, place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_what_serde_json_reads() {
        for text in [
            r#"{"a": [1, -2, 3.5, 1e300, null, true, "é\n\"", {"b": {}}], "c": 18446744073709551615}"#,
            "[]",
            "\"x\"",
        ] {
            let strict = parse_json(text.as_bytes()).unwrap();
            assert_eq!(strict, serde_json::from_str::<Value>(text).unwrap());
        }
        assert!(parse_json(b"{} x").is_err() && parse_json(b"{").is_err());
    }

    #[test]
    fn a_key_that_stands_twice_is_an_error_at_every_depth_and_its_places_are_known() {
        for (text, key, first, again) in [
            (r#"{"a": 1, "a": 2}"#, "a", 2, 10),
            (
                r#"{"x": [{"é": 1, "b": {"q": 0}, "\u00e9": 2}]}"#,
                "é",
                9,
                32,
            ),
            (r#"{"a\"": {"k": [], "k": {}}}"#, "k", 10, 19),
        ] {
            let error = parse_json(text.as_bytes()).unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("the key `{key}` is there twice")),
                "{error}"
            );
            let twice = json_keys(text).1.unwrap();
            let places = (twice.key.as_str(), twice.first.column, twice.again.column);
            assert_eq!(places, (key, first, again));
        }
        let alike = r#"{"a": {"a": {"a": [{"a": "a"}, {"a": "\"a\": 1, "}]}}, "b": "a"}"#;
        assert!(parse_json(alike.as_bytes()).is_ok());
        let (own, twice) = json_keys(alike);
        assert_eq!(twice, None);
        let columns: Vec<_> = own
            .iter()
            .map(|place| (place.column, place.value))
            .collect();
        assert_eq!(columns, [(2, 7), (56, 61)]);
    }

    #[test]
    fn a_million_values_are_enough() {
        let many = format!("[{}1]", "1,".repeat(MAX_VALUES));
        let error = parse_json(many.as_bytes()).unwrap_err().to_string();
        assert!(error.starts_with("it holds more than a million values"));
    }
}
