//! How deep the schemas within a schema nest when its references are followed: what is too deep would overflow a stack.

use std::collections::HashMap;

use serde_json::Value;

use super::SpecError;

/// Levels, far more than anybody writes.
const DEEPEST: usize = 300;

/// Refuses a schema that nests deeper.
pub(super) fn require(schema: &Value) -> Result<(), SpecError> {
    let mut names = HashMap::new();
    collect(schema, &mut names);
    let mut walk = Walk {
        root: schema,
        names,
        heights: HashMap::new(),
    };
    let height = walk.height(schema, 0);
    height.map(|_| ()).ok_or_else(|| {
        SpecError::value(format!(
            "the schema nests more than {DEEPEST} levels deep when its references are followed"
        ))
    })
}

/// Anchors and identifiers.
fn collect<'s>(schema: &'s Value, names: &mut HashMap<&'s str, &'s Value>) {
    match schema {
        Value::Array(items) => items.iter().for_each(|item| collect(item, names)),
        Value::Object(entries) => {
            for keyword in ["$anchor", "$dynamicAnchor", "$id", "id"] {
                if let Some(Value::String(name)) = entries.get(keyword) {
                    names.insert(name.trim_start_matches('#'), schema);
                }
            }
            entries.values().for_each(|value| collect(value, names));
        }
        _ => {}
    }
}

struct Walk<'s> {
    root: &'s Value,
    names: HashMap<&'s str, &'s Value>,
    /// By address; 0 for those that are being walked, for a cycle is followed once.
    heights: HashMap<usize, usize>,
}

impl<'s> Walk<'s> {
    /// Levels below a value that stands so deep; none where they are too many.
    fn height(&mut self, value: &'s Value, depth: usize) -> Option<usize> {
        let address = std::ptr::from_ref(value).addr();
        let known = self.heights.get(&address).copied();
        if depth + known.unwrap_or_default() > DEEPEST {
            return None;
        }
        if let Some(known) = known {
            return Some(known);
        }
        let mut below = match value {
            Value::Array(items) => items.iter().collect::<Vec<_>>(),
            Value::Object(entries) => entries.values().collect(),
            _ => return Some(0),
        };
        for keyword in ["$ref", "$dynamicRef", "$recursiveRef"] {
            let reference = value.get(keyword).and_then(Value::as_str);
            below.extend(reference.and_then(|reference| self.target(reference)));
        }
        self.heights.insert(address, 0);
        let mut height = 0;
        for one in below {
            height = height.max(1 + self.height(one, depth + 1)?);
        }
        self.heights.insert(address, height);
        Some(height)
    }

    fn target(&self, reference: &str) -> Option<&'s Value> {
        let name = reference.strip_prefix('#').unwrap_or(reference);
        let pointed = reference.starts_with('#').then(|| self.root.pointer(name));
        pointed.flatten().or_else(|| self.names.get(name).copied())
    }
}
