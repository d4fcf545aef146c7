//! An answer against the baseline's: the changed words in their surroundings where the two are alike, both starts where not.

use std::io;

use similar::{ChangeTag, TextDiff};

use super::page::{Ink, Page, Span, plain};

/// Opens every line of an answer.
const GUTTER: &str = "    │ ";

/// Lines that an answer, or what changed in it, may take.
const MOST_LINES: usize = 6;

/// Characters that are compared: more than a few lines can show, and little enough to compare in no time.
const COMPARED: usize = 8000;

/// Unchanged words that stand before and after a change.
const AROUND: usize = 4;

/// Below this share of common words, a diff is harder to read than the two texts.
const ALIKE: f32 = 0.4;

/// Writes the start of an answer.
pub(super) fn start(page: &mut Page<'_>, output: &str) -> io::Result<()> {
    block(page, &[Span::new(Ink::Dim, first(output))])
}

/// Writes how an answer differs from the baseline's.
pub(super) fn write(page: &mut Page<'_>, old: &str, new: &str) -> io::Result<()> {
    if old == new {
        let same = "the same words as the baseline's: ";
        return block(page, &[plain(same), Span::new(Ink::Dim, first(new))]);
    }
    let common = common_start(old, new);
    let (old, new) = (first(&old[common..]), first(&new[common..]));
    let diff = TextDiff::from_words(old, new);
    if diff.ratio() < ALIKE && common == 0 {
        block(page, &[Span::new(Ink::Old, &format!("- {old}"))])?;
        return block(page, &[Span::new(Ink::New, &format!("+ {new}"))]);
    }
    let mut changes: Vec<(ChangeTag, String)> = Vec::new();
    for change in diff.iter_all_changes() {
        match changes.last_mut() {
            Some((tag, text)) if *tag == change.tag() => text.push_str(change.value()),
            _ => changes.push((change.tag(), change.value().to_owned())),
        }
    }
    let last = changes.len().saturating_sub(1);
    let mut spans = Vec::new();
    if common > 0 {
        spans.push(Span::new(Ink::Dim, "… "));
    }
    for (place, (tag, text)) in changes.iter().enumerate() {
        spans.push(match tag {
            ChangeTag::Equal => Span::new(Ink::Dim, &shortened(text, place > 0, place < last)),
            ChangeTag::Delete => Span::new(Ink::Old, &format!("{{-{text}-}}")),
            ChangeTag::Insert => Span::new(Ink::New, &format!("{{+{text}+}}")),
        });
    }
    block(page, &spans)
}

fn block(page: &mut Page<'_>, spans: &[Span]) -> io::Result<()> {
    page.wrapped(&Span::new(Ink::Dim, GUTTER), GUTTER, spans, MOST_LINES)
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
    let before = if change_before { AROUND } else { 0 };
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
