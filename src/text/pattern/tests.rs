//! The same answers as fancy-regex, and an end on every text.

use proptest::prelude::*;

use super::{Engine, Pattern, Steps, back, one_pass};

fn found<'t>(pattern: &str, text: &'t str) -> Option<&'t str> {
    let pattern = Pattern::new(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
    pattern.find(text).unwrap()
}

fn is_linear(pattern: &str) -> bool {
    matches!(Pattern::new(pattern).unwrap().engine, Engine::Linear(_))
}

/// Every engine that can take the pattern.
fn by_each(pattern: &Pattern, text: &str) -> Vec<Option<(usize, usize)>> {
    let mut steps = Steps(20_000_000);
    match &pattern.engine {
        Engine::Linear(linear) => vec![
            linear.find(text, 1, &mut steps).unwrap(),
            linear.find(text, u64::MAX, &mut steps).unwrap(),
            linear.count(text, &mut steps).unwrap(),
        ],
        Engine::Around {
            back: one,
            one_pass: other,
        } => vec![
            back::find(one, text, &mut steps).unwrap(),
            one_pass::find(other, text, &mut steps).unwrap(),
        ],
        Engine::Back(program) => vec![back::find(program, text, &mut steps).unwrap()],
    }
}

fn agrees(source: &str, text: &str) {
    let Ok(theirs) = fancy_regex::Regex::new(source) else {
        return;
    };
    let Ok(theirs) = theirs.find(text) else {
        return;
    };
    let theirs = theirs.map(|found| (found.start(), found.end()));
    let pattern = Pattern::new(source).unwrap_or_else(|error| panic!("{source}: {error}"));
    for ours in by_each(&pattern, text) {
        assert_eq!(ours, theirs, "{source:?} on {text:?}");
    }
}

const PARTS: &[&str] = &[
    "a",
    "b",
    "ab",
    "é",
    ".",
    "(?s:.)",
    "[ab]",
    "[^a]",
    "\\w",
    "\\W",
    "\\d",
    "\\s",
    "^",
    "$",
    "(?m:^)",
    "(?m:$)",
    "\\b",
    "\\B",
    "(?i:A)",
    "a*",
    "a+?",
    "b?",
    "b??",
    "(?:ab)*",
    "(?:a|b)+",
    "(?:a|ab)",
    "(?:ab|a)",
    "(a)",
    "(b|é)",
    "a{2}",
    "a{1,2}",
    "(?:a*)*",
    "(?:a|)*",
    "(?:a?b?)+?",
    "(?=a)",
    "(?!b)",
    "(?=.*b)",
    "(?!.*b)",
    "(?<=a)",
    "(?<!b)",
    "(?<=ab)",
    "(?=a(?!b))",
    "(?<=(?<!a)b)",
    "(?=\\b)",
    "\\Z",
    "\\A",
    "\\z",
    "|",
    "\\h",
    "\\x61",
    "[[:alpha:]]",
    "\\p{L}",
];

const HARD: &[&str] = &[
    "\\1",
    "(?>a*)",
    "(?>a|ab)",
    "a++",
    "(?(1)a|b)",
    "(?i:\\1)",
    "(?=(a))",
    "(?!(b))",
    "(a|b)*",
    "(?>(a)b)",
    "(?:(a)|b)*",
    "\\K",
    "(?=\\1)",
    "(?:\\1a|(b))+",
];

#[test]
fn single_parts_agree_with_fancy_regex() {
    let texts = [
        "", "a", "b", "ab", "aab", "ba\nab", "éa b", "aaaa", "1 a", "A", "\n", "ab\n\n",
    ];
    for part in PARTS.iter().chain(HARD) {
        for text in texts {
            agrees(part, text);
            agrees(&format!("(a)?{part}b"), text);
            agrees(&format!("(.)(?:{part}|b)\\1?"), text);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn any_parts_agree_with_fancy_regex(
        parts in prop::collection::vec(prop::sample::select(PARTS), 1..6),
        hard in prop::option::of(prop::sample::select(HARD)),
        at in 0_usize..6,
        text in "[abé\\n 1A]{0,9}",
    ) {
        let mut parts = parts;
        if let Some(hard) = hard {
            parts.insert(at.min(parts.len()), hard);
            parts.insert(0, "(a)?");
        }
        agrees(&parts.concat(), &text);
    }
}

#[test]
fn what_needs_no_going_back_is_linear() {
    for pattern in [
        r"(?i)\border #\d{5,}\b",
        "^a|b$",
        r"(\w+) (\w+)",
        "[a-z]{3,}?",
    ] {
        assert!(is_linear(pattern), "{pattern}");
    }
    assert!(!is_linear("a(?=b)"));
}

#[test]
fn look_arounds_are_decided_on_a_long_text_whatever_they_look_for() {
    let long = "a".repeat(200_000);
    for (pattern, matches) in [
        ("(?=a*b)x", false),
        ("(?!.*sorry).*refund", false),
        ("(?!.*a$).", false),
        ("^(?=.*a)(?!.*b).*$", true),
        ("(?<=^.{1000})a", true),
        ("(?<!a)b|(?<=a+)c", false),
    ] {
        assert_eq!(found(pattern, &long).is_some(), matches, "{pattern}");
    }
}

#[test]
fn a_search_that_goes_back_without_end_is_given_up() {
    let text = "a".repeat(40) + "b";
    for pattern in [
        "^(a|a)*\\1$",
        "(?>(?:a|a)*c)",
        "((a*)*)\\2c",
        "(?:(?=(a+))\\1)*\\1c",
    ] {
        let pattern = Pattern::new(pattern).unwrap();
        assert!(!pattern.is_quick(1));
        if let Ok(found) = pattern.find(&text) {
            assert_eq!(found, None, "{pattern:?}");
        }
    }
    assert!(Pattern::new("^(a|a)*\\1$").unwrap().find(&text).is_err());
}

#[test]
fn what_would_be_too_large_is_refused_at_once() {
    for (pattern, told) in [
        ("(a{1000}){1000}", "parts"),
        ("(?=a{1000}{1000}|(a{9999}){9999})", "parts"),
        ("\\w{100000}", "parts"),
        (&"\\w".repeat(100_000), "parts"),
        ("a{4294967296}", "too many"),
        ("a{3,2}", "at least 3"),
        ("(a)\\2", "back reference"),
        ("\\g<1>(a)", "\\g"),
        ("(", "parenthesis"),
        (&("(".repeat(100_000) + &")".repeat(100_000)), "nested"),
        ("(?<=(a)*\\1)b", "look-behind"),
    ] {
        let error = Pattern::new(pattern).unwrap_err().to_lowercase();
        assert!(
            error.contains(told),
            "{}: {error}",
            &pattern[..5.min(pattern.len())]
        );
    }
}
