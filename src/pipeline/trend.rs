//! What earlier runs say of each suite: runs that are kept, and the evidence that versions rest on.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::aggregate::Fold;
use crate::evidence;
use crate::evidence::replay;
use crate::model::event::{ArmRole, RunHeader};
use crate::model::evidence::{CaseEvidence, ERROR, Evidence, PASSED, SuiteEvidence};
use crate::model::record::{ArmRecord, Measured, State};
use crate::model::verdict::Decision;
use crate::observe::{JournalFile, runs};
use crate::registry::Registry;
use crate::report::trend::{COVERAGE, Point, Trend};
use crate::stats;

/// Longest journal that is read again for a trend, in bytes: there may be twenty of them.
const LONGEST: u64 = 32 << 20;

/// Every suite that any complete run or any evidence speaks of, by name.
pub fn trends(root: &Path) -> Vec<Trend> {
    let mut trends: BTreeMap<String, Trend> = BTreeMap::new();
    let mut known = BTreeSet::new();
    for (path, header) in runs::complete(root) {
        known.insert(header.run.id.clone());
        // Part of the cases or of the run is no measure of the whole.
        if header.run.shard.is_none() && header.run.partial.is_empty() {
            of_run(&path, &header, &mut trends);
        }
    }
    let (registry, _) = Registry::read(root);
    for family in registry.families.values() {
        for version in family.versions.values() {
            let read = evidence::read(root, family, &version.id).ok().flatten();
            if let Some(evidence) = read.filter(|one| !known.contains(&one.run.id)) {
                of_evidence(&evidence, &mut trends);
            }
        }
    }
    let mut trends: Vec<Trend> = trends.into_values().collect();
    for trend in &mut trends {
        let order = |point: &Point| (point.started_at.clone(), point.version.clone());
        trend.points.sort_by_key(order);
    }
    trends
}

/// What the gates of a kept run decided, by its journal's word; `None` where that cannot be read, or is too long.
pub fn verdict_of_kept(journal: &Path) -> Option<Decision> {
    let finished = is_short(journal).then(|| replay(journal).ok().flatten());
    finished.flatten().map(|finished| finished.verdict.decision)
}

fn is_short(journal: &Path) -> bool {
    fs::metadata(journal).is_ok_and(|file| file.len() <= LONGEST)
}

fn entry<'t>(trends: &'t mut BTreeMap<String, Trend>, suite: &str) -> &'t mut Trend {
    let trend = trends.entry(suite.to_owned()).or_default();
    suite.clone_into(&mut trend.suite);
    trend
}

fn of_run(path: &Path, header: &RunHeader, trends: &mut BTreeMap<String, Trend>) {
    let record = is_short(path).then(|| {
        let mut fold = Fold::default();
        let journal = JournalFile::open(path).ok()?;
        journal.replay(|event, at| fold.apply(event, at)).ok()?;
        fold.finish()
    });
    let Some(Some(record)) = record else {
        for suite in &header.suites {
            entry(trends, &suite.name).left_out += 1;
        }
        return;
    };
    for (suite, table) in header.suites.iter().zip(&record.suites) {
        let arms = suite.arms.iter().zip(&table.arms);
        for (arm, measured) in arms.filter(|(arm, _)| arm.role == ArmRole::Candidate) {
            let point = Point {
                run: header.run.id.clone(),
                started_at: header.run.started_at.clone(),
                version: arm.version.to_string(),
                model: arm.model.to_string(),
                kept: true,
                ..of_arm(measured)
            };
            entry(trends, &suite.name).points.push(point);
        }
    }
}

fn of_arm(arm: &ArmRecord) -> Point {
    let number = |name: &str| arm.metrics.get(name).and_then(Measured::value);
    let (passed, failed) = (arm.count(State::Passed), arm.count(State::Failed));
    measured((passed, passed + failed), number)
}

fn measured((passed, decided): (usize, usize), number: impl Fn(&str) -> Option<f64>) -> Point {
    let bounds = stats::wilson(passed as u64, decided as u64, COVERAGE).ok();
    Point {
        run: String::new(),
        started_at: String::new(),
        version: String::new(),
        model: String::new(),
        kept: false,
        passed,
        decided,
        rate: number("pass_rate"),
        bounds: bounds.map(|one| (one.lower, one.upper)),
        latency_ms: number("latency_ms.p95"),
        cost_usd: number("cost_usd"),
    }
}

fn of_evidence(evidence: &Evidence, trends: &mut BTreeMap<String, Trend>) {
    for suite in &evidence.suites {
        let number = |name: &str| suite.metrics.get(name).copied().flatten();
        let point = Point {
            run: evidence.run.id.clone(),
            started_at: evidence.run.started_at.clone(),
            version: evidence.version.clone(),
            model: evidence.model.to_string(),
            ..measured(counts(suite), number)
        };
        entry(trends, &suite.name).points.push(point);
    }
}

/// Cases that passed, and those that could be decided.
fn counts(suite: &SuiteEvidence) -> (usize, usize) {
    let all = |case: &CaseEvidence, sign: char| {
        let mut trials = case.trials.iter();
        trials.all(|trial| trial.outcome.starts_with(sign))
    };
    let is_error = |case: &CaseEvidence| {
        let mut trials = case.trials.iter();
        trials.any(|trial| trial.outcome.starts_with(ERROR))
    };
    let (mut passed, mut decided) = (0, 0);
    for (_, case) in suite.cases.iter() {
        if !is_error(&case) {
            decided += 1;
            passed += usize::from(all(&case, PASSED));
        }
    }
    (passed, decided)
}
