//! What prompteval.yaml gives up.

use super::{expect, listed, provider, repository};

const MORE: &str = "\
evidence: {sources: [live, cache], max_age: 10d, addresses: [\"https://a.example/v1\"]}
providers: {local: {kind: openai, base_url: \"http://127.0.0.1:9/v1\"}}
prices: {local/x: {input: 2, output: 3}}
protect: block
";

#[test]
fn settings_that_are_given_up_are_listed_and_stricter_ones_are_not() {
    let fake = provider();
    let project = repository(&fake, MORE);
    let rows: &[(&str, &str, &[&str])] = &[
        ("protect: block\n", "", &["`protect` was block and is warn"]),
        (
            "[live, cache]",
            "[live, cache, recorded, logged]",
            &["`evidence.sources` widened: recorded, logged answers count, too"],
        ),
        ("[live, cache]", "[live]", &[]),
        (
            "max_age: 10d",
            "max_age: 20d",
            &["`evidence.max_age` raised: older evidence counts"],
        ),
        (
            "max_age: 10d",
            "max_age: none",
            &["`evidence.max_age` raised: older evidence counts"],
        ),
        ("max_age: 10d", "max_age: 5d", &[]),
        (
            "[\"https://a.example/v1\"]",
            "[\"https://a.example/v1\", \"https://b.example/v1\"]",
            &["`evidence.addresses` widened: answers of other addresses count"],
        ),
        (
            ", addresses: [\"https://a.example/v1\"]",
            "",
            &["`evidence.addresses` widened: answers of other addresses count"],
        ),
        (
            "127.0.0.1:9",
            "127.0.0.1:8",
            &["provider `local` is of another kind or address"],
        ),
        (
            "providers: {",
            "providers: {anthropic: {base_url: \"http://127.0.0.1:7\"}, ",
            &["provider `anthropic` is of another kind or address"],
        ),
        (
            "providers: {",
            "providers: {new: {kind: openai, base_url: \"http://127.0.0.1:7\"}, ",
            &[],
        ),
        (
            "input: 2",
            "input: 1",
            &["the price of `local/x` is lower or gone"],
        ),
        ("input: 2", "input: 4", &[]),
    ];
    expect(&project, "prompteval.yaml", rows);
}

#[test]
fn protection_that_is_raised_is_not_listed() {
    let fake = provider();
    let project = repository(&fake, "");
    expect(
        &project,
        "prompteval.yaml",
        &[("version: 1", "version: 1\nprotect: block", &[])],
    );
}

#[test]
fn another_judge_is_named_wherever_it_is_written() {
    let fake = provider();
    let judge = "judge: {model: openai/gpt-6-sol}\n";
    let project = repository(&fake, judge);
    let evaluator = "- {type: llm-rubric, name: kind, value: It is kind}";
    let suite = project.read("evals/greet.yaml");
    let judged = suite.replace("evaluators:\n", &format!("evaluators:\n  {evaluator}\n"));
    project.file("evals/greet.yaml", &judged);
    project.git(&["checkout", "-q", "main"]);
    project.commit("all");
    project.git(&["checkout", "-q", "work"]);
    project.git(&["merge", "-q", "main"]);
    let weaker = "evals/greet.yaml: evaluator `kind` weakened: another model judges";
    let settings = project.read("prompteval.yaml");
    for (to, expected) in [
        ("judge: {model: openai/gpt-6-terra}\n", vec![weaker]),
        (
            "judge: {model: openai/gpt-6-sol, params: {seed: 1}}\n",
            vec![weaker],
        ),
        (
            "judge: {model: openai/gpt-6-sol, structured: schema}\n",
            vec![],
        ),
    ] {
        project.file("prompteval.yaml", &settings.replace(judge, to));
        assert_eq!(listed(&project), expected, "{to}");
    }
    // The same judge at another place is the same.
    project.file("prompteval.yaml", &settings.replace(judge, ""));
    project.file("evals/greet.yaml", &format!("{judged}{judge}"));
    assert_eq!(listed(&project), [""; 0]);
}

#[test]
fn files_from_anywhere_are_listed() {
    let fake = provider();
    let project = repository(&fake, MORE);
    let rows: &[(&str, &str, &[&str])] = &[
        (
            "protect: block\n",
            "protect: block\nallow_outside: true\n",
            &["`allow_outside` turned on: the project reads files from anywhere"],
        ),
        (
            "protect: block\n",
            "protect: block\nallow_outside: false\n",
            &[],
        ),
    ];
    expect(&project, "prompteval.yaml", rows);
}

#[test]
fn a_price_below_the_shipped_one_is_listed() {
    let fake = provider();
    let project = repository(&fake, MORE);
    let rows: &[(&str, &str, &[&str])] = &[
        // The shipped table says $0.1 and $0.5.
        (
            "prices: {",
            "prices: {openai/gpt-6-luna: {input: 0.1, output: 0.4}, ",
            &["the price of `openai/gpt-6-luna` is lower or gone"],
        ),
        (
            "prices: {",
            "prices: {openai/gpt-6-luna: {input: 1, output: 1}, openai/unlisted: {input: 0, output: 0}, ",
            &[],
        ),
    ];
    expect(&project, "prompteval.yaml", rows);
}
