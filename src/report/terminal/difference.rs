//! An answer against the baseline's: the changed words in their surroundings where the two are alike, both starts where not.

use std::io;

use similar::{ChangeTag, TextDiff};

use super::page::Page;
use super::span::{Ink, Span, plain};

/// Opens every line of an answer.
const GUTTER: &str = "    │ ";

/// Lines that what changed may take.
const MOST_LINES: usize = 6;

/// Lines that the start of an answer may take.
const FEW_LINES: usize = 3;

/// Characters that are compared: more than a few lines can show, and little enough to compare in no time.
const COMPARED: usize = 8000;

/// Unchanged words that stand before and after a change.
const AROUND: usize = 4;

/// Below this share of common text, a diff is harder to read than the two answers.
const ALIKE: f64 = 0.4;

/// Writes the start of an answer.
pub(super) fn start(page: &mut Page<'_>, output: &str) -> io::Result<()> {
    block(page, &[plain(first(output))], FEW_LINES)
}

/// Writes how an answer differs from the baseline's.
pub(super) fn write(page: &mut Page<'_>, old: &str, new: &str) -> io::Result<()> {
    if old == new {
        let same = "the same words as the baseline's: ";
        return block(
            page,
            &[plain(same), Span::new(Ink::Dim, first(new))],
            FEW_LINES,
        );
    }
    let common = common_start(old, new);
    let (old, new) = (first(&old[common..]), first(&new[common..]));
    let diff = TextDiff::from_words(old, new);
    if common == 0 && alike(&diff) < ALIKE {
        block(page, &[Span::new(Ink::Old, &format!("- {old}"))], FEW_LINES)?;
        return block(page, &[Span::new(Ink::New, &format!("+ {new}"))], FEW_LINES);
    }
    let mut spans = Vec::new();
    if common > 0 {
        spans.push(Span::new(Ink::Dim, "… "));
    }
    let pieces = pieces(&diff);
    let last = pieces.len().saturating_sub(1);
    for (place, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Same(text) => {
                spans.push(Span::new(
                    Ink::Dim,
                    &shortened(text, place > 0, place < last),
                ));
            }
            Piece::Changed(old, new) => {
                let marked = [(Ink::Old, '-', old), (Ink::New, '+', new)];
                let marked = marked.into_iter().filter(|(.., text)| !text.is_empty());
                spans.extend(
                    marked.map(|(ink, mark, text)| {
                        Span::new(ink, &format!("{{{mark}{text}{mark}}}"))
                    }),
                );
            }
        }
    }
    block(page, &spans, MOST_LINES)
}

/// Share of text that stands in both, white space left out: any two answers have plenty of that in common.
fn alike(diff: &TextDiff<'_, '_, str>) -> f64 {
    let (mut same, mut all) = (0, 0);
    for change in diff.iter_all_changes() {
        let sides = if change.tag() == ChangeTag::Equal {
            2
        } else {
            1
        };
        let length = sides * change.value().trim().len();
        all += length;
        same += if sides == 2 { length } else { 0 };
    }
    same as f64 / all.max(1) as f64
}

/// What two answers have in common, and what stands in the one and the other in place of it.
enum Piece {
    Same(String),
    Changed(String, String),
}

