//! The page while it grows: never longer than a reader takes.

use std::fmt::Write as _;

use crate::model::number;

/// Rows of the table of candidates, and of gates of one candidate.
pub(super) const MOST_ROWS: usize = 60;

/// A text that grows up to a limit.
pub(super) struct Page {
    text: String,
    limit: usize,
    /// Pieces that did not fit.
    left_out: usize,
}

/// Room for the sentence that says what is left out.
const NOTE: usize = 200;

impl Page {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            text: String::new(),
            limit: limit.saturating_sub(NOTE),
            left_out: 0,
        }
    }

    /// Sets room aside for the end.
    pub(super) fn keep(&mut self, bytes: usize) {
        self.limit = self.limit.saturating_sub(bytes);
    }

    /// Adds a piece as a whole; whether it fitted. Once something did not, nothing is added any more: what comes is less bad.
    pub(super) fn add(&mut self, piece: &str) -> bool {
        let fits = self.left_out == 0 && self.text.len() + piece.len() <= self.limit;
        if fits {
            self.text.push_str(piece);
        } else {
            self.left_out += 1;
        }
        fits
    }

    pub(super) fn finish(mut self, end: &str) -> String {
        if self.left_out > 0 {
            let _ = write!(
                self.text,
                "… and {} that would make this too long: report.json and the HTML report have all.\n\n",
                number::of(self.left_out, "more part")
            );
        }
        self.text.push_str(end);
        self.text
    }
}
