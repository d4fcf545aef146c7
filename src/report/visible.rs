//! Text of models and users, made safe for where it is shown: what would act or break is written out, `\u{1b}`-like.

use std::fmt::Write as _;

/// Text for the content of an XML element: line ends are LF, and what XML 1.0 cannot hold is written out.
pub(crate) fn xml_text(text: &str) -> String {
    escaped(&text.replace("\r\n", "\n").replace('\r', "\n"), |c| {
        !is_xml_char(c)
    })
}

/// Text for a CDATA section: as `xml_text`, and its end mark is split over two sections.
pub(crate) fn xml_cdata(text: &str) -> String {
    xml_text(text).replace("]]>", "]]]]><![CDATA[>")
}

/// Text for an XML attribute: one line, since readers fold line ends there in different ways.
pub(crate) fn xml_attribute(text: &str) -> String {
    escaped(&one_line(text), |c| !is_xml_char(c))
}

/// Text for one line of a terminal or a CI log.
///
/// GitHub's runner and Azure's agent obey `##[...]` and `##vso[...]` anywhere in a line, so both are broken up. A command
/// that starts with `::` is obeyed at the start of a line, indented or not: callers put a mark of their own before.
pub(crate) fn terminal(text: &str) -> String {
    escaped(&one_line(text), acts_on_a_terminal)
        .replace("##[", "## [")
        .replace("##vso[", "## vso[")
}

/// Text of several lines for a block of code: line ends are LF, tabs stay, and what acts on a terminal or reads backwards is
/// written out.
pub(crate) fn lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    escaped(&text, |c| {
        !matches!(c, '\n' | '\t') && acts_on_a_terminal(c)
    })
}

/// The start of a text, with a mark that says how much was cut.
pub(crate) fn start_of(text: &str, max_chars: usize) -> String {
    match text.char_indices().nth(max_chars) {
        None => text.to_owned(),
        Some((end, _)) => {
            let (kept, cut) = text.split_at(end);
            format!("{kept}\n[... {} more characters]", cut.chars().count())
        }
    }
}

/// Runs of white space with a line end or a tab in them become a space each.
pub(crate) fn one_line(text: &str) -> String {
    let text = text.trim_matches(['\r', '\n', '\t']);
    let mut line = String::with_capacity(text.len());
    let mut breaking = false;
    for c in text.chars() {
        let breaks = matches!(c, '\r' | '\n' | '\t');
        if breaks && !breaking {
            line.push(' ');
        }
        if !breaks {
            line.push(c);
        }
        breaking = breaks;
    }
    line
}

fn escaped(text: &str, unsafe_char: impl Fn(char) -> bool) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if unsafe_char(c) {
            // Writing to a String cannot fail.
            let _ = write!(safe, "{}", c.escape_unicode());
        } else {
            safe.push(c);
        }
    }
    safe
}

/// `Char` of XML 1.0, section 2.2.
fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

/// Controls (ESC and the C1 range move the cursor and rename the window), and what turns the reading direction round.
fn acts_on_a_terminal(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_hold_is_written_out() {
        assert_eq!(xml_text("a\0b\u{1b}c\u{fffe}"), r"a\u{0}b\u{1b}c\u{fffe}");
        assert_eq!(xml_text("tab\t, emoji \u{1f600}"), "tab\t, emoji \u{1f600}");
        assert_eq!(xml_text("a\r\nb\rc"), "a\nb\nc");
        assert_eq!(xml_cdata("a]]>b"), "a]]]]><![CDATA[>b");
    }

    #[test]
    fn an_attribute_is_one_line() {
        assert_eq!(xml_attribute("a\r\n\tb\nc\n"), "a b c");
    }

    #[test]
    fn a_terminal_sees_no_control_and_no_command() {
        assert_eq!(terminal("a\u{1b}[31mb\u{9b}"), r"a\u{1b}[31mb\u{9b}");
        assert_eq!(terminal("x ##[error]no"), "x ## [error]no");
        assert_eq!(terminal("##vso[task.complete]"), "## vso[task.complete]");
        assert_eq!(terminal("\u{202e}abc"), r"\u{202e}abc");
    }

    #[test]
    fn a_long_text_says_how_much_is_missing() {
        assert_eq!(start_of("añb", 3), "añb");
        assert_eq!(start_of("añbcd", 2), "añ\n[... 3 more characters]");
    }
}
