//! Short quotations for messages: a reason never carries a whole answer.

/// Characters of a quotation before it is cut.
const LONGEST: usize = 120;

/// The text in double quotes on one line, cut after 120 characters, control characters escaped.
pub fn quoted(text: &str) -> String {
    format!("{:?}", clipped(text))
}

/// The text itself, cut after 120 characters.
pub fn clipped(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quotation_stays_on_one_line_and_is_cut_between_characters() {
        assert_eq!(quoted("a\n\"b\""), "\"a\\n\\\"b\\\"\"");
        assert_eq!(clipped(&"東".repeat(121)), format!("{}…", "東".repeat(120)));
        assert_eq!(clipped(&"東".repeat(120)), "東".repeat(120));
    }
}
