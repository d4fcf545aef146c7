//! Lines on a terminal: cut or wrapped to its width by what characters really take, coloured or not.
//!
//! **Invariant:** no line starts with `::`, white space before it or not, since GitHub's runner obeys such lines. Lines open
//! with a mark or a gutter of ours; where that is blank and text of a model or a user follows, `put` sets a bar before it.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::Style;
use super::span::{Ink, Span, plain};
use super::wrap::{cut, ended_early, wrap};

/// Where lines are written.
pub(super) struct Page<'a> {
    out: &'a mut dyn Write,
    style: Style,
}

impl<'a> Page<'a> {
    /// An empty page.
    pub(super) fn new(out: &'a mut dyn Write, style: Style) -> Self {
        Self { out, style }
    }

    /// How it is to look.
    pub(super) fn style(&self) -> Style {
        self.style
    }

    /// An empty line.
    pub(super) fn gap(&mut self) -> io::Result<()> {
        self.out.write_all(b"\n")
    }

    /// One line: the mark, which is ours, then the spans, cut where a terminal's width ends.
    pub(super) fn line(&mut self, mark: &Span, spans: &[Span]) -> io::Result<()> {
        let mut line = vec![self.opening(mark)];
        if self.style.piped {
            line.extend_from_slice(spans);
        } else {
            let room = self.style.width.saturating_sub(mark.width());
            line.extend(cut(spans, room));
        }
        self.put(&line)
    }

    /// A mark or a gutter as it is written: a file or another program gets nothing that is drawn.
    fn opening(&self, mark: &Span) -> Span {
        if self.style.piped {
            mark.with_text(&mark.text.replace("■ ", "").replace('│', "|"))
        } else {
            mark.clone()
        }
    }

    /// As many lines as it takes, at most `max_lines`; those after the first open with `gutter`, which is ours too.
    pub(super) fn wrapped(
        &mut self,
        mark: &Span,
        gutter: &str,
        spans: &[Span],
        max_lines: usize,
    ) -> io::Result<()> {
        let indent = mark.width().max(gutter.width());
        let room = self.style.width.saturating_sub(indent).max(20);
        if self.style.piped {
            let mut line = vec![self.opening(mark)];
            line.extend(cut(spans, room.saturating_mul(max_lines)));
            return self.put(&line);
        }
        let lines = wrap(spans, room);
        let more = lines.len() > max_lines;
        for (place, mut line) in lines.into_iter().take(max_lines).enumerate() {
            if more && place + 1 == max_lines {
                line = ended_early(line, room);
            }
            let opening = match place {
                0 => mark.clone(),
                _ => Span::new(Ink::Dim, gutter),
            };
            line.insert(0, opening);
            self.put(&line)?;
        }
        Ok(())
    }

    /// Two texts beside each other, each in half of the width and in at most so many lines; every line opens with `gutter`.
    pub(super) fn columns(
        &mut self,
        gutter: &str,
        (left, right): (&Span, &Span),
        max_lines: usize,
    ) -> io::Result<()> {
        if self.style.piped {
            self.wrapped(
                &plain(gutter),
                gutter,
                &[plain("- "), left.clone()],
                max_lines,
            )?;
            return self.wrapped(
                &plain(gutter),
                gutter,
                &[plain("+ "), right.clone()],
                max_lines,
            );
        }
        let between = plain(" │ ");
        let taken = gutter.width() + between.width();
        let half = (self.style.width.saturating_sub(taken) / 2).max(20);
        let fitted = |span: &Span| {
            let mut lines = wrap(std::slice::from_ref(span), half);
            if lines.len() > max_lines {
                lines.truncate(max_lines);
                if let Some(last) = lines.last_mut() {
                    last.push(Span::new(Ink::Dim, "…"));
                    *last = cut(last, half);
                }
            }
            lines
        };
        let (left, right) = (fitted(left), fitted(right));
        for place in 0..left.len().max(right.len()) {
            let mut line = vec![Span::new(Ink::Dim, gutter)];
            let mut own = left.get(place).cloned().unwrap_or_default();
            if let Some(last) = own.last_mut() {
                last.text.truncate(last.text.trim_end().len());
            }
            let width: usize = own.iter().map(Span::width).sum();
            line.extend(own);
            line.push(plain(&" ".repeat(half.saturating_sub(width))));
            line.push(between.clone());
            line.extend(right.get(place).cloned().unwrap_or_default());
            self.put(&line)?;
        }
        Ok(())
    }

