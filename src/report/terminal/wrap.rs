//! Where lines end: between words, by the columns that characters really take; within a word only where it is wider than a line.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::span::{Ink, Span, plain};

/// The spans, ending in `…` where they are wider than the room.
pub(super) fn cut(spans: &[Span], room: usize) -> Vec<Span> {
    let total: usize = spans.iter().map(Span::width).sum();
    if total <= room {
        return spans.to_vec();
    }
    let mut left = room.saturating_sub(1);
    let mut kept = Vec::new();
    for span in spans {
        if span.width() <= left {
            left -= span.width();
            kept.push(span.clone());
        } else {
            let (start, _) = split_at_width(&span.text, left);
            kept.push(span.with_text(&format!("{start}…")));
            break;
        }
    }
    kept
}

/// A line that says that more follows: its last words go where there is no room for that.
pub(super) fn ended_early(mut line: Vec<Span>, room: usize) -> Vec<Span> {
    let width = |line: &[Span]| line.iter().map(Span::width).sum::<usize>();
    while line.len() > 1 && width(&line) + 1 > room {
        line.pop();
    }
    line.push(Span::new(Ink::Dim, "…"));
    cut(&line, room)
}

/// The start of a text that takes at most `width` columns, and the rest.
fn split_at_width(text: &str, width: usize) -> (&str, &str) {
    let mut taken = 0;
    for (at, c) in text.char_indices() {
        taken += c.width().unwrap_or(0);
        if taken > width {
            return text.split_at(at);
        }
    }
    (text, "")
}

/// The start of a text, ending in `…` where it is wider than `width`.
pub(super) fn fit(text: &str, width: usize) -> String {
    let spans = cut(&[plain(text)], width);
    spans.into_iter().map(|span| span.text).collect()
}

/// Units and separators, which do not start a line.
const GLUED: [&str; 4] = ["%", "ms", "s", "·"];

/// Columns in which the start of a word that is wider than a line may stand.
const LEAST: usize = 12;

/// Lines that break at spaces, and within words that are wider than the room.
pub(super) fn wrap(spans: &[Span], room: usize) -> Vec<Vec<Span>> {
    let mut lines: Vec<Vec<Span>> = Vec::new();
    let mut line: Vec<Span> = Vec::new();
    let mut taken = 0;
    for mut word in words(spans) {
        let left = room.saturating_sub(taken);
        let wide = width_of(&word);
        if taken > 0 && wide > room && left >= LEAST {
            // It has to be broken anyway: its start stands where there is room for it.
            let (start, rest) = split_spans(&word, left);
            line.extend(start);
            word = rest;
        }
        if taken > 0 && taken + wide > room {
            lines.push(std::mem::take(&mut line));
            taken = 0;
        }
        while width_of(&word) > room {
            let (start, rest) = split_spans(&word, room);
            lines.push(start);
            word = rest;
        }
        taken += word.iter().map(Span::width).sum::<usize>();
        line.extend(word);
    }
    lines.push(line);
    lines
}

/// What stays together: text up to a space, over spans, with the unit that follows it.
fn words(spans: &[Span]) -> Vec<Vec<Span>> {
    let mut words: Vec<Vec<Span>> = Vec::new();
    let mut ended = true;
    for span in spans {
        for text in span.text.split_inclusive(' ') {
            let piece = span.with_text(text);
            match words.last_mut() {
                Some(word) if !ended || GLUED.contains(&text.trim_end()) => word.push(piece),
                _ => words.push(vec![piece]),
            }
            ended = text.ends_with(' ');
        }
    }
    words
}

/// Columns of a word, the spaces at its end left out.
fn width_of(word: &[Span]) -> usize {
    let Some((last, before)) = word.split_last() else {
        return 0;
    };
    before.iter().map(Span::width).sum::<usize>() + last.text.trim_end().width()
}

/// A word that is wider than the room, split where the room ends.
fn split_spans(word: &[Span], room: usize) -> (Vec<Span>, Vec<Span>) {
    let (mut start, mut rest) = (Vec::new(), Vec::new());
    let mut left = room;
    for span in word {
        let (fits, over) = split_at_width(&span.text, left);
        left -= fits.width().min(left);
        if !over.is_empty() {
            left = 0;
        }
        start.push(span.with_text(fits));
        rest.push(span.with_text(over));
    }
    (start, rest)
}
