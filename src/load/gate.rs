//! Reads a suite's gates. Which metrics exist is not known here.

use crate::model::GateSpec;
use crate::model::suite::{BROKEN, Condition, GateRule};
use crate::source::{Check, Fields, Mark, Node, Unit, Yaml};

pub(super) const KEYS: &[&str] = &[
    "metric",
    "tag",
    "min",
    "max",
    "target",
    "floor",
    "baseline",
    "margin",
    "each_tag",
    "lower_bound",
];

/// The keys of a gate on broken cases.
const BROKEN_KEYS: [&str; 3] = ["metric", "tag", "max"];

/// How far below the target the floor lies where it is not written.
const DEFAULT_BAND: f64 = 0.05;

/// The drop that a baseline gate tolerates where it says nothing: 5 points.
const DEFAULT_MARGIN: f64 = 0.05;

pub(super) fn read_list(check: &mut Check<'_>, node: &Node) -> Vec<GateSpec> {
    let items = check.list(node, "gates").unwrap_or_default();
    items.iter().filter_map(|item| read(check, item)).collect()
}

fn read(check: &mut Check<'_>, node: &Node) -> Option<GateSpec> {
    if let Some((mark, metric, bound)) = bare_metric(node) {
        let message = format!("`{metric}` is no key of a gate: a gate names its metric");
        let hint = format!("write `{{metric: {metric}, {bound}}}`");
        check.hinted("unknown-key", mark, message, Some(hint));
        return None;
    }
    let fields = check.fields(node, "a gate", KEYS)?;
    let metric_node = check.require(&fields, "metric", "a gate");
    let metric = metric_node.and_then(|node| check.filled(node, "metric"));
    let tag_node = fields.get("tag");
    let tag = tag_node.and_then(|node| check.filled(node, "tag"));
    let condition = match metric.as_deref() {
        Some(BROKEN) => read_broken(check, &fields)?,
        _ => read_condition(
            check,
            &fields,
            Unit::named(metric.as_deref().unwrap_or_default()),
        )?,
    };
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

/// A metric in the place of a key, `{pass_rate: 0.9}`: where it stands, its name, and the bound that was meant.
fn bare_metric(node: &Node) -> Option<(Mark, &str, String)> {
    let Yaml::Map(entries) = &node.value else {
        return None;
    };
    let is_known = |key: &str| KEYS.contains(&key);
    let has_metric = entries.iter().any(|(key, ..)| key == "metric");
    let (key, mark, value) = entries.iter().find(|(key, ..)| !is_known(key))?;
    let (Yaml::Number(_, text) | Yaml::String(text)) = &value.value else {
        return None;
    };
    let unit = Unit::named(key);
    let number = unit.meant(text)?;
    let is_metric = unit != Unit::Plain || key.contains("cost") || key.contains("tokens");
    let bound = if unit == Unit::Share { "min" } else { "max" };
    (is_metric && !has_metric).then(|| (*mark, key.as_str(), format!("{bound}: {number}")))
}

/// A gate on broken cases counts what its own answers prove: nothing but a number of them can be demanded.
fn read_broken(check: &mut Check<'_>, fields: &Fields<'_>) -> Option<Condition> {
    let others = KEYS.iter().filter(|key| !BROKEN_KEYS.contains(key));
    for key in others {
        if let Some(mark) = fields.key_mark(key) {
            let message = format!("`{key}` does not go with `metric: {BROKEN}`");
            check.hinted(
                "lonely-key",
                mark,
                message,
                Some(format!("write `{{metric: {BROKEN}, max: 0}}`")),
            );
            return None;
        }
    }
    let node = check.require(fields, "max", "a gate on broken cases")?;
    let max = check.integer_in(node, "max", 0, u64::from(u32::MAX))?;
    Some(Condition::Broken { max: max as u32 })
}

/// The three ways of deciding exclude each other.
fn read_condition(check: &mut Check<'_>, fields: &Fields<'_>, unit: Unit) -> Option<Condition> {
    let has = |keys: &[&str]| keys.iter().any(|key| fields.get(key).is_some());
    let baseline = fields
        .get("baseline")
        .and_then(|node| check.boolean(node, "baseline"))
        .unwrap_or_default();
    let (bounds, evidence) = (has(&["min", "max"]), has(&["target", "floor"]));
    if [baseline, bounds, evidence]
        .iter()
        .filter(|given| **given)
        .count()
        > 1
    {
        check.hinted(
            "two-conditions",
            fields.mark,
            "a gate has one condition: `min`/`max`, `target`/`floor`, or `baseline: true`",
            Some("write two gates".into()),
        );
        return None;
    }
    for (key, belongs, owner) in [
        ("margin", baseline, "baseline: true"),
        ("each_tag", baseline, "baseline: true"),
        ("lower_bound", bounds, "min"),
    ] {
        if !belongs && let Some(mark) = fields.key_mark(key) {
            check.error("lonely-key", mark, format!("`{key}` goes with `{owner}`"));
            return None;
        }
    }
    if baseline {
        return read_baseline(check, fields);
    }
    if evidence {
        return read_evidence(check, fields);
    }
    if bounds {
        return read_bounds(check, fields, unit);
    }
    check.hinted(
        "no-condition",
        fields.mark,
        "a gate without a condition decides nothing",
        Some("add `target`, `min`, `max`, or `baseline: true`".into()),
    );
    None
}

fn read_baseline(check: &mut Check<'_>, fields: &Fields<'_>) -> Option<Condition> {
    let margin = match fields.get("margin") {
        None => DEFAULT_MARGIN,
        Some(node) => check.number_in(node, "margin", 0.001, 0.999)?,
    };
    let each_tag = match fields.get("each_tag") {
        None => false,
        Some(node) => check.boolean(node, "each_tag")?,
    };
    if !each_tag {
        return Some(Condition::Baseline { margin });
    }
    if let Some(mark) = fields.key_mark("tag") {
        check.error(
            "two-tags",
            mark,
            "`each_tag` looks at every label: `tag` has no place beside it",
        );
        return None;
    }
    Some(Condition::EachTag { margin })
}

fn read_evidence(check: &mut Check<'_>, fields: &Fields<'_>) -> Option<Condition> {
    let target_node = check.require(fields, "target", "a gate with a floor")?;
    let target = check.number_in(target_node, "target", 0.001, 1.0)?;
    let floor = match fields.get("floor") {
        None => (target - DEFAULT_BAND).max(0.0),
        Some(node) => check.number_in(node, "floor", 0.0, 1.0)?,
    };
    if floor >= target {
        let message = format!("`floor` lies below `target`, which is {target}");
        check.error(
            "never-passes",
            fields.get("floor").unwrap_or(target_node).mark,
            message,
        );
        return None;
    }
    Some(Condition::Evidence { target, floor })
}

fn read_bounds(check: &mut Check<'_>, fields: &Fields<'_>, unit: Unit) -> Option<Condition> {
    let mut bound = |key: &str| match fields.get(key) {
        None => Some(None),
        Some(node) => check.number_of(node, key, unit).map(Some),
    };
    let (min, max) = (bound("min")?, bound("max")?);
    if let (Some(low), Some(high)) = (min, max)
        && low > high
    {
        let message = format!("no number is at least {low} and at most {high}");
        check.error("never-passes", fields.mark, message);
    }
    let lower_bound = match fields.get("lower_bound") {
        None => false,
        Some(node) => check.boolean(node, "lower_bound")?,
    };
    match (lower_bound, min, max) {
        (false, ..) => Some(Condition::Range { min, max }),
        (true, Some(min), None) if min > 0.0 && min < 1.0 => Some(Condition::LowerBound { min }),
        (true, ..) => {
            check.error(
                "lonely-key",
                fields.mark,
                "`lower_bound` goes with a `min` between 0 and 1, both exclusive, and no `max`",
            );
            None
        }
    }
}
