//! From files that changed to what has to run again: a suite depends on its own file, its dataset and recordings, its family's
//! pointers, history, evidence and versions, what these and its evaluators include, and `prompteval.yaml`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::fsx;
use crate::load::{self, Changes, EVALS, PROJECT_FILE, git};
use crate::model::suite::{BaselineSpec, Selector};
use crate::model::{Family, Location, Problem, Problems, PromptRef, PromptVersion, Status, Suite};
use crate::plan::Focus;
use crate::registry::{self, PROMPTS, Registry};
use crate::source::{Source, Yaml};

/// The suites that a change affects, by name, each with the versions that it is about.
pub(super) fn focus(
    root: &Path,
    suites: &[Suite],
    registry: &Registry,
    changed: &Changes,
) -> BTreeMap<String, Focus> {
    let mut affected = BTreeMap::new();
    for suite in suites {
        let family = registry.families.get(&suite.family.value);
        let versions = family.map_or_else(Vec::new, |family| touched(root, family, changed));
        let baseline = family.is_some_and(|family| {
            let mut touched = versions.iter();
            touched.any(|version| is_baseline(suite, family, version))
        });
        let set_by_hand = family.filter(|family| family.held.is_some());
        let set_by_hand = set_by_hand.and_then(Family::production);
        let extra: BTreeSet<PromptRef> = versions
            .iter()
            .copied()
            .chain(set_by_hand)
            .map(|version| version.id.clone())
            .collect();
        let whole = baseline || reads_changed(root, suite, changed);
        if whole || !extra.is_empty() {
            let only = (!whole).then(|| extra.clone());
            affected.insert(suite.name.clone(), Focus { only, extra });
        }
    }
    affected
}

/// Whether a file that concerns every version of a suite changed.
fn reads_changed(root: &Path, suite: &Suite, changed: &Changes) -> bool {
    let family = &suite.family.value;
    let recordings = load::recordings_dir(root).join(format!("{}.jsonl", suite.name));
    let files = [
        PROJECT_FILE.to_owned(),
        suite.path.clone(),
        suite.dataset.value.clone(),
        fsx::shown(root, &recordings),
        format!("{PROMPTS}/{family}/{}", registry::FAMILY_FILE),
        format!("{PROMPTS}/{family}/{}", registry::HISTORY_FILE),
    ];
    let evaluators = suite.evaluators.iter();
    let texts = evaluators.flat_map(|evaluator| texts_of(&evaluator.value));
    files.iter().any(|file| changed.touch(file))
        || includes_changed(root, texts, changed)
        || changed.touch_below(format!("{EVALS}/evidence/{family}"))
}

/// Every text of an evaluator's value: each may be a template.
pub(super) fn texts_of(value: &Value) -> Vec<&str> {
    let mut texts = Vec::new();
    collect_texts(value, &mut texts);
    texts
}

fn collect_texts<'v>(value: &'v Value, texts: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(items) => items.iter().for_each(|item| collect_texts(item, texts)),
        Value::Object(map) => map.values().for_each(|item| collect_texts(item, texts)),
        _ => {}
    }
}

fn includes_changed<'t>(
    root: &Path,
    texts: impl IntoIterator<Item = &'t str>,
    changed: &Changes,
) -> bool {
    let mut includes = registry::includes_of(root, texts).into_keys();
    includes.any(|path| changed.touch(format!("{PROMPTS}/{path}")))
}

/// Versions whose file, or a template they include, changed.
fn touched<'f>(root: &Path, family: &'f Family, changed: &Changes) -> Vec<&'f PromptVersion> {
    let is_touched = |version: &&PromptVersion| {
        let texts = version
            .messages
            .iter()
            .map(|message| &*message.content.source);
        changed.touch(&version.path) || includes_changed(root, texts, changed)
    };
    family.versions.values().filter(is_touched).collect()
}

fn is_baseline(suite: &Suite, family: &Family, version: &PromptVersion) -> bool {
    let segment = suite.segment.as_ref().map(|spot| spot.value.as_str());
    match &suite.baseline.value {
        BaselineSpec::None => false,
        BaselineSpec::Of(Selector::Status(Status::Production)) => family
            .compared(segment)
            .is_some_and(|serving| serving.id == version.id),
        BaselineSpec::Of(Selector::Status(status)) => version.status == *status,
        BaselineSpec::Of(Selector::Version(number)) => version.id.version == *number,
    }
}

/// Versions that a change adds or edits, themselves or by what they include, and that no suite tests.
pub(super) fn untested(
    root: &Path,
    suites: &[Suite],
    registry: &Registry,
    changed: &Changes,
) -> Vec<PromptRef> {
    let families = registry.families.values();
    let bare =
        families.filter(|family| suites.iter().all(|suite| suite.family.value != family.name));
    let touched = bare.flat_map(|family| touched(root, family, changed));
    // What is out of use for good reaches nobody.
    let served = touched.filter(|version| version.status != Status::Archived);
    served.map(|version| version.id.clone()).collect()
}

/// Versions that were released in the commit that is compared with, and whose text is another one now.
pub fn edited_in_place(root: &Path, changed: &git::Changed) -> Problems {
    let mut problems = Problems::default();
    for path in &changed.files {
        let Some((family, number)) = version_of(path) else {
            continue;
        };
        let Some(status) = status_at(root, &changed.base, family, number) else {
            continue;
        };
        let before = git::file_at(root, &changed.base, path);
        let now = fsx::read(&root.join(path)).ok();
        let gone = now.is_none();
        let same = before.is_none()
            || before.map(|b| fsx::sha256_lf(&b)) == now.map(|b| fsx::sha256_lf(&b));
        if same || status == Status::Draft || (gone && status == Status::Archived) {
            continue;
        }
        let what = if gone { "removes" } else { "edits" };
        let base: String = changed.base.chars().take(10).collect();
        let message = format!(
            "{family}@{number} was `{status}` in {base}, and this change {what} its file: a version past draft is never modified"
        );
        let hint = format!(
            "restore it (`git checkout {base} -- {path}`), and make a new one: `prompteval new {family} --from {number} --bump patch --changelog \"...\"`"
        );
        problems.push(
            Problem::error("edited-in-place", Location::file(path.clone()), message).hint(hint),
        );
    }
    problems
}

/// Family and number of a version's file.
fn version_of(path: &str) -> Option<(&str, &str)> {
    let (family, file) = path
        .strip_prefix(PROMPTS)?
        .strip_prefix('/')?
        .split_once('/')?;
    let number = file.strip_suffix(".yaml")?;
    let is_version = number.parse::<crate::model::Version>().is_ok();
    is_version.then_some((family, number))
}

/// The status that family.yaml gave a version in a commit; a version without an entry was a draft.
fn status_at(root: &Path, commit: &str, family: &str, number: &str) -> Option<Status> {
    let path = format!("{PROMPTS}/{family}/family.yaml");
    let bytes = git::file_at(root, commit, &path)?;
    let tree = Source::new(path, &bytes).ok()?.yaml().ok()?;
    let versions = entry(&tree.value, "versions")?;
    match entry(entry(versions, number)?, "status")? {
        Yaml::String(status) => status.parse().ok(),
        _ => None,
    }
}

fn entry<'y>(map: &'y Yaml, key: &str) -> Option<&'y Yaml> {
    let Yaml::Map(entries) = map else { return None };
    let found = entries.iter().find(|(name, ..)| name == key)?;
    Some(&found.2.value)
}
