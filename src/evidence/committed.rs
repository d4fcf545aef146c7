//! Evidence that is committed, held against everything that it has to agree with: the registry, the project's demands, the files
//! it speaks of where they are still the same, and its own outcomes.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use super::file::read_any;
use super::signed::untrusted;
use super::{Tree, contradictions, path, read, refused};
use crate::fsx;
use crate::load::suite_sha256;
use crate::load::{self, EVALS};
use crate::model::evidence::{CaseEvidence, Evidence, SuiteEvidence};
use crate::model::{
    Dataset, Family, Location, Problem, Problems, PromptRef, PromptVersion, RunSpec, Status, Suite,
};
use crate::plan::{self, Known};
use crate::registry::{self, History};

/// One file of evidence.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The file, relative to the project.
    pub path: String,
    /// The version it is about.
    pub version: String,
    /// The evidence, where it can be read.
    pub evidence: Option<Evidence>,
    /// Whether a version rests on it; a file that `family.yaml` holds no hash of says nothing.
    pub is_used: bool,
    /// What is wrong, a line each.
    pub problems: Vec<String>,
    /// Suites that it is not compared with, and why.
    pub uncompared: Vec<String>,
}

/// Every file of evidence, or those of a family; gates are decided again, and rows compared with the dataset.
pub fn committed(tree: &Tree, family: Option<&str>) -> Vec<Checked> {
    let dir = tree.root.join(EVALS).join("evidence");
    let mut checked = Vec::new();
    for name in fsx::list(&dir).unwrap_or_default() {
        if family.is_some_and(|wanted| wanted != name) || !fsx::is_dir(&dir.join(&name)) {
            continue;
        }
        for file in fsx::list(&dir.join(&name)).unwrap_or_default() {
            if let Some(number) = file.strip_suffix(".json") {
                checked.push(of_file(tree, (&name, number)));
            }
        }
    }
    checked
}

/// What is wrong with the evidence of what users get. It is not derived again here: that is for `verify`.
pub fn wrong(tree: &Tree) -> Problems {
    let mut problems = Problems::default();
    let families = tree.registry.families.values();
    let served = families.flat_map(|family| {
        let production = family.with_status(Status::Production);
        production
            .chain(family.with_status(Status::Canary))
            .map(move |version| (family, version))
    });
    for (family, version) in served {
        let lines = match read(&tree.root, family, &version.id) {
            Ok(None) => continue,
            Ok(Some(evidence)) => of_version(tree, (family, version), &evidence),
            Err(error) => vec![format!("it cannot be read: {error}")],
        };
        for line in lines {
            let at = Location::file(path(&version.id));
            let message = format!("the evidence of {} does not hold: {line}", version.id);
            problems.push(
                Problem::error("bad-evidence", at, message)
                    .hint("restore the file, or run and promote again"),
            );
        }
    }
    problems
}

fn of_file(tree: &Tree, (name, number): (&str, &str)) -> Checked {
    let version = format!("{name}@{number}");
    let mut checked = Checked {
        path: format!("{EVALS}/evidence/{name}/{number}.json"),
        version,
        evidence: None,
        is_used: true,
        problems: Vec::new(),
        uncompared: Vec::new(),
    };
    let Ok(id) = checked.version.parse::<PromptRef>() else {
        checked.problems.push(format!("`{number}` is no version"));
        return checked;
    };
    let family = tree.registry.families.get(name);
    let found = family.and_then(|family| Some((family, family.versions.get(&id.version)?)));
    let Some(found) = found else {
        checked
            .problems
            .push(format!("there is no version {id} that it could be about"));
        return checked;
    };
    let (family, version) = found;
    let entry = family.entries.get(&version.id.version);
    checked.is_used = entry.is_some_and(|entry| entry.evidence.is_some());
    if !checked.is_used {
        return checked;
    }
    match read_any(&tree.root, &id) {
        Ok(evidence) => {
            checked.problems.extend(unpinned(tree, family, version));
            let more = of_version(tree, found, &evidence);
            checked.problems.extend(more);
            derived(tree, &evidence, &mut checked);
            checked.evidence = Some(evidence);
        }
        Err(error) => checked.problems.push(format!("it cannot be read: {error}")),
    }
    checked
}

/// What is wrong with the evidence of a version.
fn of_version(
    tree: &Tree,
    (family, version): (&Family, &PromptVersion),
    evidence: &Evidence,
) -> Vec<String> {
    let mut found = Vec::new();
    if evidence.sha256 != version.sha256 {
        found.push(format!("{} is not the text that it is about", version.path));
    }
    if evidence.model != version.model.name {
        found.push(format!(
            "it is about {}, and the version names {}",
            evidence.model, version.model.name
        ));
    }
    let includes = registry::includes_of_version(&tree.root, version);
    if evidence.includes != includes {
        found.push("a template that the version includes is another".to_owned());
    }
    if evidence.suites.is_empty() {
        found.push("it holds no suite".to_owned());
    }
    for suite in &evidence.suites {
        found.extend(of_gates(suite));
    }
    // What the project asks for now is asked of what users get; what was replaced had to meet the demands of its time.
    if registry::needs_evidence(version.status) {
        let at = promoted_at(tree, family, version).unwrap_or_else(Timestamp::now);
        found.extend(refused(evidence, &tree.settings, at));
    } else {
        // A signature that does not hold was edited, whoever is trusted now.
        found.extend(untrusted(evidence, &[]));
    }
    found
}

