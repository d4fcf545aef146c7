//! The HTML report: one file without any request, whose scripts and styles are named by hash, and in which every foreign text is
//! text.
//!
//! Verdict, gates and charts are plain HTML and SVG; a script adds the cases, out of a block of JSON, as a list of which only the
//! rows in sight exist.

mod chart;
mod data;
mod sections;

use std::fmt::Write as _;
use std::io::{self, Write};

use sha2::{Digest, Sha256};

use super::{ReporterEntry, View, conclusion, number, origin};
use crate::report::visible;

/// The entry of the HTML report.
pub static HTML: ReporterEntry = ReporterEntry {
    name: "html",
    summary: "one HTML file for people: gates, charts, every case beside its baseline",
    extension: "html",
    write,
};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("app.js");

fn write(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let suites = view.suites()?;
    let word = conclusion::word(view);
    let run = &view.record.header.run;
    let title = format!("prompteval: {word}, run {}", run.id);
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; \
         base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n",
        hash(SCRIPT),
        hash(STYLE),
        text(&title)
    )?;
    let why = conclusion::why(view, &suites);
    write!(
        out,
        "<header>\n<h1>prompteval <span class=\"verdict {}\">{word}</span></h1>\n<p>{}</p>\n</header>\n<main>\n",
        view.verdict.decision.as_str(),
        text(&why)
    )?;
    out.write_all(sections::weaker(view).as_bytes())?;
    out.write_all(sections::faults(view).as_bytes())?;
    let candidates = || suites.iter().flat_map(|suite| &suite.candidates);
    out.write_all(sections::overview(candidates()).as_bytes())?;
    for candidate in candidates() {
        out.write_all(sections::candidate(candidate).as_bytes())?;
    }
    out.write_all(CASES.as_bytes())?;
    let left_out = data::write(view, &suites, out)?;
    if left_out > 0 {
        let left = number::of(left_out, "passing case");
        writeln!(
            out,
            "<p class=\"soft\">{left} did not fit into this page; report.json has all.</p>"
        )?;
    }
    write!(
        out,
        "</main>\n{}<script>{SCRIPT}</script>\n</body>\n</html>\n",
        footer(view)
    )
}

/// The frame that the script fills; hidden until it does.
const CASES: &str = r#"<section id="cases" aria-label="Cases" hidden>
<h2>Cases</h2>
<div class="bar">
<label>candidate <select id="candidate"><option value="">all</option></select></label>
<label>outcome <select id="outcome"><option value="all">all</option><option value="failing">failing</option><option value="broken">newly broken</option><option value="fixed">newly fixed</option><option value="flaky">flaky</option><option value="error">in error</option><option value="passing">passing</option></select></label>
<label>tag <select id="tag"><option value="">any</option></select></label>
<label>evaluator <select id="evaluator"><option value="">any</option></select></label>
<label>order <select id="order"><option value="worst">worst first</option><option value="dataset">as in the dataset</option><option value="id">by id</option></select></label>
<label>text <input id="search" type="search" placeholder="id, answer, reason" autocomplete="off"></label>
<button id="keys" type="button" aria-label="Keyboard shortcuts">?</button>
<span id="count" class="soft" role="status"></span>
</div>
<div class="split">
<div id="list" role="listbox" aria-label="Cases" tabindex="0"><div id="rows" role="presentation"></div></div>
<article id="detail" aria-live="polite" aria-label="The case"></article>
</div>
<dialog id="help" aria-label="Keyboard shortcuts"><form method="dialog"><p><kbd>j</kbd> <kbd>k</kbd> or arrows: next, previous case</p>
<p><kbd>/</kbd>: search, <kbd>Esc</kbd>: leave the field</p><p><kbd>?</kbd>: this help</p><button>close</button></form></dialog>
</section>
<noscript><p>The list of cases needs JavaScript; everything above does not.</p></noscript>
"#;

fn footer(view: &View<'_>) -> String {
    let run = &view.record.header.run;
    let mut facts = vec![
        format!("run {}", text(&run.id)),
        format!("started {}", text(&run.started_at)),
        text(&origin::answers(view)),
        number::calls(view.record),
        number::paid(view.record),
        format!("responses {}", text(&run.responses)),
        format!("prompteval {}", text(&run.prompteval)),
    ];
    if let Some(commit) = &run.git_commit {
        facts.push(format!("commit {}", text(commit)));
    }
    if !run.partial.is_empty() {
        let flags = text(&run.partial.join(", "));
        facts.push(format!("partial, no evidence for a promotion: {flags}"));
    }
    facts.extend(origin::note(view).map(text));
    format!("<footer>{}</footer>\n", facts.join(" · "))
}

/// Base64 of the SHA-256, as a content security policy names a script.
fn hash(source: &str) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digest = Sha256::digest(source);
    let mut encoded = String::new();
    for chunk in digest.chunks(3) {
        let bytes = [0, 1, 2].map(|at| u32::from(chunk.get(at).copied().unwrap_or_default()));
        let bits = bytes[0] << 16 | bytes[1] << 8 | bytes[2];
        for place in 0..4 {
            let sign = SIGNS.get((bits >> (18 - 6 * place)) as usize & 63);
            encoded.push(match sign {
                Some(sign) if place <= chunk.len() => char::from(*sign),
                _ => '=',
            });
        }
    }
    encoded
}

/// Text for the content of an element or an attribute in quotes; what cannot be seen is written out.
fn text(raw: &str) -> String {
    let mut safe = String::with_capacity(raw.len());
    for c in visible::lines(raw).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(c),
        }
    }
    safe
}

/// Adds a cell to a row.
fn cell(row: &mut String, class: &str, content: &str) {
    // Writing to a String cannot fail.
    let _ = if class.is_empty() {
        write!(row, "<td>{content}</td>")
    } else {
        write!(row, "<td class=\"{class}\">{content}</td>")
    };
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
        assert_eq!(
            text("<a b='\"&'>\u{202e}"),
            "&lt;a b=&#39;&quot;&amp;&#39;&gt;\\u{202e}"
        );
    }
}
