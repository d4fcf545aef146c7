//! Which suites are gone, read other cases, or decide in a laxer way.

use std::collections::{BTreeMap, BTreeSet};

use super::comparison::{Comparison, incomparable, listed, named};
use super::evaluators::Weighing;
use super::{cases, evaluators, gates};
use crate::fsx;
use crate::load::{Before, EVALS, PROJECT_FILE};
use crate::model::looks::{ESCALATION, OnInconclusive};
use crate::model::suite::{Selector, Spot};
use crate::model::{EvaluatorSpec, Suite};
use crate::pipeline::affected;
use crate::registry::{self, PROMPTS};
use crate::score;

/// Compares every suite that the merge base had.
pub(super) fn compare(comparison: &mut Comparison<'_>, suites: &[Suite]) {
    let now: BTreeMap<&str, &Suite> = suites
        .iter()
        .map(|suite| (suite.path.as_str(), suite))
        .collect();
    let mut had = BTreeSet::new();
    match comparison.before.suites() {
        Ok(paths) => had.extend(paths),
        Err(error) => comparison.add(EVALS, incomparable(&error.message)),
    }
    // Suites below a folder run by their path alone.
    let all: BTreeSet<String> = now
        .keys()
        .map(|path| (*path).to_owned())
        .chain(had.iter().cloned())
        .collect();
    let mut datasets: BTreeMap<(String, String), Weighing> = BTreeMap::new();
    for path in all {
        let new = now.get(path.as_str()).copied();
        let old = match comparison.before_suite(&path, new, had.contains(&path)) {
            Before::Was(old) => old,
            Before::Absent => continue,
            Before::Unreadable(why) => {
                comparison.add(&path, incomparable(&why));
                continue;
            }
        };
        let Some(new) = new else {
            gone(comparison, &old);
            continue;
        };
        let mut weighing = Weighing::default();
        weighing.add(&old);
        weighing.add(new);
        for what in weaker(&old, new, &weighing) {
            comparison.add(&path, what);
        }
        templates(comparison, new);
        let pair = (old.dataset.value.clone(), new.dataset.value.clone());
        let weighing = datasets.entry(pair).or_default();
        weighing.add(&old);
        weighing.add(new);
    }
    for ((old, new), weighing) in datasets {
        cases::compare(comparison, (&old, &new), &weighing);
    }
}

impl Comparison<'_> {
    /// A suite as it was; what did not change is as it is.
    fn before_suite(&self, path: &str, new: Option<&Suite>, was_there: bool) -> Before<Suite> {
        if let Some(new) = new
            && was_there
            && !self.changed.touch(path)
            // What judges are may stand there.
            && !self.changed.touch(PROJECT_FILE)
        {
            return Before::Was(new.clone());
        }
        match self.before.suite(path) {
            Before::Absent if was_there => {
                Before::Unreadable("git does not show what it was".to_owned())
            }
            other => other,
        }
    }
}

fn gone(comparison: &mut Comparison<'_>, old: &Suite) {
    if fsx::is_there(&comparison.root.join(&old.path)) {
        comparison.add(&old.path, incomparable("the file has mistakes now"));
        return;
    }
    let rules = old.gates.iter().map(|gate| named(&gate.rule.to_string()));
    let rules: Vec<String> = rules.collect();
    comparison.add(
        &old.path,
        format!("suite removed, with its gates {}", listed(&rules)),
    );
}

/// Templates that evaluators include, whose text is another one.
fn templates(comparison: &mut Comparison<'_>, suite: &Suite) {
    for evaluator in &suite.evaluators {
        let texts = affected::texts_of(&evaluator.value);
        for include in registry::includes_of(comparison.root, texts).into_keys() {
            let path = format!("{PROMPTS}/{include}");
            if !comparison.changed.touch(&path) {
                continue;
            }
            let before = comparison.before.bytes(&path);
            let now = fsx::read(&comparison.root.join(&path)).ok();
            if before.is_some() && before != now {
                let name = named(&evaluator.name);
                comparison.add(&path, format!("edited: evaluator {name} includes it"));
            }
        }
    }
}

