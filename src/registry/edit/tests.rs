//! Edits of odd files: what is meant changes, every other byte stays; what is not understood is refused.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{EntryChange, set_changelog, set_entries};
use crate::source::Source;

fn source(text: &str) -> Source {
    Source::row("prompts/f/family.yaml".into(), text, 1)
}

fn change(version: &str, fields: Value) -> EntryChange {
    let Value::Object(fields) = fields else {
        panic!("{fields}")
    };
    EntryChange {
        version: version.parse().unwrap(),
        fields,
    }
}

/// What a move to canary writes.
fn canary(version: &str) -> EntryChange {
    let fields = json!({"status": "canary", "sha256": "abc1", "traffic": 0.05, "includes": null, "override": null});
    change(version, fields)
}

fn edited(text: &str, changes: &[EntryChange]) -> String {
    set_entries(&source(text), changes).unwrap_or_else(|problem| panic!("{problem:?}\n{text}"))
}

#[test]
fn an_entry_is_changed_where_it_stands_and_nothing_else_is() {
    for (before, after) in [
        (
            "owner: us # we\nversions:\n  # the first\n  1.0.0: {status: testing, sha256: abc1} # see #12\nsegments: {a: 1.0.0}\n",
            "owner: us # we\nversions:\n  # the first\n  1.0.0: {status: canary, sha256: abc1, traffic: 0.05} # see #12\nsegments: {a: 1.0.0}\n",
        ),
        (
            "versions:\n  1.0.0:\n    status: draft   # not yet\n\n    # why?\n  1.1.0: {status: draft}\n",
            "versions:\n  1.0.0:\n    status: canary   # not yet\n    sha256: abc1\n    traffic: 0.05\n\n    # why?\n  1.1.0: {status: draft}\n",
        ),
        (
            "versions:\r\n  '1.0.0':\r\n    'status': 'draft'\r\n    \"sha256\": \"abc1\"",
            "versions:\r\n  '1.0.0':\r\n    'status': 'canary'\r\n    \"sha256\": \"abc1\"\r\n    \"traffic\": 0.05",
        ),
        (
            "{\"versions\": {\"1.0.0\": {\"status\": \"draft\"}}, \"tags\": [\"x\"]}",
            "{\"versions\": {\"1.0.0\": {\"status\": \"canary\", \"sha256\": \"abc1\", \"traffic\": 0.05}}, \"tags\": [\"x\"]}",
        ),
        (
            "versions:\n    1.0.0: {\n      status: draft, # a\n      sha256: abc1, # b\n    }\n",
            "versions:\n    1.0.0: {\n      status: canary, # a\n      sha256: abc1, traffic: 0.05, # b\n    }\n",
        ),
        (
            "versions:\n  1.0.0:\n    includes:\n      a.md: 12\n      b.md: x # y\n    status: draft\ntags: [a]\n",
            "versions:\n  1.0.0:\n    status: canary\n    sha256: abc1\n    traffic: 0.05\ntags: [a]\n",
        ),
        (
            "versions:\n  1.0.0: {override: 'it''s, {fine}', status: testing, includes: {a.md: \"}\"}}\n",
            "versions:\n  1.0.0: {status: canary, sha256: abc1, traffic: 0.05}\n",
        ),
    ] {
        assert_eq!(edited(before, &[canary("1.0.0")]), after);
    }
}

#[test]
fn keys_are_taken_out_with_what_belongs_to_them() {
    let draft = json!({"status": "draft", "sha256": null, "traffic": null, "includes": null, "override": null});
    for (before, after) in [
        (
            "versions:\n  1.0.0: {status: testing, sha256: abc1, override: 'a, b', includes: {a: b}}\n",
            "versions:\n  1.0.0: {status: draft}\n",
        ),
        (
            "versions:\n  1.0.0:\n    status: testing\n    override: |\n      a\n\n      b: c\n\n    sha256: abc1",
            "versions:\n  1.0.0:\n    status: draft",
        ),
        (
            "versions:\n  1.0.0: {\n    status: testing, # kept\n    sha256: abc1, # too\n    traffic: 0.1\n  }\n",
            "versions:\n  1.0.0: {\n    status: draft, # kept\n     # too\n    \n  }\n",
        ),
        (
            "versions:\n  1.0.0:\n    status: testing\n    override: one\n      two # c\n  1.1.0: {status: draft}\n",
            "versions:\n  1.0.0:\n    status: draft\n  1.1.0: {status: draft}\n",
        ),
    ] {
        assert_eq!(edited(before, &[change("1.0.0", draft.clone())]), after);
    }
}

