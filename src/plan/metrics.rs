//! Which metrics a suite has, so that a gate on any other is a mistake found before anything is called.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::looks::CASES_PER_TAG;
use crate::model::suite::Condition;
use crate::model::{CaseMetric, Dataset, GateSpec, Location, Problem, Problems, Suite};
use crate::source::{Unit, did_you_mean};

/// Metrics every suite has.
pub(crate) const BASE_METRICS: &[&str] = &[
    "pass_rate",
    "score",
    "broken",
    "errors",
    "fallbacks",
    "refusal_rate",
    "cost_usd",
    "judge.cost_usd",
    "latency_ms.mean",
    "latency_ms.p50",
    "latency_ms.p95",
    "latency_ms.p99",
    "tokens.input",
    "tokens.output",
    "tokens.total",
];

/// Metrics that mean something only when every case was asked.
const TOTALS: [&str; 8] = [
    "broken",
    "cost_usd",
    "judge.cost_usd",
    "errors",
    "fallbacks",
    "tokens.input",
    "tokens.output",
    "tokens.total",
];

/// Every metric of a suite over a dataset.
pub(crate) fn known_metrics(suite: &Suite, dataset: &Dataset) -> BTreeSet<String> {
    let mut known: BTreeSet<String> = BASE_METRICS.iter().map(|name| (*name).to_owned()).collect();
    for k in 2..=suite.repeats.unwrap_or(1) {
        known.insert(format!("pass@{k}"));
        known.insert(format!("pass^{k}"));
    }
    let specs = suite.evaluators.iter();
    let of_suite = specs.map(|spec| (&spec.name, spec.metric.as_ref()));
    let own = dataset.index.all_own();
    let of_cases = own.map(|own| (&own.name, own.metric.as_ref()));
    for (name, metric) in of_suite.chain(of_cases) {
        for name in std::iter::once(name).chain(metric) {
            known.insert(format!("{name}.pass_rate"));
            known.insert(format!("{name}.score"));
        }
    }
    known
}

/// Whether a name is that of a metric: an evaluator of that name could not be told from it.
pub(crate) fn is_metric(name: &str) -> bool {
    let is_count = |k: &str| !k.is_empty() && k.bytes().all(|b| b.is_ascii_digit());
    let of_repeats = name.strip_prefix("pass@").or(name.strip_prefix("pass^"));
    BASE_METRICS.contains(&name)
        || of_repeats.is_some_and(is_count)
        || CaseMetric::parse(name).is_some()
}

/// An evaluator's own name, and that of the metric it counts in, are no metric's.
fn check_names(suite: &Suite, problems: &mut Problems) {
    for spec in &suite.evaluators {
        let metric = spec.metric.as_ref().map(|metric| ("metric", metric));
        for (key, name) in std::iter::once(("name", &spec.name)).chain(metric) {
            if is_metric(name) {
                problems.push(taken_name(name, spec.key_at(key)));
            }
        }
    }
}

/// What is said of an evaluator that is named like a metric.
pub(crate) fn taken_name(name: &str, at: Location) -> Problem {
    let message = format!("`{name}` is a metric's name: no evaluator may take it");
    Problem::error("metric-name", at, message).hint("name what it looks for, such as `greeting`")
}

/// Checks that gates name metrics and labels that exist, and compare only what can be compared.
pub(super) fn check(suite: &Suite, dataset: &Dataset, problems: &mut Problems) {
    let known = known_metrics(suite, dataset);
    check_names(suite, problems);
    check_critical(suite, dataset, problems);
    for gate in &suite.gates {
        let metric = &gate.rule.metric;
        if !known.contains(metric) {
            let message = format!("there is no metric `{metric}`");
            let problem = Problem::error("unknown-metric", gate.metric_at.clone(), message);
            problems.push(problem.maybe_hint(hint(metric, &known)));
        } else if gate.rule.condition.is_evidence() {
            check_comparable(gate, problems);
        }
        check_tag(gate, dataset, problems);
        check_each_tag(gate, dataset, problems);
        check_share(gate, problems);
        if suite.stop_decided && TOTALS.contains(&metric.as_str()) {
            let message =
                format!("`{metric}` is a total over all cases, which `stop: decided` does not ask");
            problems.push(
                Problem::error("stopped-total", gate.metric_at.clone(), message)
                    .hint("take the gate or `stop` out"),
            );
        }
    }
}

