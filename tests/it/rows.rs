//! Mistakes in the rows of datasets, also of large ones, which several threads go through.

use crate::project::Project;

#[test]
fn mistakes_in_rows_are_met_in_order_and_counted_over_all_parts_of_a_large_dataset() {
    let project = Project::greeting(0);
    let row = |n: usize| {
        let name = if n % 10 == 3 { "nome" } else { "name" };
        format!("{{\"id\": \"case-{n}\", \"vars\": {{\"{name}\": \"user {n}\"}}}}\n")
    };
    let rows: String = (0..9_000).map(row).collect();
    project.file("datasets/greet.jsonl", &rows);
    let _ = project.run(&["check"]).exits(2).says(&[
        "for the case `case-3` (datasets/greet.jsonl line 4) and 899 more",
        "1 problem found",
    ]);
    let own = |n: usize| {
        let own = if n % 300 == 7 { "reverse" } else { "contains" };
        format!(
            "{{\"id\": \"case-{n}\", \"vars\": {{\"name\": \"user {n}\"}}, \"evaluators\": [{{\"type\": \"{own}\", \"value\": \"x\"}}]}}\n"
        )
    };
    let rows: String = (0..9_000).map(own).collect();
    project.file("datasets/greet.jsonl", &rows);
    let said = project.run(&["check"]).exits(2).says(&["and 10 more"]);
    let named = |n: usize| {
        said.stderr
            .contains(&format!("datasets/greet.jsonl:{}:", n + 1))
    };
    assert!(named(7) && named(2_707) && !named(3_007), "{}", said.stderr);
}

#[test]
fn an_evaluator_of_a_row_is_named_by_file_and_line() {
    let project = Project::greeting(3);
    project.suite("greet", "");
    for (path, text) in [
        (
            "datasets/greet.jsonl",
            "{\"vars\": {\"name\": \"a\"}}\n{\"vars\": {\"name\": \"b\"}, \"evaluators\": [{\"type\": \"regex\", \"value\": \"((\"}]}\n",
        ),
        (
            "datasets/greet.yaml",
            "- vars: {name: a}\n- {vars: {name: b}, evaluators: [{type: regex, value: \"((\"}]}\n",
        ),
        (
            "datasets/greet.csv",
            "name,__expected\na,equals: x\nb,\"regex:((\"\n",
        ),
    ] {
        project.file(path, text);
        let suite = project.read("evals/greet.yaml");
        let own = suite
            .split("dataset: ")
            .nth(1)
            .unwrap()
            .lines()
            .next()
            .unwrap();
        project.file("evals/greet.yaml", &suite.replace(own, path));
        let line = if path.ends_with("csv") { 3 } else { 2 };
        let checked = project.run(&["check"]).exits(2);
        let _ = checked.says(&[&format!("{path}:{line}:"), "is no regular expression"]);
    }
}
