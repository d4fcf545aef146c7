//! The gates of a candidate: a mark, what was demanded, what was measured, and why.

use std::io;

use crate::model::number;
use crate::model::verdict::{Decision, GateResult, GateVerdict};
use crate::report::candidate::CandidateView;

use super::page::Page;
use super::span::{Ink, Span, plain};

/// Opens lines that belong to the one above.
const GUTTER: &str = "          │ ";

/// A sentence of a gate stage may be long; what it says is the point of the report.
const MOST_LINES: usize = 8;

/// Every gate.
pub(super) fn all(page: &mut Page<'_>, candidate: &CandidateView<'_>) -> io::Result<()> {
    page.gap()?;
    for gate in &candidate.verdict.gates {
        write(page, gate, "", candidate)?;
    }
    problem(page, candidate)
}

/// The gates that block or could not be decided, each with its candidate's name.
pub(super) fn blocking(page: &mut Page<'_>, candidate: &CandidateView<'_>) -> io::Result<()> {
    let name = format!("{} ", candidate.label());
    let gates = candidate.verdict.gates.iter();
    for gate in gates.filter(|gate| gate.verdict != GateVerdict::Pass) {
        write(page, gate, &name, candidate)?;
    }
    problem(page, candidate)
}

/// A problem that all gates share is left to the line that follows them.
fn write(
    page: &mut Page<'_>,
    gate: &GateResult,
    name: &str,
    candidate: &CandidateView<'_>,
) -> io::Result<()> {
    let problem = candidate.verdict.problem.as_ref();
    let (ink, mark) = match gate.verdict {
        GateVerdict::Pass => (Ink::Good, "  ✓ pass  "),
        GateVerdict::Fail | GateVerdict::Inconclusive
            if gate.blocks() && !candidate.may_block() =>
        {
            (Ink::Doubtful, "  ✗ would fail ")
        }
        GateVerdict::Fail => (Ink::Bad, "  ✗ FAIL  "),
        GateVerdict::Error => (Ink::Doubtful, "  ! error "),
        GateVerdict::Inconclusive if gate.blocks() => (Ink::Bad, "  ? FAIL  "),
        GateVerdict::Inconclusive => (Ink::Doubtful, "  ? pass  "),
    };
    let mut words = vec![plain(name)];
    words.push(Span::new(Ink::Bold, &gate.rule.to_string()));
    let metric = &gate.rule.metric;
    if let Some(measured) = gate.measured {
        let mut numbers = format!(": {}", number::metric(metric, measured));
        if let Some(baseline) = gate.baseline {
            let baseline = number::metric(metric, baseline);
            numbers = format!("{numbers} against {baseline}");
        }
        words.push(plain(&numbers));
    }
    if !gate.reason.is_empty() && Some(&gate.reason) != problem {
        words.push(Span::new(Ink::Dim, &format!(" ({})", gate.reason)));
    }
    if let Some(needs) = &gate.needs {
        words.push(plain(&format!("; {needs}")));
    }
    page.wrapped(&Span::new(ink, mark), GUTTER, &words, MOST_LINES)
}

/// Why nothing about the candidate could be decided, where that is so.
pub(super) fn problem(page: &mut Page<'_>, candidate: &CandidateView<'_>) -> io::Result<()> {
    let Some(problem) = &candidate.verdict.problem else {
        return Ok(());
    };
    let mark = match candidate.verdict.decision {
        Decision::Fail => Span::new(Ink::Bad, "  ✗ FAIL  "),
        _ => Span::new(Ink::Doubtful, "  ! error "),
    };
    page.wrapped(&mark, GUTTER, &[plain(problem)], MOST_LINES)
}
