//! Which versions a suite tests, on which models, and what they are compared with.

use std::sync::Arc;

use super::{Arm, Focus, Unmatched};
use crate::model::event::{ArmRole, BaselineLink};
use crate::model::suite::{BaselineSpec, Selector, Spot};
use crate::model::{
    BaselineChoice, Family, Location, ModelTarget, Problem, Problems, PromptVersion, RunSpec,
    Status, Suite, Version,
};
use crate::source::did_you_mean;

/// Statuses that are tested where a suite names no candidates.
const DEFAULT: [Status; 4] = [
    Status::Draft,
    Status::Testing,
    Status::Shadow,
    Status::Canary,
];

/// The arms of a suite, candidates first, and a note where its own words selected nothing.
pub(super) fn arms(
    (suite, focus): (&Suite, Option<&Focus>),
    family: &Family,
    spec: &RunSpec,
    problems: &mut Problems,
) -> (Vec<Arm>, Option<String>) {
    known_segment(suite, family, problems);
    let (mut versions, note) = candidates(suite, family, spec, problems);
    if let Some(focus) = focus {
        versions = focused(versions, family, focus);
    }
    // What is in shadow is only looked at: a suite of which nothing else is left decides nothing.
    if names_candidates(suite, spec) && versions.iter().all(|one| never_blocks(one)) {
        return (Vec::new(), None);
    }
    let needs_baseline = suite
        .gates
        .iter()
        .any(|gate| gate.rule.condition.compares());
    let baseline = if needs_baseline {
        baseline(suite, family, spec, problems)
    } else {
        unused_baseline(suite, family, spec, problems)
    };
    let mut arms: Vec<Arm> = Vec::new();
    for version in versions {
        for target in targets(version, suite, spec) {
            let is_itself = !spec.against_stored
                && matches!(baseline, Baseline::Version(own)
                if own.id == version.id && target.name == own.model.name);
            arms.push(Arm {
                version: Arc::new(version.clone()),
                target,
                role: ArmRole::Candidate,
                baseline: match baseline {
                    Baseline::Unused => BaselineLink::Unused,
                    Baseline::NoneYet => BaselineLink::NoneYet,
                    Baseline::Version(_) if is_itself => BaselineLink::Itself,
                    // The place is known once all candidates are listed.
                    Baseline::Version(_) => BaselineLink::Arm(u32::MAX),
                },
            });
        }
    }
    // A baseline that is a candidate, too, is asked once.
    let own = arms
        .iter()
        .position(|arm| arm.baseline == BaselineLink::Itself);
    let place = own.unwrap_or(arms.len()) as u32;
    let mut wanted = false;
    for arm in &mut arms {
        if arm.baseline == BaselineLink::Arm(u32::MAX) {
            arm.baseline = BaselineLink::Arm(place);
            wanted = true;
        }
    }
    if let (true, None, Baseline::Version(version)) = (wanted, own, baseline) {
        arms.push(Arm {
            version: Arc::new(version.clone()),
            target: version.model.clone(),
            role: ArmRole::Baseline,
            baseline: BaselineLink::Unused,
        });
    }
    (arms, note)
}

/// A baseline that does not exist is a mistake, needed or not.
fn unused_baseline<'f>(
    suite: &Suite,
    family: &'f Family,
    spec: &RunSpec,
    problems: &mut Problems,
) -> Baseline<'f> {
    if let Some(BaselineChoice::Version(number)) = &spec.baseline {
        find(family, number, &command_line(), problems);
    }
    if let BaselineSpec::Of(Selector::Version(number)) = &suite.baseline.value {
        find(family, number, &suite.baseline.at, problems);
    }
    Baseline::Unused
}

/// Whether the suite says itself what it tests. What users get is then tested where it says so, and not in another's place.
fn names_candidates(suite: &Suite, spec: &RunSpec) -> bool {
    !suite.candidates.is_empty() && spec.candidates.is_empty()
}

fn never_blocks(version: &PromptVersion) -> bool {
    version.status == Status::Shadow
}

/// What is said of a suite whose candidates select none.
pub(super) fn unmatched(suite: &Suite) -> Unmatched {
    let written = suite.candidates.iter().map(|spot| match &spot.value {
        Selector::Status(status) => status.to_string(),
        Selector::Version(number) => number.to_string(),
    });
    Unmatched {
        path: suite.path.clone(),
        family: suite.family.value.clone(),
        candidates: written.collect(),
    }
}

/// A segment that the family does not know is a slip of the pen, or one that gets what everyone gets.
fn known_segment(suite: &Suite, family: &Family, problems: &mut Problems) {
    let Some(segment) = &suite.segment else {
        return;
    };
    if family.segments.contains_key(&segment.value) {
        return;
    }
    let message = format!(
        "`{}` gives the segment `{}` no version of its own: it gets the one in production",
        family.name, segment.value
    );
    problems.push(
        Problem::warning("unknown-segment", segment.at.clone(), message)
            .maybe_hint(did_you_mean(&segment.value, family.segments.keys())),
    );
}

/// The candidates that a change is about.
fn focused<'f>(
    mut versions: Vec<&'f PromptVersion>,
    family: &'f Family,
    focus: &Focus,
) -> Vec<&'f PromptVersion> {
    for id in &focus.extra {
        let is_new = versions.iter().all(|known| known.id != *id);
        versions.extend(family.versions.get(&id.version).filter(|_| is_new));
    }
    let only = focus.only.as_ref();
    versions.retain(|version| only.is_none_or(|only| only.contains(&version.id)));
    versions
}

/// What the candidates of a suite are compared with.
#[derive(Clone, Copy)]
enum Baseline<'f> {
    Unused,
    NoneYet,
    Version(&'f PromptVersion),
}

