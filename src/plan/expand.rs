//! The cross product of suites, arms and cases, filtered by the command line.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Focus, Plan, SuitePlan, arms, idle, metrics};
use crate::model::dataset::id_key;
use crate::model::looks::{ALPHA, ESCALATION, Look, proof_cases};
use crate::model::suite::{Condition, GateRule};
use crate::model::{Dataset, Family, Problem, Problems, RunSpec, Suite};
use crate::source::did_you_mean;

/// What a plan is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Input<'a> {
    /// The suites that were asked for.
    pub suites: &'a [Suite],
    /// Every family of the project.
    pub families: &'a BTreeMap<String, Family>,
    /// Datasets by path; one that could not be read is absent.
    pub datasets: &'a BTreeMap<String, Arc<Dataset>>,
    /// What a change is about, by suite; a suite that is not there is about all of its candidates.
    pub focus: &'a BTreeMap<String, Focus>,
}

/// Plans a run. Filters that leave nothing make an empty plan; that is for the caller to judge.
pub(crate) fn expand(input: Input<'_>, spec: &RunSpec) -> (Plan, Problems) {
    let mut problems = Problems::default();
    let mut suites = Vec::new();
    let mut unmatched = Vec::new();
    for suite in input.suites {
        let Some(family) = input.families.get(&suite.family.value) else {
            let name = &suite.family.value;
            let message = format!("there is no family `{name}`");
            let problem = Problem::error("unknown-family", suite.family.at.clone(), message);
            problems.push(problem.maybe_hint(did_you_mean(name, input.families.keys())));
            continue;
        };
        let Some(dataset) = input.datasets.get(&suite.dataset.value) else {
            continue;
        };
        metrics::check(suite, dataset, &mut problems);
        idle::check(suite, dataset, &mut problems);
        let (arms, note) = arms::arms(
            (suite, input.focus.get(&suite.name)),
            family,
            spec,
            &mut problems,
        );
        if arms.is_empty() && !suite.candidates.is_empty() && spec.candidates.is_empty() {
            unmatched.push(arms::unmatched(suite));
        }
        check_logged(suite, dataset, &mut problems);
        let cases = select(suite, dataset, spec);
        let written = spec.repeats.or(suite.repeats);
        let repeats = written.unwrap_or_else(|| least_repeats(dataset, &cases));
        if arms.is_empty() || cases.is_empty() {
            continue;
        }
        suites.push(SuitePlan {
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
            note,
        });
    }
    limit_proofs(&mut suites);
    let plan = Plan {
        suites,
        seed: spec.seed,
        unmatched,
    };
    (plan, problems)
}

/// Written repeats are asked at once and looked at once; otherwise repeats are added while a gate is undecided.
pub(super) fn looks(
    written: Option<u32>,
    repeats: u32,
    suite: &Suite,
    spec: &RunSpec,
) -> Vec<Look> {
    let evidence = suite
        .gates
        .iter()
        .any(|gate| gate.rule.condition.is_evidence());
    let once = spec.no_escalate || spec.shard.is_some();
    if written.is_some() || !evidence || suite.stop_decided || once {
        return vec![Look {
            repeats,
            alpha: ALPHA,
        }];
    }
    // Looks that the first repeats already cover are one look, with their error rates together.
    let (early, later): (Vec<Look>, Vec<Look>) =
        ESCALATION.iter().partition(|look| look.repeats <= repeats);
    let first = Look {
        repeats,
        alpha: early.iter().map(|look| look.alpha).sum(),
    };
    std::iter::once(first).chain(later).collect()
}

/// Where gates ask for proof of broken cases: how many cases that pays for, by how many gates share the run's error rate.
pub(super) fn limit_proofs(suites: &mut [SuitePlan]) {
    let most = proof_cases(suites.iter().map(SuitePlan::sharing_gates).sum());
    for suite in suites {
        let mut rules = suite.gates.iter();
        if rules.any(|rule| matches!(rule.condition, Condition::Broken { .. })) {
            suite.proof_cases = Some(most);
        }
    }
}

/// A critical case is decided by the majority of at least three repeats; a logged answer has only one.
pub(super) fn least_repeats(dataset: &Dataset, cases: &[u32]) -> u32 {
    let index = &dataset.index;
    let is_asked = |place: &u32| index.is_critical(*place) && !index.is_logged(*place);
    if index.any_critical() && cases.iter().any(is_asked) {
        3
    } else {
        1
    }
}

/// Both arms would score the same logged answers.
fn check_logged(suite: &Suite, dataset: &Dataset, problems: &mut Problems) {
    let Some(place) = dataset.index.first_logged() else {
        return;
    };
    for gate in &suite.gates {
        if gate.rule.condition.compares() {
            let message = format!(
                "a gate against the baseline needs answers of both versions, and row {} of {} is a logged answer",
                place + 1,
                dataset.path
            );
            problems.push(
                Problem::error("logged-baseline", gate.at.clone(), message)
                    .hint("gate logged answers on absolute numbers: `min:`"),
            );
        }
    }
}

pub(super) fn select(suite: &Suite, dataset: &Dataset, spec: &RunSpec) -> Vec<u32> {
    let suite_has_tag = suite.tags.iter().any(|tag| spec.tags.contains(tag));
    let all_tags = spec.tags.is_empty() || suite_has_tag;
    let index = &dataset.index;
    let keys: Vec<u64> = spec.cases.iter().map(|id| id_key(id)).collect();
    let places = (0..dataset.len() as u32).filter(|place| {
        let mut tags = index.tags(*place).iter();
        let by_tag = all_tags || tags.any(|tag| spec.tags.contains(tag));
        let by_id = keys.is_empty() || index.key(*place).is_some_and(|key| keys.contains(&key));
        by_tag && by_id
    });
    let limit = spec.limit.map_or(usize::MAX, |limit| limit as usize);
    places.take(limit).collect()
}

/// The suite's gates, and those that `critical` stands for.
pub(super) fn gates(
    suite: &Suite,
    dataset: &Dataset,
    cases: &[u32],
    spec: &RunSpec,
) -> Vec<GateRule> {
    let index = &dataset.index;
    let mut gates: Vec<GateRule> = suite.gates.iter().map(|gate| gate.rule.clone()).collect();
    // A gate on a label that a filter leaves out says nothing of this partial run; one gate has to be left.
    let applies = |gate: &GateRule| {
        let tag = gate.tag.as_ref();
        tag.is_none_or(|tag| cases.iter().any(|place| index.tags(*place).contains(tag)))
    };
    if spec.filters() && gates.iter().any(applies) {
        gates.retain(applies);
    }
    let mut names: Vec<&str> = Vec::new();
    let of_suite = suite.evaluators.iter();
    let of_suite = of_suite.filter(|spec| spec.critical).map(|spec| &spec.name);
    let of_cases = cases.iter().flat_map(|place| index.own(*place));
    let of_cases = of_cases.filter(|own| own.critical).map(|own| &own.name);
    for name in of_suite.chain(of_cases) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    gates.extend(names.into_iter().map(|name| GateRule {
        metric: format!("{name}.pass_rate"),
        tag: None,
        condition: Condition::CriticalEvaluator,
    }));
    if index.any_critical() && cases.iter().any(|place| index.is_critical(*place)) {
        gates.push(GateRule {
            metric: "pass_rate".to_owned(),
            tag: None,
            condition: Condition::CriticalCases,
        });
    }
    gates
}