/// Changes with nothing but white space between them read as one.
fn pieces(diff: &TextDiff<'_, '_, str>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for change in diff.iter_all_changes() {
        let text = change.value();
        let is_gap = text.trim().is_empty();
        match (change.tag(), pieces.last_mut()) {
            (ChangeTag::Equal, Some(Piece::Changed(old, new))) if is_gap => {
                old.push_str(text);
                new.push_str(text);
            }
            (ChangeTag::Equal, Some(Piece::Same(same))) => same.push_str(text),
            (ChangeTag::Equal, _) => pieces.push(Piece::Same(text.to_owned())),
            (ChangeTag::Delete, Some(Piece::Changed(old, _))) => old.push_str(text),
            (ChangeTag::Insert, Some(Piece::Changed(_, new))) => new.push_str(text),
            (ChangeTag::Delete, _) => pieces.push(Piece::Changed(text.to_owned(), String::new())),
            (ChangeTag::Insert, _) => pieces.push(Piece::Changed(String::new(), text.to_owned())),
        }
    }
    let trailing = |piece: &mut Piece| match piece {
        Piece::Changed(old, new) if old.ends_with(' ') && new.ends_with(' ') => {
            old.pop();
            new.pop();
            true
        }
        _ => false,
    };
    // A gap that turned out to end a change stands after it.
    for place in (0..pieces.len()).rev() {
        if pieces.get_mut(place).is_some_and(trailing) {
            match pieces.get_mut(place + 1) {
                Some(Piece::Same(same)) => same.insert(0, ' '),
                _ => pieces.insert(place + 1, Piece::Same(" ".to_owned())),
            }
        }
    }
    pieces
}

fn block(page: &mut Page<'_>, spans: &[Span], lines: usize) -> io::Result<()> {
    page.wrapped(&Span::new(Ink::Dim, GUTTER), GUTTER, spans, lines)
}

/// As much of a text as is looked at.
fn first(text: &str) -> &str {
    let end = text
        .char_indices()
        .nth(COMPARED)
        .map_or(text.len(), |(at, _)| at);
    &text[..end]
}

/// Bytes of the words that both texts start with, a few words of surroundings left out.
fn common_start(old: &str, new: &str) -> usize {
    let equal = old
        .char_indices()
        .zip(new.chars())
        .take_while(|((_, a), b)| a == b);
    let words: Vec<usize> = equal
        .filter(|((_, c), _)| *c == ' ')
        .map(|((at, _), _)| at + 1)
        .collect();
    let kept = words.len().saturating_sub(AROUND + 1);
    if kept == 0 {
        return 0;
    }
    words.get(kept - 1).copied().unwrap_or_default()
}

/// Unchanged text, cut to the words next to a change.
fn shortened(text: &str, change_before: bool, change_after: bool) -> String {
    let words: Vec<&str> = text.split_inclusive(char::is_whitespace).collect();
    // The space after a change is no word.
    let space = usize::from(text.starts_with(char::is_whitespace));
    let before = if change_before { AROUND + space } else { 0 };
    let after = if change_after { AROUND } else { 0 };
    if words.len() <= before + after + 1 {
        return text.to_owned();
    }
    let head = words[..before].concat();
    let tail = words[words.len() - after..].concat();
    format!("{head}… {tail}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::terminal::Style;

    fn shown(old: &str, new: &str) -> String {
        let mut bytes = Vec::new();
        let mut page = Page::new(&mut bytes, Style::default());
        write(&mut page, old, new).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn changed_words_stand_in_their_surroundings() {
        let old = "I am sorry that your order is late, and we will refund it today if you wish so.";
        let new =
            "I am sorry that your order is late, and we can help with it today if you wish so.";
        let text =
            "    │ … order is late, and we {-will refund-}{+can help with+} it today if you …\n";
        assert_eq!(shown(old, new), text);
    }

    #[test]
    fn answers_that_share_little_stand_one_above_the_other() {
        let text = "    │ - Yes of course\n    │ + No, never ever\n";
        assert_eq!(shown("Yes of course", "No, never ever"), text);
    }

    #[test]
    fn the_same_answer_is_said_to_be_the_same() {
        assert_eq!(
            shown("a", "a"),
            "    │ the same words as the baseline's: a\n"
        );
    }

    #[test]
    fn a_change_behind_a_long_common_start_is_found() {
        let common = "word ".repeat(5000);
        let text = shown(&format!("{common}red"), &format!("{common}blue"));
        assert_eq!(text, "    │ … word word word word word {-red-}{+blue+}\n");
    }
}
