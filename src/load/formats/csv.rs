//! CSV: columns are variables, but for those with a meaning of their own.

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::sync::Arc;

use csv::{ByteRecord, ReaderBuilder};
use serde_json::{Map, Value, json};

use super::entry::FormatEntry;
use super::quotes::QuoteWatch;
use crate::load::builder::{Builder, Hashed};
use crate::load::case_row;
use crate::load::rows::{InMemory, Indexed};
use crate::model::dataset::Rows;
use crate::model::{Case, Problem};
use crate::source::{Check, Mark, Node, Source};

pub(super) static ENTRY: FormatEntry = FormatEntry {
    name: "csv",
    extensions: &["csv"],
    summary: "CSV: columns are variables; id, expected, tags, cluster and __expected keep their meaning",
    example: "id,query,tags,__expected\nlate,Where is it?,shipping;angry,icontains:sorry\n",
    read,
};

/// Most columns: each is a variable of every case.
const MOST_COLUMNS: usize = 10_000;

fn read(input: &mut Hashed, kept: File, builder: &mut Builder) -> io::Result<Arc<dyn Rows>> {
    let mut watch = QuoteWatch::default();
    let rows = read_rows(watch.over(input), kept, builder);
    if let Some(line) = watch.too_long() {
        builder.too_long(line);
        return Ok(Arc::new(InMemory::default()));
    }
    let rows = rows?;
    if let Some((line, message)) = watch.fault() {
        let hint = "close the field with a quote right before the comma or the line's end; a quote inside of it is written twice: `\"\"`";
        builder.problems([broken(builder, line, &message).hint(hint)]);
    }
    Ok(rows)
}

fn read_rows(input: impl io::Read, kept: File, builder: &mut Builder) -> io::Result<Arc<dyn Rows>> {
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(input);
    let header = match reader.byte_headers() {
        Ok(header) => names(header),
        Err(error) => match error.into_kind() {
            csv::ErrorKind::Io(error) => return Err(error),
            other => Err(format!("{other:?}")),
        },
    };
    let names = match header {
        Ok(names) => names,
        Err(message) => {
            builder.problems([broken(builder, 1, &message)]);
            return Ok(Arc::new(InMemory::default()));
        }
    };
    let own = names.clone();
    let parse = move |bytes: &[u8], line, number| {
        let mut record = ByteRecord::new();
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(bytes);
        let found = reader.read_byte_record(&mut record).ok()?;
        let case = found.then(|| read_record(&own, &record, "".into(), line, number));
        case?.ok()
    };
    let mut rows = Indexed::new(kept, Box::new(parse));
    let mut record = ByteRecord::new();
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return Ok(Arc::new(rows)),
            Err(error) => match error.into_kind() {
                csv::ErrorKind::Io(error) => return Err(error),
                other => {
                    builder.problems([broken(builder, 1, &format!("{other:?}"))]);
                    return Ok(Arc::new(rows));
                }
            },
        }
        let (begin, line) = record
            .position()
            .map_or((0, 1), |place| (place.byte(), place.line() as usize));
        rows.push(begin, line);
        let number = rows.len();
        let read = |line| read_record(&names, &record, builder.path(), line, number);
        if let Ok(case) = read(line) {
            builder.case(&case);
        } else {
            let exact = rows.line(number - 1).unwrap_or(line);
            builder.broken(read(exact).err().unwrap_or_default());
        }
        if builder.is_hopeless() {
            return Ok(Arc::new(rows));
        }
    }
}

/// The names of the columns, or what is wrong with them.
fn names(header: &ByteRecord) -> Result<Vec<String>, String> {
    if header.len() > MOST_COLUMNS {
        return Err(format!(
            "there are {} columns, more than {MOST_COLUMNS}",
            header.len()
        ));
    }
    let (mut names, mut known) = (Vec::new(), HashSet::new());
    for field in header {
        let name = String::from_utf8_lossy(field).trim().to_owned();
        if name.is_empty() {
            return Err(format!("a column has no name: `{name}`"));
        }
        if !known.insert(name.clone()) {
            return Err(format!("two columns have the same name: `{name}`"));
        }
        names.push(name);
    }
    Ok(names)
}

fn read_record(
    names: &[String],
    record: &ByteRecord,
    path: Arc<str>,
    line: usize,
    number: usize,
) -> Result<Case, Vec<Problem>> {
    let source = Source::row(path, "", line);
    let mark = Mark {
        line,
        column: 1,
        length: 1,
    };
    let broken = |message: String| {
        let at = source.location(mark);
        vec![Problem::error("invalid-csv", at, message)]
    };
    if record.len() != names.len() {
        return Err(broken(format!(
            "the row has {} fields, the header {}",
            record.len(),
            names.len()
        )));
    }
    if std::str::from_utf8(record.as_slice()).is_err() {
        return Err(broken("the row is not UTF-8".to_owned()));
    }
    match row(names, record) {
        Ok(value) => {
            let mut check = Check::new(&source);
            let case = case_row::read(&mut check, &Node::from_json(value, mark), number);
            case.filter(|_| check.problems.is_empty())
                .ok_or_else(|| check.problems.into_iter().collect())
        }
        Err((message, hint)) => {
            let problem = Problem::error("bad-expectation", source.location(mark), message);
            Err(vec![problem.hint(hint)])
        }
    }
}

fn broken(builder: &Builder, line: usize, message: &str) -> Problem {
    let source = Source::row(builder.path(), "", line);
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
