//! Gates that hold nothing back: bounds that no number breaks, cases that cannot fail, suites that look at no answer.

use crate::model::problem::GATES_NOTHING;
use crate::model::suite::{BROKEN, Condition};
use crate::model::{CaseMetric, Dataset, GateSpec, Problem, Problems, Suite};

/// Points out what decides nothing; `--strict` makes mistakes of it.
pub(super) fn check(suite: &Suite, dataset: &Dataset, problems: &mut Problems) {
    if dataset.is_empty() {
        return;
    }
    let first = suite.gates.first();
    let counts = any_counts(suite, dataset);
    if let (false, Some(evaluator)) = (counts, suite.evaluators.first()) {
        let message = "no evaluator of this suite counts: the weight of each is 0, so that no case is decided by what is answered";
        let problem = Problem::warning(GATES_NOTHING, evaluator.key_at("weight"), message);
        problems.push(problem.hint("give one a weight, or make it `critical: true`"));
    }
    let mut all_idle = true;
    for gate in &suite.gates {
        if let Some(why) = why_idle(gate, suite, dataset) {
            let message = format!("this gate cannot fail: {why}");
            problems.push(
                Problem::warning(GATES_NOTHING, gate.at.clone(), message)
                    .hint("demand something that an answer can miss, or take the gate out"),
            );
        } else {
            all_idle = false;
        }
    }
    let looks = suite.gates.iter().any(is_of_answers) || any_critical(suite, dataset);
    if let (false, false, Some(gate)) = (looks, all_idle, first) {
        let mut metrics: Vec<&str> = suite.gates.iter().map(|g| g.rule.metric.as_str()).collect();
        metrics.dedup();
        let message = format!(
            "no gate of this suite looks at what is answered: there are gates on {} only",
            metrics.join(", ")
        );
        problems.push(
            Problem::warning(GATES_NOTHING, gate.at.clone(), message)
                .hint("add one, for example `{metric: pass_rate, min: 0.9}`"),
        );
    }
}

/// Why nothing can fail this gate, where that can be told.
fn why_idle(gate: &GateSpec, suite: &Suite, dataset: &Dataset) -> Option<String> {
    let metric = gate.rule.metric.as_str();
    if let Condition::Broken { max } = gate.rule.condition
        && max as usize >= dataset.len()
    {
        return Some(format!("there are no more than {} cases", dataset.len()));
    }
    if let Condition::Range { min, max } = gate.rule.condition {
        let is_share = is_share(metric);
        let below = min.is_none_or(|min| min <= 0.0);
        let above = max.is_none_or(|max| is_share && max >= 1.0);
        if below && above {
            return Some(match (min, max) {
                (_, Some(_)) => format!("`{metric}` is never above 1"),
                _ => format!("`{metric}` is never below 0"),
            });
        }
        // Where every case passes, a rate may still be too high.
        if !above {
            return None;
        }
    }
    let is_of_cases = metric == "pass_rate" || metric == BROKEN || is_of_repeats(metric);
    (is_of_cases && no_case_fails(suite, dataset))
        .then(|| "no case can fail where its score only has to reach `threshold: 0`".to_owned())
}

/// Whether any score suffices for every case.
fn no_case_fails(suite: &Suite, dataset: &Dataset) -> bool {
    let thresholds = dataset.index.thresholds();
    let suffices = suite.threshold == Some(0.0) || thresholds.zero == dataset.len();
    suffices && thresholds.more == 0 && !any_critical(suite, dataset)
}

fn any_critical(suite: &Suite, dataset: &Dataset) -> bool {
    let mut own = dataset.index.all_own();
    suite.evaluators.iter().any(|spec| spec.critical)
        || own.any(|own| own.critical)
        || dataset.index.any_critical()
}

fn any_counts(suite: &Suite, dataset: &Dataset) -> bool {
    let mut own = dataset.index.all_own();
    let mut evaluators = suite.evaluators.iter();
    evaluators.any(|spec| spec.critical || spec.weight > 0.0) || own.any(|own| own.counts)
}

/// Whether the metric lies between 0 and 1.
fn is_share(metric: &str) -> bool {
    CaseMetric::parse(metric).is_some() || metric == "refusal_rate" || is_of_repeats(metric)
}

fn is_of_repeats(metric: &str) -> bool {
    metric.starts_with("pass@") || metric.starts_with("pass^")
}

/// Whether the gate is about what is answered, and not about what that takes.
fn is_of_answers(gate: &GateSpec) -> bool {
    let metric = gate.rule.metric.as_str();
    is_share(metric) || metric == BROKEN
}
