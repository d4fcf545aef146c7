//! What `check` says a run would cost at most: bounds where they are known, and what is not known with the way to fix it.

use crate::project::Project;

const MODEL: &str = "openai/house-model";

fn cost(project: &Project) -> f64 {
    let outcome = project.run(&["check", "--format", "json"]).exits(0);
    let report: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(report["unbounded"], serde_json::json!([]), "{report}");
    report["cost_usd_at_most"].as_f64().unwrap()
}

/// A version whose answers take 20 tokens at most and cost nothing, and a judge whose answers have this setting.
fn judged(params: &str) -> Project {
    let project = Project::greeting(1);
    let prices = format!(
        "prices: {{{MODEL}: {{input: 0, output: 0}}, openai/judge: {{input: 1, output: 100}}}}"
    );
    project.file("prompteval.yaml", &format!("version: 1\n{prices}\n"));
    project.version("greeter", "1.0.0", MODEL, "Greet {{ name }}.");
    project.bounded("greeter", "1.0.0");
    let judge = format!("{{model: openai/judge, params: {{{params}}}}}");
    let suite = format!(
        "prompt: greeter\ndataset: datasets/greet.jsonl\nevaluators:\n  - {{type: llm-rubric, name: kind, value: Is kind., model: {judge}}}\ngates:\n  - {{metric: pass_rate, min: 1.0}}\n"
    );
    project.file("evals/greet.yaml", &suite);
    project
}

#[test]
fn a_judges_cost_is_what_its_request_allows() {
    let (short, long) = (
        cost(&judged("max_tokens: 100")),
        cost(&judged("max_tokens: 10_000")),
    );
    // 9,900 tokens at $100 per million.
    assert!((long - short - 0.99).abs() < 1e-9, "{short} {long}");
    // It reads the answer, which may have 20 tokens, and its instructions.
    assert!(short > 0.01 + 20e-6 && short < 0.02, "{short}");
    // What the answer may be longer is what the judge reads more.
    let project = judged("max_tokens: 100");
    let path = "prompts/greeter/1.0.0.yaml";
    let text = project
        .read(path)
        .replace("max_tokens: 20", "max_tokens: 1020");
    project.file(path, &text);
    assert!((cost(&project) - short - 1e-3).abs() < 1e-9);
}

#[test]
fn a_judge_whose_answers_nothing_bounds_is_named() {
    let project = judged("");
    let told = [
        "nothing bounds the length of an answer of openai/judge: write `params: {max_tokens: 1000}`",
    ];
    let outcome = project.run(&["check"]).exits(0).says(&told);
    assert!(
        outcome.stdout.contains("cost: unknown (prices of "),
        "{}",
        outcome.stdout
    );
}

#[test]
fn a_price_that_is_not_known_is_named_with_the_way_to_set_it() {
    let project = Project::greeting(1);
    project.version("greeter", "1.0.0", MODEL, "Greet {{ name }}.");
    project.bounded("greeter", "1.0.0");
    let outcome = project.run(&["check"]).exits(0).says(&[
        "cost: unknown (prices of ",
        "the price of openai/house-model is unknown: add it to prompteval.yaml, in US dollars per million tokens: `prices: {openai/house-model: {input: 1.00, output: 5.00}}`",
    ]);
    assert!(
        !outcome.stdout.contains("as long as allowed"),
        "{}",
        outcome.stdout
    );
    // What is written into the file as it was told is what tells the cost.
    project.file(
        "prompteval.yaml",
        "version: 1\nprices: {openai/house-model: {input: 1.00, output: 5.00}}\n",
    );
    let _ = project
        .run(&["check"])
        .exits(0)
        .says(&["cost: at most about $0.0001, if every answer is as long as allowed"]);
}
