//! Runs of the same version, suites and datasets, and how they ended.

use std::path::{Path, PathBuf};

use super::replay;
use crate::model::event::{ArmHeader, ArmRole, BaselineLink, RunHeader, SuiteHeader};
use crate::model::evidence::{Evidence, KnownRuns, SuiteEvidence};
use crate::model::verdict::{Decision, GateVerdict, SuiteVerdict};
use crate::observe::{JournalFile, runs};

/// A run of the same files.
#[derive(Clone, Debug)]
pub struct KnownRun {
    /// Its id.
    pub id: String,
    /// Its journal.
    pub journal: PathBuf,
    /// When it began: RFC 3339, UTC.
    pub started_at: String,
    /// How the version came out of it; `None` where that could not be decided.
    pub passed: Option<bool>,
}

/// Complete runs of the same files as this evidence, the newest first: those kept here, and the one it is made of.
pub fn known(root: &Path, journal: &Path, evidence: &Evidence) -> Vec<KnownRun> {
    let kept = runs::complete(root).map(|(path, _)| path);
    let mut found: Vec<KnownRun> = Vec::new();
    for path in kept.chain([journal.to_owned()]) {
        let Some(run) = of_same_files(&path, evidence) else {
            continue;
        };
        if found.iter().all(|known| known.id != run.id) {
            found.push(run);
        }
    }
    found.sort_by(|a, b| (&b.started_at, &b.id).cmp(&(&a.started_at, &a.id)));
    found
}

/// How they ended.
pub fn counted(runs: &[KnownRun]) -> KnownRuns {
    let count = |passed| runs.iter().filter(|run| run.passed == passed).count() as u32;
    KnownRuns {
        passed: count(Some(true)),
        failed: count(Some(false)),
        undecided: count(None),
    }
}

fn of_same_files(journal: &Path, evidence: &Evidence) -> Option<KnownRun> {
    let header = JournalFile::open(journal).ok()?.header().ok()?;
    if header.run.shard.is_some() || !header.run.partial.is_empty() {
        return None;
    }
    let places = places(&header, evidence)?;
    // One that cannot be read any more is undecided: it must not be missed by nobody.
    let finished = replay(journal).ok().flatten();
    let decided = places.iter().map(|(suite, place)| {
        let finished = finished.as_ref()?;
        let suite: &SuiteVerdict = finished.verdict.suites.get(*suite)?;
        let mut candidates = suite.candidates.iter();
        let candidate = candidates.find(|one| one.arm == place.candidate)?;
        let gates = || candidate.gates.iter().map(|gate| gate.verdict);
        if candidate.decision == Decision::Pass && gates().all(|one| one == GateVerdict::Pass) {
            return Some(true);
        }
        let fails =
            candidate.decision == Decision::Fail || gates().any(|one| one == GateVerdict::Fail);
        fails.then_some(false)
    });
    let decided: Vec<Option<bool>> = decided.collect();
    let passed = if decided.contains(&Some(false)) {
        Some(false)
    } else {
        decided.iter().all(|one| *one == Some(true)).then_some(true)
    };
    Some(KnownRun {
        id: header.run.id,
        journal: journal.to_owned(),
        started_at: header.run.started_at,
        passed,
    })
}

/// The version and its baseline in a suite of a run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Places {
    pub(super) candidate: u32,
    pub(super) baseline: Option<u32>,
}

/// Where a run holds every suite of the evidence with the same files; `None` where it does not.
pub(super) fn places(header: &RunHeader, evidence: &Evidence) -> Option<Vec<(usize, Places)>> {
    let of = |suite: &SuiteEvidence| {
        let mut suites = header.suites.iter().enumerate();
        let (place, own) = suites.find(|(_, own)| own.name == suite.name)?;
        let same = own.sha256 == suite.sha256 && own.dataset.sha256 == suite.dataset.sha256;
        let arm = same.then(|| candidate(own, evidence)).flatten()?;
        let (at, arm) = arm;
        let baseline = match arm.baseline {
            BaselineLink::Arm(place) => Some(place),
            _ => None,
        };
        let theirs = baseline.and_then(|place| own.arms.get(place as usize));
        let same_baseline =
            theirs.map(|arm| &arm.sha256) == suite.baseline.as_ref().map(|own| &own.sha256);
        let places = Places {
            candidate: at,
            baseline,
        };
        same_baseline.then_some((place, places))
    };
    evidence.suites.iter().map(of).collect()
}

fn candidate<'h>(suite: &'h SuiteHeader, evidence: &Evidence) -> Option<(u32, &'h ArmHeader)> {
    let mut arms = (0_u32..).zip(&suite.arms);
    arms.find(|(_, arm)| {
        arm.role == ArmRole::Candidate
            && arm.version.to_string() == evidence.version
            && arm.sha256 == evidence.sha256
            && arm.includes == evidence.includes
            && arm.model == evidence.model
    })
}
