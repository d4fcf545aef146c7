//! Mistakes in a project: each is refused with its place and the right name, before anything is called.

use std::fs;

use crate::evaluation::KEY;
use crate::fake_provider::{FakeProvider, Kind};
use crate::project::{Outcome, Project};

const SUITE: &str = "prompt: greeter\ndataset: datasets/greet.jsonl\nevaluators:\n  - {type: icontains, name: hello, value: hello}\ngates:\n  - {metric: pass_rate, min: 1.0}\n";

/// Runs a project against a provider that must not be asked anything.
fn uncalled(project: Project, args: &[&str], code: i32) -> Outcome {
    let fake = FakeProvider::saying("hello");
    let project = project.at(&fake);
    let mut run = vec!["run"];
    run.extend(args);
    let outcome = project.run(&run).exits(code);
    assert_eq!(fake.count(), 0, "it was called");
    assert!(!outcome.stdout.contains("PASS"), "{}", outcome.stdout);
    assert!(!outcome.stderr.contains(KEY));
    outcome
}

/// Runs a project of two cases whose suite has one text in the place of another.
fn mistaken(right: &str, wrong: &str) -> Outcome {
    let project = Project::greeting(2);
    let suite = SUITE.replacen(right, wrong, 1);
    assert_ne!(suite, SUITE);
    project.file("evals/greet.yaml", &suite);
    uncalled(project, &[], 2)
}

#[test]
fn a_typo_in_a_key_is_refused_with_the_right_one_and_its_place() {
    for (right, wrong, hint, at) in [
        (
            "evaluators:",
            "asserts:",
            "did you mean `evaluators`?",
            "greet.yaml:3:1",
        ),
        (
            "evaluators:",
            "assert:",
            "did you mean `evaluators`?",
            "greet.yaml:3:1",
        ),
        (
            "evaluators:",
            "evaluator:",
            "did you mean `evaluators`?",
            "greet.yaml:3:1",
        ),
        ("gates:", "gate:", "did you mean `gates`?", "greet.yaml:5:1"),
        (
            "dataset:",
            "datset:",
            "did you mean `dataset`?",
            "greet.yaml:2:1",
        ),
        (
            "prompt:",
            "prompts:",
            "did you mean `prompt`?",
            "greet.yaml:1:1",
        ),
        (
            "min: 1.0",
            "minn: 1.0",
            "did you mean `min`?",
            "greet.yaml:6:25",
        ),
        (
            "value: hello",
            "vlaue: hello",
            "did you mean `value`?",
            "greet.yaml:4:36",
        ),
    ] {
        let key = format!("`{}`", wrong.split(':').next().unwrap());
        let _ = mistaken(right, wrong).says(&[&key, hint, at, wrong]);
    }
}

#[test]
fn an_unknown_name_is_refused_with_the_nearest_right_one_and_its_place() {
    for (right, wrong, hint, at) in [
        (
            "type: icontains",
            "type: icontain",
            "did you mean `icontains`?",
            "greet.yaml:4:12",
        ),
        (
            "type: icontains",
            "type: not-icontian",
            "did you mean `",
            "greet.yaml:4:12",
        ),
        (
            "metric: pass_rate",
            "metric: pas_rate",
            "did you mean `pass_rate`?",
            "greet.yaml:6:14",
        ),
        (
            "metric: pass_rate",
            "metric: helo.pass_rate",
            "did you mean `hello.pass_rate`?",
            "greet.yaml:6:14",
        ),
        (
            "prompt: greeter",
            "prompt: greter",
            "did you mean `greeter`?",
            "greet.yaml:1:9",
        ),
        (
            "datasets/greet.jsonl",
            "datasets/great.jsonl",
            "did you mean `datasets/greet.jsonl`?",
            "greet.yaml:2:10",
        ),
    ] {
        let _ = mistaken(right, wrong).says(&[hint, at]);
    }
}

#[test]
fn a_suite_that_demands_nothing_is_refused() {
    let gates = "gates:\n  - {metric: pass_rate, min: 1.0}\n";
    let _ = mistaken(gates, "").says(&["`gates`", "evals/greet.yaml"]);
    let _ = mistaken(gates, "gates: []\n").says(&["gate", "evals/greet.yaml"]);
    let _ = mistaken(", min: 1.0", "").says(&["min", "evals/greet.yaml:6:"]);
    let evaluators = "evaluators:\n  - {type: icontains, name: hello, value: hello}\n";
    let _ = mistaken(evaluators, "").says(&["evaluator", "case-0"]);
    let _ = mistaken(evaluators, "evaluators: []\n").says(&["evaluator", "case-0"]);
}

