//! Edits of users' files that leave every byte alone that is not meant to change.
//!
//! Each edit is parsed again and compared with what was meant. A text whose shape is not understood is refused, and the
//! message says what to write by hand.

mod changelog;
mod entry;
mod scan;
#[cfg(test)]
mod tests;
mod write;

pub(super) use changelog::set_changelog;

use serde_json::{Map, Value};

use crate::model::{Problem, Version};
use crate::source::{Mark, Node, Source, Yaml};

/// What an entry of `versions` shall say: keys in the order they are written; null takes a key out.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct EntryChange {
    /// Which version.
    pub(super) version: Version,
    /// Its keys and values.
    pub(super) fields: Map<String, Value>,
}

/// The text of `family.yaml` with these entries changed.
///
/// # Errors
/// Where the file is no YAML, or is written in a way that cannot be edited without touching more than the entries.
pub(super) fn set_entries(source: &Source, changes: &[EntryChange]) -> Result<String, Problem> {
    let root = source.yaml()?;
    let mut text = source.text.to_string();
    for change in changes {
        text = set_entry(source, text, change).ok_or_else(|| refused(source, &root, changes))?;
    }
    if !source.text.is_empty() && !source.text.ends_with('\n') && text.ends_with('\n') {
        text.truncate(text.trim_end_matches(['\r', '\n']).len());
    }
    let meant = meant(&root, changes);
    let read = again(source, &text).map(|root| filled(&root));
    if meant.is_some() && read == meant {
        Ok(text)
    } else {
        Err(refused(source, &root, changes))
    }
}

fn set_entry(source: &Source, mut text: String, change: &EntryChange) -> Option<String> {
    let number = change.version.to_string();
    let root = again(source, &text)?;
    let versions = field(&root, "versions");
    if versions.and_then(|v| field(&v.2, &number)).is_none() {
        let mut fields = change.fields.clone();
        fields.retain(|_, value| !value.is_null());
        return entry::add(&text, &root, versions, &number, &fields);
    }
    for (key, value) in &change.fields {
        let root = again(source, &text)?;
        let versions = field(&root, "versions")?;
        let entry = field(&versions.2, &number)?;
        let wanted = Some(value).filter(|value| !value.is_null());
        let written = field(&entry.2, key).map(|(.., node)| node.json());
        // What says the right thing already stays as it is written.
        if written.as_ref() == wanted {
            continue;
        }
        let scan = scan::Scan::new(&text);
        let start = scan.value_start(scan.at(versions.1)?)?;
        let flow = text.get(start..)?.starts_with('{');
        text = entry::set(&text, entry, flow, key, wanted)?;
    }
    Some(text)
}

fn field<'n>(node: &'n Node, key: &str) -> Option<&'n (String, Mark, Node)> {
    match &node.value {
        Yaml::Map(entries) => entries.iter().find(|(name, ..)| name == key),
        _ => None,
    }
}

/// The tree of an edited text.
fn again(source: &Source, text: &str) -> Option<Node> {
    Source::row(source.path.clone(), text, 1).yaml().ok()
}

/// The file as a value; an empty one is an empty mapping.
fn filled(root: &Node) -> Value {
    match root.json() {
        Value::Null => Value::Object(Map::new()),
        value => value,
    }
}

/// What the edited file has to say: everything as before, but for the changes.
fn meant(root: &Node, changes: &[EntryChange]) -> Option<Value> {
    let mut all = filled(root);
    let versions = all
        .as_object_mut()?
        .entry("versions")
        .or_insert(Value::Null);
    for change in changes {
        let entry = opened(versions)?.entry(change.version.to_string());
        let entry = opened(entry.or_insert(Value::Null))?;
        for (key, value) in &change.fields {
            if value.is_null() {
                entry.shift_remove(key);
            } else {
                entry.insert(key.clone(), value.clone());
            }
        }
    }
    Some(all)
}

/// A mapping to write to; nothing is an empty one.
fn opened(value: &mut Value) -> Option<&mut Map<String, Value>> {
    if value.is_null() {
        *value = Value::Object(Map::new());
    }
    value.as_object_mut()
}

fn refused(source: &Source, root: &Node, changes: &[EntryChange]) -> Problem {
    let mark = changes.iter().find_map(|change| {
        let versions = field(root, "versions")?;
        Some(field(&versions.2, &change.version.to_string())?.1)
    });
    let at = mark.map_or_else(|| source.whole(), |mark| source.location(mark));
    let entries = changes.iter().map(|change| {
        let mut fields = change.fields.clone();
        fields.retain(|_, value| !value.is_null());
        let fields = write::value(&Value::Object(fields), None);
        format!("`{}: {fields}`", change.version)
    });
    let entries: Vec<String> = entries.collect();
    Problem::error(
        "cannot-edit",
        at,
        "the way this is written cannot be edited without touching more than the entry; nothing was changed",
    )
    .hint(format!(
        "write under `versions:` by hand: {}",
        entries.join(" and ")
    ))
}
