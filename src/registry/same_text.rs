//! Versions that would send the same request: one of them is a mistake, or a detour.

use indexmap::IndexMap;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Registry;
use crate::model::{Location, ModelTarget, Problem, Problems, PromptVersion};

/// Points out versions, of one family or of several, that differ in nothing but `changelog` and `created_by`.
pub fn same_texts(registry: &Registry) -> Problems {
    let mut groups: IndexMap<[u8; 32], Vec<&PromptVersion>> = IndexMap::new();
    let families = registry.families.values();
    for version in families.flat_map(|family| family.versions.values()) {
        let digest = Sha256::digest(sent(version).to_string());
        groups.entry(digest.into()).or_default().push(version);
    }
    let mut problems = Problems::default();
    for group in groups.values().filter(|group| group.len() > 1) {
        let Some((last, others)) = group.split_last() else {
            continue;
        };
        let names: Vec<String> = others.iter().map(|other| other.id.to_string()).collect();
        let at = Location::file(last.path.clone());
        let message = format!("{} has the same text as {}", last.id, names.join(", "));
        let hint = "they differ in `changelog` and `created_by` at most";
        problems.push(Problem::warning("same-text", at, message).hint(hint));
    }
    problems
}

/// Whether two versions send the same.
pub fn same_text(one: &PromptVersion, other: &PromptVersion) -> bool {
    sent(one) == sent(other)
}

/// What of a version is sent: models, parameters in whatever order, and messages.
fn sent(version: &PromptVersion) -> Value {
    let target = |target: &ModelTarget| json!([target.name.to_string(), target.params]);
    let mut sent = json!({
        "model": target(&version.model),
        "fallback": version.fallback.iter().map(target).collect::<Vec<_>>(),
        "messages": version.messages.iter().map(|message| json!([message.role, message.content.source])).collect::<Vec<_>>(),
    });
    sent.sort_all_objects();
    sent
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn only_what_is_sent_counts() {
        let dir = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = dir.path().join("prompts").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write(
            "a/1.0.0.yaml",
            "model: x/y\nparams: {a: 1, b: {c: 2, d: 3}}\nuser: Hi\n",
        );
        write(
            "a/1.1.0.yaml",
            "changelog: c\nmodel: x/y\nparams: {a: 1}\nuser: Hi\n",
        );
        write("a/1.2.0.yaml", "changelog: d\nmodel: x/z\nuser: Hi\n");
        write(
            "b/1.0.0.yaml",
            "# other words\ncreated_by: me\nuser: 'Hi'\nparams:\n  b: {d: 3, c: 2}\n  a: 1\nmodel: x/y\n",
        );
        let (registry, problems) = Registry::read(dir.path());
        assert!(problems.is_empty(), "{problems:?}");
        let found = same_texts(&registry);
        let messages: Vec<&str> = found.iter().map(|p| p.message.as_str()).collect();
        assert_eq!(messages, ["b@1.0.0 has the same text as a@1.0.0"]);
        assert!(!found.any_error());
    }
}
