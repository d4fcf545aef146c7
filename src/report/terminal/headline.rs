//! The opening of a candidate: what is tested, on which model, against what.

use std::io;

use crate::model::Source;
use crate::model::event::BaselineLink;
use crate::model::number;
use crate::report::candidate::CandidateView;

use super::page::Page;
use super::span::{Ink, Span, plain};

/// Opens lines that belong to the one above.
const GUTTER: &str = "  │ ";

/// Lines that a statement may take.
const MOST_LINES: usize = 4;

/// Writes what is tested, and what a reader of its numbers has to know first.
pub(super) fn write(page: &mut Page<'_>, candidate: &CandidateView<'_>) -> io::Result<()> {
    let header = candidate.arm.header;
    let words = [
        Span::new(Ink::Bold, &candidate.suite.name),
        plain(": "),
        Span::new(Ink::Bold, &header.version.to_string()),
        plain(&format!(" ({}) on {}", header.status, header.model)),
        plain(&for_segment(candidate)),
        plain(&against(candidate)),
    ];
    page.wrapped(&Span::new(Ink::Bold, "■ "), GUTTER, &words, MOST_LINES)?;
    let record = candidate.arm.record;
    if !candidate.may_block() {
        dim(page, "in shadow: reported, and never blocks")?;
    }
    let baseline = candidate.baseline.map(|arm| arm.header);
    for arm in std::iter::once(header).chain(baseline) {
        if let Some(reason) = &arm.override_reason {
            let version = &arm.version.version;
            let text = format!("{version} is in {} without evidence: {reason}", arm.status);
            doubt(page, &text)?;
        }
    }
    if let Some(description) = &candidate.suite.description {
        dim(page, description)?;
    }
    let asked = header.model.model.as_str();
    if record.resolved_models.iter().any(|model| model != asked) {
        let models: Vec<&str> = record.resolved_models.iter().map(String::as_str).collect();
        dim(page, &format!("answered by {}", models.join(", ")))?;
    }
    if record.fallbacks > 0 {
        let answers = number::of(record.fallbacks as usize, "answer");
        doubt(page, &format!("{answers} came from a fallback model"))?;
    }
    if let Some(note) = stored(candidate) {
        dim(page, &note)?;
    }
    if let Some(note) = candidate.pool_note() {
        let refused = candidate.verdict.pool.as_ref();
        if refused.is_some_and(|pool| pool.refused.is_some()) {
            doubt(page, &note)?;
        } else {
            dim(page, &note)?;
        }
    }
    match candidate.missing_cases() {
        0 => Ok(()),
        missing => {
            let planned = number::of(candidate.suite.selected as usize, "planned case");
            doubt(page, &format!("{missing} of {planned} were not run"))
        }
    }
}

fn against(candidate: &CandidateView<'_>) -> String {
    let Some(baseline) = candidate.baseline else {
        return match candidate.arm.header.baseline {
            BaselineLink::NoneYet | BaselineLink::Itself => {
                format!(", {}", candidate.baseline_note().unwrap_or_default())
            }
            BaselineLink::Unused | BaselineLink::Arm(_) => String::new(),
        };
    };
    let header = baseline.header;
    let model = if header.model == candidate.arm.header.model {
        String::new()
    } else {
        format!(" on {}", header.model)
    };
    format!(", against {}{model}", header.version.version)
}

/// Whose answers the baseline's are, where it was not asked.
fn stored(candidate: &CandidateView<'_>) -> Option<String> {
    let arm = candidate.baseline?;
    let from = arm.header.stored.as_ref()?;
    let mut sources = arm.record.trials.iter().filter_map(|trial| trial.source);
    let version = &arm.header.version.version;
    if sources.all(|source| source != Source::Stored) {
        let note = format!(
            "{version} was asked again: another model answered or judged run {}, by what this run shows",
            from.run
        );
        return Some(note);
    }
    let then: jiff::Timestamp = from.started_at.parse().ok()?;
    let now: jiff::Timestamp = candidate.started_at.parse().ok()?;
    let days = now.duration_since(then).as_secs_f64() / 86_400.0;
    Some(format!(
        "{version} as it answered in run {}, {} days before",
        from.run,
        number::decimal(days, 1)
    ))
}

fn for_segment(candidate: &CandidateView<'_>) -> String {
    let segment = candidate.suite.segment.as_ref();
    segment.map_or_else(String::new, |segment| {
        format!(", for the segment {segment}")
    })
}

fn dim(page: &mut Page<'_>, text: &str) -> io::Result<()> {
    let words = [Span::new(Ink::Dim, text)];
    page.wrapped(&Span::new(Ink::Dim, GUTTER), GUTTER, &words, MOST_LINES)
}

fn doubt(page: &mut Page<'_>, text: &str) -> io::Result<()> {
    let words = [plain(text)];
    page.wrapped(
        &Span::new(Ink::Doubtful, "  ! "),
        GUTTER,
        &words,
        MOST_LINES,
    )
}
