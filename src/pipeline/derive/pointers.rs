//! What a plan says of statuses and of the baseline's absence: a candidate in shadow blocks nobody, and one without a baseline
//! passes every comparison, so that either has to have been true when the run began.

use std::collections::BTreeMap;
use std::path::Path;

use super::differences::Differences;
use crate::model::event::{ArmHeader, ArmRole, BaselineLink, RunHeader, SuiteHeader};
use crate::model::suite::{BaselineSpec, Selector};
use crate::model::{Family, Status, Version};
use crate::plan::SuitePlan;
use crate::registry::{History, Registry};

/// Notes candidates whose status or whose lack of a baseline is not what the registry says, now or when the run began.
pub(super) fn check(
    root: &Path,
    registry: &Registry,
    header: &RunHeader,
    (planned, plan): (&SuiteHeader, &SuitePlan),
    found: &mut Differences,
) {
    let Some(family) = registry.families.get(&planned.family) else {
        return;
    };
    let statuses = [now(family), then(root, family, &header.run.started_at)];
    let compares = plan.gates.iter().any(|gate| gate.condition.compares());
    let mut candidates = planned.arms.iter();
    while let Some(arm) = candidates.find(|arm| arm.role == ArmRole::Candidate) {
        let own = |statuses: &Statuses| status(statuses, arm);
        let shadow = Some(Status::Shadow);
        if arm.status == Status::Shadow && statuses.iter().all(|one| own(one) != shadow) {
            found.push(format!(
                "{} is not in shadow, so that it blocks",
                arm.version
            ));
        }
        let fits = |one: &Statuses| link_fits(arm, (family, plan), one, compares);
        if !statuses.iter().any(fits) {
            found.push(format!(
                "suite {}: {} has a baseline to be compared with, and the journal says it has none",
                planned.name, arm.version
            ));
        }
    }
}

type Statuses = BTreeMap<Version, Status>;

fn now(family: &Family) -> Statuses {
    let versions = family.versions.keys();
    let of = |number: &Version| (number.clone(), family.status(number));
    versions.map(of).collect()
}

/// Statuses at a time: what was moved since goes back to where it was.
fn then(root: &Path, family: &Family, time: &str) -> Statuses {
    let mut statuses = now(family);
    let (Ok(time), Ok(history)) = (time.parse::<jiff::Timestamp>(), History::read(root, family))
    else {
        return statuses;
    };
    for line in history
        .lines
        .iter()
        .rev()
        .take_while(|line| line.time > time)
    {
        statuses.insert(line.version.clone(), line.from);
    }
    statuses
}

fn status(statuses: &Statuses, arm: &ArmHeader) -> Option<Status> {
    let number = arm.version.version.parse().ok()?;
    statuses.get::<Version>(&number).copied()
}

/// Whether a candidate may stand without another version beside it.
fn link_fits(
    arm: &ArmHeader,
    (family, plan): (&Family, &SuitePlan),
    statuses: &Statuses,
    compares: bool,
) -> bool {
    let segment = plan.suite.segment.as_ref();
    let with = |status: Status| {
        let mut versions = statuses.iter().rev();
        versions
            .find(|(_, own)| **own == status)
            .map(|(number, _)| number)
    };
    let baseline = match &plan.suite.baseline.value {
        BaselineSpec::None => None,
        BaselineSpec::Of(Selector::Status(Status::Production)) => segment
            .and_then(|segment| family.segments.get(&segment.value))
            .or_else(|| with(Status::Production)),
        BaselineSpec::Of(Selector::Status(status)) => with(*status),
        BaselineSpec::Of(Selector::Version(number)) => Some(number),
    };
    match arm.baseline {
        BaselineLink::Arm(_) => true,
        BaselineLink::Unused => !compares,
        BaselineLink::NoneYet => compares && baseline.is_none(),
        BaselineLink::Itself => {
            compares && baseline.is_some_and(|own| own.to_string() == arm.version.version)
        }
    }
}