/// What a suite demands less, a line each; its cases aside.
fn weaker(old: &Suite, new: &Suite, weighing: &Weighing) -> Vec<String> {
    let mut found = gates::weaker(&old.gates, &new.gates);
    found.extend(evaluators::weaker(&judged(old), &judged(new), weighing));
    rules(old, new, &mut found);
    subject(old, new, &mut found);
    found
}

/// The suite's evaluators, each with the judge that it has wherever that is written. How a verdict's form is asked for weakens nothing.
fn judged(suite: &Suite) -> Vec<EvaluatorSpec> {
    let evaluators = suite.evaluators.iter();
    evaluators
        .map(|spec| score::judged(spec, &suite.judge))
        .collect()
}

/// How the suite decides.
fn rules(old: &Suite, new: &Suite, found: &mut Vec<String>) {
    let (was, is) = (old.on_inconclusive, new.on_inconclusive);
    if strictness(is) < strictness(was) {
        let (was, is) = (was.as_str(), is.as_str());
        found.push(format!("`on_inconclusive` was {was} and is {is}"));
    }
    let lower = match (old.threshold, new.threshold) {
        (Some(was), Some(is)) => is < was,
        (was, is) => was != is,
    };
    if lower {
        let shown = |threshold: Option<f64>| {
            threshold.map_or_else(|| "not set".to_owned(), |at| at.to_string())
        };
        let (was, is) = (shown(old.threshold), shown(new.threshold));
        found.push(format!("`threshold` was {was} and is {is}"));
    }
    // Where none are written, repeats are added while a gate is open, up to those of the last look.
    let most = ESCALATION.last().map_or(0, |look| look.repeats);
    let fewer = match (old.repeats, new.repeats) {
        (Some(was), is) => is.is_none_or(|is| is < was),
        (None, is) => is.is_some_and(|is| is < most),
    };
    if fewer {
        let shown = |repeats: Option<u32>| {
            repeats.map_or_else(|| format!("up to {most}"), |count| count.to_string())
        };
        let (was, is) = (shown(old.repeats), shown(new.repeats));
        found.push(format!("`repeats` was {was} and is {is}"));
    }
    if new.stop_decided && !old.stop_decided {
        found.push("`stop: decided` added: cases may be left unasked".to_owned());
    }
}

fn strictness(policy: OnInconclusive) -> u8 {
    match policy {
        OnInconclusive::Warn => 0,
        OnInconclusive::Lean => 1,
        OnInconclusive::Block => 2,
    }
}

/// What the suite is about.
fn subject(old: &Suite, new: &Suite, found: &mut Vec<String>) {
    let (was, is) = (&old.family.value, &new.family.value);
    if was != is {
        let (was, is) = (named(was), named(is));
        found.push(format!("it tested {was} and tests {is}"));
    }
    let segment = |suite: &Suite| suite.segment.as_ref().map(|spot| spot.value.clone());
    if segment(old) != segment(new) {
        found.push("`segment` is another one".to_owned());
    }
    if old.baseline.value != new.baseline.value {
        found.push("`baseline` is another one".to_owned());
    }
    let has = |all: &[Spot<Selector>], one: &Selector| all.iter().any(|spot| spot.value == *one);
    let dropped = old
        .candidates
        .iter()
        .any(|spot| !has(&new.candidates, &spot.value));
    if dropped || (old.candidates.is_empty() && !new.candidates.is_empty()) {
        found.push("`candidates` selects others".to_owned());
    }
    let models = new.models.iter();
    let models: Vec<_> = models.map(|model| (&model.name, &model.params)).collect();
    let mut before = old.models.iter();
    if before.any(|model| !models.contains(&(&model.name, &model.params))) {
        found.push("`models` leaves one out".to_owned());
    }
    if old.tags.iter().any(|tag| !new.tags.contains(tag)) {
        found.push("`tags` lost a label: `--tag` selects less".to_owned());
    }
}
