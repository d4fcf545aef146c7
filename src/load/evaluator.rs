//! Reads an evaluator's configuration, of a suite or of a case. Which types exist is not known here.

use std::collections::BTreeMap;

use serde_json::Value;

use super::judge;
use crate::model::EvaluatorSpec;
use crate::source::model_target;
use crate::source::{Check, Node};

pub(super) const KEYS: &[&str] = &[
    "type",
    "name",
    "metric",
    "value",
    "threshold",
    "weight",
    "critical",
    "model",
    "structured",
    "rubric_prompt",
    "when",
];

/// Reads a list of evaluators and gives each a name of its own.
pub(super) fn read_list(
    check: &mut Check<'_>,
    node: &Node,
    taken: &[String],
) -> Vec<EvaluatorSpec> {
    let items = check.list(node, "evaluators").unwrap_or_default();
    let specs: Vec<EvaluatorSpec> = items.iter().filter_map(|item| read(check, item)).collect();
    name_all(check, specs, taken, items)
}

fn read(check: &mut Check<'_>, node: &Node) -> Option<EvaluatorSpec> {
    let fields = check.fields(node, "an evaluator", KEYS)?;
    let type_node = check.require(&fields, "type", "an evaluator")?;
    let written = check.filled(type_node, "type")?;
    let (kind, negated) = match written.strip_prefix("not-") {
        Some(kind) => (kind.to_owned(), true),
        None => (written, false),
    };
    let mut text = |key: &str| fields.get(key).and_then(|node| check.filled(node, key));
    let name = text("name").unwrap_or_default();
    let metric = text("metric");
    let when = text("when");
    let rubric_prompt = text("rubric_prompt");
    let mut number = |key: &str, min: f64| {
        fields
            .get(key)
            .and_then(|node| check.number_in(node, key, min, f64::INFINITY))
    };
    let threshold = number("threshold", 0.0);
    let weight = number("weight", 0.0).unwrap_or(1.0);
    let critical = fields
        .get("critical")
        .and_then(|node| check.boolean(node, "critical"));
    let model = fields
        .get("model")
        .and_then(|node| model_target(check, node, "model"));
    Some(EvaluatorSpec {
        kind,
        negated,
        name,
        metric,
        value: fields.get("value").map_or(Value::Null, Node::json),
        threshold,
        weight,
        critical: critical.unwrap_or_default(),
        model,
        structured: judge::structured(check, fields.get("structured")),
        rubric_prompt,
        when,
        at: check.at(node.mark),
        keys: fields
            .iter()
            .map(|(key, _, node)| (key.to_owned(), check.at(node.mark)))
            .collect(),
    })
}

/// Names are identities in metrics and reports: written ones must differ, missing ones are the type, numbered from the second.
fn name_all(
    check: &mut Check<'_>,
    mut specs: Vec<EvaluatorSpec>,
    taken: &[String],
    items: &[Node],
) -> Vec<EvaluatorSpec> {
    let mut seen: BTreeMap<String, usize> = taken.iter().map(|name| (name.clone(), 1)).collect();
    for (spec, node) in specs.iter().zip(items) {
        if spec.name.is_empty() {
            continue;
        }
        if seen.insert(spec.name.clone(), 1).is_some() {
            let message = format!("two evaluators are named `{}`", spec.name);
            check.error("duplicate-name", node.mark, message);
        }
    }
    for spec in &mut specs {
        if spec.name.is_empty() {
            let base = spec.type_name();
            let mut name = base.clone();
            let mut count = 1;
            while seen.contains_key(&name) {
                count += 1;
                name = format!("{base}-{count}");
            }
            seen.insert(name.clone(), 1);
            spec.name = name;
        }
    }
    specs
}