/// Holds evidence against the files it speaks of, where they are still the same, and against its own outcomes.
fn derived(tree: &Tree, evidence: &Evidence, checked: &mut Checked) {
    for suite in &evidence.suites {
        match of_files(tree, suite) {
            Ok(found) => checked.problems.extend(found),
            Err(why) => checked.uncompared.push(why),
        }
    }
    checked.problems.extend(contradictions(evidence));
}

/// Why the file is not the one that a version was promoted on, where it is not. A version that was never promoted on evidence, or
/// is back in testing, has none: what lies there then is a file that anyone may have written.
pub fn unpinned(tree: &Tree, family: &Family, version: &PromptVersion) -> Option<String> {
    let entry = family.entries.get(&version.id.version);
    let pinned = entry.and_then(|entry| entry.evidence.as_ref());
    let file = super::hash(&tree.root, &path(&version.id));
    match pinned {
        Some(hash) if *hash == file => None,
        Some(hash) => Some(format!("its hash is {file}, and family.yaml holds {hash}")),
        None => Some(
            "family.yaml holds no hash of it: the version was not promoted on it, or came back since"
                .to_owned(),
        ),
    }
}

/// A gate that did not pass, or none at all, allows nothing.
fn of_gates(suite: &SuiteEvidence) -> Vec<String> {
    use crate::model::verdict::GateVerdict;
    if suite.gates.is_empty() {
        return vec![format!("suite {}: no gate was decided", suite.name)];
    }
    let open = suite
        .gates
        .iter()
        .filter(|gate| gate.verdict != GateVerdict::Pass);
    let told = open.map(|gate| {
        let (metric, condition) = (&gate.metric, &gate.condition);
        let verdict = gate.verdict.as_str();
        format!(
            "suite {}: the gate `{metric} {condition}` is {verdict}",
            suite.name
        )
    });
    told.collect()
}

/// When the version was moved on this evidence.
fn promoted_at(tree: &Tree, family: &Family, version: &PromptVersion) -> Option<Timestamp> {
    let history = History::read(&tree.root, family).ok()?;
    let path = path(&version.id);
    let mut lines = history.lines.iter().rev();
    let line = lines.find(|line| {
        line.version == version.id.version && line.evidence.as_deref() == Some(&*path)
    })?;
    Some(line.time)
}

/// What differs from the suite and the dataset.
///
/// # Errors
/// Why they say nothing of the evidence: they are others now.
fn of_files(tree: &Tree, suite: &SuiteEvidence) -> Result<Vec<String>, String> {
    let name = &suite.name;
    let now = tree.suites.iter().find(|now| now.name == *name);
    let now = now.ok_or_else(|| format!("suite {name} is gone since the evidence"))?;
    if suite_sha256(&tree.root, now) != suite.sha256 {
        return Err(format!("suite {name} changed since the evidence"));
    }
    let mut problems = Problems::default();
    let dataset = load::dataset::read(&tree.root, &now.dataset.value, &mut problems);
    let dataset = dataset.filter(|dataset| dataset.sha256 == suite.dataset.sha256);
    let dataset = dataset.map(Arc::new).ok_or_else(|| {
        let path = &now.dataset.value;
        format!("{path}, the dataset of suite {name}, changed since the evidence")
    })?;
    let mut found: Vec<String> = of_rules(suite, now, &dataset).into_iter().collect();
    found.extend(of_rows(suite, &dataset, &tree.root));
    Ok(found)
}

fn of_rules(suite: &SuiteEvidence, now: &Suite, dataset: &Arc<Dataset>) -> Option<String> {
    let known = Known {
        suite: now,
        dataset,
        arms: Vec::new(),
    };
    let plan = plan::again(vec![known], &RunSpec::default());
    let plan = plan.suites.first()?;
    let rules = &suite.rules;
    let same = rules.gates == plan.gates
        && rules.repeats == plan.repeats
        && rules.on_inconclusive == now.on_inconclusive;
    (!same).then(|| {
        format!(
            "suite {}: its rules are not those of {}",
            suite.name, now.path
        )
    })
}

/// Rows that are missing, or that the dataset tells otherwise.
fn of_rows(suite: &SuiteEvidence, dataset: &Dataset, root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let rows = dataset.len();
    if suite.cases.len() != rows && !suite.rules.stop_decided {
        let cases = suite.cases.len();
        found.push(format!(
            "suite {}: it holds {cases} of {rows} cases",
            suite.name
        ));
    }
    for (id, case) in suite.cases.iter() {
        match dataset.case(case.row) {
            Ok(row) if row.id == id && same_row(&case, &row) => {}
            Ok(_) => found.push(format!(
                "suite {}: case `{id}` is not row {} of {}",
                suite.name,
                case.row + 1,
                fsx::shown(root, &root.join(&*dataset.path))
            )),
            Err(error) => found.push(format!("suite {}: case `{id}`: {error}", suite.name)),
        }
    }
    found.truncate(MOST_ROWS);
    found
}

/// Rows that are named.
const MOST_ROWS: usize = 5;

fn same_row(case: &CaseEvidence, row: &crate::model::Case) -> bool {
    case.tags == row.tags && case.cluster == row.cluster && case.critical == row.critical
}
