//! YAML as a tree in which every value knows its place. The only user of the YAML crate.

use std::cell::RefCell;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Number;
use serde_saphyr::Spanned;
use serde_saphyr::budget::BudgetBreach;

use super::{Mark, Node, Source, Yaml};
use crate::model::{Location, Problem};

/// Values, keys included, that one document may have: each takes some hundred bytes of memory.
const MAX_NODES: usize = 250_000;

/// Nodes that aliases may stand for, all in all: an end to alias bombs.
const MAX_ALIASED: usize = 100_000;

impl Source {
    /// Reads the text as one YAML document.
    ///
    /// # Errors
    /// A problem with its place when the text is no valid YAML, has two documents, repeats a key or grows beyond the budget
    /// that guards against alias bombs.
    pub fn yaml(&self) -> Result<Node, Problem> {
        parse(self)
    }
}

fn parse(source: &Source) -> Result<Node, Problem> {
    let options = serde_saphyr::options! {
        strict_booleans: true,
        budget: serde_saphyr::budget! { max_nodes: MAX_NODES, max_events: MAX_NODES * 2 },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: MAX_ALIASED },
    };
    if source.text.trim().is_empty() {
        return Ok(Node {
            value: Yaml::Null,
            mark: Mark::default(),
        });
    }
    KEYS_BEFORE.take();
    serde_saphyr::from_str_with_options::<Spanned<Raw>>(&source.text, options)
        .map(|root| finish(source, root))
        .map_err(|error| problem(source, &error))
}

thread_local! {
    /// Keys of the mapping in which reading ended, with the lines on which they stand: the crate does not tell where a key that
    /// is there twice stood first.
    static KEYS_BEFORE: RefCell<Vec<(String, usize)>> = const { RefCell::new(Vec::new()) };
}

/// A key that is there twice in one mapping.
fn twice(key: Option<&str>, at: Location) -> Problem {
    let before = KEYS_BEFORE.take();
    let first = key.and_then(|key| before.into_iter().find(|(name, _)| name == key));
    let key = key.map_or_else(|| "a key".to_owned(), |key| format!("the key `{key}`"));
    let message = match first {
        Some((_, first)) => {
            format!(
                "{key} is there twice in one mapping: on line {first}, and again on line {}",
                at.line
            )
        }
        None => format!(
            "{key} is there twice in one mapping, again on line {}",
            at.line
        ),
    };
    Problem::error("duplicate-key", at, message)
        .hint("remove one of the two: which of them would count is nobody's guess")
}

fn problem(source: &Source, error: &serde_saphyr::Error) -> Problem {
    let location = error.location().map_or_else(
        || Location::file(source.path.to_string()),
        |at| {
            source.location(Mark {
                line: at.line() as usize,
                column: at.column() as usize,
                length: 1,
            })
        },
    );
    if let serde_saphyr::Error::DuplicateMappingKey { key, .. } = error.without_snippet() {
        return twice(key.as_deref(), location);
    }
    if let serde_saphyr::Error::Budget { breach, .. } = error.without_snippet()
        && matches!(
            breach,
            BudgetBreach::Nodes { .. } | BudgetBreach::Events { .. }
        )
    {
        let message = format!("the file holds more than {MAX_NODES} keys and values");
        return Problem::error("too-long", location, message)
            .hint("a dataset of that size is written as JSON Lines, which is read row by row");
    }
    let text = error.without_snippet().to_string();
    // The crate repeats the place in its text; ours stands before the message already.
    let message = text.split(" at line ").next().unwrap_or(&text);
    let message = message
        .lines()
        .next()
        .unwrap_or(message)
        .trim_end_matches(':');
    Problem::error(
        "invalid-yaml",
        location,
        format!("this is no valid YAML: {message}"),
    )
}