#[test]
fn a_case_without_any_evaluator_is_refused_where_the_suite_has_none() {
    let project = Project::greeting(0);
    let rows = "{\"id\": \"a\", \"vars\": {\"name\": \"A\"}, \"evaluators\": [{\"type\": \"icontains\", \"value\": \"hello\"}]}\n{\"id\": \"b\", \"vars\": {\"name\": \"B\"}}\n";
    project.file("datasets/greet.jsonl", rows);
    project.file("evals/greet.yaml", "prompt: greeter\ndataset: datasets/greet.jsonl\ngates:\n  - {metric: pass_rate, min: 1.0}\n");
    let _ = uncalled(project, &[], 2).says(&["`b`", "evaluator"]);
}

#[test]
fn values_that_can_never_mean_anything_are_refused() {
    for (right, wrong) in [
        ("min: 1.0", "min: .nan"),
        ("min: 1.0", "min: high"),
        ("min: 1.0", "min: 0.9, max: 0.1"),
        ("value: hello}", "value: hello, weight: -1}"),
        ("value: hello}", "value: hello, weight: .nan}"),
        ("value: hello}", "value: hello, threshold: .nan}"),
        (
            "type: icontains, name: hello, value: hello",
            "type: icontains-any, name: hello, value: []",
        ),
        (
            "type: icontains, name: hello, value: hello",
            "type: icontains-all, name: hello, value: []",
        ),
        (
            "type: icontains, name: hello, value: hello",
            "type: not-contains-any, name: hello, value: []",
        ),
        (
            "type: icontains, name: hello, value: hello",
            "type: icontains, name: hello",
        ),
        (
            "type: icontains, name: hello, value: hello",
            "type: icontains, name: hello, value: ''",
        ),
        (
            "type: icontains, name: hello, value: hello",
            "type: regex, name: hello, value: '('",
        ),
        (
            "type: icontains, name: hello, value: hello",
            "type: is-json, name: hello, value: {type: objekt}",
        ),
        (
            "type: icontains, name: hello, value: hello",
            "type: latency, name: hello",
        ),
        (
            "metric: pass_rate, min: 1.0",
            "metric: pass_rate, tag: nobody-has-it, min: 1.0",
        ),
        (
            "metric: pass_rate, min: 1.0",
            "metric: pass_rate, baseline: true, margin: .nan",
        ),
        ("gates:", "repeats: 0\ngates:"),
        ("gates:", "candidates: []\ngates:"),
    ] {
        let _ = mistaken(right, wrong).says(&["evals/greet.yaml:"]);
    }
}

#[test]
fn an_empty_dataset_is_refused() {
    for (path, text) in [
        ("datasets/greet.jsonl", ""),
        ("datasets/greet.jsonl", "\n\n"),
        ("datasets/greet.csv", "id,name\n"),
        ("datasets/greet.yaml", "[]\n"),
    ] {
        let project = Project::greeting(0);
        project.file(path, text);
        project.file(
            "evals/greet.yaml",
            &SUITE.replace("datasets/greet.jsonl", path),
        );
        let _ = uncalled(project, &[], 2).says(&[path]);
    }
}

#[test]
fn bad_rows_are_refused_together_each_with_its_line() {
    let project = Project::greeting(0);
    let rows = "{\"id\": \"a\", \"vars\": {\"name\": \"A\"}}\n{\"id\": \"b\", \"vars\"\n{\"id\": \"a\", \"vars\": {\"name\": \"C\"}}\n{\"id\": \"d\", \"var\": {\"name\": \"D\"}}\n";
    project.file("datasets/greet.jsonl", rows);
    let outcome = uncalled(project, &[], 2);
    let _ = outcome.says(&[
        "greet.jsonl:2",
        "greet.jsonl:3",
        "greet.jsonl:4",
        "did you mean `vars`?",
    ]);
}

#[test]
fn a_variable_that_a_case_lacks_is_refused() {
    let project = Project::greeting(3);
    project.version("greeter", "1.0.0", "openai/gpt-6-luna", "Greet {{ nmae }}.");
    let outcome = uncalled(project, &[], 2);
    let _ = outcome.says(&[
        "`nmae`",
        "prompts/greeter/1.0.0.yaml:3:",
        "case-0",
        "and 2 more",
    ]);
}

#[test]
fn a_variable_that_one_case_of_many_lacks_is_refused() {
    let project = Project::greeting(0);
    let rows = "{\"id\": \"a\", \"vars\": {\"name\": \"A\"}}\n{\"id\": \"b\", \"vars\": {\"nam\": \"B\"}}\n";
    project.file("datasets/greet.jsonl", rows);
    let _ = uncalled(project, &[], 2).says(&["`name`", "`b`"]);
}

#[test]
fn a_variable_that_an_evaluator_lacks_is_refused() {
    let _ = mistaken("value: hello", "value: '{{ greeting }}'").says(&[
        "`greeting`",
        "case-0",
        "evals/greet.yaml:4:",
    ]);
}

