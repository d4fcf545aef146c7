//! Finds the JSON objects and arrays that stand somewhere in a text: in prose, in code fences, after broken ones.
//!
//! The text may be hostile, so the work is linear in its length whatever stands there. Whether the container that opens
//! at a place is complete does not depend on what surrounds it; each opening bracket is therefore decided once and
//! remembered, and a bracket that was open when a surrounding reading failed has failed with it.

use std::collections::HashMap;

/// The outermost JSON objects and arrays of the text, in the order in which they stand there.
pub fn containers(text: &str) -> Containers<'_> {
    Containers {
        text,
        ends: HashMap::new(),
        at: 0,
    }
}

/// Iterator over the outermost containers of a text.
#[derive(Debug)]
pub struct Containers<'t> {
    text: &'t str,
    /// Where the container that opens at a place ends; `None` where it is broken.
    ends: HashMap<usize, Option<usize>>,
    at: usize,
}

impl<'t> Iterator for Containers<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        while let Some(offset) = self.text[self.at..].find(['{', '[']) {
            let start = self.at + offset;
            if let Some(end) = self.end_of(start) {
                self.at = end;
                return Some(&self.text[start..end]);
            }
            self.at = start + 1;
        }
        self.at = self.text.len();
        None
    }
}

impl Containers<'_> {
    /// Where the container that opens at `start` ends, if it is well formed.
    fn end_of(&mut self, start: usize) -> Option<usize> {
        if let Some(known) = self.ends.get(&start) {
            return *known;
        }
        let mut reading = Reading {
            bytes: self.text.as_bytes(),
            at: start,
            awaited: Awaited::Value,
            open: Vec::new(),
        };
        while reading.step(&mut self.ends).is_some() {
            if reading.open.is_empty() {
                return Some(reading.at);
            }
        }
        self.ends
            .extend(reading.open.into_iter().map(|start| (start, None)));
        None
    }
}

/// What the grammar allows next.
#[derive(Clone, Copy, PartialEq)]
enum Awaited {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    CommaOrEnd,
}

/// One reading from an opening bracket on, with its own stack so that depth costs memory only.
struct Reading<'t> {
    bytes: &'t [u8],
    at: usize,
    awaited: Awaited,
    /// Where the containers around `at` open, outermost first.
    open: Vec<usize>,
}

impl Reading<'_> {
    /// Reads one token; `None` where the text is no JSON.
    fn step(&mut self, ends: &mut HashMap<usize, Option<usize>>) -> Option<()> {
        use Awaited::{CommaOrEnd, Key, KeyOrEnd, Value, ValueOrEnd};
        self.at = skip_space(self.bytes, self.at);
        let byte = *self.bytes.get(self.at)?;
        match (self.awaited, byte) {
            (Value | ValueOrEnd, b'{' | b'[') => {
                if let Some(end) = ends.get(&self.at) {
                    self.pass((*end)?, CommaOrEnd);
                } else {
                    self.open.push(self.at);
                    let inside = if byte == b'{' { KeyOrEnd } else { ValueOrEnd };
                    self.pass(self.at + 1, inside);
                }
            }
            (ValueOrEnd, b']') | (KeyOrEnd, b'}') => self.close(ends)?,
            (CommaOrEnd, b']' | b'}') if self.closes(byte) => self.close(ends)?,
            (CommaOrEnd, b',') => {
                let next = if self.closes(b'}') { Key } else { Value };
                self.pass(self.at + 1, next);
            }
            (Key | KeyOrEnd, b'"') => {
                let colon = skip_space(self.bytes, string_end(self.bytes, self.at)?);
                (self.bytes.get(colon) == Some(&b':')).then_some(())?;
                self.pass(colon + 1, Value);
            }
            (Value | ValueOrEnd, _) => self.pass(scalar_end(self.bytes, self.at)?, CommaOrEnd),
            _ => return None,
        }
        Some(())
    }

    fn pass(&mut self, to: usize, awaited: Awaited) {
        self.at = to;
        self.awaited = awaited;
    }

    /// Whether this bracket closes the innermost open container.
    fn closes(&self, bracket: u8) -> bool {
        let opening = if bracket == b'}' { b'{' } else { b'[' };
        self.open
            .last()
            .is_some_and(|&start| self.bytes[start] == opening)
    }

    fn close(&mut self, ends: &mut HashMap<usize, Option<usize>>) -> Option<()> {
        let start = self.open.pop()?;
        self.pass(self.at + 1, Awaited::CommaOrEnd);
        ends.insert(start, Some(self.at));
        Some(())
    }
}

fn skip_space(bytes: &[u8], from: usize) -> usize {
    skip_while(bytes, from, |byte| {
        matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
    })
}

fn skip_while(bytes: &[u8], from: usize, holds: fn(&u8) -> bool) -> usize {
    from + bytes[from..].iter().take_while(|byte| holds(byte)).count()
}

/// Where the string, number or word that starts here ends.
fn scalar_end(bytes: &[u8], at: usize) -> Option<usize> {
    if bytes[at] == b'"' {
        return string_end(bytes, at);
    }
    ["true", "false", "null"]
        .iter()
        .find(|word| bytes[at..].starts_with(word.as_bytes()))
        .map(|word| at + word.len())
        .or_else(|| number_end(bytes, at))
}

