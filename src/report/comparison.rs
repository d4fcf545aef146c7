//! Two runs side by side: what became of each number and of each case. Pure; made of two report.json.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::json::{ReportCandidate, ReportCase, ReportFile, ReportSuite, ReportTrial};
use crate::model::ModelName;

/// What differs between two runs.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison<'a> {
    /// The older run's id.
    pub old_run: &'a str,
    /// The newer run's id.
    pub new_run: &'a str,
    /// What both runs hold.
    pub pairs: Vec<Pair<'a>>,
    /// What only the older run holds: `SUITE FAMILY@VERSION on MODEL`.
    pub only_old: Vec<String>,
    /// What only the newer run holds.
    pub only_new: Vec<String>,
}

/// A candidate of the older run and one of the newer.
#[derive(Clone, Debug, Serialize)]
pub struct Pair<'a> {
    /// The suite.
    pub suite: &'a str,
    /// What was tested before.
    pub old: Tested<'a>,
    /// What was tested after.
    pub new: Tested<'a>,
    /// Files that are not the same, so that numbers of both are of different questions.
    pub changed: Vec<&'static str>,
    /// Numbers that differ, by name, and `pass_rate` in any case.
    pub metrics: BTreeMap<&'a str, Change>,
    /// How many numbers are the same.
    pub same_metrics: usize,
    /// Cases that passed before and fail now.
    pub broken: Vec<CaseChange<'a>>,
    /// Cases that failed before and pass now.
    pub fixed: Vec<CaseChange<'a>>,
    /// Cases that could be decided in one of the runs only.
    pub undecided: Vec<&'a str>,
    /// Cases that only the older run has.
    pub gone: Vec<&'a str>,
    /// Cases that only the newer run has.
    pub added: Vec<&'a str>,
}

/// A version on a model.
#[derive(Clone, Debug, Serialize)]
pub struct Tested<'a> {
    /// The version.
    pub version: String,
    /// The model asked.
    pub model: &'a ModelName,
    /// Models that answered.
    pub resolved_models: &'a BTreeSet<String>,
}

/// A number before and after.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Change {
    /// Before; `None` where it was unknown.
    pub old: Option<f64>,
    /// After.
    pub new: Option<f64>,
}

/// A case that came out in another way.
#[derive(Clone, Debug, Serialize)]
pub struct CaseChange<'a> {
    /// Its id.
    pub id: &'a str,
    /// The answer before; of several repeats one that shows how the case came out.
    pub old: Option<&'a str>,
    /// The answer after.
    pub new: Option<&'a str>,
    /// What failed, in the run in which it did: evaluator and reason.
    pub failed: Vec<(&'a str, &'a str)>,
}

/// Compares two runs, suite by suite in the order of the newer one.
pub fn compare<'a>(old: &'a ReportFile, new: &'a ReportFile) -> Comparison<'a> {
    let mut left: Vec<Side<'_>> = all(old).collect();
    let mut pairs = Vec::new();
    let mut only_new = Vec::new();
    for side in all(new) {
        let same_suite = |other: &Side<'_>| other.suite.name == side.suite.name;
        let exact = left.iter().position(|one| {
            let (then, now) = (one.candidate, side.candidate);
            same_suite(one) && (&then.version, &then.model) == (&now.version, &now.model)
        });
        // One candidate then and one now are two versions of the same prompt.
        let lonely = |report: &ReportFile| all(report).filter(|one| same_suite(one)).count() == 1;
        let only = (lonely(old) && lonely(new))
            .then(|| left.iter().position(same_suite))
            .flatten();
        match exact.or(only) {
            Some(at) => pairs.push(pair(left.remove(at), side)),
            None => only_new.push(side.label()),
        }
    }
    Comparison {
        old_run: &old.run.run.id,
        new_run: &new.run.run.id,
        pairs,
        only_old: left.iter().map(Side::label).collect(),
        only_new,
    }
}

/// A candidate of one of the runs, and its suite there.
#[derive(Clone, Copy)]
struct Side<'a> {
    suite: &'a ReportSuite,
    candidate: &'a ReportCandidate,
}

