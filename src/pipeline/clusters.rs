//! Rows that ask nearly the same and name no cluster: taken for independent, they make a gate far too sure.

use std::collections::HashMap;
use std::io;

use serde_json::Value;

use super::Checked;
use crate::model::Case;
use crate::model::dataset::id_key;
use crate::plan::SuitePlan;
use crate::text::NearDuplicates;

/// Rows without a cluster from which near-duplicates are looked for: fewer are alike by chance.
const LEAST_ROWS: usize = 10;

/// Texts that more than one row in so many has make no two rows alike.
const COMMON_IN: usize = 20;

/// Near-duplicates of one dataset.
#[derive(Clone, Debug)]
pub struct NearDuplicateRows {
    /// The dataset, relative to the project.
    pub dataset: String,
    /// Groups of at least two rows.
    pub groups: Vec<Vec<RowName>>,
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowName {
    /// Its id.
    pub id: String,
    /// Where it begins, counted from 1.
    pub line: usize,
}

impl NearDuplicateRows {
    /// How many rows are in a group.
    pub fn rows(&self) -> usize {
        self.groups.iter().map(Vec::len).sum()
    }
}

/// The cluster that is suggested for a group: the id of its first row tells where to look.
pub fn cluster_name(group: &[RowName]) -> String {
    let first = group.first().map_or("", |row| row.id.as_str());
    format!("near-{first}")
}

/// Looks through the datasets of suites that decide on evidence. What is compared is what a row brings into the request, the
/// texts among its variables, without those that many rows have: a long template, or a company's name, makes no two questions
/// alike.
///
/// # Errors
/// When a row cannot be read any more.
pub fn near_duplicates(checked: &Checked) -> io::Result<Vec<NearDuplicateRows>> {
    let mut found: Vec<NearDuplicateRows> = Vec::new();
    for suite in &checked.plan.suites {
        let decides = suite.gates.iter().any(|rule| rule.condition.is_evidence());
        let known = found.iter().any(|one| *one.dataset == *suite.dataset.path);
        if !decides || known {
            continue;
        }
        found.push(NearDuplicateRows {
            dataset: suite.dataset.path.to_string(),
            groups: groups(suite)?,
        });
    }
    found.retain(|one| !one.groups.is_empty());
    Ok(found)
}

fn groups(suite: &SuitePlan) -> io::Result<Vec<Vec<RowName>>> {
    let index = &suite.dataset.index;
    let alone = |place: &&u32| index.cluster(**place).is_none() && !index.is_logged(**place);
    let places: Vec<u32> = suite.cases.iter().filter(alone).copied().collect();
    if places.len() < LEAST_ROWS {
        return Ok(Vec::new());
    }
    let mut counts: HashMap<u64, usize> = HashMap::new();
    for place in &places {
        let case = suite.dataset.case(*place)?;
        let mut own: Vec<u64> = texts(&case).into_iter().map(id_key).collect();
        own.sort_unstable();
        own.dedup();
        for text in own {
            *counts.entry(text).or_default() += 1;
        }
    }
    let rare = (places.len() / COMMON_IN).max(2);
    let mut duplicates = NearDuplicates::default();
    let mut names = Vec::with_capacity(places.len());
    for place in &places {
        let case = suite.dataset.case(*place)?;
        let all = texts(&case);
        let is_rare = |text: &&str| counts.get(&id_key(text)).is_none_or(|count| *count <= rare);
        let own: Vec<&str> = all.iter().copied().filter(is_rare).collect();
        if own.is_empty() {
            // Nothing that few others have: only rows that are equal altogether ask the same.
            duplicates.push_whole(&Value::Object(case.vars.clone()).to_string());
        } else {
            duplicates.push(&own.join("\n"));
        }
        names.push(RowName {
            id: case.id,
            line: case.line,
        });
    }
    let groups = duplicates.groups().into_iter();
    let named = |group: Vec<u32>| -> Vec<RowName> {
        let rows = group.into_iter();
        rows.filter_map(|at| names.get(at as usize).cloned())
            .collect()
    };
    Ok(groups.map(named).collect())
}

/// Every text among a row's variables, in the order of their names.
fn texts(case: &Case) -> Vec<&str> {
    fn collect<'a>(value: &'a Value, texts: &mut Vec<&'a str>) {
        match value {
            Value::String(text) => texts.push(text),
            Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
            Value::Object(fields) => fields.values().for_each(|field| collect(field, texts)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    let mut texts = Vec::new();
    for value in case.vars.values() {
        collect(value, &mut texts);
    }
    texts
}
