//! What GitHub Actions shows of a run beside the summary: annotations on the lines that are to blame, and outputs of the step.
//!
//! Commands are lines of the runner's own making: every text in them is escaped, so that no answer of a model can give one.

mod escape;

use std::io;

use crate::model::verdict::{Decision, GateResult};

use super::blocking::Blocking;
use super::candidate::{CandidateView, SuiteView};
use super::failing;
use super::faults::Causes;
use super::visible::{one_line, start_of};
use super::{Lines, View};

pub use escape::{command, output};

/// Annotations of one kind that GitHub shows for a step.
const MOST: usize = 10;

/// Of them, those that are left to gates.
const MOST_GATES: usize = 4;

/// And those that are left to faults.
const MOST_FAULTS: usize = 4;

/// Characters of a message.
const MESSAGE: usize = 1_000;

/// An error on a line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    /// Path, relative to the project.
    pub file: Option<String>,
    /// Line, counted from 1.
    pub line: Option<usize>,
    /// What it is about.
    pub title: String,
    /// What is wrong.
    pub message: String,
}

/// What keeps the run from passing: faults by cause, gates at the version's file, failing cases that they count at their lines of the dataset,
/// newly broken ones first. None where it passes, else 1 to 10.
///
/// # Errors
/// When an output cannot be read back, or record and verdict are of different runs.
pub fn annotations(view: &View<'_>, lines: Lines<'_>) -> io::Result<Vec<Annotation>> {
    let mut found = Vec::new();
    let decision = view.verdict.decision;
    if decision == Decision::Pass {
        return Ok(found);
    }
    found.extend(untested(view));
    found.extend(weaker(view));
    let suites = view.suites()?;
    let to_blame: Vec<&CandidateView<'_>> = suites
        .iter()
        .flat_map(|suite| &suite.candidates)
        .filter(|candidate| candidate.may_block() && candidate.verdict.decision == decision)
        .collect();
    for candidate in &to_blame {
        let gates = candidate.verdict.gates.iter();
        let to_blame = gates.filter(|gate| gate.resolved == decision);
        match &candidate.verdict.problem {
            Some(problem) => found.push(at_version(candidate, &candidate.label(), problem)),
            None => found.extend(to_blame.map(|gate| of_gate(candidate, gate))),
        }
    }
    found.truncate(MOST_GATES);
    if to_blame_on_faults(view, &suites) {
        found.splice(0..0, faults(view));
    }
    for candidate in to_blame {
        let room = MOST.saturating_sub(found.len());
        let failing = failing::all(candidate);
        let blocking = Blocking::of(candidate);
        let to_blame = |case: &&failing::Failing| blocking.counts(case.case.case);
        for case in failing.iter().filter(to_blame).take(room) {
            found.push(of_case(view, candidate, case, lines)?);
        }
    }
    if found.is_empty() {
        let problem = view.verdict.problem.clone();
        found.push(Annotation {
            file: None,
            line: None,
            title: "prompteval".to_owned(),
            message: problem.unwrap_or_else(|| "the run did not pass".to_owned()),
        });
    }
    Ok(found)
}

/// Versions that the change brings and that no suite tests.
fn untested<'v>(view: &'v View<'_>) -> impl Iterator<Item = Annotation> + 'v {
    let names = view.record.header.run.untested.iter();
    names.map(|name| Annotation {
        file: Some(format!("prompts/{}.yaml", name.replacen('@', "/", 1))),
        line: Some(1),
        title: one_line(&format!("{name}: untested")),
        message: format!(
            "no suite tests {}: add one, or let it pass with `--allow-untested`",
            one_line(name)
        ),
    })
}

