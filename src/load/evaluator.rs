//! Reads an evaluator's configuration, of a suite or of a case. Which types exist is not known here.

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::judge;
use crate::model::{EvaluatorSpec, Location};
use crate::source::model_target;
use crate::source::{Check, Node, strict_value};

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
    let read = items
        .iter()
        .filter_map(|item| Some((item, read(check, item)?)));
    let (nodes, mut specs): (Vec<&Node>, Vec<EvaluatorSpec>) = read.unzip();
    for place in name_all(&mut specs, taken) {
        if let Some((node, spec)) = nodes.get(place).zip(specs.get(place)) {
            let message = format!("two evaluators are named `{}`", spec.name);
            check.error("duplicate-name", node.mark, message);
        }
    }
    specs
}

/// An evaluator as most of single rows are: nothing that needs a closer look.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Plain {
    r#type: String,
    #[serde(default, deserialize_with = "given")]
    name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    metric: Option<String>,
    #[serde(default, deserialize_with = "strict_value")]
    value: Value,
    #[serde(default, deserialize_with = "given")]
    threshold: Option<f64>,
    #[serde(default, deserialize_with = "given")]
    weight: Option<f64>,
    #[serde(default)]
    critical: bool,
}

/// What is there has to be of its type, and null is of none.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// The evaluators of a row the quick way; `None` where there is anything about them that [`read_list`] has to look at.
pub(super) fn plain(rows: Vec<Plain>, line: usize) -> Option<Vec<EvaluatorSpec>> {
    let mut specs = rows
        .into_iter()
        .map(|row| plain_spec(row, line))
        .collect::<Option<Vec<EvaluatorSpec>>>()?;
    name_all(&mut specs, &[]).is_empty().then_some(specs)
}

fn plain_spec(row: Plain, line: usize) -> Option<EvaluatorSpec> {
    let is_filled = |text: &String| !text.trim().is_empty();
    let names = [&row.name, &row.metric].into_iter().flatten();
    let numbers = [row.threshold, row.weight].into_iter().flatten();
    if !names.chain([&row.r#type]).all(is_filled)
        || !numbers.into_iter().all(|number| number >= 0.0)
    {
        return None;
    }
    let (kind, negated) = kind(row.r#type);
    Some(EvaluatorSpec {
        kind,
        negated,
        name: row.name.unwrap_or_default(),
        metric: row.metric,
        value: row.value,
        threshold: row.threshold,
        weight: row.weight.unwrap_or(1.0),
        critical: row.critical,
        model: None,
        structured: None,
        rubric_prompt: None,
        when: None,
        at: Location {
            line,
            column: 1,
            length: 1,
            ..Location::default()
        },
        keys: Vec::new(),
    })
}

/// The type without its `not-` prefix, and whether it had one.
fn kind(written: String) -> (String, bool) {
    match written.strip_prefix("not-") {
        Some(kind) => (kind.to_owned(), true),
        None => (written, false),
    }
}

fn read(check: &mut Check<'_>, node: &Node) -> Option<EvaluatorSpec> {
    let fields = check.fields(node, "an evaluator", KEYS)?;
    let type_node = check.require(&fields, "type", "an evaluator")?;
    let written = check.filled(type_node, "type")?;
    let (kind, negated) = kind(written);
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

/// Names are identities in metrics and reports: missing ones become the type, numbered from the second, and written ones must differ;
/// the places of those that do not.
fn name_all(specs: &mut [EvaluatorSpec], taken: &[String]) -> Vec<usize> {
    let mut seen: BTreeSet<String> = taken.iter().cloned().collect();
    let mut again = Vec::new();
    for (place, spec) in specs.iter().enumerate() {
        if !spec.name.is_empty() && !seen.insert(spec.name.clone()) {
            again.push(place);
        }
    }
    for spec in specs {
        if spec.name.is_empty() {
            let base = spec.type_name();
            let mut name = base.clone();
            let mut count = 1;
            while seen.contains(&name) {
                count += 1;
                name = format!("{base}-{count}");
            }
            seen.insert(name.clone());
            spec.name = name;
        }
    }
    again
}
