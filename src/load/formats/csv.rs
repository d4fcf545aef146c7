//! CSV: columns are variables, but for those with a meaning of their own.

use csv::{ByteRecord, ReaderBuilder};
use serde_json::{Map, Value, json};

use super::FormatEntry;
use crate::load::case_row;
use crate::load::dataset::Rows;
use crate::model::Problem;
use crate::source::{Check, Mark, Node, Source};

pub(super) static ENTRY: FormatEntry = FormatEntry {
    name: "csv",
    extensions: &["csv"],
    summary: "CSV: columns are variables; id, expected, tags, cluster and __expected keep their meaning",
    example: "id,query,tags,__expected\nlate,Where is it?,shipping;angry,icontains:sorry\n",
    read,
};

fn read(bytes: &[u8], rows: &mut Rows) {
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(bytes);
    let header = match reader.byte_headers() {
        Ok(header) => header.clone(),
        Err(error) => return rows.problems([broken(rows, 1, &error.to_string())]),
    };
    let mut names = Vec::new();
    for field in &header {
        let name = String::from_utf8_lossy(field).trim().to_owned();
        if name.is_empty() || names.contains(&name) {
            let what = if name.is_empty() {
                "a column has no name"
            } else {
                "two columns have the same name"
            };
            rows.problems([broken(rows, 1, &format!("{what}: `{name}`"))]);
            return;
        }
        names.push(name);
    }
    let mut record = ByteRecord::new();
    let mut number = 0;
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => return rows.problems([broken(rows, 1, &error.to_string())]),
        }
        number += 1;
        let line = record.position().map_or(1, |p| p.line() as usize);
        read_record(&names, &record, line, number, rows);
        if rows.is_hopeless() {
            return;
        }
    }
}

fn read_record(names: &[String], record: &ByteRecord, line: usize, number: usize, rows: &mut Rows) {
    if record.len() != names.len() {
        let message = format!(
            "the row has {} fields, the header {}",
            record.len(),
            names.len()
        );
        return rows.problems([broken(rows, line, &message)]);
    }
    let text = String::from_utf8_lossy(record.as_slice());
    let source = Source::row(rows.path(), "", line);
    let mark = Mark {
        line,
        column: 1,
        length: 1,
    };
    if matches!(text, std::borrow::Cow::Owned(_)) {
        return rows.problems([broken(rows, line, "the row is not UTF-8")]);
    }
    match row(names, record) {
        Ok(value) => {
            let mut check = Check::new(&source);
            let case = case_row::read(&mut check, &Node::from_json(value, mark), number);
            rows.problems(check.problems);
            if let Some(case) = case {
                rows.case(case, || source.location(mark));
            }
        }
        Err((message, hint)) => {
            let problem = Problem::error("bad-expectation", source.location(mark), message);
            rows.problems([problem.hint(hint)]);
        }
    }
}

fn broken(rows: &Rows, line: usize, message: &str) -> Problem {
    let source = Source::row(rows.path(), "", line);
    let mark = Mark {
        line,
        column: 1,
        length: 1,
    };
    Problem::error("invalid-csv", source.location(mark), message)
}

fn row(names: &[String], record: &ByteRecord) -> Result<Value, (String, String)> {
    let mut vars = Map::new();
    let mut row = Map::new();
    let mut evaluators = Vec::new();
    for (name, field) in names.iter().zip(record) {
        let text = String::from_utf8_lossy(field).into_owned();
        match name.as_str() {
            "id" | "expected" | "cluster" if text.is_empty() => {}
            "id" | "expected" | "cluster" => {
                row.insert(name.clone(), Value::String(text));
            }
            "tags" => {
                let tags = text
                    .split([';', ','])
                    .map(str::trim)
                    .filter(|tag| !tag.is_empty());
                row.insert(name.clone(), tags.collect());
            }
            _ if name.starts_with("__expected") => evaluators.extend(expectation(&text)?),
            _ if name.starts_with("__") => {
                return Err((
                    format!("the column `{name}` has no meaning here"),
                    "known: __expected, __expected1, __expected2 and so on".into(),
                ));
            }
            _ => {
                vars.insert(name.clone(), Value::String(text));
            }
        }
    }
    row.insert("vars".into(), Value::Object(vars));
    if !evaluators.is_empty() {
        row.insert("evaluators".into(), Value::Array(evaluators));
    }
    Ok(Value::Object(row))
}

/// promptfoo's short form: `type:value`, `type(threshold):value`, a bare text for `equals`; empty for nothing.
fn expectation(text: &str) -> Result<Option<Value>, (String, String)> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let is_type = |word: &str| {
        !word.is_empty()
            && word
                .chars()
                .all(|c| c.is_ascii_lowercase() || c == '-' || c == '_')
    };
    let (head, value) = match text.split_once(':') {
        Some((head, value)) => (head, value.trim()),
        // `is-json` stands alone; any other single word is a text to compare with.
        None if matches!(
            text,
            "is-json" | "contains-json" | "is-refusal" | "not-is-refusal"
        ) =>
        {
            (text, "")
        }
        None => return Ok(Some(json!({"type": "equals", "value": text}))),
    };
    let (kind, threshold) = match head.split_once('(') {
        Some((kind, rest)) => {
            let number = rest.trim_end_matches(')').trim().parse::<f64>();
            let number = number.map_err(|_| {
                (
                    format!("`{head}` has no number in its parentheses"),
                    "write `type(threshold):value`, for example `llm-rubric(0.8):is polite`"
                        .to_owned(),
                )
            })?;
            (kind, Some(number))
        }
        None => (head, None),
    };
    if matches!(kind, "javascript" | "fn" | "eval" | "python" | "file") {
        return Err((
            format!("`{kind}:` would run code, which a dataset may not"),
            "use an evaluator of `docs/evaluators.md`".into(),
        ));
    }
    if !is_type(kind) {
        return Ok(Some(json!({"type": "equals", "value": text})));
    }
    let kind = if kind == "grade" { "llm-rubric" } else { kind };
    let list = kind.ends_with("-any") || kind.ends_with("-all");
    let value = match (value, list) {
        ("", _) => Value::Null,
        (value, true) => value.split(',').map(str::trim).collect(),
        (value, false) => value.into(),
    };
    let mut evaluator = json!({"type": kind, "value": value});
    if let (Some(threshold), Some(map)) = (threshold, evaluator.as_object_mut()) {
        map.insert("threshold".into(), threshold.into());
    }
    Ok(Some(evaluator))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expectations_read_as_in_promptfoo() {
        let read = |text| expectation(text).unwrap();
        assert_eq!(read(""), None);
        assert_eq!(
            read("Paris"),
            Some(json!({"type": "equals", "value": "Paris"}))
        );
        assert_eq!(
            read("At 10:30"),
            Some(json!({"type": "equals", "value": "At 10:30"}))
        );
        assert_eq!(
            read("not-contains-any: a, b"),
            Some(json!({"type": "not-contains-any", "value": ["a", "b"]}))
        );
        assert_eq!(
            read("llm-rubric(0.8): is polite"),
            Some(json!({"type": "llm-rubric", "value": "is polite", "threshold": 0.8}))
        );
        assert!(expectation("javascript: output.length").is_err());
    }
}