/// The tree as the crate hands it over.
enum Raw {
    Null,
    Bool(bool),
    Number(Number),
    /// A number JSON cannot hold: infinite or not a number. Kept as text, so that typed reading refuses it.
    String(String),
    Seq(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

fn finish(source: &Source, node: Spanned<Raw>) -> Node {
    let at = node.referenced;
    let span = at.span();
    let mark = Mark {
        line: at.line() as usize,
        column: at.column() as usize,
        length: usize::try_from(span.len()).unwrap_or(1).max(1),
    };
    let written = || {
        let defined = node.defined.span();
        let from = defined.byte_offset().and_then(|n| usize::try_from(n).ok());
        let length = defined.byte_len().and_then(|n| usize::try_from(n).ok());
        from.zip(length)
            .and_then(|(from, length)| source.text.get(from..from + length))
            .map(|text| text.trim().to_owned())
    };
    let value = match node.value {
        Raw::Null => Yaml::Null,
        Raw::Bool(b) => Yaml::Bool(b),
        Raw::Number(n) => {
            let text = written()
                .filter(|t| !t.is_empty())
                .unwrap_or_else(|| n.to_string());
            Yaml::Number(n, text)
        }
        Raw::String(s) => Yaml::String(s),
        Raw::Seq(items) => Yaml::Seq(items.into_iter().map(|item| finish(source, item)).collect()),
        Raw::Map(entries) => Yaml::Map(
            entries
                .into_iter()
                .map(|(key, value)| {
                    let at = Mark {
                        line: key.referenced.line() as usize,
                        column: key.referenced.column() as usize,
                        length: key.value.chars().count().max(1),
                    };
                    (key.value, at, finish(source, value))
                })
                .collect(),
        ),
    };
    Node { value, mark }
}

/// Keeps the keys of a mapping that cannot be read on, unless one within it was the first of that kind.
fn note_keys(entries: &[(Spanned<String>, Spanned<Raw>)]) {
    KEYS_BEFORE.with_borrow_mut(|before| {
        if before.is_empty() {
            let key = |key: &Spanned<String>| (key.value.clone(), key.referenced.line() as usize);
            before.extend(entries.iter().map(|(name, _)| key(name)));
        }
    });
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        Raw::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Raw, E> {
        Ok(Raw::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Raw, E> {
        Ok(Number::from_f64(value).map_or_else(|| Raw::String(value.to_string()), Raw::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Raw, E> {
        Ok(Raw::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Raw, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Raw::Seq(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
        let mut entries = Vec::new();
        loop {
            match map.next_entry() {
                Ok(Some(entry)) => entries.push(entry),
                Ok(None) => return Ok(Raw::Map(entries)),
                Err(error) => {
                    note_keys(&entries);
                    return Err(error);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source::new("x.yaml", text.as_bytes()).unwrap()
    }

    fn root(text: &str) -> Vec<(String, Mark, Node)> {
        match source(text).yaml().unwrap().value {
            Yaml::Map(entries) => entries,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_value_knows_its_place_and_numbers_how_they_were_written() {
        let map = root("a: 1.10\nbc:\n  - x\n  - {d: [é, yes]}\ne: |\n  two\n   lines\n");
        let (key, at, node) = &map[1];
        assert_eq!((key.as_str(), at.line, at.column), ("bc", 2, 1));
        let Yaml::Seq(items) = &node.value else {
            panic!()
        };
        assert_eq!((items[1].mark.line, items[1].mark.column), (4, 5));
        assert!(matches!(&map[0].2.value, Yaml::Number(_, text) if text == "1.10"));
        let Yaml::Map(inner) = &items[1].value else {
            panic!()
        };
        assert_eq!(inner[0].2.json(), serde_json::json!(["é", "yes"]));
        let block = map[2].2.mark;
        assert_eq!(
            (block.line, block.column),
            (6, 3),
            "a block stands where its text begins"
        );
    }

    #[test]
    fn an_alias_bomb_and_a_deep_nest_are_problems_and_no_crash() {
        use std::fmt::Write as _;
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for n in 1..12 {
            let items = vec![format!("*a{}", n - 1); 10].join(", ");
            writeln!(bomb, "a{n}: &a{n} [{items}]").unwrap();
        }
        assert_eq!(source(&bomb).yaml().unwrap_err().code, "invalid-yaml");
        assert_eq!(
            source(&"[".repeat(100_000)).yaml().unwrap_err().code,
            "invalid-yaml"
        );
    }

    #[test]
    fn a_repeated_key_is_refused_where_it_stands() {
        let problem = source("a: 1\nb: 2\na: 3\n").yaml().unwrap_err();
        assert_eq!(problem.location.line, 3, "{problem:?}");
        assert_eq!(
            problem.message,
            "the key `a` is there twice in one mapping: on line 1, and again on line 3"
        );
        let text = "x: {q: 1}\ny:\n  - k: {q: 1}\n    l: 1\n    k: {q: 2}\n";
        let problem = source(text).yaml().unwrap_err();
        assert!(
            problem.message.contains("`k`") && problem.message.contains("line 3"),
            "{problem:?}"
        );
        let problem = source("{a: 1, a: 2}").yaml().unwrap_err();
        assert_eq!(
            problem.message,
            "the key `a` is there twice in one mapping: on line 1, and again on line 1"
        );
    }
}
