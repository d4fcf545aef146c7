//! JSON Lines: one object a row, streamed.

use std::fs::File;
use std::io;
use std::sync::Arc;

use serde_json::Value;

use super::entry::FormatEntry;
use super::json_fault;
use crate::fsx;
use crate::load::builder::{Builder, Hashed, LONGEST_ROW};
use crate::load::case_row;
use crate::load::rows::Indexed;
use crate::model::dataset::Rows;
use crate::model::{Case, Location, Problem};
use crate::source::{Check, Mark, Node, Source, Yaml, json_keys, parse_json};

pub(super) static ENTRY: FormatEntry = FormatEntry {
    name: "jsonl",
    extensions: &["jsonl", "ndjson"],
    summary: "JSON Lines: one object a row, streamed",
    example: "{\"id\": \"late\", \"vars\": {\"query\": \"Where is it?\"}, \"expected\": \"apology\", \"tags\": [\"shipping\"]}\n",
    read,
};

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

fn read(input: &mut Hashed, kept: File, builder: &mut Builder) -> io::Result<Arc<dyn Rows>> {
    let mut rows = Indexed::new(
        kept,
        Box::new(|bytes, line, number| parse(bytes, line, number).ok()),
    );
    let path = builder.path();
    let (mut begin, mut line_number, mut bytes) = (0, 0, Vec::new());
    loop {
        let read = fsx::read_line(input, &mut bytes, LONGEST_ROW)?;
        if read == Some(0) {
            return Ok(Arc::new(rows));
        }
        line_number += 1;
        let Some(read) = read else {
            builder.too_long(line_number);
            return Ok(Arc::new(rows));
        };
        let mark = if begin == 0 && bytes.starts_with(BYTE_ORDER_MARK) {
            BYTE_ORDER_MARK.len()
        } else {
            0
        };
        let line = bytes.get(mark..).unwrap_or_default().trim_ascii_end();
        if !line.is_empty() {
            rows.push(begin + mark as u64, line_number);
            let number = rows.len();
            match parse(line, line_number, number) {
                Ok(case) => builder.case(&case),
                Err(()) => builder.broken(problems(&path, line, line_number, number)),
            }
            if builder.is_hopeless() {
                return Ok(Arc::new(rows));
            }
        }
        begin += read as u64;
    }
}

/// Reads a row that is right. What is wrong with one that is not is looked for only then: most rows are right.
fn parse(line: &[u8], line_number: usize, number: usize) -> Result<Case, ()> {
    case_row::plain(line, line_number, number).map_or_else(
        || {
            let value = parse_json(line).map_err(drop)?;
            let source = Source::row("".into(), "", line_number);
            let mut check = Check::new(&source);
            let node = Node::from_json(value, whole(line_number));
            let case = case_row::read(&mut check, &node, number);
            case.filter(|_| check.problems.is_empty()).ok_or(())
        },
        Ok,
    )
}

fn whole(line: usize) -> Mark {
    Mark {
        line,
        column: 1,
        length: 1,
    }
}

/// Everything that is wrong with a row.
fn problems(path: &Arc<str>, line: &[u8], line_number: usize, number: usize) -> Vec<Problem> {
    let text = String::from_utf8_lossy(line);
    let source = Source::row(Arc::clone(path), &text, line_number);
    let whole = whole(line_number);
    let value = match parse_json(line) {
        Ok(value @ Value::Object(_)) => value,
        Ok(other) => {
            let node = Node::from_json(other, whole);
            let message = format!("a row is a JSON object, not {}", node.kind());
            return vec![Problem::error(
                "wrong-type",
                source.location(whole),
                message,
            )];
        }
        Err(error) => return vec![not_json(&source, line_number, &error)],
    };
    let mut check = Check::new(&source);
    let node = placed(Node::from_json(value, whole), &source.text, line_number);
    case_row::read(&mut check, &node, number);
    check.problems.into_iter().collect()
}

fn not_json(source: &Source, line: usize, error: &serde_json::Error) -> Problem {
    let mark = |column: usize, length: usize| Mark {
        line,
        column,
        length,
    };
    let text = error.to_string();
    // Behind what is no JSON, keys are none.
    let twice = text
        .starts_with("the key `")
        .then(|| json_keys(&source.text).1);
    if let Some(twice) = twice.flatten() {
        let at = source.location(mark(twice.again.column, twice.again.length));
        let message = format!(
            "the key `{}` is there twice in one object: in column {}, and again in column {}",
            twice.key, twice.first.column, twice.again.column
        );
        return Problem::error("duplicate-key", at, message)
            .hint("remove one of the two: which of them would count is nobody's guess");
    }
    let message = text.split(" at line ").next().unwrap_or(&text);
    let bytes = error.column().saturating_sub(1);
    let chars = source.text.char_indices();
    let place = chars.take_while(|(at, _)| *at < bytes).count();
    let (place, told) = json_fault::told(message, &source.text, place);
    let at: Location = source.location(mark(place + 1, 1));
    Problem::error("invalid-json", at, told).hint(
        r#"each line is one JSON object, such as {"id": "late", "vars": {"query": "Where is it?"}}"#,
    )
}

/// The row with each of its own keys and values at the place where it stands in the line.
fn placed(node: Node, text: &str, line: usize) -> Node {
    let Yaml::Map(entries) = node.value else {
        return node;
    };
    let (places, _) = json_keys(text);
    let entries = entries.into_iter().enumerate();
    let entries = entries
        .map(|(at, (key, mark, value))| {
            let Some(place) = places.get(at) else {
                return (key, mark, value);
            };
            let mark = |column: usize, length: usize| Mark {
                line,
                column,
                length,
            };
            let value = value.at(mark(place.value, 1));
            (key, mark(place.column, place.length), value)
        })
        .collect();
    Node {
        value: Yaml::Map(entries),
        mark: node.mark,
    }
}
