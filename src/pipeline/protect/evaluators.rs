//! Which evaluators are weakened or removed, and by what.

use std::collections::BTreeSet;

use serde_json::Value;

use super::comparison::named;
use crate::model::{CaseMetric, CaseMetricKind, EvaluatorSpec, Suite};

/// What else says what an evaluator weighs.
#[derive(Clone, Debug, Default)]
pub(super) struct Weighing {
    /// Metrics that gates look at: they name evaluators.
    pub(super) metrics: BTreeSet<String>,
    /// Whether a mean of scores decides, so that one more evaluator may lift it.
    pub(super) by_mean: bool,
}

impl Weighing {
    /// Adds what the gates and the threshold of a suite say.
    pub(super) fn add(&mut self, suite: &Suite) {
        for gate in &suite.gates {
            let metric = &gate.rule.metric;
            let parsed = CaseMetric::parse(metric);
            self.by_mean |= parsed.is_some_and(|metric| metric.kind == CaseMetricKind::Score);
            self.metrics.insert(metric.clone());
        }
        self.by_mean |= suite.threshold.is_some();
    }
}

/// A line for each evaluator that finds less than before.
pub(super) fn weaker(
    before: &[EvaluatorSpec],
    now: &[EvaluatorSpec],
    weighing: &Weighing,
) -> Vec<String> {
    let mut free: Vec<&EvaluatorSpec> = now.iter().collect();
    let mut take = |fits: &dyn Fn(&EvaluatorSpec) -> bool| {
        let place = free.iter().position(|new| fits(new))?;
        Some(free.remove(place))
    };
    // Names that nobody wrote are numbered, so that one evaluator less renames those after it.
    let same = |old: &EvaluatorSpec, new: &EvaluatorSpec| faults(old, new, weighing).is_empty();
    let mut open = Vec::new();
    for old in before {
        if take(&|new| new.name == old.name && same(old, new)).is_none() {
            open.push(old);
        }
    }
    open.retain(|old| is_gated(old, weighing) || take(&|new| same(old, new)).is_none());
    let mut lines = Vec::new();
    for old in open {
        let name = named(&old.name);
        lines.push(match take(&|new| new.name == old.name) {
            Some(new) => format!(
                "evaluator {name} weakened: {}",
                faults(old, new, weighing).join("; ")
            ),
            None => format!("evaluator {name} removed"),
        });
    }
    let added = free
        .iter()
        .filter(|new| weighing.by_mean && new.weight > 0.0);
    lines.extend(added.map(|new| {
        let name = named(&new.name);
        format!("evaluator {name} added where a mean of scores decides: it may lift the mean")
    }));
    lines
}

/// Whether a gate names the evaluator.
fn is_gated(spec: &EvaluatorSpec, weighing: &Weighing) -> bool {
    let of_it = |metric: &String| {
        let rest = metric.strip_prefix(spec.name.as_str());
        rest.is_some_and(|rest| rest.starts_with('.'))
    };
    weighing.metrics.iter().any(of_it)
}

/// In what the new evaluator demands less, or something else.
fn faults(old: &EvaluatorSpec, new: &EvaluatorSpec, weighing: &Weighing) -> Vec<String> {
    if (&old.kind, old.negated) != (&new.kind, new.negated) {
        let (old, new) = (named(&old.type_name()), named(&new.type_name()));
        return vec![format!("its type was {old} and is {new}")];
    }
    let mut faults = Vec::new();
    let mut fault = |is: bool, what: &str| {
        if is {
            faults.push(what.to_owned());
        }
    };
    fault(!value_holds(old, new), "its value is another one");
    fault(!threshold_holds(old, new), "its threshold is another one");
    fault(
        new.weight < old.weight,
        "its weight in the case's score is smaller",
    );
    fault(
        new.weight > old.weight && weighing.by_mean,
        "its weight in the mean of scores is greater",
    );
    fault(old.critical && !new.critical, "it is not critical any more");
    let model = |spec: &EvaluatorSpec| {
        let target = spec.model.as_ref();
        target.map(|model| (model.name.clone(), model.params.clone()))
    };
    fault(model(old) != model(new), "another model judges");
    fault(
        old.rubric_prompt != new.rubric_prompt,
        "its judge is asked in other words",
    );
    fault(
        new.when.is_some() && new.when != old.when,
        "`when` leaves out other cases",
    );
    fault(
        new.metric != old.metric && (old.metric.is_some() || weighing.by_mean),
        "it counts in another metric",
    );
    faults
}

/// Whether the new value finds all that the old one found.
fn value_holds(old: &EvaluatorSpec, new: &EvaluatorSpec) -> bool {
    if old.value == new.value {
        return true;
    }
    // What `not-` lets pass is what the type without it does not.
    let (strict, loose) = if old.negated {
        (&old.value, &new.value)
    } else {
        (&new.value, &old.value)
    };
    match old.kind.as_str() {
        "contains-any" | "icontains-any" => all_within(strict, loose),
        "contains-all" | "icontains-all" => all_within(loose, strict),
        "word-count" => match (bounds(strict), bounds(loose)) {
            (Some(strict), Some(loose)) => strict.0 >= loose.0 && strict.1 <= loose.1,
            _ => false,
        },
        _ => false,
    }
}

/// Whether all texts of a list stand in another one.
fn all_within(some: &Value, all: &Value) -> bool {
    match (some, all) {
        (Value::Array(some), Value::Array(all)) => some.iter().all(|text| all.contains(text)),
        _ => false,
    }
}

/// Least and greatest number of words; none where templates say them.
fn bounds(value: &Value) -> Option<(f64, f64)> {
    if let Some(exactly) = value.as_f64() {
        return Some((exactly, exactly));
    }
    let entries = value.as_object()?;
    let bound = |key, default| entries.get(key).map_or(Some(default), Value::as_f64);
    Some((bound("min", 0.0)?, bound("max", f64::INFINITY)?))
}

fn threshold_holds(old: &EvaluatorSpec, new: &EvaluatorSpec) -> bool {
    let (strict, loose) = if old.negated {
        (old.threshold, new.threshold)
    } else {
        (new.threshold, old.threshold)
    };
    match (old.kind.as_str(), strict, loose) {
        _ if strict == loose => true,
        ("latency" | "cost", Some(strict), Some(loose)) => strict <= loose,
        ("llm-rubric", Some(strict), Some(loose)) => strict >= loose,
        ("llm-rubric", Some(_), None) => true,
        _ => false,
    }
}