#[test]
fn a_version_without_an_entry_gets_one_in_the_manner_of_the_others() {
    let entry = "1.2.0: {status: canary, sha256: abc1, traffic: 0.05}";
    for (before, after) in [
        ("", format!("versions:\n  {entry}\n")),
        (
            "# nothing yet\n",
            format!("# nothing yet\nversions:\n  {entry}\n"),
        ),
        (
            "owner: us",
            format!("owner: us\nversions:\n  {entry}"),
        ),
        (
            "owner: us\r\nversions: # none\r\n",
            format!("owner: us\r\nversions: # none\r\n  {entry}\r\n"),
        ),
        ("versions: {}\n", format!("versions: {{{entry}}}\n")),
        ("versions: ~ # none\n", format!("versions: {{{entry}}} # none\n")),
        (
            "versions:\n    1.1.0: {status: draft}  # a\nowner: us\n",
            format!("versions:\n    1.1.0: {{status: draft}}  # a\n    {entry}\nowner: us\n"),
        ),
        (
            "versions: {1.1.0: {status: draft}}\n",
            format!("versions: {{1.1.0: {{status: draft}}, {entry}}}\n"),
        ),
        (
            "versions: {\n  1.1.0: {status: draft}, # a\n}\n",
            format!("versions: {{\n  1.1.0: {{status: draft}},\n  {entry}, # a\n}}\n"),
        ),
        (
            "versions:\n \"1.1.0\":\n    status: testing\n    sha256: x\n# end\n",
            "versions:\n \"1.1.0\":\n    status: testing\n    sha256: x\n \"1.2.0\":\n    status: canary\n    sha256: abc1\n    traffic: 0.05\n# end\n".to_owned(),
        ),
        (
            "---\nversions:\n  1.1.0:\n    status: testing\n    override: >-\n      long\n\n      text\n\nowner: us\n",
            "---\nversions:\n  1.1.0:\n    status: testing\n    override: >-\n      long\n\n      text\n  1.2.0:\n    status: canary\n    sha256: abc1\n    traffic: 0.05\n\nowner: us\n".to_owned(),
        ),
    ] {
        assert_eq!(edited(before, &[canary("1.2.0")]), after, "{before}");
    }
}

#[test]
fn what_is_not_understood_is_refused_with_what_to_write() {
    for text in [
        "versions:\n  1.0.0: &a {status: testing}\n  1.1.0: *a\n",
        "versions:\n  ? 1.0.0\n  : {status: testing}\n",
        "versions:\n  1.0.0: !x {status: testing}\n",
        "versions:\n  1.0.0:\n    status:\n      testing\n",
        "base: &b {1.0.0: {status: testing}}\nversions: *b\n",
    ] {
        let Err(problem) = set_entries(&source(text), &[canary("1.0.0")]) else {
            panic!("{text} was edited")
        };
        if problem.code == "cannot-edit" {
            let hint = problem.hint.unwrap();
            let entry = "`1.0.0: {status: canary, sha256: abc1, traffic: 0.05}`";
            assert!(hint.contains(entry), "{hint}");
        }
    }
    for text in ["a: b\n...\n", "{a: b}", "versions: [1]\n", "versions: x\n"] {
        assert!(
            set_entries(&source(text), &[canary("1.0.0")]).is_err(),
            "{text}"
        );
    }
}

#[test]
fn odd_reasons_and_hashes_are_written_so_that_they_read_the_same() {
    let hash = "12345678901234567890123456789012345678901234567890123456789012e4";
    for reason in [
        "yes",
        "a: b",
        "it's \"so\"",
        "# no",
        "two\nlines",
        "{x}",
        "é ☃",
        "\u{7f}\t",
        "\u{2028}\u{feff}",
        "null",
        "-",
    ] {
        let fields = json!({"status": "canary", "sha256": hash, "override": reason, "includes": {"a b.md": "1e5", "c.md": "9"}});
        for text in [
            "",
            "versions:\n  1.0.0:\n    status: testing\n",
            "versions: {'1.0.0': {'status': 'testing'}}",
        ] {
            let new = edited(text, &[change("1.0.0", fields.clone())]);
            assert_eq!(
                source(&new).yaml().unwrap().json()["versions"]["1.0.0"],
                fields
            );
        }
    }
}