/// What the change takes away from its own gate, where that keeps it from passing.
fn weaker<'v>(view: &'v View<'_>) -> impl Iterator<Item = Annotation> + 'v {
    let run = &view.record.header.run;
    let changes = run.gate_changes.iter().filter(|_| run.gate_changes_block);
    changes.map(|change| Annotation {
        file: Some(change.file.clone()),
        line: Some(1),
        title: "this change weakens its own gate".to_owned(),
        message: start_of(&one_line(&change.what), MESSAGE),
    })
}

/// Whether faults kept something from being decided: those that are tolerated are no reason for a red mark.
fn to_blame_on_faults(view: &View<'_>, suites: &[SuiteView<'_>]) -> bool {
    let undecided =
        |decision: Decision| matches!(decision, Decision::Error | Decision::Interrupted);
    let mut candidates = suites.iter().flat_map(|suite| &suite.candidates);
    undecided(view.verdict.decision)
        || candidates.any(|one| one.may_block() && undecided(one.verdict.decision))
}

/// What struck trials of all arms, cause by cause: of no file.
fn faults(view: &View<'_>) -> Vec<Annotation> {
    let causes = Causes::of(view.record.arms(), MOST_FAULTS);
    let lines = causes.lines();
    let annotations = lines.map(|(trials, cause)| Annotation {
        file: None,
        line: None,
        title: format!("{trials} in error"),
        message: start_of(&one_line(&cause), MESSAGE),
    });
    annotations.collect()
}

fn at_version(candidate: &CandidateView<'_>, title: &str, message: &str) -> Annotation {
    let version = &candidate.arm.header.version;
    Annotation {
        file: Some(format!(
            "prompts/{}/{}.yaml",
            version.family, version.version
        )),
        line: Some(1),
        title: one_line(title),
        message: start_of(&one_line(message), MESSAGE),
    }
}

fn of_gate(candidate: &CandidateView<'_>, gate: &GateResult) -> Annotation {
    let title = format!("{}: {}", candidate.label(), gate.rule);
    let message = if gate.reason.is_empty() {
        gate.rule.to_string()
    } else {
        gate.reason.clone()
    };
    at_version(candidate, &title, &message)
}

fn of_case(
    view: &View<'_>,
    candidate: &CandidateView<'_>,
    case: &failing::Failing,
    lines: Lines<'_>,
) -> io::Result<Annotation> {
    let reasons = case.reasons(view, candidate)?;
    let said: Vec<String> = reasons
        .said
        .iter()
        .map(|(name, why)| format!("{name}: {why}"))
        .collect();
    let info = case.info(candidate)?;
    let broken = case.word().unwrap_or("fails");
    Ok(Annotation {
        file: Some(candidate.suite.dataset.path.clone()),
        line: lines(candidate.suite, info.index),
        title: one_line(&format!("{} {broken}: {}", info.id, candidate.label())),
        message: start_of(&one_line(&said.join("; ")), MESSAGE),
    })
}

/// Outputs of the step, by name.
///
/// # Errors
/// When record and verdict are of different runs.
pub fn outputs(view: &View<'_>) -> io::Result<Vec<(&'static str, String)>> {
    let suites = view.suites()?;
    let candidates = suites.iter().flat_map(|suite| &suite.candidates);
    let rates = candidates
        .filter(|candidate| candidate.may_block())
        .filter_map(|candidate| candidate.metrics().get("pass_rate")?.value());
    let lowest = rates.reduce(f64::min);
    let blocked: Vec<&str> = suites
        .iter()
        .filter(|suite| suite.decision == Decision::Fail)
        .map(|suite| suite.header.name.as_str())
        .collect();
    let paid = view.record.paid().known();
    Ok(vec![
        ("verdict", view.verdict.decision.as_str().to_owned()),
        (
            "pass-rate",
            lowest.map_or_else(String::new, |rate| rate.to_string()),
        ),
        ("blocked-suites", blocked.join(",")),
        (
            "cost-usd",
            paid.map_or_else(String::new, |usd| usd.to_string()),
        ),
        ("run-id", view.record.header.run.id.clone()),
    ])
}