fn candidates<'f>(
    suite: &Suite,
    family: &'f Family,
    spec: &RunSpec,
    problems: &mut Problems,
) -> (Vec<&'f PromptVersion>, Option<String>) {
    let mut chosen: Vec<&PromptVersion> = Vec::new();
    let mut add = |version: &'f PromptVersion| {
        if !chosen.iter().any(|known| known.id == version.id) {
            chosen.push(version);
        }
    };
    if !spec.candidates.is_empty() {
        let named = spec.candidates.iter();
        for id in named.filter(|id| id.family == family.name) {
            family.versions.get(&id.version).map(&mut add);
        }
        return (chosen, None);
    }
    for spot in &suite.candidates {
        match &spot.value {
            Selector::Status(status) => family.with_status(*status).for_each(&mut add),
            Selector::Version(number) => {
                if let Some(version) = find(family, number, &spot.at, problems) {
                    add(version);
                }
            }
        }
    }
    if suite.candidates.is_empty() {
        let statuses = DEFAULT.into_iter();
        statuses.for_each(|status| family.with_status(status).for_each(&mut add));
    }
    // Whatever a suite names: what is in shadow is there to be looked at.
    family.with_status(Status::Shadow).for_each(&mut add);
    let nothing_blocks = chosen.iter().all(|version| never_blocks(version));
    if nothing_blocks && !names_candidates(suite, spec) && !problems.any_error() {
        return fall_back(suite, family, chosen, problems);
    }
    (chosen, None)
}

/// Once everything is promoted nothing is left to test but what is in shadow: then what users get has to hold the gates.
fn fall_back<'f>(
    suite: &Suite,
    family: &'f Family,
    shadows: Vec<&'f PromptVersion>,
    problems: &mut Problems,
) -> (Vec<&'f PromptVersion>, Option<String>) {
    let segment = suite.segment.as_ref().map(|spot| spot.value.as_str());
    if let Some(serving) = family.serving(segment) {
        let what = if serving.status == Status::Production {
            "production itself".to_owned()
        } else {
            format!("what the segment {} gets", segment.unwrap_or_default())
        };
        let note = format!("no candidate: {what} is tested");
        return ([vec![serving], shadows].concat(), Some(note));
    }
    // What keeps a version from being read is told where it is read.
    if !shadows.is_empty() || !family.unread.is_empty() {
        return (shadows, None);
    }
    problems.push(
        Problem::error(
            "no-candidate",
            suite.family.at.clone(),
            format!("`{}` has no version to test", family.name),
        )
        .hint(format!(
            "add `prompts/{}/1.0.0.yaml`, or put a version into testing in family.yaml",
            family.name
        )),
    );
    (Vec::new(), None)
}

fn find<'f>(
    family: &'f Family,
    number: &Version,
    at: &Location,
    problems: &mut Problems,
) -> Option<&'f PromptVersion> {
    let version = family.versions.get(number);
    if version.is_none() && !family.unread.contains(number) {
        let known: Vec<String> = family.versions.keys().map(ToString::to_string).collect();
        let message = format!("`{}` has no version {number}", family.name);
        problems.push(
            Problem::error("unknown-version", at.clone(), message)
                .maybe_hint(did_you_mean(&number.to_string(), &known)),
        );
    }
    version
}

fn command_line() -> Location {
    Location::file("command line")
}

fn baseline<'f>(
    suite: &Suite,
    family: &'f Family,
    spec: &RunSpec,
    problems: &mut Problems,
) -> Baseline<'f> {
    let none = |problems: &mut Problems, at: &Location| {
        problems.push(
            Problem::error(
                "no-baseline",
                at.clone(),
                "the suite has a gate with `baseline: true` or on `broken`, and there is no baseline",
            )
            .hint("take the gate out, or name a baseline"),
        );
        Baseline::Unused
    };
    let chosen: &Spot<BaselineSpec> = &suite.baseline;
    let (selector, at) = match &spec.baseline {
        Some(BaselineChoice::None) => return none(problems, &command_line()),
        Some(BaselineChoice::Version(number)) => {
            (Selector::Version(number.clone()), command_line())
        }
        None => match &chosen.value {
            BaselineSpec::None => return none(problems, &chosen.at),
            BaselineSpec::Of(selector) => (selector.clone(), chosen.at.clone()),
        },
    };
    match selector {
        Selector::Status(Status::Production) => {
            let segment = suite.segment.as_ref().map(|spot| spot.value.as_str());
            let serving = family.compared(segment);
            serving.map_or(Baseline::NoneYet, Baseline::Version)
        }
        Selector::Status(status) => family
            .with_status(status)
            .last()
            .map_or(Baseline::NoneYet, Baseline::Version),
        Selector::Version(number) => {
            find(family, &number, &at, problems).map_or(Baseline::Unused, Baseline::Version)
        }
    }
}

/// The models a candidate runs on: its own and the suite's further ones, or those of the command line.
pub(crate) fn targets(version: &PromptVersion, suite: &Suite, spec: &RunSpec) -> Vec<ModelTarget> {
    let with_params = |target: &ModelTarget| ModelTarget {
        params: if target.params.is_empty() {
            version.model.params.clone()
        } else {
            target.params.clone()
        },
        ..target.clone()
    };
    if !spec.models.is_empty() {
        return spec.targets().map(|target| with_params(&target)).collect();
    }
    let mut targets = vec![version.model.clone()];
    for target in &suite.models {
        if targets.iter().all(|known| known.name != target.name) {
            targets.push(with_params(target));
        }
    }
    targets
}
