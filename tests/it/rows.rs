//! Mistakes in the rows of large datasets, which several threads go through.

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
    let said = project.run(&["check"]).exits(2);
    let named = |n: usize| {
        said.stderr
            .contains(&format!("datasets/greet.jsonl:{}:", n + 1))
    };
    assert!(named(7) && named(5_707) && !named(6_007), "{}", said.stderr);
}