    fn put(&mut self, line: &[Span]) -> io::Result<()> {
        let mut text = String::new();
        let chars = line.iter().flat_map(|span| span.text.chars());
        let start = chars.skip_while(|c| c.is_whitespace()).take(2);
        if start.eq("::".chars()) {
            text.push_str(if self.style.piped { "| " } else { "│ " });
        }
        let mut runs = line.chunk_by(|a, b| a.ink == b.ink).peekable();
        while let Some(run) = runs.next() {
            let mut shown: String = run.iter().map(|span| span.text.as_str()).collect();
            if runs.peek().is_none() {
                shown.truncate(shown.trim_end().len());
            }
            let ink = run.first().map_or(Ink::Plain, |span| span.ink);
            let style = ink.style();
            if self.style.color && ink != Ink::Plain {
                shown = format!("{style}{shown}{style:#}");
            }
            text.push_str(&shown);
        }
        writeln!(self.out, "{text}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::terminal::wrap::fit;

    fn page(style: Style, write: impl Fn(&mut Page<'_>) -> io::Result<()>) -> String {
        let mut bytes = Vec::new();
        write(&mut Page::new(&mut bytes, style)).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    fn narrow(width: usize) -> Style {
        Style {
            width,
            ..Style::default()
        }
    }

    #[test]
    fn a_line_is_cut_by_columns_not_by_characters() {
        assert_eq!(fit("abcdef", 6), "abcdef");
        assert_eq!(fit("abcdef", 5), "abcd…");
        assert_eq!(fit("日本語", 5), "日本…");
        assert_eq!(fit("日本語", 4), "日…");
        let spans = [plain("abc"), Span::new(Ink::Bad, "def")];
        let text = page(narrow(6), |p| p.line(&plain("- "), &spans));
        assert_eq!(text, "- abc…\n");
    }

    #[test]
    fn wrapped_lines_open_with_the_gutter() {
        let spans = [plain("one two three four five six seven")];
        let text = page(narrow(22), |p| p.wrapped(&plain("> "), "| ", &spans, 9));
        assert_eq!(text, "> one two three four\n| five six seven\n");
        let text = page(narrow(22), |p| p.wrapped(&plain("> "), "| ", &spans, 1));
        assert_eq!(text, "> one two three four …\n");
    }

    #[test]
    fn a_line_breaks_between_words_only() {
        let spans = [
            plain("a metric of mine"),
            Span::new(Ink::Bad, ": 50.0 % is it"),
        ];
        let text = page(narrow(26), |p| p.wrapped(&plain("> "), "| ", &spans, 9));
        assert_eq!(text, "> a metric of mine: 50.0 %\n| is it\n");
    }

    #[test]
    fn a_word_wider_than_the_room_is_broken() {
        let spans = [plain(&"x".repeat(45))];
        let text = page(narrow(20), |p| p.wrapped(&plain(""), "| ", &spans, 9));
        assert_eq!(text.lines().count(), 3);
    }

    #[test]
    fn colour_is_of_our_making_only() {
        let style = Style {
            color: true,
            ..Style::default()
        };
        let spans = [Span::new(Ink::New, "a\u{1b}[31m")];
        let text = page(style, |p| p.line(&plain("- "), &spans));
        assert_eq!(text, "- \u{1b}[32ma\\u{1b}[31m\u{1b}[0m\n");
    }
}
