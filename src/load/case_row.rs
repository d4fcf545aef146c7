//! Reads one row of a dataset, whatever format it came in.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::evaluator;
use crate::model::{Case, LoggedOutput, Usage};
use crate::source::{Check, Fields, Node, Yaml, strict_object, strict_value};

pub(super) const KEYS: &[&str] = &[
    "id",
    "vars",
    "expected",
    "tags",
    "cluster",
    "weight",
    "critical",
    "threshold",
    "evaluators",
    "output",
    "latency_ms",
    "usage",
];

pub(super) const USAGE_KEYS: &[&str] = &[
    "input",
    "output",
    "cached_input",
    "cache_write",
    "reasoning",
    "prompt_tokens",
    "completion_tokens",
    "input_tokens",
    "output_tokens",
    "total_tokens",
];

/// The row as most rows are: plain texts and no key that needs a closer look.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plain {
    id: Option<String>,
    #[serde(deserialize_with = "strict_object")]
    vars: Map<String, Value>,
    #[serde(default, deserialize_with = "some_value")]
    expected: Option<Value>,
    #[serde(default)]
    tags: Vec<String>,
    cluster: Option<String>,
    output: Option<String>,
    latency_ms: Option<f64>,
    #[serde(default)]
    evaluators: Vec<evaluator::Plain>,
}

fn some_value<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    let value = strict_value(deserializer)?;
    // As where the key is absent.
    Ok(Some(value).filter(|value| !value.is_null()))
}

/// Reads a row of JSON the quick way; `None` where there is anything about it that [`read`] has to look at.
pub(super) fn plain(line: &[u8], line_number: usize, number: usize) -> Option<Case> {
    let row: Plain = serde_json::from_slice(line).ok()?;
    let is_filled =
        |text: &Option<String>| text.as_ref().is_none_or(|text| !text.trim().is_empty());
    let latency_fits = row
        .latency_ms
        .is_none_or(|ms| ms >= 0.0 && row.output.is_some());
    if !is_filled(&row.id) || !is_filled(&row.cluster) || !latency_fits {
        return None;
    }
    Some(Case {
        id: row.id.unwrap_or_else(|| number.to_string()),
        vars: row.vars,
        expected: row.expected,
        tags: row.tags,
        cluster: row.cluster,
        critical: false,
        threshold: None,
        evaluators: evaluator::plain(row.evaluators, line_number)?,
        output: row.output.map(|text| LoggedOutput {
            text,
            latency_ms: row.latency_ms,
            usage: None,
        }),
        line: line_number,
    })
}

/// Reads a row; `number` is its place counted from 1, its id where it names none.
pub(super) fn read(check: &mut Check<'_>, node: &Node, number: usize) -> Option<Case> {
    let fields = check.fields(node, "a row", KEYS)?;
    let vars_node = check.require(&fields, "vars", "a row");
    let vars = vars_node.and_then(|node| read_vars(check, node));
    let id = match fields.get("id") {
        Some(node) => check.filled(node, "id"),
        None => Some(number.to_string()),
    };
    let threshold = fields
        .get("threshold")
        .and_then(|node| check.number_in(node, "threshold", 0.0, 1.0));
    let critical = fields
        .get("critical")
        .and_then(|node| check.boolean(node, "critical"));
    Some(Case {
        id: id?,
        vars: vars?,
        expected: fields.get("expected").map(Node::json),
        tags: fields
            .get("tags")
            .map(|node| check.strings(node, "tags"))
            .unwrap_or_default(),
        cluster: fields
            .get("cluster")
            .and_then(|node| check.filled(node, "cluster")),
        critical: critical.unwrap_or_default(),
        threshold,
        evaluators: fields
            .get("evaluators")
            .map(|node| evaluator::read_list(check, node, &[]))
            .unwrap_or_default(),
        output: read_output(check, &fields),
        line: node.mark.line,
    })
}

fn read_vars(check: &mut Check<'_>, node: &Node) -> Option<Map<String, Value>> {
    if let (Yaml::Map(_), Value::Object(map)) = (&node.value, node.json()) {
        return Some(map);
    }
    let message = format!("`vars` takes a mapping, not {}", node.kind());
    check.error("wrong-type", node.mark, message);
    None
}

