//! A key that is there twice: in rows of JSON at every depth, and in YAML.

use crate::project::Project;

fn refused(project: &Project, texts: &[&str]) {
    let outcome = project.run(&["check"]).exits(2).says(texts);
    assert!(
        !outcome.stderr.contains("DuplicateKey") && !outcome.stderr.contains("duplicate_keys"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn in_a_row_of_json_at_every_depth() {
    for (row, key, columns) in [
        (
            r#"{"vars": {"name": "a"}, "vars": {"name": "b"}}"#,
            "vars",
            "in column 2, and again in column 25",
        ),
        (
            r#"{"vars": {"name": "a", "name": "b"}}"#,
            "name",
            "in column 11, and again in column 24",
        ),
        (
            r#"{"vars": {"name": "a"}, "expected": [{"x": {"y": 1, "y": 1}}]}"#,
            "y",
            "in column 45, and again in column 53",
        ),
        (
            r#"{"vars": {"name": "a"}, "threshold": 0.5, "evaluators": [{"type": "equals", "type": "regex", "value": "x"}]}"#,
            "type",
            "in column 59, and again in column 77",
        ),
    ] {
        let project = Project::greeting(1);
        let rows = project.read("datasets/greet.jsonl");
        project.file("datasets/greet.jsonl", &format!("{rows}{row}\n"));
        let key = format!("the key `{key}` is there twice in one object");
        refused(
            &project,
            &[
                "error[duplicate-key]",
                "datasets/greet.jsonl:2:",
                &key,
                columns,
            ],
        );
    }
}

#[test]
fn in_yaml_the_lines_of_both_are_named() {
    let project = Project::greeting(1);
    let suite = project.read("evals/greet.yaml");
    project.file(
        "evals/greet.yaml",
        &format!("{suite}dataset: other.jsonl\n"),
    );
    let twice = "the key `dataset` is there twice in one mapping: on line 2, and again on line 7";
    refused(
        &project,
        &["error[duplicate-key]", "evals/greet.yaml:7:1", twice],
    );
    let project = Project::greeting(1);
    project.file(
        "datasets/d.yaml",
        "- vars: {name: x}\n- vars:\n    name: a\n    more: b\n    name: c\n",
    );
    let suite = project
        .read("evals/greet.yaml")
        .replace("greet.jsonl", "d.yaml");
    project.file("evals/greet.yaml", &suite);
    let twice = "the key `name` is there twice in one mapping: on line 3, and again on line 5";
    refused(&project, &["datasets/d.yaml:5:5", twice]);
}
