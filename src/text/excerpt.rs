//! Short quotations for messages: a reason never carries a whole answer.

use super::visible::is_invisible;

/// Characters of a quotation before it is cut.
const LONGEST: usize = 120;

/// The text in double quotes on one line, cut after 120 characters; what is invisible is escaped, and a letter's marks are not.
pub fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in clipped(text).chars() {
        match c {
            '"' | '\\' | '\n' | '\r' | '\t' => quoted.extend(c.escape_default()),
            _ if is_invisible(c) => quoted.extend(c.escape_unicode()),
            _ => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
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

    #[test]
    fn marks_that_a_letter_carries_stay_and_what_turns_the_line_round_is_written_out() {
        assert_eq!(quoted("नमस्ते e\u{301}"), "\"नमस्ते e\u{301}\"");
        assert_eq!(quoted("\u{202e}x\u{7}"), "\"\\u{202e}x\\u{7}\"");
    }
}
