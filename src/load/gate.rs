//! Reads a suite's gates. Which metrics exist is not known here.

use crate::model::GateSpec;
use crate::model::suite::{Condition, GateRule};
use crate::source::{Check, Fields, Node};

const KEYS: &[&str] = &["metric", "tag", "min", "max", "baseline", "margin"];

/// The drop that a baseline gate tolerates where it says nothing: 5 points.
const DEFAULT_MARGIN: f64 = 0.05;

pub(super) fn read_list(check: &mut Check<'_>, node: &Node) -> Vec<GateSpec> {
    let items = check.list(node, "gates").unwrap_or_default();
    items.iter().filter_map(|item| read(check, item)).collect()
}

fn read(check: &mut Check<'_>, node: &Node) -> Option<GateSpec> {
    let fields = check.fields(node, "a gate", KEYS)?;
    let metric_node = check.require(&fields, "metric", "a gate");
    let metric = metric_node.and_then(|node| check.filled(node, "metric"));
    let tag_node = fields.get("tag");
    let tag = tag_node.and_then(|node| check.filled(node, "tag"));
    let condition = read_condition(check, &fields)?;
    Some(GateSpec {
        rule: GateRule {
            metric: metric?,
            tag,
            condition,
        },
        at: check.at(node.mark),
        metric_at: check.at(metric_node.map_or(node.mark, |node| node.mark)),
        tag_at: check.at(tag_node.map_or(node.mark, |node| node.mark)),
    })
}

fn read_condition(check: &mut Check<'_>, fields: &Fields<'_>) -> Option<Condition> {
    let min = fields.get("min").and_then(|node| check.number(node, "min"));
    let max = fields.get("max").and_then(|node| check.number(node, "max"));
    let baseline = fields
        .get("baseline")
        .and_then(|node| check.boolean(node, "baseline"))
        .unwrap_or_default();
    let margin = fields
        .get("margin")
        .and_then(|node| check.number_in(node, "margin", 0.0, 1.0));
    let has_bound = fields.get("min").or(fields.get("max")).is_some();
    match (baseline, has_bound) {
        (true, true) => {
            check.hinted(
                "two-conditions",
                fields.mark,
                "a gate compares with a number or with the baseline, not both",
                Some("write two gates".into()),
            );
            None
        }
        (true, false) => Some(Condition::Baseline {
            margin: margin.unwrap_or(DEFAULT_MARGIN),
        }),
        (false, _) if fields.get("margin").is_some() => {
            let message = "`margin` goes with `baseline: true`";
            check.error("lonely-margin", fields.mark, message);
            None
        }
        (false, true) => {
            if let (Some(low), Some(high)) = (min, max)
                && low > high
            {
                check.error(
                    "never-passes",
                    fields.mark,
                    format!("no number is at least {low} and at most {high}"),
                );
            }
            Some(Condition::Range { min, max })
        }
        (false, false) => {
            check.hinted(
                "no-condition",
                fields.mark,
                "a gate without a condition decides nothing",
                Some("add `min`, `max`, or `baseline: true`".into()),
            );
            None
        }
    }
}
