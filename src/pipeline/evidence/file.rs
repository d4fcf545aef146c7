//! Evidence on the disk: `evals/evidence/FAMILY/VERSION.json`, sorted, a line a case and a line a gate.

use std::io;
use std::path::Path;

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::fsx;
use crate::load::git;
use crate::model::evidence::{EVIDENCE_VERSION, Evidence};
use crate::model::{Family, PromptRef};
use crate::registry;

/// What every version of the format has.
#[derive(Deserialize)]
struct Form {
    evidence: u32,
}

/// Longest value that stands on one line.
const WIDTH: usize = 120;

/// Depth of cases and gates in the file: each is a line, however long, so that a diff shows what changed of which.
const LINE_DEPTH: usize = 4;

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
    put(&serde_json::to_string(evidence)?, 0, &mut text)?;
    text.push('\n');
    Ok(text.into_bytes())
}

/// The evidence that a version was promoted on: the file whose hash `family.yaml` holds. Any other one was written by anybody.
///
/// # Errors
/// When the file is no evidence of this version.
pub fn read(root: &Path, family: &Family, id: &PromptRef) -> io::Result<Option<Evidence>> {
    let entry = family.entries.get(&id.version);
    let pin = entry.and_then(|entry| entry.evidence.as_deref());
    pinned(id, pin, |path| fsx::read(&root.join(path)).ok())
}

fn pinned(
    id: &PromptRef,
    pin: Option<&str>,
    read: impl Fn(&str) -> Option<Vec<u8>>,
) -> io::Result<Option<Evidence>> {
    let bytes = pin.and_then(|pin| registry::pinned_evidence(id, pin, read));
    bytes.map(|bytes| parse(&bytes, id)).transpose()
}

/// The file of a version's evidence, whatever it is.
///
/// # Errors
/// When it cannot be read, or is no evidence of this version.
pub(super) fn read_any(root: &Path, id: &PromptRef) -> io::Result<Evidence> {
    parse(&fsx::read(&root.join(path(id)))?, id)
}

/// The evidence of a version as it was in a commit, or as it is: no change brings the answers that it is compared with.
///
/// # Errors
/// When the file of that commit is no evidence of this version.
pub fn read_at(root: &Path, commit: Option<&str>, id: &PromptRef) -> io::Result<Option<Evidence>> {
    let file = |path: &str| match commit {
        Some(commit) => git::file_at(root, commit, path),
        None => fsx::read(&root.join(path)).ok(),
    };
    let pin = registry::evidence_pin(id, file);
    pinned(id, pin.as_deref(), file)
}

fn parse(bytes: &[u8], id: &PromptRef) -> io::Result<Evidence> {
    let form: Form = serde_json::from_slice(bytes)?;
    if form.evidence != EVIDENCE_VERSION {
        return Err(io::Error::other(format!(
            "it is of format {}, and this program reads {EVIDENCE_VERSION}: run and promote again",
            form.evidence
        )));
    }
    let evidence: Evidence = serde_json::from_slice(bytes)?;
    if evidence.version != id.to_string() {
        return Err(io::Error::other(format!(
            "it is about {}",
            evidence.version
        )));
    }
    Ok(evidence)
}

/// What is short stands on one line, so that a diff of two files shows cases and gates and no brackets. Each level is read by itself: the
/// whole as a tree would take many times its text.
fn put(line: &str, depth: usize, out: &mut String) -> serde_json::Result<()> {
    let long = line.chars().count() + 2 * depth > WIDTH;
    let open = (long && depth < LINE_DEPTH) || depth == 0;
    match line.as_bytes() {
        [b'{', .., b'}'] if open && line != "{}" => {
            let map: IndexMap<String, &RawValue> = serde_json::from_str(line)?;
            let items = map.iter().map(|(key, item)| (Some(key), item.get()));
            put_all(('{', '}'), items, depth, out)
        }
        [b'[', .., b']'] if open && line != "[]" => {
            let list: Vec<&RawValue> = serde_json::from_str(line)?;
            let items = list.iter().map(|item| (None, item.get()));
            put_all(('[', ']'), items, depth, out)
        }
        _ => {
            out.push_str(line);
            Ok(())
        }
    }
}

fn put_all<'v>(
    (open, close): (char, char),
    items: impl Iterator<Item = (Option<&'v String>, &'v str)>,
    depth: usize,
    out: &mut String,
) -> serde_json::Result<()> {
    let indent = |depth: usize| "  ".repeat(depth);
    out.push(open);
    for (place, (key, item)) in items.enumerate() {
        out.push_str(if place == 0 { "\n" } else { ",\n" });
        out.push_str(&indent(depth + 1));
        if let Some(key) = key {
            out.push_str(&serde_json::to_string(key)?);
            out.push_str(": ");
        }
        put(item, depth + 1, out)?;
    }
    out.push('\n');
    out.push_str(&indent(depth));
    out.push(close);
    Ok(())
}
