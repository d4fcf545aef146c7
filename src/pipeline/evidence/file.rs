//! Evidence on the disk: `evals/evidence/FAMILY/VERSION.json`, sorted, a line a case and a line a gate.

use std::io;
use std::path::Path;

use serde_json::Value;

use crate::fsx;
use crate::model::PromptRef;
use crate::model::evidence::{EVIDENCE_VERSION, Evidence};
use crate::registry;

/// Longest value that stands on one line.
const WIDTH: usize = 120;

/// Where the evidence of a version lies, relative to the project.
pub fn path(id: &PromptRef) -> String {
    registry::evidence_path(id)
}

/// Evidence as it is written: the same for the same run.
///
/// # Errors
/// Never for evidence out of a run.
pub fn write(evidence: &Evidence) -> serde_json::Result<Vec<u8>> {
    let mut text = String::new();
    put(&serde_json::to_value(evidence)?, 0, &mut text);
    text.push('\n');
    Ok(text.into_bytes())
}

/// The evidence of a version, where there is any.
///
/// # Errors
/// When the file cannot be read, or is no evidence of this version.
pub fn read(root: &Path, id: &PromptRef) -> io::Result<Option<Evidence>> {
    let bytes = match fsx::read(&root.join(path(id))) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let evidence: Evidence = serde_json::from_slice(&bytes)?;
    if evidence.evidence > EVIDENCE_VERSION {
        let newer = format!(
            "it is of format {}, newer than this program",
            evidence.evidence
        );
        return Err(io::Error::other(newer));
    }
    if evidence.version != id.to_string() {
        return Err(io::Error::other(format!(
            "it is about {}",
            evidence.version
        )));
    }
    Ok(Some(evidence))
}

/// What is short stands on one line, so that a diff of two files shows cases and gates and no brackets.
fn put(value: &Value, depth: usize, out: &mut String) {
    let line = value.to_string();
    let open = line.chars().count() + 2 * depth > WIDTH || depth == 0;
    match value {
        Value::Object(map) if open && !map.is_empty() => {
            let items = map.iter().map(|(key, item)| (Some(key), item));
            put_all(('{', '}'), items, depth, out);
        }
        Value::Array(list) if open && !list.is_empty() => {
            let items = list.iter().map(|item| (None, item));
            put_all(('[', ']'), items, depth, out);
        }
        _ => out.push_str(&line),
    }
}

fn put_all<'v>(
    (open, close): (char, char),
    items: impl Iterator<Item = (Option<&'v String>, &'v Value)>,
    depth: usize,
    out: &mut String,
) {
    let indent = |depth: usize| "  ".repeat(depth);
    out.push(open);
    for (place, (key, item)) in items.enumerate() {
        out.push_str(if place == 0 { "\n" } else { ",\n" });
        out.push_str(&indent(depth + 1));
        if let Some(key) = key {
            out.push_str(&Value::from(key.as_str()).to_string());
            out.push_str(": ");
        }
        put(item, depth + 1, out);
    }
    out.push('\n');
    out.push_str(&indent(depth));
    out.push(close);
}
