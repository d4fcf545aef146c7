//! Versions that a change puts before users without evidence: an override is a word, and it needs no gate.

use super::{Comparison, named};
use crate::model::{Family, Status};
use crate::registry::{self, FAMILY_FILE, PROMPTS};
use crate::source::Source;

/// Compares the overrides of what users get.
pub(super) fn compare<'f>(
    comparison: &mut Comparison<'_>,
    families: impl Iterator<Item = &'f Family>,
) {
    for family in families {
        let path = format!("{PROMPTS}/{}/{FAMILY_FILE}", family.name);
        if !comparison.changed.touch(&path) {
            continue;
        }
        let source = comparison.before.bytes(&path);
        let source = source.and_then(|bytes| Source::new(path.clone(), &bytes).ok());
        let before = source.map(|source| registry::entries(&source));
        let before = before.unwrap_or_default();
        for (number, entry) in &family.entries {
            let (Status::Production | Status::Canary, Some(reason)) =
                (entry.status, &entry.override_reason)
            else {
                continue;
            };
            let was = before.get(number);
            let same = |was: &crate::model::prompt::VersionEntry| {
                was.status == entry.status && was.override_reason == entry.override_reason
            };
            if !was.is_some_and(same) {
                let (status, reason) = (entry.status, named(reason));
                comparison.add(
                    &path,
                    format!("{number} is put into {status} without evidence: {reason}"),
                );
            }
        }
    }
}
