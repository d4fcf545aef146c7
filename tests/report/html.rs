//! The HTML report by what is in it: no foreign text is markup, nothing is requested, scripts and styles are the hashed ones.

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::pages::page;
use crate::scenarios;

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

/// The lines of a block of JSON.
fn block(page: &str, id: &str) -> Vec<Value> {
    let block = between(page, &format!("id=\"{id}\">\n"), "</script>");
    let lines = block.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The three blocks as one value: rows with what is shown once somebody looks at them, and texts.
fn data(page: &str) -> Value {
    let block = between(page, "id=\"data\">", "</script>");
    let mut data: Value = serde_json::from_str(block).unwrap();
    let rows = data["cases"].as_array_mut().unwrap();
    let details = self::block(page, "details");
    assert_eq!(rows.len(), details.len());
    for (row, whole) in rows.iter_mut().zip(details) {
        row["vars"] = whole["vars"].clone();
        let arms = row["arms"].as_array_mut().unwrap().iter_mut();
        for (arm, asked) in arms.zip(whole["arms"].as_array().unwrap()) {
            if let Some(asked) = asked.as_object() {
                arm.as_object_mut().unwrap().extend(asked.clone());
            }
        }
    }
    data["texts"] = self::block(page, "texts").into();
    data
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
        assert_eq!(page.matches("<script").count(), 4, "{name}");
        assert_eq!(page.matches("</script>").count(), 4, "{name}");
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
    let (_, block) = page.split_once("id=\"details\">").unwrap();
    let block = block.split("<script>").next().unwrap();
    let block = block.replace("</script>\n<script type=\"application/json\" id=\"", "");
    let block = block
        .replace("texts\">", "")
        .replace("data\">", "")
        .replace("</script>", "");
    for sign in [
        '<', '>', '&', '\u{2028}', '\u{2029}', '\u{202e}', '\u{1b}', '\0',
    ] {
        assert!(!block.contains(sign), "{sign:?} stands in the block");
    }
    let data = data(&page);
    let cases = data["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 3);
    let arms = cases[0]["arms"].as_array().unwrap();
    let output = said(&data, &arms[0]["shown"][0]["output"]);
    assert!(output.contains("]]> <b>&amp; 😀"), "{output}");
    assert_eq!(said(&data, &arms[1]["shown"][0]["output"]), "before");
    let head = page.split("id=\"details\">").next().unwrap();
    assert!(!head.contains("<c>"), "an evaluator's name is markup");
    assert!(head.contains("a&quot;b&lt;c&gt;"), "{head}");
}

/// The text that a place names.
fn said<'d>(data: &'d Value, place: &Value) -> &'d str {
    let place = place.as_u64().unwrap() as usize;
    data["texts"][place].as_str().unwrap()
}

fn named(wanted: &str) -> String {
    let mut all = pages().into_iter();
    all.find(|(name, _)| *name == wanted).unwrap().1
}

/// A case by its id.
fn case<'d>(data: &'d Value, id: &str) -> &'d Value {
    let mut cases = data["cases"].as_array().unwrap().iter();
    cases.find(|case| case["id"] == id).unwrap()
}

#[test]
fn failing_cases_come_with_their_reasons_and_with_what_was_sent() {
    let blocked = named("blocked");
    assert!(
        blocked.contains("role=\"img\" aria-label=\""),
        "no gate is drawn"
    );
    let data = data(&blocked);
    let case = case(&data, "refund-late");
    assert_eq!(case["vars"][0][0], "query");
    let (candidate, baseline) = (&case["arms"][0], &case["arms"][1]);
    assert_eq!(candidate["state"], "f");
    let shown = &candidate["shown"][0];
    let failed = &shown["scores"][1];
    let evaluator = failed[0].as_u64().unwrap() as usize;
    let info = &data["suites"][0]["evaluators"][evaluator];
    assert_eq!(info["name"], "refund-promise");
    assert_eq!(said(&data, &failed[2]), "found \"we will refund\" at 40");
    assert_eq!(shown["tokens"][0], 210);
    let system = |arm: &Value| said(&data, &arm["messages"][0][1]).to_owned();
    assert!(system(candidate).contains("customer-support@1.2.0"));
    assert_ne!(system(candidate), system(baseline));
    let faults = self::data(&named("undecided"));
    let fault = &faults["cases"][0]["arms"][0]["shown"][0]["fault"];
    assert_eq!(fault[0], "auth");
}

#[test]
fn a_text_that_cases_share_is_there_once() {
    let data = data(&named("blocked"));
    let texts = data["texts"].as_array().unwrap().iter();
    let systems = texts.filter(|text| text.as_str().unwrap().starts_with("You are kind"));
    assert_eq!(systems.count(), 2, "one a version");
}

#[test]
fn every_repeat_is_a_sign_and_those_that_went_wrong_are_whole() {
    let data = data(&named("repeats"));
    let arms = &case(&data, "flaky")["arms"];
    assert_eq!(arms[0]["repeats"], "pfp");
    assert_eq!(arms[0]["shown"].as_array().unwrap().len(), 3);
    let passing = arms[1]["shown"].as_array().unwrap();
    assert_eq!(passing.len(), 1, "a case that passes is shown once");
}

#[test]
fn models_of_a_suite_stand_side_by_side() {
    let page = named("models");
    let data = data(&page);
    let arms = case(&data, "first")["arms"].as_array().unwrap().iter();
    let outputs = arms.map(|arm| said(&data, &arm["shown"][0]["output"]));
    assert_eq!(outputs.collect::<Vec<_>>(), ["Hello.", "Hi."]);
    let versions = between(&page, "id=\"versions\"", "</table>");
    for model in ["openai/gpt-6-luna", "anthropic/claude-haiku-5-5"] {
        assert!(versions.contains(model), "{versions}");
    }
}
