//! Foreign text in Markdown: it is shown, and never formats, links, mentions anyone, or ends the place it stands in.

use crate::report::visible;

/// Text between words of ours. What Markdown would act on is escaped; mentions, references and addresses are broken by a
/// character without width, since GitHub looks for them after the escapes are gone.
pub(super) fn prose(text: &str) -> String {
    let line = visible::terminal(text);
    let mut safe = String::with_capacity(line.len() + 16);
    for c in line.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '@' => safe.push_str("@\u{200b}"),
            '#' => safe.push_str("\\#\u{200b}"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '|' | '~' | '!' | '$' => {
                safe.push('\\');
                safe.push(c);
            }
            _ => safe.push(c),
        }
    }
    unlinked(&safe)
}

/// Text within HTML tags, where Markdown is not read.
pub(super) fn html(text: &str) -> String {
    let line = visible::terminal(text);
    let mut safe = String::with_capacity(line.len() + 16);
    for c in line.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '@' | '#' => {
                safe.push(c);
                safe.push('\u{200b}');
            }
            _ => safe.push(c),
        }
    }
    unlinked(&safe)
}

/// GitHub makes links of addresses, wherever they stand.
fn unlinked(text: &str) -> String {
    text.replace("://", ":\u{200b}//")
        .replace("www.", "www\u{200b}.")
}

/// Text in the type of code, also within a table.
pub(super) fn code(text: &str) -> String {
    let line = visible::terminal(text).replace('|', "\\|");
    let fence = "`".repeat(longest_run(&line) + 1);
    // A space keeps a backtick at either end from joining the fence; Markdown takes it away again.
    if line.starts_with('`') || line.ends_with('`') || line.is_empty() {
        format!("{fence} {line} {fence}")
    } else {
        format!("{fence}{line}{fence}")
    }
}

/// A block of code that nothing in it can end.
pub(super) fn block(language: &str, text: &str) -> String {
    let text = visible::lines(text);
    let fence = "`".repeat(longest_run(&text).max(2) + 1);
    format!("{fence}{language}\n{text}\n{fence}\n")
}

fn longest_run(text: &str) -> usize {
    let runs = text.split(|c| c != '`');
    runs.map(str::len).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_acts_in_no_way() {
        for (text, shown) in [
            ("a <b>&", "a &lt;b&gt;&amp;"),
            ("@team see #12", "@\u{200b}team see \\#\u{200b}12"),
            ("[x](y) *z* `c` | d", "\\[x\\](y) \\*z\\* \\`c\\` \\| d"),
            ("https://evil.example", "https:\u{200b}//evil.example"),
            ("www.evil.example", "www\u{200b}.evil.example"),
            ("one\ntwo", "one two"),
            ("![x](y)", "\\!\\[x\\](y)"),
        ] {
            assert_eq!(prose(text), shown);
        }
    }

    #[test]
    fn html_holds_no_tag() {
        assert_eq!(html("case_1 <b> @me"), "case_1 &lt;b&gt; @\u{200b}me");
    }

    #[test]
    fn code_cannot_be_left() {
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("``"), "``` `` ```");
        assert_eq!(code("a|b"), "`a\\|b`");
        assert_eq!(block("diff", "- ```\n+ x"), "````diff\n- ```\n+ x\n````\n");
    }
}
