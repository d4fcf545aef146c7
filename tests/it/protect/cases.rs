//! Cases that are gone or expect something else, and datasets that cannot be compared.

use super::{expect, listed, provider, repository};

const ROWS: &str = r#"{"id": "a", "vars": {"name": "Ann"}, "expected": "hello", "critical": true, "tags": ["x"], "cluster": "k", "evaluators": [{"type": "contains", "value": "h"}]}
{"id": "b", "vars": {"name": "Bob"}}
{"id": "c", "vars": {"name": "Cid"}}
{"id": "d", "vars": {"name": "Dan"}}
{"id": "e", "vars": {"name": "Eve"}}
{"id": "f", "vars": {"name": "Fay"}}
{"id": "g", "vars": {"name": "Gus"}}
{"id": "h", "vars": {"name": "Hal"}}
"#;

#[test]
fn cases_that_are_removed_or_expect_something_else_are_listed_with_their_ids() {
    let fake = provider();
    let project = repository(&fake, "");
    project.git(&["checkout", "-q", "main"]);
    project.file("datasets/greet.jsonl", ROWS);
    project.commit("all");
    project.git(&["checkout", "-q", "-B", "work"]);
    let own = r#""evaluators": [{"type": "contains", "value": "h"}]"#;
    let more =
        r#""evaluators": [{"type": "contains", "value": "h"}, {"type": "contains", "value": "e"}]"#;
    let rest = ROWS.split_once('\n').unwrap().1;
    let (seven, _) = rest.split_once("{\"id\": \"h\"").unwrap();
    let rows: &[(&str, &str, &[&str])] = &[
        (
            "{\"id\": \"b\", \"vars\": {\"name\": \"Bob\"}}\n",
            "",
            &["cases removed: `b`"],
        ),
        (
            rest,
            &rest[seven.len()..],
            &["cases removed: `b`, `c`, `d`, `e`, `f` and 1 more"],
        ),
        ("Bob", "Bea", &["cases changed: `b` (vars)"]),
        (
            "\"expected\": \"hello\"",
            "\"expected\": \"hi\"",
            &["cases changed: `a` (expected)"],
        ),
        (
            "\"critical\": true, ",
            "",
            &["cases changed: `a` (critical)"],
        ),
        (
            own,
            "\"evaluators\": []",
            &["cases changed: `a` (evaluators)"],
        ),
        ("[\"x\"]", "[]", &["cases changed: `a` (tags)"]),
        (
            "\"cluster\": \"k\", ",
            "",
            &["cases changed: `a` (cluster)"],
        ),
        (own, more, &[]),
        ("[\"x\"]", "[\"x\", \"y\"]", &[]),
        (
            "{\"name\": \"Bob\"}",
            "{\"name\": \"Bob\"}, \"critical\": true, \"cluster\": \"z\"",
            &[],
        ),
        (
            "{\"id\": \"b\"",
            "{\"id\": \"new\", \"vars\": {\"name\": \"Nan\"}}\n{\"id\": \"b\"",
            &[],
        ),
    ];
    expect(&project, "datasets/greet.jsonl", rows);
}

#[test]
fn a_logged_answer_that_is_edited_is_listed() {
    let fake = provider();
    let project = repository(&fake, "");
    project.git(&["checkout", "-q", "main"]);
    std::fs::remove_file(project.path("evals/greet.yaml")).unwrap();
    let row = |id: &str| {
        format!("{{\"id\": \"{id}\", \"vars\": {{\"name\": \"x\"}}, \"output\": \"hello {id}\"}}\n")
    };
    project.file("datasets/greet.jsonl", &[row("a"), row("b")].concat());
    project.commit("all");
    project.git(&["checkout", "-q", "-B", "work"]);
    expect(
        &project,
        "datasets/greet.jsonl",
        &[("hello a", "hello!", &["cases changed: `a` (output)"])],
    );
}

#[test]
fn a_suite_that_reads_another_dataset_is_held_to_the_cases_it_had() {
    let fake = provider();
    let project = repository(&fake, "");
    let rows = project.read("datasets/greet.jsonl");
    let (first, rest) = rows.split_once('\n').unwrap();
    project.file("datasets/less.csv", "id,name\ncase-1,user 1\n");
    project.file("datasets/same.jsonl", &format!("{rest}{first}\n"));
    let suite = project.read("evals/greet.yaml");
    let of = |name: &str| suite.replace("datasets/greet.jsonl", name);
    project.file("evals/greet.yaml", &of("./datasets/same.jsonl"));
    assert_eq!(listed(&project), [""; 0]);
    project.file("evals/greet.yaml", &of("datasets/less.csv"));
    let line = "datasets/less.csv: cases removed: `case-0`, `case-2`, `case-3`, `case-4`, `case-5` and 2 more";
    assert_eq!(listed(&project), [line]);
}

#[test]
fn a_dataset_that_the_merge_base_does_not_show_is_listed_as_such() {
    let fake = provider();
    let project = repository(&fake, "");
    project.git(&["checkout", "-q", "main"]);
    project.git(&["rm", "-q", "--cached", "datasets/greet.jsonl"]);
    project.file(".gitignore", ".prompteval/\nreport.*\ndatasets/\n");
    project.commit("all");
    project.git(&["checkout", "-q", "-B", "work"]);
    let line = "datasets/greet.jsonl: cannot be compared with the merge base: it does not have `datasets/greet.jsonl`";
    assert_eq!(listed(&project), [line]);
}

#[cfg(unix)]
#[test]
fn a_dataset_behind_a_link_is_compared_with_what_the_link_led_to() {
    let fake = provider();
    let project = repository(&fake, "");
    project.git(&["checkout", "-q", "main"]);
    std::fs::rename(project.path("datasets"), project.path("real")).unwrap();
    std::os::unix::fs::symlink("real", project.path("datasets")).unwrap();
    project.commit("all");
    project.git(&["checkout", "-q", "-B", "work"]);
    let rows = project.read("datasets/greet.jsonl");
    let (_, rest) = rows.split_once('\n').unwrap();
    project.file("real/greet.jsonl", rest);
    assert_eq!(
        listed(&project),
        ["datasets/greet.jsonl: cases removed: `case-0`"]
    );
}

#[test]
fn rows_that_only_repeat_others_are_listed_and_new_ones_are_not() {
    let fake = provider();
    let project = repository(&fake, "");
    let rows = project.read("datasets/greet.jsonl");
    let copies = r#"{"id": "again", "vars": {"name": "user 1"}, "tags": ["easy"]}
{"id": "new", "vars": {"name": "user 100"}}
{"id": "new-again", "vars": {"name": "user 100"}}
{"id": "other", "vars": {"name": "user 1"}, "expected": "a greeting"}
"#;
    project.file("datasets/greet.jsonl", &format!("{rows}{copies}"));
    assert_eq!(
        listed(&project),
        ["datasets/greet.jsonl: cases added that only repeat others: `again`, `new-again`"]
    );
}
