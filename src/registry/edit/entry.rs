//! One change of one entry of `versions`, in the text of `family.yaml`.

use serde_json::{Map, Value};

use super::scan::Scan;
use super::write;
use crate::source::{Mark, Node, Yaml};

/// The order in which an entry's keys are written.
const ORDER: &[&str] = &[
    "status", "sha256", "traffic", "includes", "evidence", "override",
];

/// A key, its place and its value.
type Field = (String, Mark, Node);

/// The text with a key of an entry set, or taken out where there is no value. `None` where it cannot be done.
pub(super) fn set(
    text: &str,
    entry: &Field,
    in_flow: bool,
    key: &str,
    value: Option<&Value>,
) -> Option<String> {
    let scan = Scan::new(text);
    let Yaml::Map(fields) = &entry.2.value else {
        return None;
    };
    let start = scan.value_start(scan.at(entry.1)?)?;
    let flow = in_flow || text.get(start..)?.starts_with('{');
    let place = fields.iter().position(|(name, ..)| name == key);
    match (place, value) {
        (None, None) => Some(text.to_owned()),
        (Some(place), Some(value)) => replace(scan, fields.get(place)?, flow, value),
        (Some(place), None) if flow => remove_in_flow(scan, fields, place),
        (Some(place), None) => remove_lines(scan, fields.get(place)?),
        (None, Some(value)) => insert(scan, anchor(fields, key)?, flow, key, value),
    }
}

/// The field after which a new one is written.
fn anchor<'f>(fields: &'f [Field], key: &str) -> Option<&'f Field> {
    let rank = |name: &str| ORDER.iter().position(|known| *known == name);
    let before = |field: &&Field| rank(&field.0) < rank(key);
    fields.iter().rev().find(before).or(fields.last())
}

fn replace(scan: Scan<'_>, field: &Field, flow: bool, value: &Value) -> Option<String> {
    let range = scan.value(field.1, &field.2, flow)?;
    let old = scan.text.get(range.clone())?;
    let quote = old.chars().next().filter(|c| matches!(c, '"' | '\''));
    let (before, after) = (scan.text.get(..range.start)?, scan.text.get(range.end..)?);
    // Behind a colon without a blank nothing stood on the key's line.
    let gap = if before.ends_with(':') { " " } else { "" };
    let new = write::value(value, quote);
    Some(format!("{before}{gap}{new}{after}"))
}

fn insert(scan: Scan<'_>, anchor: &Field, flow: bool, key: &str, value: &Value) -> Option<String> {
    let at = scan.at(anchor.1)?;
    let quote = scan.quote(at);
    let end = scan.value(anchor.1, &anchor.2, flow)?.end;
    let field = format!(
        "{}: {}",
        write::text_in(key, quote),
        write::value(value, quote)
    );
    if flow {
        return Some(spliced(scan.text, end, &format!(", {field}")));
    }
    let line = scan.line_end(end);
    let new = format!("{}{}{field}", eol(scan.text), scan.indent(at)?);
    Some(spliced(scan.text, line, &new))
}

fn remove_in_flow(scan: Scan<'_>, fields: &[Field], place: usize) -> Option<String> {
    let field = fields.get(place)?;
    let (from, to) = (scan.at(field.1)?, scan.value(field.1, &field.2, true)?.end);
    let noted = |text: &str| text.contains(['#', '\n']);
    let range = if let Some(before) = place.checked_sub(1).and_then(|place| fields.get(place)) {
        let end = scan.value(before.1, &before.2, true)?.end;
        // A comment that stands between the two stays.
        if noted(scan.text.get(end..from)?) {
            let comma = scan.text.get(to..)?.starts_with(',');
            from..to + usize::from(comma)
        } else {
            end..to
        }
    } else {
        let next = scan.at(fields.get(1)?.1)?;
        let end = if noted(scan.text.get(to..next)?) {
            to + 1
        } else {
            next
        };
        from..end
    };
    let mut text = scan.text.to_owned();
    text.replace_range(range, "");
    Some(text)
}

fn remove_lines(scan: Scan<'_>, field: &Field) -> Option<String> {
    let at = scan.at(field.1)?;
    scan.indent(at)?;
    let from = scan.line_start(at);
    let to = scan.line_end(scan.value(field.1, &field.2, false)?.end);
    let range = if let Some(next) = scan.next_line(to) {
        from..next
    } else {
        // The last line of a file without a final line end takes the one before it along.
        let before = scan.text.get(..from)?;
        let before = before.strip_suffix('\n').unwrap_or(before);
        before.strip_suffix('\r').unwrap_or(before).len()..to
    };
    let mut text = scan.text.to_owned();
    text.replace_range(range, "");
    Some(text)
}

