//! Evidence, `family.yaml` and history with one byte or one field changed: `verify` and every load notice it, or the same
//! versions stand where they stood, for the same reasons.

use std::fs;
use std::path::Path;

use prompteval::evidence::{self, Tree};
use prompteval::model::evidence::{Evidence, TrialEvidence};
use prompteval::registry;
use prompteval::stats::SplitMix64;
use serde_json::Value;

use crate::journals::{parsed, written};
use crate::trials;
use crate::world::{FAMILIES, WORLD};
use crate::{bytes, fields};

const SEED: u64 = 12;

/// Changes of each family's files.
const CHANGES: usize = 3_000;

/// What the committed files decide.
#[derive(Debug, PartialEq)]
pub(crate) struct Decided {
    /// Where each version stands, and what brought it there.
    versions: Vec<String>,
    /// What candidates are compared with, and who gets which version.
    pointers: Vec<String>,
    /// Gates, marks and outcomes of each file of evidence.
    proven: Vec<Proven>,
}

#[derive(Debug, PartialEq)]
struct Proven {
    version: String,
    run: String,
    gates: Vec<String>,
    marks: Vec<&'static str>,
    outcomes: Vec<(String, Vec<TrialEvidence>)>,
}

/// What the files of a project decide, or what `verify` says is wrong with them.
pub(crate) fn decided(root: &Path) -> Result<Decided, Vec<String>> {
    let (tree, problems) = Tree::read(root);
    if problems.any_error() {
        return Err(problems.into_iter().map(|one| one.message).collect());
    }
    let checked = evidence::committed(&tree, None);
    let mut wrong: Vec<String> = checked
        .iter()
        .flat_map(|one| one.problems.clone())
        .collect();
    for family in tree.registry.families.values() {
        match registry::unlike_history(root, family) {
            Ok(lines) => wrong.extend(lines),
            Err(problem) => wrong.push(problem.message),
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let mut decided = Decided {
        versions: Vec::new(),
        pointers: Vec::new(),
        proven: checked
            .iter()
            .filter_map(|one| one.evidence.as_ref())
            .map(proven)
            .collect(),
    };
    for family in tree.registry.families.values() {
        for number in family.versions.keys() {
            let (status, entry) = (family.status(number), family.entries.get(number));
            let rests = entry.map(|entry| (&entry.evidence, &entry.override_reason));
            let by_hand = family.by_hand.contains(number);
            decided.versions.push(format!(
                "{}@{number} {status} {rests:?} {by_hand}",
                family.name
            ));
        }
        let production = family.production().map(|version| &version.id);
        decided.pointers.push(format!("{production:?}"));
    }
    Ok(decided)
}

fn proven(evidence: &Evidence) -> Proven {
    let mut one = Proven {
        version: evidence.version.clone(),
        run: evidence.run.id.clone(),
        gates: Vec::new(),
        marks: Vec::new(),
        outcomes: Vec::new(),
    };
    one.marks = evidence::marks(evidence)
        .iter()
        .map(|mark| mark.as_str())
        .collect();
    for suite in &evidence.suites {
        let gates = suite.gates.iter();
        one.gates.extend(gates.map(|gate| {
            let (metric, condition) = (&gate.metric, &gate.condition);
            format!("{metric} {condition} {}", gate.verdict.as_str())
        }));
        for (id, case) in suite.cases.iter() {
            one.outcomes.push((id.to_owned(), case.trials));
            one.outcomes.push((id.to_owned(), case.baseline));
        }
    }
    one
}

/// A change of one of the files, and what it did.
fn changed(path: &str, text: &str, rng: &mut SplitMix64) -> (Vec<u8>, String) {
    if rng.index(2) == 0 {
        return bytes::change(text, rng);
    }
    let (text, what) = match path.rsplit('.').next() {
        Some("yaml") => fields::change_yaml(text, rng),
        Some("jsonl") => history(text, rng),
        _ => {
            let mut value: Value = serde_json::from_str(text).unwrap();
            let strings = fields::strings(&value);
            let what = fields::change(&mut value, &strings, rng);
            (value.to_string(), what)
        }
    };
    (text.into_bytes(), what)
}

/// One line of a history with a field changed; or the lines in another order, one of them twice or not at all.
fn history(text: &str, rng: &mut SplitMix64) -> (String, String) {
    let mut lines = parsed(text);
    let mut all = Value::Array(lines.clone());
    let strings = fields::strings(&all);
    let what = if rng.index(5) == 0 {
        fields::change(&mut all, &strings, rng)
    } else {
        let at = rng.index(lines.len());
        let what = fields::change(&mut lines[at], &strings, rng);
        all = Value::Array(lines);
        format!("line {}: {what}", at + 1)
    };
    (written(all.as_array().unwrap()), what)
}

#[test]
fn one_change_of_committed_files_is_noticed_or_decides_nothing() {
    for family in FAMILIES {
        one_change_in(family);
    }
}

fn one_change_in(family: &str) {
    let clean = WORLD.copy(family);
    let before = decided(clean.path()).unwrap();
    let number = if family == "greeter" {
        "1.1.0"
    } else {
        "1.0.0"
    };
    let files = [
        format!("evals/evidence/{family}/{number}.json"),
        format!("prompts/{family}/family.yaml"),
        format!("prompts/{family}/history.jsonl"),
    ]
    .map(|path| (WORLD.read(&path), path));
    let make = || WORLD.copy(family);
    trials::each(family, SEED, CHANGES, make, |dir, rng| {
        let (text, path) = &files[rng.index(files.len())];
        let (bytes, what) = changed(path, text, rng);
        let file = dir.path().join(path);
        fs::write(&file, bytes).unwrap();
        let after = decided(dir.path());
        fs::write(&file, text).unwrap();
        match after {
            Err(_) => Ok(true),
            Ok(after) if after == before => Ok(false),
            Ok(after) => Err(format!("{path}: {what}\n  {}", difference(&before, &after))),
        }
    });
}

/// The first thing that is decided otherwise.
fn difference(before: &Decided, after: &Decided) -> String {
    let all = |one: &Decided| {
        let mut lines = one.versions.clone();
        lines.extend(one.pointers.clone());
        lines.extend(one.proven.iter().map(|one| format!("{one:?}")));
        lines
    };
    let pairs = all(before).into_iter().zip(all(after));
    let mut pairs = pairs.filter(|(before, after)| before != after);
    pairs.next().map_or_else(
        || "more or fewer files of evidence".to_owned(),
        |(before, after)| format!("was {before:.300}\n  now {after:.300}"),
    )
}
