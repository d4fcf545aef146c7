//! Which cases of a dataset are gone, and which expect something else.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;

use serde_json::Value;

use super::comparison::{Comparison, incomparable, listed, named};
use super::evaluators::{self, Weighing};
use crate::load::{self, Before};
use crate::model::dataset::id_key;
use crate::model::{Case, Dataset, Problems};

/// Compares the cases that a suite had with those that it has; the dataset may be another file.
pub(super) fn compare(
    comparison: &mut Comparison<'_>,
    (old, new): (&str, &str),
    weighing: &Weighing,
) {
    let changed = comparison.changed;
    if old == new && !changed.touch(new) {
        return;
    }
    let before = match comparison.before.dataset(old) {
        Before::Was(before) => before,
        Before::Absent => {
            let why = format!("it does not have {}", named(old));
            comparison.add(new, incomparable(&why));
            return;
        }
        Before::Unreadable(why) => {
            comparison.add(new, incomparable(&why));
            return;
        }
    };
    let mut problems = Problems::default();
    // Its mistakes end the run, or it is of a suite that this run was not asked for.
    let Some(now) = load::dataset::read(comparison.root, new, &mut problems) else {
        comparison.add(new, incomparable("the file has mistakes now"));
        return;
    };
    match lost(&before, &now, weighing) {
        Ok(lost) => {
            let lines = [
                ("cases removed", lost.gone),
                ("cases changed", lost.other),
                ("cases added that only repeat others", lost.copies),
            ];
            for (what, names) in lines {
                if !names.is_empty() {
                    comparison.add(new, format!("{what}: {}", listed(&names)));
                }
            }
        }
        Err(error) => comparison.add(new, incomparable(&error.to_string())),
    }
}

/// Cases, by name.
#[derive(Default)]
struct Lost {
    gone: Vec<String>,
    other: Vec<String>,
    /// New ones that ask and expect what another one does.
    copies: Vec<String>,
}

fn lost(before: &Dataset, now: &Dataset, weighing: &Weighing) -> io::Result<Lost> {
    let places = (0..now.len() as u32).filter_map(|place| Some((now.index.key(place)?, place)));
    let places: HashMap<u64, u32> = places.collect();
    let mut lost = Lost::default();
    let (mut ids, mut known) = (HashSet::new(), HashSet::new());
    for old in before.cases() {
        let old = old?;
        ids.insert(id_key(&old.id));
        known.insert(content(&old));
        let new = places.get(&id_key(&old.id)).map(|place| now.case(*place));
        let new = new.transpose()?.filter(|new| new.id == old.id);
        let Some(new) = new else {
            lost.gone.push(named(&old.id));
            continue;
        };
        let faults = faults(&old, &new, weighing);
        if !faults.is_empty() {
            lost.other
                .push(format!("{} ({})", named(&old.id), faults.join(", ")));
        }
    }
    for new in now.cases() {
        let new = new?;
        // Easy cases that count twice lift a rate.
        if !ids.contains(&id_key(&new.id)) && !known.insert(content(&new)) {
            lost.copies.push(named(&new.id));
        }
    }
    Ok(lost)
}

/// What a case asks and expects, in short; its name and labels aside.
fn content(case: &Case) -> u64 {
    let mut hasher = DefaultHasher::new();
    // Maps keep the order of their rows' keys, which is no difference.
    let vars: BTreeMap<&String, &Value> = case.vars.iter().collect();
    for (name, value) in vars {
        (name, value).hash(&mut hasher);
    }
    case.expected.hash(&mut hasher);
    let output = case.output.as_ref();
    output.map(|logged| &logged.text).hash(&mut hasher);
    hasher.finish()
}

/// In what a case demands less, or something else.
fn faults(old: &Case, new: &Case, weighing: &Weighing) -> Vec<&'static str> {
    let lower = match (old.threshold, new.threshold) {
        (Some(was), Some(is)) => is < was,
        (was, is) => was != is,
    };
    let own = new.threshold.map(|_| Weighing {
        by_mean: true,
        ..weighing.clone()
    });
    let weighing = own.as_ref().unwrap_or(weighing);
    let weaker = evaluators::weaker(&old.evaluators, &new.evaluators, weighing);
    let facts = [
        (old.vars != new.vars, "vars"),
        (old.expected != new.expected, "expected"),
        (!weaker.is_empty(), "evaluators"),
        (old.critical && !new.critical, "critical"),
        (lower, "threshold"),
        (old.output != new.output, "output"),
        (old.tags.iter().any(|tag| !new.tags.contains(tag)), "tags"),
        (
            old.cluster.is_some() && old.cluster != new.cluster,
            "cluster",
        ),
    ];
    let facts = facts.into_iter().filter(|(is, _)| *is);
    facts.map(|(_, what)| what).collect()
}