/// The text with an entry added at the end of `versions`, which stands at `versions` where it is there at all.
pub(super) fn add(
    text: &str,
    root: &Node,
    versions: Option<&Field>,
    number: &str,
    fields: &Map<String, Value>,
) -> Option<String> {
    let scan = Scan::new(text);
    let Some(versions) = versions else {
        return add_versions(scan, root, number, fields);
    };
    let start = scan.value_start(scan.at(versions.1)?)?;
    let flow = text.get(start..)?.starts_with('{');
    let entries = match &versions.2.value {
        Yaml::Map(entries) => entries.as_slice(),
        Yaml::Null => &[],
        _ => return None,
    };
    let Some(last) = entries.last() else {
        return add_first(scan, versions, flow, number, fields);
    };
    let at = scan.at(last.1)?;
    let end = scan.value(last.1, &last.2, flow)?.end;
    let quote = scan.quote(at);
    if flow {
        let entry = in_braces(number, fields, quote);
        // Where each entry has a line of its own, the new one gets one, too.
        let gap = match scan.indent(at) {
            Some(indent) if scan.line_start(at) > start => format!("{}{indent}", eol(text)),
            _ => " ".to_owned(),
        };
        return Some(spliced(text, end, &format!(",{gap}{entry}")));
    }
    let below = below(scan, last);
    let indent = scan.indent(at)?;
    let entry = match below {
        Some(inner) => in_lines(number, fields, quote, indent, &inner, eol(text)),
        None => format!("{indent}{}", in_braces(number, fields, quote)),
    };
    Some(spliced(
        text,
        scan.line_end(end),
        &format!("{}{entry}", eol(text)),
    ))
}

/// The indentation of an entry's fields, where each has a line of its own.
fn below(scan: Scan<'_>, entry: &Field) -> Option<String> {
    let start = scan.value_start(scan.at(entry.1)?)?;
    let Yaml::Map(fields) = &entry.2.value else {
        return None;
    };
    if scan.text.get(start..)?.starts_with('{') {
        return None;
    }
    let first = scan.at(fields.first()?.1)?;
    scan.indent(first).map(str::to_owned)
}

fn add_first(
    scan: Scan<'_>,
    versions: &Field,
    flow: bool,
    number: &str,
    fields: &Map<String, Value>,
) -> Option<String> {
    let at = scan.at(versions.1)?;
    let entry = in_braces(number, fields, scan.quote(at));
    let range = scan.value(versions.1, &versions.2, flow)?;
    if range.is_empty() {
        let indent = scan.indent(at)?;
        let line = scan.line_end(range.end);
        let new = format!("{}{indent}  {entry}", eol(scan.text));
        return Some(spliced(scan.text, line, &new));
    }
    let mut text = scan.text.to_owned();
    text.replace_range(range, &format!("{{{entry}}}"));
    Some(text)
}

/// Adds `versions` at the end of the file.
fn add_versions(
    scan: Scan<'_>,
    root: &Node,
    number: &str,
    fields: &Map<String, Value>,
) -> Option<String> {
    let indent = match &root.value {
        Yaml::Map(entries) => match entries.first() {
            Some((_, mark, _)) => scan.indent(scan.at(*mark)?)?,
            None => return None,
        },
        Yaml::Null => "",
        _ => return None,
    };
    let eol = eol(scan.text);
    let open = scan.text.is_empty() || scan.text.ends_with('\n');
    let (gap, end) = if open { ("", eol) } else { (eol, "") };
    let entry = in_braces(number, fields, None);
    let new = format!("{gap}{indent}versions:{eol}{indent}  {entry}{end}");
    Some(spliced(scan.text, scan.text.len(), &new))
}

fn in_braces(number: &str, fields: &Map<String, Value>, quote: Option<char>) -> String {
    let number = write::text_in(number, quote);
    let fields = write::value(&Value::Object(fields.clone()), quote);
    format!("{number}: {fields}")
}

fn in_lines(
    number: &str,
    fields: &Map<String, Value>,
    quote: Option<char>,
    indent: &str,
    inner: &str,
    eol: &str,
) -> String {
    let mut lines = vec![format!("{indent}{}:", write::text_in(number, quote))];
    // What an entry's own keys are quoted with is not known from its number's.
    lines.extend(
        fields
            .iter()
            .map(|(name, value)| format!("{inner}{name}: {}", write::value(value, None))),
    );
    lines.join(eol)
}

fn spliced(text: &str, at: usize, new: &str) -> String {
    let mut text = text.to_owned();
    text.insert_str(at, new);
    text
}

/// The line end that the text has.
fn eol(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}
