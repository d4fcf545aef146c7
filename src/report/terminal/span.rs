//! A piece of a line: its text, safe for a terminal, and its colour.

use anstyle::{AnsiColor, Effects};
use unicode_width::UnicodeWidthStr;

use crate::report::visible;

/// What a piece of text is, and so how it is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    Plain,
    Bold,
    Dim,
    Good,
    Bad,
    Doubtful,
    Old,
    New,
}

impl Ink {
    pub(super) fn style(self) -> anstyle::Style {
        let style = anstyle::Style::new();
        match self {
            Self::Plain => style,
            Self::Bold => style.effects(Effects::BOLD),
            Self::Dim => style.effects(Effects::DIMMED),
            Self::Good => style.fg_color(Some(AnsiColor::Green.into())).bold(),
            Self::Bad => style.fg_color(Some(AnsiColor::Red.into())).bold(),
            Self::Doubtful => style.fg_color(Some(AnsiColor::Yellow.into())).bold(),
            Self::Old => style.fg_color(Some(AnsiColor::Red.into())),
            Self::New => style.fg_color(Some(AnsiColor::Green.into())),
        }
    }
}

/// A piece of a line; its text is safe for a terminal.
#[derive(Clone, Debug)]
pub(super) struct Span {
    pub(super) ink: Ink,
    pub(super) text: String,
}

impl Span {
    /// Text of any origin, made safe.
    pub(super) fn new(ink: Ink, text: &str) -> Self {
        Self {
            ink,
            text: visible::terminal(text),
        }
    }

    /// The text, safe for a terminal.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn width(&self) -> usize {
        self.text.width()
    }

    pub(super) fn with_text(&self, text: &str) -> Self {
        Self {
            ink: self.ink,
            text: text.to_owned(),
        }
    }
}

/// Text without colour.
pub(super) fn plain(text: &str) -> Span {
    Span::new(Ink::Plain, text)
}