/// Rates and scores are shares: a bound of 95 would never hold, one of -1 always.
fn check_share(gate: &GateSpec, problems: &mut Problems) {
    let Condition::Range { min, max } = gate.rule.condition else {
        return;
    };
    let is_share = CaseMetric::parse(&gate.rule.metric).is_some();
    let outside = min
        .into_iter()
        .chain(max)
        .find(|bound| !(0.0..=1.0).contains(bound));
    if let (true, Some(bound)) = (is_share, outside) {
        let message = format!(
            "`{}` lies between 0 and 1, and {bound} does not",
            gate.rule.metric
        );
        let key = if min == Some(bound) { "min" } else { "max" };
        let hint = Unit::Share.meant(&bound.to_string());
        let hint = hint.filter(|_| (0.0..=100.0).contains(&bound));
        let hint = hint.map(|share| format!("write `{key}: {share}`"));
        problems.push(Problem::error("not-a-share", gate.at.clone(), message).maybe_hint(hint));
    }
}

/// What is critical has to be asked, whatever is decided before.
fn check_critical(suite: &Suite, dataset: &Dataset, problems: &mut Problems) {
    let critical = suite.evaluators.iter().any(|spec| spec.critical)
        || dataset.index.all_own().any(|own| own.critical)
        || dataset.index.any_critical();
    if suite.stop_decided && critical {
        let at = suite
            .gates
            .first()
            .map_or_else(|| suite.family.at.clone(), |gate| gate.at.clone());
        problems.push(
            Problem::error(
                "stopped-critical",
                at,
                "`stop: decided` may leave out cases that are critical, or that a critical evaluator looks at",
            )
            .hint("take `stop` or `critical` out"),
        );
    }
}

fn hint(metric: &str, known: &BTreeSet<String>) -> Option<String> {
    let rate = format!("{metric}.pass_rate");
    if known.contains(&rate) {
        return Some(format!("did you mean `{rate}`?"));
    }
    let meant = OTHER_NAMES.iter().find(|(name, _)| *name == metric);
    let meant = meant.map(|(_, metric)| format!("did you mean `{metric}`?"));
    meant.or_else(|| did_you_mean(metric, known))
}

/// What other tools call these metrics.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("accuracy", "pass_rate"),
    ("average_score", "score"),
    ("avg_score", "score"),
    ("cost", "cost_usd"),
    ("error_rate", "errors"),
    ("latency", "latency_ms.p95"),
    ("mean_score", "score"),
    ("p50", "latency_ms.p50"),
    ("p95", "latency_ms.p95"),
    ("p99", "latency_ms.p99"),
    ("success_rate", "pass_rate"),
    ("tokens", "tokens.total"),
];

fn check_comparable(gate: &GateSpec, problems: &mut Problems) {
    let metric = &gate.rule.metric;
    let rate = ["pass_rate", "score"]
        .iter()
        .any(|end| metric == end || metric.ends_with(&format!(".{end}")));
    if !rate {
        problems.push(
            Problem::error(
                "not-comparable",
                gate.metric_at.clone(),
                format!("`{metric}` is no rate: evidence decides about pass rates and scores"),
            )
            .hint("bound it with `min:` or `max:`"),
        );
    }
}

/// A gate on each label needs one that enough cases have.
fn check_each_tag(gate: &GateSpec, dataset: &Dataset, problems: &mut Problems) {
    if !matches!(gate.rule.condition, Condition::EachTag { .. }) {
        return;
    }
    let index = &dataset.index;
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for tag in (0..dataset.len() as u32).flat_map(|place| index.tags(place)) {
        *counts.entry(tag).or_default() += 1;
    }
    if counts.values().any(|count| *count >= CASES_PER_TAG) {
        return;
    }
    let most = counts.iter().max_by_key(|(_, count)| **count);
    let most = most.map_or("there are no labels".to_owned(), |(tag, count)| {
        format!("`{tag}` has most, {count}")
    });
    let path = &dataset.path;
    let message = format!(
        "`each_tag` looks at labels with at least {CASES_PER_TAG} cases, and no label of {path} has so many: {most}"
    );
    problems.push(
        Problem::error("no-large-tag", gate.at.clone(), message)
            .hint("gate all cases together, or one label with `tag:`"),
    );
}

fn check_tag(gate: &GateSpec, dataset: &Dataset, problems: &mut Problems) {
    let Some(tag) = &gate.rule.tag else { return };
    let tags = dataset.index.all_tags();
    if !tags.contains(tag.as_str()) {
        problems.push(
            Problem::error(
                "unknown-tag",
                gate.tag_at.clone(),
                format!("no case of {} has the tag `{tag}`", dataset.path),
            )
            .maybe_hint(did_you_mean(tag, tags)),
        );
    }
}
