//! Holds evidence against the files as they are: what differs would have to be run again.

use std::path::Path;

use super::{Tree, named};
use crate::load;
use crate::load::suite_sha256;
use crate::model::evidence::{Evidence, SuiteEvidence};
use crate::model::suite::{BaselineSpec, Selector};
use crate::model::{Family, Problems, PromptVersion, Status, Suite};
use crate::registry;

/// What is not as it was when the evidence was gathered, a line each; prices may have changed.
pub fn differences(evidence: &Evidence, tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    let id = named(&evidence.version);
    let version = id
        .as_ref()
        .and_then(|id| tree.registry.find(id).ok().map(|version| (id, version)));
    let Some((id, version)) = version else {
        return vec![format!("{} does not exist any more", evidence.version)];
    };
    of_version(evidence, version, &tree.root, &mut found);
    let Some(family) = tree.registry.families.get(&id.family) else {
        return found;
    };
    for suite in tree.required(family) {
        match evidence.suites.iter().find(|one| one.name == suite.name) {
            Some(then) => of_suite(then, suite, (family, version), &tree.root, &mut found),
            None => found.push(format!("{} is new, and was not run", suite.path)),
        }
    }
    let gone = |one: &&SuiteEvidence| tree.suites.iter().all(|suite| suite.name != one.name);
    for suite in evidence.suites.iter().filter(gone) {
        found.push(format!("the suite {} is gone", suite.name));
    }
    found
}

fn of_version(evidence: &Evidence, version: &PromptVersion, root: &Path, found: &mut Vec<String>) {
    if evidence.sha256 != version.sha256 {
        found.push(format!("{} has changed since the run", version.path));
    }
    if evidence.model != version.model.name {
        found.push(format!(
            "the run asked {}, and the version names {}",
            evidence.model, version.model.name
        ));
    }
    let includes = registry::includes_of_version(root, version);
    for (path, hash) in &includes {
        if evidence.includes.get(path) != Some(hash) {
            found.push(format!(
                "prompts/{path}, which the version includes, has changed since the run"
            ));
        }
    }
}

fn of_suite(
    then: &SuiteEvidence,
    now: &Suite,
    (family, version): (&Family, &PromptVersion),
    root: &Path,
    found: &mut Vec<String>,
) {
    if then.sha256 != suite_sha256(root, now) {
        found.push(format!("{} has changed since the run", now.path));
    }
    let mut problems = Problems::default();
    let dataset = load::dataset::read(root, &now.dataset.value, &mut problems);
    if dataset.is_none_or(|dataset| dataset.sha256 != then.dataset.sha256) {
        found.push(format!("{} has changed since the run", now.dataset.value));
    }
    found.extend(of_baseline(then, now, family, version));
}

/// What the version was compared with has to be what users get now: better than an older one is not enough.
fn of_baseline(
    then: &SuiteEvidence,
    now: &Suite,
    family: &Family,
    version: &PromptVersion,
) -> Option<String> {
    if !now.gates.iter().any(|gate| gate.rule.condition.compares()) {
        return None;
    }
    let segment = now.segment.as_ref().map(|spot| spot.value.as_str());
    let baseline = match &now.baseline.value {
        BaselineSpec::None => None,
        BaselineSpec::Of(Selector::Status(Status::Production)) => family.serving(segment),
        BaselineSpec::Of(Selector::Status(status)) => family.with_status(*status).last(),
        BaselineSpec::Of(Selector::Version(number)) => family.versions.get(number),
    };
    let baseline = baseline.filter(|baseline| baseline.id != version.id)?;
    let what = format!("suite {}: the baseline", now.name);
    match &then.baseline {
        Some(before) if before.sha256 == baseline.sha256 => None,
        Some(before) if before.version == baseline.id.version.to_string() => Some(format!(
            "{what} {} has changed since the run",
            before.version
        )),
        Some(before) => Some(format!(
            "{what} was {}, and is {} now",
            before.version, baseline.id.version
        )),
        None => Some(format!(
            "{what} is {} now, and the run compared with none",
            baseline.id.version
        )),
    }
}
