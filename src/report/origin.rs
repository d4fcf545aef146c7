//! Where a run's answers came from, and whether anything but its journal speaks for it: every report says both.

use std::collections::BTreeMap;

use super::View;
use crate::model::Source;
use crate::model::number;

/// What is said of a run that was read without the files it speaks of.
pub(crate) const DETACHED: &str =
    "detached: this is the journal's word, held against no file of the project";

/// Answers by where they came from.
pub(crate) fn by_source(view: &View<'_>) -> BTreeMap<&'static str, usize> {
    let mut sources = BTreeMap::new();
    let trials = view.record.arms().flat_map(|arm| arm.trials.iter());
    for source in trials.filter_map(|trial| trial.source) {
        *sources.entry(word(source)).or_default() += 1;
    }
    sources
}

/// How many answers there are, and where they came from: `304 answers (300 live, 4 cached)`.
pub(crate) fn answers(view: &View<'_>) -> String {
    let sources = by_source(view);
    let all = number::of(sources.values().sum(), "answer");
    let parts: Vec<String> = sources
        .iter()
        .map(|(word, n)| format!("{} {word}", number::count(*n as f64)))
        .collect();
    if parts.is_empty() {
        all
    } else {
        format!("{all} ({})", parts.join(", "))
    }
}

/// What speaks against taking the run for more than it is.
pub(crate) fn note(view: &View<'_>) -> Option<&'static str> {
    view.record.header.run.detached.then_some(DETACHED)
}

/// How long the run took, where both of its ends are known.
pub(crate) fn seconds(view: &View<'_>) -> Option<f64> {
    let end = view.record.end.as_ref()?;
    let started: jiff::Timestamp = view.record.header.run.started_at.parse().ok()?;
    let finished: jiff::Timestamp = end.finished_at.parse().ok()?;
    Some(finished.duration_since(started).as_secs_f64())
}

fn word(source: Source) -> &'static str {
    match source {
        Source::Live => "live",
        Source::Cache => "cached",
        Source::Recording => "recorded",
        Source::Logged => "logged",
        Source::Stored => "stored",
    }
}