#[test]
fn a_changelog_is_set_and_nothing_else() {
    for (before, after) in [
        (
            "changelog: Old # why\nmodel: a/b\n",
            "changelog: New: \"text\" # why\nmodel: a/b\n",
        ),
        (
            "# top\nmodel: a/b\nuser: x",
            "# top\nchangelog: New: \"text\"\nmodel: a/b\nuser: x",
        ),
        (
            "changelog: >-\r\n  Old\r\n\r\n  text\r\n\r\n# why\r\nmodel: a/b\r\n",
            "changelog: New: \"text\"\r\n\r\n# why\r\nmodel: a/b\r\n",
        ),
        (
            "model: a/b\nchangelog: one\n  two\n  three # x\nuser: y\n",
            "model: a/b\nchangelog: New: \"text\" # x\nuser: y\n",
        ),
        (
            "changelog: 'it''s\n  old'\nuser: y\n",
            "changelog: New: \"text\"\nuser: y\n",
        ),
        (
            "changelog:\nuser: y\n",
            "changelog: New: \"text\"\nuser: y\n",
        ),
        (
            "{changelog: old, user: y}",
            "{changelog: New: \"text\", user: y}",
        ),
        (
            "user: |\n  changelog: x\nchangelog: \"a # b\"\n",
            "user: |\n  changelog: x\nchangelog: New: \"text\"\n",
        ),
    ] {
        let after = after.replace("New: \"text\"", "\"New: \\\"text\\\"\"");
        assert_eq!(
            set_changelog(&source(before), "New: \"text\"").unwrap(),
            after
        );
    }
    assert_eq!(
        set_changelog(&source("changelog: a\nuser: b\n"), "Plain words, no more.").unwrap(),
        "changelog: Plain words, no more.\nuser: b\n"
    );
    for text in [
        "changelog: &a x\nuser: *a\n",
        "changelog: !!str x\nuser: y\n",
        "changelog:\n  x\nuser: y\n",
    ] {
        assert!(set_changelog(&source(text), "New").is_err(), "{text}");
    }
}

/// A file made of pieces that people write, so that every mix of them is met.
fn odd_file() -> impl Strategy<Value = String> {
    let status = prop::sample::select(vec!["draft", "'testing'", "\"shadow\""]);
    let more = prop::sample::select(vec![
        ("", ""),
        ("sha256", "abc1"),
        ("override", "'a, b # c'"),
        ("includes", "{a.md: \"}\", 'b c.md': x}"),
        ("traffic", "0.5"),
    ]);
    let entry = (
        status,
        more,
        0..3_usize,
        prop::sample::select(vec!["", " # note", "  # {\"'"]),
    );
    (
        prop::collection::vec(entry, 0..5),
        any::<bool>(),
        any::<bool>(),
        1..4_usize,
    )
        .prop_map(|(entries, windows, ends, indent)| {
            let mut text = "# family\nowner: us # {we}\nversions:\n".to_owned();
            for (minor, (status, (key, value), style, note)) in entries.iter().enumerate() {
                let pad = " ".repeat(indent);
                let field = |gap: &str| {
                    if key.is_empty() {
                        String::new()
                    } else {
                        format!("{gap}{key}: {value}")
                    }
                };
                let entry = match style {
                    0 => format!(
                        "{pad}1.{minor}.0: {{status: {status}{}}}{note}\n",
                        field(", ")
                    ),
                    1 => format!(
                        "{pad}1.{minor}.0:\n{pad}  status: {status}{note}\n{}\n",
                        field(&format!("{pad}  "))
                    ),
                    _ => format!(
                        "{pad}'1.{minor}.0': {{\n{pad}  status: {status},{note}\n{}\n{pad}  }}\n",
                        field(&format!("{pad}    "))
                    ),
                };
                text.push_str(&entry);
            }
            text += "\n# segments\nsegments: {}";
            if ends {
                text.push('\n');
            }
            if windows {
                text.replace('\n', "\r\n")
            } else {
                text
            }
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn other_lines_stay_and_the_entry_says_what_was_meant(text in odd_file(), minor in 0..6_u64, traffic in prop::option::of(0.001..0.999)) {
        let fields = json!({"status": "canary", "sha256": "f00", "traffic": traffic, "includes": null, "override": "so: it is"});
        let version = format!("1.{minor}.0");
        let new = edited(&text, &[change(&version, fields)]);
        let (old, read) = (source(&text).yaml().unwrap().json(), source(&new).yaml().unwrap().json());
        let entry = &read["versions"][&version];
        prop_assert_eq!(&entry["status"], "canary");
        prop_assert_eq!(entry["traffic"].as_f64(), traffic);
        prop_assert_eq!(entry.get("includes"), None);
        for (number, other) in old["versions"].as_object().into_iter().flatten().filter(|(number, _)| **number != version) {
            prop_assert_eq!(&read["versions"][number], other);
        }
        for comment in text.lines().filter(|line| line.trim_start().starts_with('#')) {
            prop_assert!(new.contains(comment));
        }
        prop_assert_eq!(text.matches("\r\n").count() == text.matches('\n').count(), new.matches("\r\n").count() == new.matches('\n').count());
        prop_assert_eq!(text.ends_with('\n'), new.ends_with('\n'));
    }
}
