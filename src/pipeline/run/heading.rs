//! What the first line of a journal says of a run beside its plan.

use std::collections::BTreeSet;

use crate::call::Client;
use crate::model::event::{ArmRole, RunHeader, RunInfo};
use crate::model::settings::Protect;
use crate::model::{PromptRef, RunSpec};
use crate::pipeline::{Ready, header};

/// What a change may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leave {
    /// Bring versions that no suite tests.
    pub untested: bool,
    /// Weaken its own gate, though the project says `protect: block`.
    pub weaker: bool,
}

/// What a run was opened with.
pub(super) struct Heading<'a> {
    pub(super) spec: &'a RunSpec,
    pub(super) max_cost_usd: Option<f64>,
    /// Whether only what a change affects is run.
    pub(super) is_change: bool,
    pub(super) leave: Leave,
}

/// The first line of a run that begins now.
pub(super) fn heading(ready: &Ready, client: &Client, heading: &Heading<'_>) -> RunHeader {
    let spec = heading.spec;
    let now = jiff::Timestamp::now();
    let mut run = RunInfo {
        id: header::new_run_id(now, std::process::id()),
        started_at: now.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
        git_commit: None,
        responses: spec.responses.as_str().to_owned(),
        seed: spec.seed,
        prompteval: env!("CARGO_PKG_VERSION").to_owned(),
        partial: spec.partial(),
        asked: RunSpec {
            changed_since: None,
            ..spec.clone()
        },
        max_cost_usd: heading.max_cost_usd,
        providers: ready.endpoints(client),
        shard: spec.shard,
        ..RunInfo::default()
    };
    if heading.is_change {
        // A run that resumes this one has to ask the same candidates, whatever has changed since.
        run.asked.candidates = candidates(ready);
        run.asked.changed_since.clone_from(&spec.changed_since);
    }
    if spec.changed_since.is_some() {
        if !heading.leave.untested {
            run.untested = ready.untested.iter().map(ToString::to_string).collect();
        }
        run.gate_changes.clone_from(&ready.gate_changes);
        run.gate_changes_block = ready.protect == Protect::Block
            && !ready.gate_changes.is_empty()
            && !heading.leave.weaker;
    }
    header::header(ready, run, client.prices_date().to_owned())
}

/// The candidates of every suite.
fn candidates(ready: &Ready) -> Vec<PromptRef> {
    let arms = ready.plan.suites.iter().flat_map(|suite| &suite.arms);
    let candidates = arms.filter(|arm| arm.role == ArmRole::Candidate);
    let mut names: Vec<_> = candidates.map(|arm| arm.version.id.clone()).collect();
    let mut seen = BTreeSet::new();
    names.retain(|id| seen.insert(id.to_string()));
    names.sort_by_key(ToString::to_string);
    names
}
