//! A fault as a provider words it, on one line.

use crate::model::ErrorClass;

/// Most characters of a provider's own words in a message.
pub(super) const LONGEST_TEXT: usize = 300;

/// What a provider reports, without its name and the HTTP status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireFault {
    /// What kind of fault.
    pub class: ErrorClass,
    /// One line in the provider's words, cut where it is long; or in ours where there are none.
    pub text: String,
    /// What to do about it, where the cause is known.
    pub hint: Option<String>,
}

impl WireFault {
    /// A fault without a hint.
    pub fn new(class: ErrorClass, text: impl AsRef<str>) -> Self {
        Self {
            class,
            text: one_line(text.as_ref()),
            hint: None,
        }
    }
}

/// The text on one line, control characters and repeated spaces folded, cut after 300 characters.
fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let line = words
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    match line.char_indices().nth(LONGEST_TEXT) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line,
    }
}
