//! What a run comes to, in a word and a sentence: the same in every report for people.

use crate::model::verdict::Decision;

use super::View;
use super::candidate::{CandidateView, SuiteView};
use crate::model::number;

/// The verdict in a word or three.
pub(crate) fn word(view: &View<'_>) -> &'static str {
    match view.verdict.decision {
        Decision::Pass if is_shard(view) => "MEASURED",
        Decision::Pass => "PASS",
        Decision::Fail => "BLOCKED",
        Decision::Error => "COULD NOT DECIDE",
        Decision::Interrupted => "INTERRUPTED",
    }
}

/// What decided the run.
pub(crate) fn why(view: &View<'_>, suites: &[SuiteView<'_>]) -> String {
    let all = suites.iter().flat_map(|suite| &suite.candidates);
    let (candidates, shadows): (Vec<&CandidateView<'_>>, Vec<&CandidateView<'_>>) =
        all.partition(|candidate| candidate.may_block());
    let gates = candidates.iter().map(|c| c.verdict.gates.len()).sum();
    let reasons = match view.verdict.decision {
        Decision::Pass if candidates.is_empty() && shadows.is_empty() => {
            vec!["nothing was to be evaluated".to_owned()]
        }
        Decision::Pass if is_shard(view) => vec![measured(view)],
        Decision::Pass if candidates.is_empty() => vec!["nothing that could block".to_owned()],
        Decision::Pass => vec![passed(gates, candidates.len())],
        Decision::Fail => blame(&candidates, Decision::Fail),
        Decision::Error => blame(&candidates, Decision::Error),
        Decision::Interrupted => Vec::new(),
    };
    let problem = view.verdict.problem.iter().cloned();
    let mut reasons: Vec<String> = problem.chain(reasons).collect();
    let failed = |shadow: &&&CandidateView<'_>| shadow.verdict.decision == Decision::Fail;
    let shadows = shadows.iter().filter(failed);
    reasons.extend(shadows.map(|shadow| format!("in shadow, {} would be blocked", shadow.label())));
    if reasons.is_empty() {
        let end = view.record.end.as_ref();
        reasons.extend(end.and_then(|end| end.reason.clone()));
    }
    reasons.join("; ")
}

fn is_shard(view: &View<'_>) -> bool {
    view.record.header.run.shard.is_some()
}

/// A part of a run decides nothing.
fn measured(view: &View<'_>) -> String {
    let shard = view.record.header.run.shard;
    let shard = shard.map(|shard| shard.to_string()).unwrap_or_default();
    format!("shard {shard}; `prompteval merge` of all shards decides the gates")
}

fn passed(gates: usize, candidates: usize) -> String {
    let candidates = number::of(candidates, "candidate");
    match gates {
        1 => format!("the gate of {candidates} passed"),
        _ => format!("all {} of {candidates} passed", number::of(gates, "gate")),
    }
}

/// By candidate: the gates that come to this, or what keeps all of them from being decided.
fn blame(candidates: &[&CandidateView<'_>], decision: Decision) -> Vec<String> {
    let mut reasons = Vec::new();
    let blamed = |candidate: &&&CandidateView<'_>| candidate.verdict.decision == decision;
    for candidate in candidates.iter().filter(blamed) {
        let gates = candidate.verdict.gates.iter();
        let gates = gates.filter(|gate| gate.resolved == decision);
        let causes = match &candidate.verdict.problem {
            Some(problem) if decision == Decision::Error => problem.clone(),
            _ => gates
                .map(|gate| gate.rule.to_string())
                .collect::<Vec<_>>()
                .join(", "),
        };
        reasons.push(format!("{}: {causes}", candidate.label()));
    }
    reasons
}
