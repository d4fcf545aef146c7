//! What every page shares: head, policy, style and the switches in its bar.

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use crate::report::visible;

const STYLE: &str = concat!(
    include_str!("style/base.css"),
    include_str!("style/summary.css"),
    include_str!("style/cases.css")
);

/// What a page does once it is open.
pub(super) const SCRIPT: &str = concat!(
    include_str!("script/page.js"),
    include_str!("script/difference.js"),
    include_str!("script/detail.js"),
    include_str!("script/cases.js")
);

/// A page's head.
pub(super) struct Head<'a> {
    pub(super) title: &'a str,
    /// Where forms may go, as a policy names it.
    pub(super) forms: &'static str,
}

/// Writes a page around its content, which writes itself.
pub(super) fn write(
    out: &mut dyn Write,
    of: &Head<'_>,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let head = html! {
        (DOCTYPE)
        head {
            meta charset="utf-8";
            meta http-equiv="Content-Security-Policy" content=(policy(of.forms));
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="referrer" content="no-referrer";
            title { (shown(of.title)) }
            style { (PreEscaped(STYLE)) }
        }
    };
    let end = html! { script { (PreEscaped(SCRIPT)) } };
    // The language belongs on an element that stays open while the content is written.
    let (doctype, head) = head.0.split_at(DOCTYPE.0.len());
    writeln!(out, "{doctype}\n<html lang=\"en\">{head}\n<body>")?;
    content(out)?;
    writeln!(out, "{}\n</body>\n</html>", end.0)
}

/// Nothing is loaded, and only the page's own script and style count.
fn policy(forms: &str) -> String {
    format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; base-uri 'none'; form-action {forms}",
        hash(SCRIPT),
        hash(STYLE)
    )
}

/// As a content security policy names a script.
fn hash(source: &str) -> String {
    STANDARD.encode(Sha256::digest(source))
}

/// The bar at the top: whose page it is, what it shows, and its switches.
pub(super) fn bar(home: Option<&str>, about: &Markup) -> Markup {
    html! {
        header.bar {
            @if let Some(home) = home { a.brand href=(home) { "prompteval" } } @else { span.brand { "prompteval" } }
            span.about { (about) }
            span.switches {
                button #theme type="button" hidden aria-label="Colours: as the system" { "◐ " span { "auto" } }
                button #keys type="button" hidden aria-label="? Keyboard shortcuts" { kbd { "?" } }
            }
        }
    }
}

/// A text as it is shown: controls, and what turns the reading direction round, are written out.
pub(super) fn shown(text: &str) -> String {
    visible::lines(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_base64() {
        // printf 'abc' | openssl dgst -sha256 -binary | base64
        assert_eq!(hash("abc"), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
    }

    #[test]
    fn no_text_is_markup() {
        let markup = html! { p title=(shown("'\"")) { (shown("<a b='\"&'>\u{202e}")) } };
        assert_eq!(
            markup.0,
            "<p title=\"'&quot;\">&lt;a b='&quot;&amp;'&gt;\\u{202e}</p>"
        );
    }
}