impl<'a> Side<'a> {
    fn label(&self) -> String {
        let ReportCandidate { version, model, .. } = self.candidate;
        let ReportSuite { name, family, .. } = self.suite;
        format!("{name} {family}@{version} on {model}")
    }

    fn tested(self) -> Tested<'a> {
        Tested {
            version: format!("{}@{}", self.suite.family, self.candidate.version),
            model: &self.candidate.model,
            resolved_models: &self.candidate.resolved_models,
        }
    }
}

fn all(report: &ReportFile) -> impl Iterator<Item = Side<'_>> {
    let suites = report.suites.iter();
    suites.flat_map(|suite| {
        let candidates = suite.candidates.iter();
        candidates.map(move |candidate| Side { suite, candidate })
    })
}

fn pair<'a>(before: Side<'a>, after: Side<'a>) -> Pair<'a> {
    let (old, new) = (before.candidate, after.candidate);
    let mut changed = Vec::new();
    if before.suite.sha256 != after.suite.sha256 {
        changed.push("suite");
    }
    if before.suite.dataset.sha256 != after.suite.dataset.sha256 {
        changed.push("dataset");
    }
    if old.version == new.version && old.sha256 != new.sha256 {
        changed.push("version");
    }
    let (metrics, same_metrics) = metrics(old, new);
    let mut pair = Pair {
        suite: &after.suite.name,
        old: before.tested(),
        new: after.tested(),
        changed,
        metrics,
        same_metrics,
        broken: Vec::new(),
        fixed: Vec::new(),
        undecided: Vec::new(),
        gone: Vec::new(),
        added: Vec::new(),
    };
    let mut then: BTreeMap<&str, &ReportCase> = old
        .cases
        .iter()
        .map(|case| (case.id.as_str(), case))
        .collect();
    for case in &new.cases {
        let Some(earlier) = then.remove(case.id.as_str()) else {
            pair.added.push(&case.id);
            continue;
        };
        match (earlier.passed, case.passed) {
            (Some(true), Some(false)) => pair.broken.push(change(earlier, case, case)),
            (Some(false), Some(true)) => pair.fixed.push(change(earlier, case, earlier)),
            (None, Some(_)) | (Some(_), None) => pair.undecided.push(&case.id),
            _ => {}
        }
    }
    let is_gone = |case: &&ReportCase| then.contains_key(case.id.as_str());
    pair.gone = old
        .cases
        .iter()
        .filter(is_gone)
        .map(|case| case.id.as_str())
        .collect();
    pair
}

/// Numbers that differ, and how many do not.
fn metrics<'a>(
    old: &'a ReportCandidate,
    new: &'a ReportCandidate,
) -> (BTreeMap<&'a str, Change>, usize) {
    let names: BTreeSet<&str> = old
        .metrics
        .keys()
        .chain(new.metrics.keys())
        .map(String::as_str)
        .collect();
    let all = names.len();
    let change = |name: &&'a str| Change {
        old: old.metrics.get(*name).copied().flatten(),
        new: new.metrics.get(*name).copied().flatten(),
    };
    let differ: BTreeMap<&str, Change> = names
        .into_iter()
        .map(|name| (name, change(&name)))
        .filter(|(name, change)| *name == "pass_rate" || change.old != change.new)
        .collect();
    let same = all - differ.len();
    (differ, same)
}

/// `failing` is the one of the two in which the case failed.
fn change<'a>(old: &'a ReportCase, new: &'a ReportCase, failing: &'a ReportCase) -> CaseChange<'a> {
    let failed = telling(failing).map_or(Vec::new(), |trial| {
        let scores = trial.scores.iter();
        let failed = scores.filter(|score| score.passed == Some(false));
        failed
            .map(|score| (score.name.as_str(), score.reason.as_str()))
            .collect()
    });
    let output = |case: &'a ReportCase| telling(case).and_then(|trial| trial.output.as_deref());
    CaseChange {
        id: &new.id,
        old: output(old),
        new: output(new),
        failed,
    }
}

/// The repeat that shows how a case came out: the first that failed, else the first.
fn telling(case: &ReportCase) -> Option<&ReportTrial> {
    let mut trials = case.trials.iter();
    trials
        .find(|trial| trial.passed == Some(false))
        .or(case.trials.first())
}
