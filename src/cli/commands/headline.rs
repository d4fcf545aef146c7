//! The first lines of a run: what is tested, before anything is.

use crate::cli::ui::counted;
use crate::model::Status;
use crate::model::event::{ArmRole, BaselineLink};
use crate::plan::{Arm, SuitePlan};

/// A line for each candidate of a suite.
pub(super) fn headline(suite: &SuitePlan) -> String {
    suite
        .arms
        .iter()
        .filter(|arm| arm.role == ArmRole::Candidate)
        .map(|arm| candidate_line(suite, arm))
        .collect()
}

fn candidate_line(suite: &SuitePlan, arm: &Arm) -> String {
    let against = match arm.baseline {
        BaselineLink::Arm(place) => suite
            .arms
            .get(place as usize)
            .map(|base| format!(" against {}", base.version.id.version))
            .unwrap_or_default(),
        BaselineLink::NoneYet => ", no baseline yet".to_owned(),
        BaselineLink::Itself => ", which is the baseline".to_owned(),
        BaselineLink::Unused => String::new(),
    };
    let repeats = match suite.repeats {
        1 => String::new(),
        repeats => format!(" x {repeats} repeats"),
    };
    let note = suite.note.as_ref().map(|note| format!(" ({note})"));
    let shadow = match arm.version.status {
        Status::Shadow => ", never blocks",
        _ => "",
    };
    let segment = suite.suite.segment.as_ref();
    let segment = segment.map(|segment| format!(" for the segment {}", segment.value));
    format!(
        "testing {} ({}{shadow}) on {}{against}: suite {}{}, {}{repeats}{}\n",
        arm.version.id,
        arm.version.status,
        arm.target.name,
        suite.suite.name,
        segment.unwrap_or_default(),
        cases(suite),
        note.unwrap_or_default(),
    )
}

fn cases(suite: &SuitePlan) -> String {
    let all = counted(suite.cases.len(), "case");
    match suite.shard {
        None => all,
        Some(shard) => format!("{} of {all} (shard {shard})", suite.asked()),
    }
}
