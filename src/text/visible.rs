//! Characters that change how a text is read without being seen: which they are, and how to show them.

use std::borrow::Cow;

/// Whether a character takes no room of its own: control, zero-width, bidirectional and tag characters.
///
/// Line feed, carriage return and tab count as seen. So does the variation selector behind an emoji (U+FE0F), which
/// stands in ordinary text and carries nothing else.
pub fn is_invisible(c: char) -> bool {
    match c {
        '\n' | '\r' | '\t' => false,
        '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{2800}'
        | '\u{3164}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}' => true,
        _ => c.is_control(),
    }
}

/// The text with every invisible character written as its escape, such as `\u{200b}`.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_invisible) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_invisible(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// Whether there is nothing to be read: white space and invisible characters at most.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || is_invisible(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_width_and_bidirectional_characters_are_written_out() {
        assert_eq!(visible("a\u{200b}b\u{202e}c"), "a\\u{200b}b\\u{202e}c");
        assert_eq!(visible("tag \u{e0041}"), "tag \\u{e0041}");
        assert_eq!(visible("bell \u{7}"), "bell \\u{7}");
    }

    #[test]
    fn ordinary_text_is_left_alone() {
        let text = "Grüße, 東京 🗼 ❤\u{fe0f}\n\tשלום";
        assert!(matches!(visible(text), Cow::Borrowed(same) if same == text));
    }

    #[test]
    fn a_text_of_spaces_and_zero_widths_is_blank() {
        assert!(is_blank(" \u{200b}\n\u{feff}\u{a0}"));
        assert!(is_blank(""));
        assert!(!is_blank(" . "));
    }
}
