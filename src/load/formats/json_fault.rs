//! What is wrong with a row that is no JSON, in words that need no grammar at hand.

use crate::text::visible::visible;

/// The longest part of a row that is quoted.
const QUOTED: usize = 30;

/// What the parser says, and what it means where that is the fault. `WORD` stands for what the row has there.
const MEANINGS: &[(&str, &str)] = &[
    (
        "expected ident",
        "`WORD` is not valid JSON: a text stands in double quotes, and the only bare words are true, false and null",
    ),
    (
        "expected value",
        "`WORD` is not valid JSON: a value is an object, a list, a number, a text in double quotes, true, false or null",
    ),
    (
        "key must be a string",
        "`WORD` is not valid JSON: a key stands in double quotes",
    ),
    (
        "expected `:`",
        "a `:` is missing between a key and its value, before `WORD`",
    ),
    (
        "expected `,` or `}`",
        "a `,` or `}` is missing before `WORD`",
    ),
    (
        "expected `,` or `]`",
        "a `,` or `]` is missing before `WORD`",
    ),
    (
        "trailing comma",
        "a comma stands before `WORD` with nothing between them",
    ),
    (
        "trailing characters",
        "the row's value is complete, and `WORD` follows",
    ),
    (
        "EOF while parsing a string",
        "the row ends within a text: its closing `\"` is missing",
    ),
    (
        "EOF while parsing a list",
        "the row ends within a list: its closing `]` is missing",
    ),
    (
        "EOF while parsing an object",
        "the row ends within an object: its closing `}` is missing",
    ),
    (
        "EOF while parsing a value",
        "the row ends where a value has to follow",
    ),
    (
        "control character",
        "a text holds a control character, such as a tab: write it as `\\t`, `\\n` or `\\u00XX`",
    ),
    (
        "invalid escape",
        "a backslash in a text begins no escape of JSON: write `\\\\` for a backslash",
    ),
    (
        "recursion limit",
        "its lists and objects stand too deep in each other",
    ),
];

/// Says what the parser found in `text` at the character `place`, counted from 0, and where the fault begins.
pub(super) fn told(said: &str, text: &str, place: usize) -> (usize, String) {
    let meaning = MEANINGS.iter().find(|(start, _)| said.starts_with(start));
    let Some((_, meaning)) = meaning else {
        return (place, format!("the row is not valid JSON: {said}"));
    };
    let (begin, word) = word(text, place);
    if !meaning.contains("WORD") {
        return (place, format!("the row is not valid JSON: {meaning}"));
    }
    let told = meaning.replace("WORD", &visible(&word));
    if told.contains("not valid JSON") {
        (begin, told)
    } else {
        (begin, format!("the row is not valid JSON: {told}"))
    }
}

/// The word that covers a place, or the one character that stands there, and where it begins.
fn word(text: &str, place: usize) -> (usize, String) {
    let is_part = |c: &char| c.is_alphanumeric() || "_-+.".contains(*c);
    let start = text
        .char_indices()
        .nth(place)
        .map_or(text.len(), |(at, _)| at);
    let (before, after) = text.split_at(start);
    let known = before
        .chars()
        .rev()
        .take(QUOTED)
        .take_while(is_part)
        .count();
    let rest: String = after.chars().take(QUOTED).take_while(is_part).collect();
    if rest.is_empty() && known == 0 {
        return (place, after.chars().take(1).collect());
    }
    let head = text.chars().skip(place - known).take(known);
    (place - known, head.chain(rest.chars()).collect())
}
