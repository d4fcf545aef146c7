//! Colour, width and length of what a terminal or a pipe gets.

/// How the summary is to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether to colour.
    pub color: bool,
    /// Columns of the terminal; what a pipe gets is cut by it, never wrapped.
    pub width: usize,
    /// Whether a file or another program reads it: one record a line, and nothing drawn.
    pub piped: bool,
    /// Whether to write only what blocks, with the faults behind it, and the verdict.
    pub quiet: bool,
    /// How many failing cases of a candidate are shown.
    pub max_failures: usize,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            color: false,
            width: 80,
            piped: false,
            quiet: false,
            max_failures: 10,
        }
    }
}