#[test]
fn a_variable_that_nothing_uses_is_a_warning() {
    let fake = FakeProvider::saying("hello");
    let project = Project::greeting(0).at(&fake);
    project.file(
        "datasets/greet.jsonl",
        "{\"vars\": {\"name\": \"A\", \"mood\": \"fine\"}}\n",
    );
    let evaluation = project.evaluate(&[]).exits(0);
    assert!(evaluation.outcome.stderr.contains("warning"));
    let _ = evaluation.says(&["`mood`"]);
}

#[test]
fn a_filter_that_selects_nothing_is_no_pass() {
    for filter in [["--tag", "nobody-has-it"], ["--case", "nobody"]] {
        let outcome = uncalled(Project::greeting(2), &filter, 4);
        let _ = outcome.says(&[filter[1]]);
    }
    let project = Project::greeting(2);
    project.version("other", "1.0.0", "openai/gpt-6-luna", "Bye.");
    let _ = uncalled(project, &["--candidate", "other@1.0.0"], 4).says(&["other"]);
}

#[test]
fn a_filter_that_selects_nothing_in_one_suite_of_two_says_so() {
    let fake = FakeProvider::saying("hello");
    let project = Project::greeting(2).at(&fake);
    project.file(
        "datasets/two.jsonl",
        "{\"id\": \"only\", \"vars\": {\"name\": \"A\"}}\n",
    );
    project.file(
        "evals/two.yaml",
        &SUITE.replace("datasets/greet.jsonl", "datasets/two.jsonl"),
    );
    let evaluation = project.evaluate(&["--case", "only"]).exits(0);
    assert_eq!(fake.count(), 1);
    let suites = evaluation.report["suites"].as_array().unwrap();
    assert!(suites.iter().any(|suite| suite["name"] == "two"));
    assert!(
        !evaluation.report["run"]["partial"]
            .as_array()
            .unwrap()
            .is_empty()
    );
}

#[test]
fn a_name_on_the_command_line_that_does_not_exist_is_refused_with_the_nearest() {
    for (args, hint) in [
        (&["--candidate", "greeter@1.0.1"][..], "1.0.0"),
        (&["--candidate", "greter@1.0.0"], "greeter"),
        (&["gret"], "did you mean `greet`?"),
        (&["--baseline", "9.9.9"], "9.9.9"),
        (&["--candidate", "greeter"], "greeter"),
        (&["--model", "gpt-6-luna"], "gpt-6-luna"),
        (&["--limit", "0"], "--limit"),
        (&["--repeats", "0"], "--repeats"),
        (&["--tags", "a"], "--tag"),
    ] {
        let _ = uncalled(Project::greeting(2), args, 2).says(&[hint]);
    }
}

#[test]
fn a_project_without_suites_or_that_is_none_is_refused() {
    let project = Project::empty();
    project.version("greeter", "1.0.0", "openai/gpt-6-luna", "Hi.");
    let _ = uncalled(project, &[], 2).says(&["evals"]);
    let project = Project::greeting(1);
    fs::remove_file(project.path("prompteval.yaml")).unwrap();
    let _ = uncalled(project, &[], 2).says(&["prompteval.yaml"]);
}

#[test]
fn a_key_written_into_a_file_is_refused_and_not_repeated() {
    let fake = FakeProvider::saying("hello");
    for text in [
        format!("version: 1\nproviders:\n  lab: {{kind: openai, base_url: {}, api_key: sk-secret-abcdef}}\n", fake.url(Kind::OpenAi)),
        "version: 1\nproviders:\n  lab: {kind: openai, base_url: 'http://user:sk-secret-abcdef@localhost/v1'}\n".to_owned(),
    ] {
        let project = Project::greeting(1);
        project.file("prompteval.yaml", &text);
        let outcome = uncalled(project, &[], 2).says(&["prompteval.yaml"]);
        assert!(!outcome.stderr.contains("sk-secret-abcdef"), "{}", outcome.stderr);
    }
}

#[test]
fn settings_with_a_typo_are_refused() {
    for (text, hint) in [
        (
            "version: 1\ndefaults: {concurency: 4}\n",
            "did you mean `concurrency`?",
        ),
        ("version: 1\nprovider: {}\n", "did you mean `providers`?"),
        ("version: 2\n", "version"),
        (
            "version: 1\ndefaults: {max_cost_usd: .nan}\n",
            "max_cost_usd",
        ),
        (
            "version: 1\nproviders:\n  lab: {kind: opnai}\n",
            "kinds are anthropic, deepseek, openai",
        ),
    ] {
        let project = Project::greeting(1);
        project.file("prompteval.yaml", text);
        let _ = uncalled(project, &[], 2).says(&[hint, "prompteval.yaml:"]);
    }
}