fn read_output(check: &mut Check<'_>, fields: &Fields<'_>) -> Option<LoggedOutput> {
    let latency_ms = fields
        .get("latency_ms")
        .and_then(|node| check.number_in(node, "latency_ms", 0.0, f64::INFINITY));
    let usage = fields.get("usage").and_then(|node| read_usage(check, node));
    let Some(node) = fields.get("output") else {
        if let Some(mark) = fields.key_mark("latency_ms").or(fields.key_mark("usage")) {
            check.error(
                "lonely-measurement",
                mark,
                "`latency_ms` and `usage` belong to a logged `output`, which this row has not",
            );
        }
        return None;
    };
    let Yaml::String(text) = &node.value else {
        let message = format!("`output` takes a text, not {}", node.kind());
        check.error("wrong-type", node.mark, message);
        return None;
    };
    Some(LoggedOutput {
        text: text.clone(),
        latency_ms,
        usage,
    })
}

/// Token counts in our own words or in those of OpenAI's and Anthropic's logs.
fn read_usage(check: &mut Check<'_>, node: &Node) -> Option<Usage> {
    let fields = check.fields(node, "`usage`", USAGE_KEYS)?;
    let mut count = |names: &[&str]| {
        let node = names.iter().find_map(|name| fields.get(name))?;
        check.integer_in(
            node,
            names.first().copied().unwrap_or_default(),
            0,
            u64::MAX,
        )
    };
    let input = count(&["input", "prompt_tokens", "input_tokens"]);
    let output = count(&["output", "completion_tokens", "output_tokens"]);
    let usage = Usage {
        input: input.unwrap_or_default(),
        output: output.unwrap_or_default(),
        cached_input: count(&["cached_input"]).unwrap_or_default(),
        cache_write: count(&["cache_write"]).unwrap_or_default(),
        reasoning: count(&["reasoning"]).unwrap_or_default(),
    };
    if input.is_none() || output.is_none() {
        check.error(
            "missing-key",
            node.mark,
            "`usage` needs `input` and `output`",
        );
        return None;
    }
    Some(usage)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Mark, Source, parse_json};

    /// The row by the quick way and by the long one.
    fn both(line: &str) -> [Option<Case>; 2] {
        let source = Source::row("".into(), "", 1);
        let mark = Mark {
            line: 1,
            column: 1,
            length: 1,
        };
        let mut check = Check::new(&source);
        let node = Node::from_json(parse_json(line.as_bytes()).unwrap(), mark);
        let long = read(&mut check, &node, 7).filter(|_| check.problems.is_empty());
        [plain(line.as_bytes(), 1, 7), long].map(|case| {
            case.map(|mut case| {
                // Where a key stands is told of rows that are wrong, which go the long way.
                case.evaluators
                    .iter_mut()
                    .for_each(|spec| spec.keys.clear());
                case
            })
        })
    }

    #[test]
    fn evaluators_of_a_row_are_the_same_by_both_ways() {
        let row = |evaluators: &str| format!("{{\"vars\": {{}}, \"evaluators\": [{evaluators}]}}");
        for evaluators in [
            "",
            r#"{"type": "icontains", "value": "x"}"#,
            r#"{"type": "not-regex", "value": 1e3, "threshold": 0.5, "weight": 0, "critical": true}"#,
            r#"{"type": "cost", "threshold": 1}, {"type": "cost", "name": "c"}, {"type": "cost", "metric": "m"}"#,
            r#"{"type": "equals", "value": {"a": [null, 12345678901234567890]}}"#,
            r#"{"type": "equals", "value": null}"#,
        ] {
            let [quick, long] = both(&row(evaluators));
            assert!(quick.is_some(), "{evaluators}");
            assert_eq!(quick, long, "{evaluators}");
        }
    }

    #[test]
    fn what_needs_a_closer_look_goes_the_long_way() {
        let row = |evaluators: &str| format!("{{\"vars\": {{}}, \"evaluators\": {evaluators}}}");
        for evaluators in [
            "null",
            r#"[{"type": " "}]"#,
            r#"[{"type": "cost", "name": null}]"#,
            r#"[{"type": "cost", "weight": -1}]"#,
            r#"[{"type": "cost", "critical": null}]"#,
            r#"[{"type": "cost", "when": "true"}]"#,
            r#"[{"type": "cost", "name": "c"}, {"type": "latency", "name": "c"}]"#,
        ] {
            let [quick, _] = both(&row(evaluators));
            assert!(quick.is_none(), "{evaluators}");
        }
    }
}
