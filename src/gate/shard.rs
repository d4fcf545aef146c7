//! One part of a run that is spread over several machines decides nothing: only all parts together do.

use super::candidate::Candidate;
use super::suites::{candidates, sum};
use crate::model::event::SuiteHeader;
use crate::model::record::{Measured, RunRecord, SuiteRecord};
use crate::model::shard::Shard;
use crate::model::suite::GateRule;
use crate::model::verdict::{
    CandidateVerdict, Changes, Decision, GateResult, GateVerdict, SuiteVerdict,
};

/// Whether the part's cases were measured; its gates are left open.
pub(super) fn measured(
    shard: Shard,
    record: &RunRecord,
    header: &SuiteHeader,
    suite: &SuiteRecord,
) -> SuiteVerdict {
    let candidates = candidates(&record.header, header, suite, record.is_complete());
    let measured = candidates.map(|candidate| candidate.measured(shard));
    sum(header, measured.collect())
}

impl Candidate<'_> {
    fn measured(&self, shard: Shard) -> CandidateVerdict {
        let problem = self.undecidable();
        let gates = self.header.gates.iter().map(|rule| self.open(rule, shard));
        CandidateVerdict {
            arm: self.place,
            decision: match problem {
                Some(_) => Decision::Error,
                None => Decision::Pass,
            },
            gates: gates.collect(),
            problem,
            changes: Changes::default(),
            slices: Vec::new(),
            repeats: None,
            pool: None,
        }
    }

    fn open(&self, rule: &GateRule, shard: Shard) -> GateResult {
        let value = |metrics: &crate::model::record::Metrics| {
            metrics.get(&rule.metric).and_then(Measured::value)
        };
        let metrics = match &rule.tag {
            None => Some(&self.results.metrics),
            Some(tag) => self.results.slices.get(tag),
        };
        let reason =
            format!("not decided: this is shard {shard} of the run, `prompteval merge` decides");
        GateResult {
            measured: metrics.and_then(value),
            resolved: Decision::Pass,
            ..Self::result(rule, GateVerdict::Inconclusive, reason)
        }
    }
}
