//! Words of any language, for metrics that compare word by word.

use std::borrow::Cow;

/// Words in lower case: runs of letters and digits, and single characters of scripts that put no spaces between words.
pub fn words(text: &str) -> Vec<String> {
    apart(&text.to_lowercase())
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The text with spaces around each character of a script that puts none between words: otherwise a sentence would be one word,
/// and no two sentences would have anything in common.
pub fn apart(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unspaced) {
        return Cow::Borrowed(text);
    }
    let mut spaced = String::with_capacity(text.len() * 2);
    for c in text.chars() {
        if is_unspaced(c) {
            spaced.extend([' ', c, ' ']);
        } else {
            spaced.push(c);
        }
    }
    Cow::Owned(spaced)
}

/// Whether a character is of Han, kana, Thai, Lao, Burmese or Khmer.
fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{e00}'..='\u{eff}'
        | '\u{1000}'..='\u{109f}'
        | '\u{1780}'..='\u{17ff}'
        | '\u{2e80}'..='\u{2fdf}'
        | '\u{3005}'..='\u{3007}'
        | '\u{3040}'..='\u{30ff}'
        | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_any_language() {
        assert_eq!(
            words("It's 3.5 kg — déjà!"),
            ["it", "s", "3", "5", "kg", "déjà"]
        );
        assert_eq!(words("東京は2 big"), ["東", "京", "は", "2", "big"]);
        assert_eq!(words("Straße, ÉCOLE"), ["straße", "école"]);
        assert!(words(" —!?\n").is_empty());
    }

    #[test]
    fn what_has_spaces_is_left_alone() {
        assert!(matches!(apart("a b — é"), Cow::Borrowed(_)));
        assert_eq!(apart("a東京"), "a 東  京 ");
    }
}
