//! What a change takes away from its own gate, for every report that people read.

use crate::model::event::GateChange;

use super::View;
use crate::model::number;

/// What stands above the list.
pub(crate) const TITLE: &str = "This change weakens its own gate";

/// Lines of a report: nobody reads more of them, and report.json has all.
const MOST: usize = 40;

/// What is weaker, one thing each, and a sentence on what is left out; nothing where nothing is.
pub(crate) fn shown<'v>(view: &'v View<'_>) -> (&'v [GateChange], Option<String>) {
    let all = view.record.header.run.gate_changes.as_slice();
    let left = all.len().saturating_sub(MOST);
    let more = (left > 0).then(|| {
        format!(
            "and {} that report.json has",
            number::of(left, "more change")
        )
    });
    (all.get(..MOST).unwrap_or(all), more)
}
