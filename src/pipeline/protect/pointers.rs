//! Versions that a change puts before users without evidence, and histories that it edits: an override is a word, and needs no gate.

use super::comparison::{Comparison, named};
use crate::fsx;
use crate::model::Family;
use crate::registry::{self, FAMILY_FILE, HISTORY_FILE, PROMPTS};
use crate::source::Source;

/// A history grows at its end: what was there says how versions came where they are.
fn lines(comparison: &mut Comparison<'_>, family: &str) {
    let path = format!("{PROMPTS}/{family}/{HISTORY_FILE}");
    if !comparison.changed.touch(&path) {
        return;
    }
    let now = fsx::read(&comparison.root.join(&path)).unwrap_or_default();
    let plain = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    let before = comparison.before.bytes(&path).unwrap_or_default();
    if !plain(&now).starts_with(&plain(&before)) {
        comparison.add(&path, "lines that were there are edited or removed");
    }
}

/// Compares the overrides of what users get.
pub(super) fn compare<'f>(
    comparison: &mut Comparison<'_>,
    families: impl Iterator<Item = &'f Family>,
) {
    for family in families {
        let path = format!("{PROMPTS}/{}/{FAMILY_FILE}", family.name);
        lines(comparison, &family.name);
        if !comparison.changed.touch(&path) {
            continue;
        }
        let source = comparison.before.bytes(&path);
        let source = source.and_then(|bytes| Source::new(path.clone(), &bytes).ok());
        let before = source.map(|source| registry::entries(&source));
        let before = before.unwrap_or_default();
        for (number, entry) in &family.entries {
            if entry.evidence.is_some() || !registry::needs_evidence(entry.status) {
                continue;
            }
            let was = before.get(number);
            let same = |was: &crate::model::prompt::VersionEntry| {
                was.status == entry.status && was.override_reason == entry.override_reason
            };
            if !was.is_some_and(same) {
                let status = entry.status;
                let reason = entry.override_reason.as_deref();
                let reason = reason.map_or("by hand".to_owned(), named);
                comparison.add(
                    &path,
                    format!("{number} is put into {status} without evidence: {reason}"),
                );
            }
        }
    }
}