fn string_end(bytes: &[u8], quote: usize) -> Option<usize> {
    let mut at = quote + 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at = escape_end(bytes, at)?,
            0..=0x1f => return None,
            _ => at += 1,
        }
    }
}

fn escape_end(bytes: &[u8], backslash: usize) -> Option<usize> {
    match bytes.get(backslash + 1)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(backslash + 2),
        b'u' => bytes
            .get(backslash + 2..backslash + 6)?
            .iter()
            .all(u8::is_ascii_hexdigit)
            .then_some(backslash + 6),
        _ => None,
    }
}

fn number_end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from + usize::from(bytes[from] == b'-');
    at = match bytes.get(at)? {
        b'0' => at + 1,
        _ => digits_end(bytes, at)?,
    };
    if bytes.get(at) == Some(&b'.') {
        at = digits_end(bytes, at + 1)?;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let signed = matches!(bytes.get(at + 1), Some(b'+' | b'-'));
        at = digits_end(bytes, at + 1 + usize::from(signed))?;
    }
    Some(at)
}

/// Where at least one digit ends.
fn digits_end(bytes: &[u8], from: usize) -> Option<usize> {
    bytes.get(from).filter(|byte| byte.is_ascii_digit())?;
    Some(skip_while(bytes, from, u8::is_ascii_digit))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;
    use serde::de::IgnoredAny;

    use super::*;

    fn found(text: &str) -> Vec<&str> {
        containers(text).collect()
    }

    #[test]
    fn objects_and_arrays_are_found_in_prose_and_in_code_fences() {
        assert_eq!(found("Here: {\"a\": [1, {}]} ok"), ["{\"a\": [1, {}]}"]);
        assert_eq!(
            found("```json\n[1, 2.5e-3, true]\n```"),
            ["[1, 2.5e-3, true]"]
        );
        assert_eq!(
            found("東京 {\"都\": \"東\"} [ ]"),
            ["{\"都\": \"東\"}", "[ ]"]
        );
        assert!(found("\"text\" 12 none").is_empty());
    }

    #[test]
    fn a_bracket_inside_a_string_closes_nothing() {
        assert_eq!(
            found(r#"so {"a": "}", "b": "\"]"} it is"#),
            [r#"{"a": "}", "b": "\"]"}"#]
        );
    }

    #[test]
    fn what_is_broken_does_not_hide_what_comes_after_or_stands_within() {
        assert_eq!(found("set {a, b} and {\"a\":1}"), ["{\"a\":1}"]);
        assert_eq!(found("{\"open\": {\"a\":1}, oops"), ["{\"a\":1}"]);
        assert_eq!(found("{\"text {\"a\":1}"), ["{\"a\":1}"]);
    }

    #[test]
    fn what_only_looks_like_json_is_none() {
        for text in [
            "{a: 1}",
            "{'a': 'b'}",
            "{\"a\":1",
            "[1,]",
            "{\"a\":1,}",
            "[01]",
            "[1.]",
            "[+1]",
            "[.5]",
            "[1e]",
            "[\"\\x\"]",
            "[\"\\u12g4\"]",
            "[\"a\nb\"]",
            "[nul]",
            "[1 2]",
            "[}",
            "{\"a\" 1}",
            "[NaN]",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test of how long it takes")]
    fn hostile_texts_take_linear_time() {
        let n = 100_000;
        for text in [
            "[".repeat(n),
            "{\"a\":".repeat(n),
            "[\"[\",".repeat(n),
            "[{},".repeat(n),
            "[\"\\\"[".repeat(n),
            "[ ".repeat(n) + "x",
            format!("[\"{}", "[".repeat(n)),
            "[".repeat(n) + &"]".repeat(n - 1),
            "{\"{\"".repeat(n),
        ] {
            let started = Instant::now();
            let count = containers(&text).count();
            assert!(
                started.elapsed() < Duration::from_secs(5),
                "{}… gave {count}",
                &text[..8]
            );
        }
    }

    fn fragment() -> impl Strategy<Value = String> {
        prop::collection::vec(
            prop::sample::select(vec![
                "{", "}", "[", "]", ",", ":", "\"", "\\", "\"a\"", "1", "-0.5e3", "true", "null",
                " ", "\n", "é", "x", "\\u00e9", "0",
            ]),
            0..24,
        )
        .prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn a_bracket_opens_a_container_exactly_where_serde_json_reads_one(text in fragment()) {
            let mut expected = Vec::new();
            let mut at = 0;
            while let Some(offset) = text[at..].find(['{', '[']) {
                let start = at + offset;
                let mut stream =
                    serde_json::Deserializer::from_str(&text[start..]).into_iter::<IgnoredAny>();
                at = if matches!(stream.next(), Some(Ok(_))) {
                    let end = start + stream.byte_offset();
                    expected.push(&text[start..end]);
                    end
                } else {
                    start + 1
                };
            }
            prop_assert_eq!(found(&text), expected);
        }
    }
}
