//! The plan of a suite for versions that are known already: what a run that tested them was to ask, as the files say now.

use std::sync::Arc;

use super::expand::{gates, least_repeats, limit_proofs, looks, select};
use super::{Arm, Plan, SuitePlan};
use crate::model::{Dataset, RunSpec, Suite};

/// A suite and the versions that a run tested in it.
#[derive(Clone, Debug)]
pub(crate) struct Known<'a> {
    /// The suite.
    pub suite: &'a Suite,
    /// Its dataset.
    pub dataset: &'a Arc<Dataset>,
    /// Versions and models, in the run's order.
    pub arms: Vec<Arm>,
}

/// Plans these suites in this order, whatever has become of the versions since.
pub(crate) fn again(known: Vec<Known<'_>>, spec: &RunSpec) -> Plan {
    let mut suites: Vec<SuitePlan> = known.into_iter().map(|one| plan(one, spec)).collect();
    limit_proofs(&mut suites);
    Plan {
        suites,
        seed: spec.seed,
        unmatched: Vec::new(),
    }
}

fn plan(known: Known<'_>, spec: &RunSpec) -> SuitePlan {
    let Known {
        suite,
        dataset,
        arms,
    } = known;
    let cases = select(suite, dataset, spec);
    let written = spec.repeats.or(suite.repeats);
    let repeats = written.unwrap_or_else(|| least_repeats(dataset, &cases));
    SuitePlan {
        gates: gates(suite, dataset, &cases, spec),
        suite: Arc::new(suite.clone()),
        dataset: Arc::clone(dataset),
        cases,
        shard: spec.shard,
        arms,
        repeats,
        looks: looks(written, repeats, suite, spec),
        looks_note: None,
        proof_cases: None,
        note: None,
    }
}
