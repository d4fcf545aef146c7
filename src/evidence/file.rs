//! Evidence on the disk: `evals/evidence/FAMILY/VERSION.json`, sorted, a line a case and a line a gate.

use std::path::Path;
use std::{fmt, io};

use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer as _};
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
    let compact = serde_json::to_string(evidence)?;
    let mut text = String::with_capacity(compact.len() + compact.len() / 4);
    put(&compact, 0, &mut text)?;
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

/// What is short stands on one line, so that a diff of two files shows cases and gates and no brackets. Each level is read item by item:
/// the whole as a tree would take many times its text.
fn put(line: &str, depth: usize, out: &mut String) -> serde_json::Result<()> {
    let long = line.chars().count() + 2 * depth > WIDTH;
    let open = (long && depth < LINE_DEPTH) || depth == 0;
    let mut items = Items {
        depth,
        out,
        count: 0,
    };
    let mut from = serde_json::Deserializer::from_str(line);
    match line.as_bytes() {
        [b'{', .., b'}'] if open && line != "{}" => {
            items.out.push('{');
            from.deserialize_map(&mut items)?;
            items.close('}');
        }
        [b'[', .., b']'] if open && line != "[]" => {
            items.out.push('[');
            from.deserialize_seq(&mut items)?;
            items.close(']');
        }
        _ => items.out.push_str(line),
    }
    Ok(())
}

/// The items of an object or a list, a line each.
struct Items<'o> {
    depth: usize,
    out: &'o mut String,
    count: usize,
}

impl Items<'_> {
    fn item(&mut self, key: Option<&str>, item: &str) -> serde_json::Result<()> {
        self.out
            .push_str(if self.count == 0 { "\n" } else { ",\n" });
        self.count += 1;
        self.indent(self.depth + 1);
        if let Some(key) = key {
            self.out.push_str(&serde_json::to_string(key)?);
            self.out.push_str(": ");
        }
        put(item, self.depth + 1, self.out)
    }

    fn close(&mut self, bracket: char) {
        self.out.push('\n');
        self.indent(self.depth);
        self.out.push(bracket);
    }

    fn indent(&mut self, depth: usize) {
        self.out.extend(std::iter::repeat_n("  ", depth));
    }
}

impl<'de> Visitor<'de> for &mut Items<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some((key, item)) = map.next_entry::<String, &RawValue>()? {
            self.item(Some(&key), item.get())
                .map_err(A::Error::custom)?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(item) = list.next_element::<&RawValue>()? {
            self.item(None, item.get()).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}
