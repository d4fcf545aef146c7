//! The HTML report by what is in it: no foreign text is markup, nothing is requested, scripts and styles are the hashed ones.

use prompteval::report::{REPORTERS, View};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::scenarios;

fn page(view: &View<'_>) -> String {
    let mut bytes = Vec::new();
    let entry = REPORTERS.iter().find(|entry| entry.name == "html").unwrap();
    (entry.write)(view, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn pages() -> Vec<(&'static str, String)> {
    let all = scenarios::all().into_iter();
    all.map(|(name, (run, verdict))| (name, run.view(&verdict, page)))
        .collect()
}

fn hostile() -> String {
    let mut pages = pages().into_iter();
    pages.find(|(name, _)| *name == "hostile").unwrap().1
}

/// What stands between two texts.
fn between<'p>(page: &'p str, start: &str, end: &str) -> &'p str {
    let (_, rest) = page.split_once(start).unwrap();
    rest.split_once(end).unwrap().0
}

fn data(page: &str) -> Value {
    let block = between(page, "id=\"data\">", "</script>");
    serde_json::from_str(block).unwrap()
}

#[test]
fn the_page_allows_its_own_script_and_style_and_asks_for_nothing() {
    for (name, page) in pages() {
        let policy = between(&page, "Content-Security-Policy\" content=\"", "\"");
        assert!(policy.contains("default-src 'none'"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        let script = between(&page, "<script>", "</script>");
        let style = between(&page, "<style>", "</style>");
        for (kind, source) in [("script", script), ("style", style)] {
            let digest = Sha256::digest(source);
            let bits: Vec<u8> = digest.iter().flat_map(|byte| bits_of(*byte, 8)).collect();
            let named = between(policy, &format!("{kind}-src 'sha256-"), "'");
            let signs = named.trim_end_matches('=').bytes();
            let decoded: Vec<u8> = signs.flat_map(|sign| bits_of(place(sign), 6)).collect();
            assert_eq!(decoded[..256], bits, "{name}: {kind}");
        }
        let markup = page.replace(script, "").replace(style, "");
        for asks in [
            " src=", "<link", "<img", "<iframe", "url(", "@import", " style=", " onclick",
        ] {
            assert!(!markup.contains(asks), "{name} holds {asks}");
        }
        assert_eq!(page.matches("<script").count(), 2, "{name}");
        assert_eq!(page.matches("</script>").count(), 2, "{name}");
    }
}

/// The lowest bits of a number, highest first.
fn bits_of(number: u8, count: u32) -> impl Iterator<Item = u8> {
    (0..count).rev().map(move |bit| number >> bit & 1)
}

/// A sign's value in base64.
fn place(sign: u8) -> u8 {
    match sign {
        b'A'..=b'Z' => sign - b'A',
        b'a'..=b'z' => sign - b'a' + 26,
        b'0'..=b'9' => sign - b'0' + 52,
        b'+' => 62,
        _ => 63,
    }
}

#[test]
fn what_a_model_says_is_text() {
    let page = hostile();
    let block = between(&page, "id=\"data\">", "</script>");
    for sign in [
        '<', '>', '&', '\u{2028}', '\u{2029}', '\u{202e}', '\u{1b}', '\0',
    ] {
        assert!(!block.contains(sign), "{sign:?} stands in the block");
    }
    let data = data(&page);
    let cases = data["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 3);
    let output = cases[0]["output"].as_str().unwrap();
    assert!(output.contains("]]> <b>&amp; 😀"), "{output}");
    assert_eq!(cases[0]["before"], "before");
    let head = page.split("id=\"data\">").next().unwrap();
    assert!(!head.contains("<c>"), "an evaluator's name is markup");
    assert!(head.contains("a&quot;b&lt;c&gt;"), "{head}");
}

#[test]
fn failing_cases_come_with_their_reasons() {
    let all = pages();
    let blocked = &all.iter().find(|(name, _)| *name == "blocked").unwrap().1;
    let data = data(blocked);
    let cases = data["cases"].as_array().unwrap();
    let mut failing = cases.iter().filter(|case| case["state"] == "f").peekable();
    assert!(failing.peek().is_some());
    assert!(failing.all(|case| case["said"][0][1].is_string()));
    assert!(
        blocked.contains("role=\"img\" aria-label=\""),
        "gates are drawn"
    );
    let undecided = &all.iter().find(|(name, _)| *name == "undecided").unwrap().1;
    let faults = self::data(undecided);
    let mut cases = faults["cases"].as_array().unwrap().iter();
    assert!(cases.any(|case| case["state"] == "e" && case["said"][0][0].is_string()));
}
