//! The first line of a journal: what a run sets out to do, and the hashes that identify it.

use super::Ready;
use crate::load::{self, git};
use crate::model::PromptVersion;
use crate::model::event::{
    ArmHeader, DatasetInfo, JOURNAL_VERSION, PromptName, RunHeader, RunInfo, SuiteHeader,
};
use crate::plan::SuitePlan;
use crate::registry;

/// The plan as the journal keeps it.
pub(super) fn header(ready: &Ready, run: RunInfo, prices_date: String) -> RunHeader {
    RunHeader {
        journal: JOURNAL_VERSION,
        run: RunInfo {
            git_commit: git::head_commit(&ready.root),
            ..run
        },
        prices_date,
        suites: ready
            .plan
            .suites
            .iter()
            .enumerate()
            .map(|suite| suite_header(ready, suite))
            .collect(),
    }
}

fn suite_header(ready: &Ready, (place, plan): (usize, &SuitePlan)) -> SuiteHeader {
    SuiteHeader {
        name: plan.suite.name.clone(),
        path: plan.suite.path.clone(),
        sha256: load::suite_sha256(&ready.root, &plan.suite),
        description: plan.suite.description.clone(),
        family: plan.suite.family.value.clone(),
        segment: plan.suite.segment.as_ref().map(|spot| spot.value.clone()),
        dataset: DatasetInfo {
            path: plan.dataset.path.to_string(),
            sha256: plan.dataset.sha256.clone(),
            cases: plan.dataset.len() as u32,
        },
        selected: plan.asked() as u32,
        repeats: plan.repeats,
        gates: plan.gates.clone(),
        looks: plan.looks.clone(),
        looks_note: plan.looks_note.clone(),
        proof_cases: plan.proof_cases,
        on_inconclusive: plan.suite.on_inconclusive,
        stop_decided: plan.stops_decided(),
        largest_cluster: plan.largest_cluster(),
        arms: plan
            .arms
            .iter()
            .enumerate()
            .map(|(at, arm)| ArmHeader {
                version: PromptName::from(&arm.version.id),
                sha256: arm.version.sha256.clone(),
                includes: registry::includes_of_version(&ready.root, &arm.version),
                status: arm.version.status,
                override_reason: override_reason(ready, &arm.version),
                model: arm.target.name.clone(),
                role: arm.role,
                baseline: arm.baseline,
                stored: ready.stored_from(place, at).cloned(),
                pool: ready.pool_from(place, at).cloned(),
            })
            .collect(),
    }
}

/// Why a version got where it is without evidence.
fn override_reason(ready: &Ready, version: &PromptVersion) -> Option<String> {
    let family = ready.registry.families.get(&version.id.family)?;
    let entry = family.entries.get(&version.id.version)?;
    entry.override_reason.clone()
}

/// An id that sorts by time: UTC to the millisecond, and four digits against two runs in the same one.
pub fn new_run_id(now: jiff::Timestamp, salt: u32) -> String {
    format!(
        "{}-{:04x}",
        now.strftime("%Y%m%dT%H%M%S%3fZ"),
        salt & 0xffff
    )
}
