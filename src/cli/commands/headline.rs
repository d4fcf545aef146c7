//! The first lines of a run: what is tested, before anything is.

use super::output::style;
use crate::cli::ui::{Ui, counted};
use crate::model::Status;
use crate::model::event::{ArmRole, BaselineLink};
use crate::plan::{Arm, SuitePlan};
use crate::report::terminal::sheet::Sheet;

/// A paragraph for each candidate of a suite.
pub(super) fn headline(suite: &SuitePlan, ui: &Ui) -> String {
    let mut sheet = Sheet::new(style(ui));
    let arms = suite.arms.iter();
    for arm in arms.filter(|arm| arm.role == ArmRole::Candidate) {
        sheet.paragraph("testing ", 2, &candidate_line(suite, arm));
    }
    sheet.text()
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
        "{} ({}{shadow}) on {}{against}: suite {}{}, {}{repeats}{}",
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
