//! The row of a terminal that the bar is drawn in. What the terminal itself echoes there (`^C`) goes with it, and so does what a
//! row became that was wider than a terminal is now: the bar's crate fills its row to the end, where neither can be told.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use indicatif::TermLike;

/// Width of a terminal that does not tell its own.
const DEFAULT_WIDTH: u16 = 80;

/// Columns of standard error.
pub(super) fn columns() -> u16 {
    let size = terminal_size::terminal_size_of(io::stderr());
    let width = size.map(|(columns, _)| columns.0);
    width.filter(|width| *width > 0).unwrap_or(DEFAULT_WIDTH)
}

/// What is written to standard error in one piece.
#[derive(Debug, Default)]
pub(super) struct Row(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Not written yet.
    open: String,
    /// Columns that the row's text takes.
    taken: usize,
}

impl Row {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn command(&self, n: usize, letter: char) {
        if n > 0 {
            // Writing to a String cannot fail.
            let _ = write!(self.state().open, "\u{1b}[{n}{letter}");
        }
    }
}

impl TermLike for Row {
    fn width(&self) -> u16 {
        columns()
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.command(n, 'A');
        Ok(())
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.command(n, 'B');
        Ok(())
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.command(n, 'C');
        Ok(())
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.command(n, 'D');
        Ok(())
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        let mut state = self.state();
        state.open.push_str(text);
        state.open.push_str("\r\n");
        Ok(())
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        // White space alone fills the row up.
        if !text.trim_matches(' ').is_empty() {
            let mut state = self.state();
            state.open.push_str(text);
            state.taken = anstream::adapter::strip_str(text)
                .map(unicode_width::UnicodeWidthStr::width)
                .sum();
        }
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        let mut state = self.state();
        let rows = state.taken.div_ceil(usize::from(columns())).max(1);
        for _ in 1..rows {
            state.open.push_str("\r\u{1b}[2K\u{1b}[1A");
        }
        state.open.push_str("\r\u{1b}[2K");
        state.taken = 0;
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        let text = std::mem::take(&mut self.state().open);
        let mut out = io::stderr().lock();
        out.write_all(text.as_bytes())?;
        out.flush()
    }
}
