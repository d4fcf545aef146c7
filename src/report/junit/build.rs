//! The testsuite of one candidate: its cases, what was not run, and its gates.

use std::io;

use junit_report::{TestCase, TestSuite};

use crate::model::number;
use crate::model::record::Measured;
use crate::model::verdict::{Decision, GateResult, GateVerdict};
use crate::report::View;
use crate::report::blocking::Blocking;
use crate::report::candidate::CandidateView;
use crate::report::faults::{self, Causes};
use crate::report::fold::Details;
use crate::report::origin;

use super::case::Context;
use super::element::{is_red, suite_of};
use super::finish::Extras;
use super::testcase::{Names, Text};

/// Builds the testsuite of a candidate; `labels` are the names of testsuites and classes given so far.
pub(super) fn testsuite(
    view: &View<'_>,
    candidate: &CandidateView<'_>,
    labels: &mut Names,
) -> io::Result<(TestSuite, Extras)> {
    let header = candidate.arm.header;
    let mut classname = format!("{}.{}", candidate.suite.name, header.version);
    if candidate.several_models {
        classname = format!("{classname}.{}", header.model);
    }
    let label = labels.unique(&candidate.label());
    let classname = labels.unique(&classname);
    let testcases = testcases(view, candidate, &classname)?;
    let skipped = testcases.iter().filter(|t| t.is_skipped()).count();
    let extras = Extras {
        skipped,
        properties: properties(view, candidate),
    };
    Ok((suite_of(view, label, testcases), extras))
}

fn testcases(
    view: &View<'_>,
    candidate: &CandidateView<'_>,
    classname: &str,
) -> io::Result<Vec<TestCase>> {
    let verdict = candidate.verdict;
    let arm = candidate.arm.record;
    let context = Context {
        candidate,
        blocking: Blocking::of(candidate),
        classname,
        lines: view.lines,
        faults_tolerated: verdict.decision == Decision::Pass || !candidate.may_block(),
    };
    let mut names = Names::default();
    let mut testcases = Vec::new();
    for case in arm.cases() {
        let mut details = Details::new(view.outputs, arm, &case);
        testcases.extend(context.testcases(&case, &mut details, &mut names)?);
    }
    testcases.extend(not_run(candidate, classname, &mut names));
    for gate in &verdict.gates {
        testcases.push(self::gate(candidate, gate, classname, &mut names));
    }
    let open = verdict.decision != Decision::Pass && candidate.may_block();
    if open && !testcases.iter().any(is_red) {
        let name = names.unique("(candidate)");
        let why = verdict.problem.as_deref();
        let text = Text::new(why.unwrap_or("no gate decided this candidate"));
        let text = text.because(&causes(candidate));
        testcases.push(text.error(&name, verdict.decision.as_str(), classname));
    }
    Ok(testcases)
}

/// One testcase for all planned cases that never ran.
fn not_run(candidate: &CandidateView<'_>, classname: &str, names: &mut Names) -> Option<TestCase> {
    let missing = candidate.missing_cases();
    let planned = candidate.suite.selected;
    let text = Text::new(format!("{missing} of {planned} planned cases were not run"));
    (missing > 0).then(|| text.skipped(&names.unique("(not run)"), "not-run", classname))
}

fn gate(
    candidate: &CandidateView<'_>,
    gate: &GateResult,
    classname: &str,
    names: &mut Names,
) -> TestCase {
    let name = names.unique(&format!("gate {}", gate.rule));
    let text = Text::new(&gate.reason);
    match gate.verdict {
        GateVerdict::Fail | GateVerdict::Error if !candidate.may_block() => {
            let verdict = gate.verdict.as_str();
            let why = format!("tolerated ({verdict}): a version in shadow never blocks");
            text.after(Some(why)).passed(&name, classname)
        }
        GateVerdict::Fail => text.failure(&name, "gate", classname),
        GateVerdict::Error => {
            let text = text.because(&causes(candidate));
            text.error(&name, "gate", classname)
        }
        GateVerdict::Inconclusive if gate.blocks() => text.failure(&name, "gate", classname),
        GateVerdict::Pass | GateVerdict::Inconclusive => text.passed(&name, classname),
    }
}

/// What struck trials of the candidate and of what it is compared with.
fn causes<'a>(candidate: &CandidateView<'a>) -> Causes<'a> {
    let arms = std::iter::once(candidate.arm).chain(candidate.baseline);
    Causes::of(arms.map(|arm| arm.record), faults::MOST)
}

fn properties(view: &View<'_>, candidate: &CandidateView<'_>) -> Vec<(String, String)> {
    let arm = candidate.arm;
    let resolved: Vec<&str> = arm
        .record
        .resolved_models
        .iter()
        .map(String::as_str)
        .collect();
    let baseline = candidate
        .baseline
        .map(|arm| arm.header.version.version.clone());
    let number = |name: &str| match candidate.metrics().get(name).and_then(Measured::value) {
        Some(value) => number::decimal(value, 6),
        None => "unknown".to_owned(),
    };
    let properties = [
        ("run", view.record.header.run.id.clone()),
        ("answers", origin::answers(view)),
        ("model", arm.header.model.to_string()),
        ("resolved_models", resolved.join(", ")),
        ("baseline", baseline.unwrap_or_else(|| "none".to_owned())),
        ("verdict", candidate.verdict.decision.as_str().to_owned()),
        ("pass_rate", number("pass_rate")),
        ("cost_usd", number("cost_usd")),
    ];
    let changes = &candidate.verdict.changes;
    let given = [
        ("segment", &candidate.suite.segment),
        ("override", &arm.header.override_reason),
    ];
    let below = candidate.baseline.map(|arm| &arm.header.override_reason);
    let given = given
        .into_iter()
        .chain(below.map(|reason| ("baseline_override", reason)))
        .filter_map(|(name, value)| Some((name, value.clone()?)));
    let moved = [
        ("newly_broken", &changes.broken),
        ("newly_fixed", &changes.fixed),
        ("flaky", &changes.flaky),
    ];
    // A property without a value would only be noise.
    let moved = moved.into_iter().filter(|(_, places)| !places.is_empty());
    let proven = candidate.proven();
    let proven: Vec<String> = proven.map(|(id, one)| format!("{id} {one}")).collect();
    let ids = |places: &[u32]| candidate.ids(places).collect::<Vec<_>>().join(", ");
    let faults = causes(candidate);
    let faults = faults.lines();
    let faults: Vec<String> = faults
        .map(|(trials, cause)| format!("{trials}: {cause}"))
        .collect();
    properties
        .into_iter()
        .chain(given)
        .chain(origin::note(view).map(|note| ("detached", note.to_owned())))
        .chain(faults.iter().map(|fault| ("fault", fault.clone())))
        .chain((!proven.is_empty()).then(|| ("proven_broken", proven.join("; "))))
        .chain(moved.map(|(name, places)| (name, ids(places))))
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}
