//! A few answers of a run in which nothing failed: whoever sees only numbers does not know what was measured.

use std::io;

use crate::model::number;
use crate::model::record::State;
use crate::report::View;
use crate::report::candidate::{CandidateView, SuiteView};
use crate::report::failing;

use super::difference;
use super::page::Page;
use super::span::{Ink, Span, plain};
use super::vars;

/// Answers that are shown.
const SHOWN: usize = 3;

/// Whether no case failed and none is in error: otherwise those are what there is to read.
pub(super) fn worth_showing(suites: &[SuiteView<'_>]) -> bool {
    let mut candidates = suites.iter().flat_map(|suite| &suite.candidates);
    candidates.all(|candidate| {
        let mut cases = candidate.arm.record.cases();
        cases.all(|case| case.state() == State::Passed)
    })
}

/// Writes the first answers.
pub(super) fn write(
    page: &mut Page<'_>,
    view: &View<'_>,
    candidate: &CandidateView<'_>,
) -> io::Result<()> {
    let record = candidate.arm.record;
    let all = record.case_count();
    if all == 0 {
        return Ok(());
    }
    page.gap()?;
    let words = if all > SHOWN {
        format!("the first {SHOWN} of {}", number::count(all as f64))
    } else {
        number::of(all, "case")
    };
    page.line(&Span::new(Ink::Bold, "  Answers: "), &[plain(&words)])?;
    for case in record.cases().take(SHOWN) {
        let info = candidate.case_info(case.case)?;
        let mut words = vec![Span::new(Ink::Bold, info.id)];
        if !info.tags.is_empty() {
            let tags = format!("  [{}]", info.tags.join(", "));
            words.push(Span::new(Ink::Dim, &tags));
        }
        page.line(&Span::new(Ink::Good, "  ✓ "), &words)?;
        vars::write(page, view, candidate, info.index)?;
        if let Some(output) = failing::reasons(&case, view, candidate)?.output {
            difference::start(page, &output)?;
        }
    }
    Ok(())
}
