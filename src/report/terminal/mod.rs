//! The summary that a person reads: what was measured, what the gates say, what failed and how it differs from before.
//!
//! Colour, width and length are arguments, so that a pipe, a terminal and a test read the same words.

mod answers;
pub mod case;
mod changes;
mod closing;
pub mod comparison;
mod difference;
mod failures;
mod gates;
mod headline;
mod page;
pub mod sheet;
mod span;
mod style;
mod table;
mod vars;
mod wrap;

use std::io::{self, Write};

use super::View;
use crate::model::verdict::Decision;
use page::Page;

pub use style::Style;

/// Writes the summary.
///
/// # Errors
/// When the writer fails, an output cannot be read back, or record and verdict are of different runs.
pub fn write(view: &View<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let suites = view.suites()?;
    let mut page = Page::new(out, style);
    // Where nothing fails, a few answers of the first candidate show what passed.
    let mut answers = answers::worth_showing(&suites).then_some(());
    for candidate in suites.iter().flat_map(|suite| &suite.candidates) {
        // Gates of a part of a run are open, all for the same reason: the verdict's line says so once.
        let is_part = view.record.header.run.shard.is_some();
        if style.quiet && is_part {
            gates::problem(&mut page, candidate)?;
            continue;
        }
        if style.quiet {
            gates::blocking(&mut page, candidate)?;
            continue;
        }
        headline::write(&mut page, candidate)?;
        table::write(&mut page, candidate)?;
        if is_part {
            gates::problem(&mut page, candidate)?;
        } else {
            gates::all(&mut page, candidate)?;
        }
        changes::write(&mut page, candidate)?;
        failures::write(&mut page, view, candidate)?;
        if answers.take().is_some() {
            answers::write(&mut page, view, candidate)?;
        }
        page.gap()?;
    }
    if !style.quiet || view.verdict.decision != Decision::Pass {
        closing::faults(&mut page, view)?;
    }
    closing::weaker(&mut page, view)?;
    closing::verdict(&mut page, view, &suites)?;
    closing::next(&mut page, view, &suites)
}
