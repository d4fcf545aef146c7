//! `check` on what a gate can find out: rows that ask nearly the same, and both error rates.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::project::Project;

const GATE: &str = "  - {metric: pass_rate, target: 0.95, floor: 0.9}\n";

fn questions(project: &Project, questions: &[String]) {
    project.version(
        "greeter",
        "1.0.0",
        "openai/gpt-6-luna",
        "Answer politely and in one sentence, whatever is asked: {{ name }}",
    );
    let row = |(n, question): (usize, &String)| {
        format!(
            "{{\"id\":\"case-{n}\",  \"vars\": {{\"name\": {}}} }}\r\n",
            Value::from(question.as_str())
        )
    };
    let rows: String = questions.iter().enumerate().map(row).collect();
    project.file("datasets/greet.jsonl", &rows);
    project.suite("greet", GATE);
}

fn distinct() -> Vec<String> {
    [
        "Where can I change the email address of my account?",
        "Which countries do you deliver to at the moment?",
        "My kettle leaks from the bottom after two weeks of use.",
        "Can I pay by invoice as a private customer?",
        "The colour of the scarf differs from the photo a lot.",
        "How long is the warranty on bicycle lights?",
        "Please cancel my membership before it renews next week.",
        "Do you repair zips of tents that were bought elsewhere?",
        "Why was my voucher refused at the checkout?",
        "Is the cotton of these shirts organic or conventional?",
        "Order 4711 has still not arrived, says Maria.",
        "Order 12 has still not arrived, says Tomasz.",
    ]
    .map(str::to_owned)
    .to_vec()
}

fn check(project: &Project) -> Value {
    let outcome = project.run(&["check", "--format", "json"]).exits(0);
    serde_json::from_str(&outcome.stdout).unwrap()
}

#[test]
fn near_duplicates_are_found_and_given_a_cluster() {
    let project = Project::empty();
    questions(&project, &distinct());
    let found = check(&project);
    assert_eq!(
        found["near_duplicates"][0]["groups"],
        json!([["case-10", "case-11"]])
    );
    let _ = project.run(&["check"]).exits(0).says(&[
        "2 rows ask nearly the same as another, in 1 group (case-10, case-11)",
        "datasets/greet.jsonl:11",
        "\"cluster\": \"near-case-10\"",
    ]);
    let before = project.read("datasets/greet.jsonl");
    let _ = project.run(&["check", "--suggest-clusters"]).exits(0);
    let after = project.read("datasets/greet.jsonl");
    // Nothing else of the file changes.
    assert_eq!(after.replace(", \"cluster\": \"near-case-10\"", ""), before);
    assert_eq!(after.matches("near-case-10").count(), 2);
    let again = check(&project);
    assert_eq!(again["near_duplicates"], json!([]));
    assert_eq!(again["suites"][0]["evidence_gates"][0]["cases"], 11);
}

#[test]
fn other_formats_get_their_clusters_printed() {
    let project = Project::empty();
    questions(&project, &distinct());
    let rows = format!(
        "\"{}\"
",
        distinct().join(
            "\"
\""
        )
    );
    project.file("datasets/greet.csv", &format!("name\n{rows}"));
    let suite = project
        .read("evals/greet.yaml")
        .replace("greet.jsonl", "greet.csv");
    project.file("evals/greet.yaml", &suite);
    let outcome = project.run(&["check", "--suggest-clusters"]).exits(0);
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    assert_eq!(lines, ["[\"11\",\"near-11\"]", "[\"12\",\"near-11\"]"]);
}

#[test]
fn hostile_rows_take_no_time() {
    let project = Project::empty();
    let mut rows = vec![
        "x".repeat(1_000_000),
        String::new(),
        "\u{202e}\u{0}é".to_owned(),
    ];
    rows.push("word ".repeat(200_000));
    rows.extend(vec![
        "The very same question again and again?".to_owned();
        5_000
    ]);
    questions(&project, &rows);
    let begun = Instant::now();
    let found = check(&project);
    assert!(begun.elapsed() < Duration::from_secs(60));
    let groups = found["near_duplicates"][0]["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 1);
    assert_eq!(groups[0].as_array().unwrap().len(), 5_000);
}

#[test]
fn both_error_rates_are_printed_for_every_evidence_gate() {
    let mut project = Project::greeting(60);
    project.set("OPENAI_API_KEY", "sk-test");
    project.production("greeter", "1.0.0");
    project.kindly();
    project.suite(
        "greet",
        &format!("{GATE}  - {{metric: pass_rate, baseline: true, margin: 0.05}}\n"),
    );
    let found = check(&project);
    let gates = &found["suites"][0]["evidence_gates"];
    let rate = |place: usize, key: &str| gates[place][key].as_f64().unwrap();
    // STATISTICS 2.8: at 60 cases the target is blocked 17.6 % of the time, and the floor passes 26.6 %.
    assert!((rate(0, "blocks_good") - 0.176).abs() < 0.006);
    assert!((rate(0, "passes_bad") - 0.266).abs() < 0.01);
    assert!(rate(1, "blocks_good") <= 0.05);
    let outcome = project.run(&["check"]).exits(0);
    let _ = outcome.says(&[
        "blocks 18 % of versions at the target, passes 27.1 %",
        "high-error-rate",
        "harmless changes",
        "found four times in five",
        "120 to 600 calls",
    ]);
}

#[test]
fn what_is_promised_counts_every_gate_that_shares_the_error_rate() {
    let project = Project::greeting(60);
    project.production("greeter", "1.0.0");
    project.kindly();
    let margin = "  - {metric: pass_rate, baseline: true, margin: 0.05}\n";
    let drop = |gates: &str| {
        project.suite("greet", gates);
        let found = check(&project);
        let gate = &found["suites"][0]["evidence_gates"][0];
        gate["smallest_detectable_drop"].as_f64().unwrap()
    };
    let alone = drop(margin);
    // The proof of broken cases takes its share, too.
    assert!(drop(&format!("{margin}  - {{metric: broken, max: 0}}\n")) > alone);
    assert!(drop(&format!("{margin}  - {{metric: pass_rate, min: 0.5}}\n")) <= alone);
}
