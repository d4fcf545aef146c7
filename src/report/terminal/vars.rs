//! What a case holds of the variables that its prompt takes: without them, an answer cannot be judged by reading it.

use std::io;

use serde_json::Value;

use crate::report::View;
use crate::report::candidate::CandidateView;

use super::page::Page;
use super::span::{Ink, Span};

/// Variables that are shown.
const SHOWN: usize = 6;

/// Lines that a value may take.
const MOST_LINES: usize = 2;

/// Writes the variables of a case, by its place in the dataset; nothing where they are not known any more.
pub(super) fn write(
    page: &mut Page<'_>,
    view: &View<'_>,
    candidate: &CandidateView<'_>,
    place: u32,
) -> io::Result<()> {
    let inputs = view.inputs;
    let asked = inputs.and_then(|of| of(candidate.suite, candidate.arm.header, place));
    let Some(asked) = asked else { return Ok(()) };
    for (name, value) in asked.vars.iter().take(SHOWN) {
        let words = [
            Span::new(Ink::Bold, name),
            Span::new(Ink::Dim, &format!(": {}", text(value))),
        ];
        page.wrapped(&Span::new(Ink::Dim, "    · "), "      ", &words, MOST_LINES)?;
    }
    match asked.vars.len().checked_sub(SHOWN) {
        None | Some(0) => Ok(()),
        Some(more) => {
            let words = [Span::new(Ink::Dim, &format!("and {more} more"))];
            page.line(&Span::new(Ink::Dim, "    · "), &words)
        }
    }
}

/// A text as it is, anything else with its names and values set apart, so that lines can end between them.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(text).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(entries) => {
            let entries = entries.iter();
            let entries = entries.map(|(name, value)| format!("{name}: {}", text(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}
