//! JSON Lines: one object a row.

use serde_json::Value;

use super::FormatEntry;
use crate::load::case_row;
use crate::load::dataset::Rows;
use crate::model::{Location, Problem};
use crate::source::{Check, Mark, Node, Source, Yaml};

pub(super) static ENTRY: FormatEntry = FormatEntry {
    name: "jsonl",
    extensions: &["jsonl", "ndjson"],
    summary: "JSON Lines: one object a row, streamed",
    example: "{\"id\": \"late\", \"vars\": {\"query\": \"Where is it?\"}, \"expected\": \"apology\", \"tags\": [\"shipping\"]}\n",
    read,
};

fn read(bytes: &[u8], rows: &mut Rows) {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut number = 0;
    for (at, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line_number = at + 1;
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        number += 1;
        read_line(line, line_number, number, rows);
        if rows.is_hopeless() {
            break;
        }
    }
}

fn read_line(line: &[u8], line_number: usize, number: usize, rows: &mut Rows) {
    let text = String::from_utf8_lossy(line);
    let source = Source::row(rows.path(), text.trim_end_matches('\r'), line_number);
    let whole = Mark {
        line: line_number,
        column: 1,
        length: 1,
    };
    let value = match serde_json::from_slice::<Value>(line) {
        Ok(value @ Value::Object(_)) => value,
        Ok(other) => {
            let node = Node::from_json(other, whole);
            let message = format!("a row is a JSON object, not {}", node.kind());
            rows.problems([Problem::error(
                "wrong-type",
                source.location(whole),
                message,
            )]);
            return;
        }
        Err(error) => {
            rows.problems([not_json(&source, line_number, &error)]);
            return;
        }
    };
    // Places of keys are looked up only once something is wrong: most rows are right.
    let mut check = Check::new(&source);
    let node = Node::from_json(value, whole);
    let case = case_row::read(&mut check, &node, number);
    if check.problems.is_empty() {
        if let Some(case) = case {
            rows.case(case, || source.location(whole));
        }
        return;
    }
    let mut check = Check::new(&source);
    let node = placed(node, &source.text, line_number);
    case_row::read(&mut check, &node, number);
    rows.problems(check.problems);
}

fn not_json(source: &Source, line: usize, error: &serde_json::Error) -> Problem {
    let text = error.to_string();
    let message = text.split(" at line ").next().unwrap_or(&text);
    let bytes = error.column().saturating_sub(1);
    let column = source
        .text
        .char_indices()
        .take_while(|(at, _)| *at < bytes)
        .count()
        + 1;
    let mark = Mark {
        line,
        column,
        length: 1,
    };
    let at: Location = source.location(mark);
    Problem::error(
        "invalid-json",
        at,
        format!("this is no JSON object: {message}"),
    )
}

/// The row with each of its own keys and values at the place where it stands in the line.
fn placed(node: Node, text: &str, line: usize) -> Node {
    let Yaml::Map(entries) = node.value else {
        return node;
    };
    let column = |byte: usize| text.get(..byte).map_or(0, |head| head.chars().count()) + 1;
    let entries = entries
        .into_iter()
        .map(|(key, mark, value)| {
            let quoted = Value::String(key.clone()).to_string();
            let Some(at) = text.find(&quoted) else {
                return (key, mark, value);
            };
            let after = at + quoted.len();
            let gap = text.get(after..).map_or(0, |rest| {
                rest.len() - rest.trim_start_matches([' ', ':', '\t']).len()
            });
            let place = |byte: usize, length: usize| Mark {
                line,
                column: column(byte),
                length,
            };
            let value = Node::from_json(value.json(), place(after + gap, 1));
            (key, place(at, quoted.chars().count()), value)
        })
        .collect();
    Node {
        value: Yaml::Map(entries),
        mark: node.mark,
    }
}
