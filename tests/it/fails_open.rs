//! It never fails open: providers, judges and evaluators that let a run down end it with an error, never with a pass.

use serde_json::json;

use crate::evaluation::KEY;
use crate::fake_provider::{Answer, FakeProvider, Judge, Kind, Reply, Script};
use crate::project::Project;

const GREETING: &str = "Hello, user!";

fn greeting() -> FakeProvider {
    FakeProvider::saying(GREETING)
}

/// A suite whose answers are judged, too; `prefix` is that of the evaluator's type.
fn judged(project: &Project, prefix: &str) {
    let text = format!(
        "prompt: greeter\ndataset: datasets/greet.jsonl\nevaluators:\n  - {{type: icontains, name: hello, value: hello}}\n  - {{type: {prefix}llm-rubric, name: kind, value: It is kind, model: anthropic/claude-haiku-5-5}}\ngates:\n  - {{metric: pass_rate, min: 0.5}}\n"
    );
    project.file("evals/greet.yaml", &text);
}

/// An answer whose usage nobody counted.
fn uncounted(text: &str) -> Reply {
    Reply::Completion(Answer {
        text: text.to_owned(),
        refusal: None,
        finish: None,
        model: None,
        usage: None,
        tier: None,
    })
}

#[test]
fn a_wrong_key_is_an_error_that_names_provider_and_status_once() {
    for (status, phrase) in [
        (401, "401 Unauthorized"),
        (403, "403 Forbidden"),
        (404, "404 Not Found"),
    ] {
        let fake = FakeProvider::start(Script::always(Reply::status(status, "no such key")));
        let project = Project::greeting(5).at(&fake);
        let evaluation = project.evaluate(&[]).exits(3);
        assert_eq!(
            evaluation.mentions(&format!("openai: {phrase}")),
            1,
            "{evaluation:#?}"
        );
        assert_eq!(evaluation.gates(), [("pass_rate".into(), "error".into())]);
        assert_eq!(evaluation.candidate(0)["counts"]["errors"], 5);
        assert!(evaluation.junit.contains(phrase), "{}", evaluation.junit);
        assert!(!evaluation.outcome.stdout.contains(KEY));
    }
}

#[test]
fn a_wrong_key_of_one_provider_of_two_is_an_error_of_the_run() {
    let fake = FakeProvider::start(Script::answering(|seen| match seen.kind {
        Some(Kind::Anthropic) => Reply::status(401, "invalid x-api-key"),
        _ => Reply::text(GREETING),
    }));
    let project = Project::greeting(4).at(&fake);
    project.version(
        "greeter",
        "1.1.0",
        "anthropic/claude-haiku-5-5",
        "Greet {{ name }} kindly.",
    );
    let evaluation = project.evaluate(&[]).exits(3);
    assert_eq!(evaluation.mentions("anthropic: 401 Unauthorized"), 1);
    assert_eq!(evaluation.mentions("openai: "), 0);
    let candidates = evaluation.report["suites"][0]["candidates"]
        .as_array()
        .unwrap();
    let verdict_of = |version: &str| {
        let found = candidates
            .iter()
            .find(|candidate| candidate["version"] == version);
        found.unwrap()["verdict"].clone()
    };
    assert_eq!(verdict_of("1.0.0"), "pass");
    assert_eq!(verdict_of("1.1.0"), "error");
}

#[test]
fn a_wrong_key_of_an_added_model_is_an_error_of_the_run() {
    let fake = FakeProvider::start(Script::answering(|seen| match seen.kind {
        Some(Kind::Anthropic) => Reply::status(403, "not yours"),
        _ => Reply::text(GREETING),
    }));
    let project = Project::greeting(3).at(&fake);
    project.suite("greet", "models: [anthropic/claude-haiku-5-5]\n");
    let evaluation = project.evaluate(&[]).exits(3);
    assert_eq!(evaluation.mentions("anthropic: 403 Forbidden"), 1);
}

#[test]
fn a_wrong_key_of_the_judge_is_an_error_not_a_failure() {
    let fake = FakeProvider::start(
        Script::answering(|seen| match seen.kind {
            Some(Kind::Anthropic) => Reply::status(401, "invalid x-api-key"),
            _ => Reply::text(GREETING),
        })
        .judge(Judge::Script),
    );
    for prefix in ["", "not-"] {
        let project = Project::greeting(4).at(&fake);
        judged(&project, prefix);
        let evaluation = project.evaluate(&[]).exits(3);
        assert_eq!(
            evaluation.mentions("anthropic: 401 Unauthorized"),
            1,
            "{evaluation:#?}"
        );
        assert_eq!(evaluation.candidate(0)["counts"]["failed"], 0);
    }
}

#[test]
fn a_judge_that_says_nothing_readable_is_an_error_also_when_negated() {
    let garbage = [
        "{}",
        "It is quite kind, I would say.",
        "",
        "null",
        "[]",
        "{\"pass\": true",
    ];
    for text in garbage {
        let judge = Judge::Garbage(text.to_owned());
        let fake = FakeProvider::start(Script::always(Reply::text(GREETING)).judge(judge));
        for prefix in ["", "not-"] {
            let project = Project::greeting(3).at(&fake);
            judged(&project, prefix);
            let evaluation = project.evaluate(&[]).exits(3);
            let counts = &evaluation.candidate(0)["counts"];
            let wanted = json!({"cases": 3, "passed": 0, "failed": 0, "errors": 3, "missing": 0});
            assert_eq!(*counts, wanted, "`{text}` under `{prefix}llm-rubric`");
        }
    }
}

#[test]
fn a_judge_decides_and_its_negation_decides_the_contrary() {
    for (judge, prefix, code) in [
        (Judge::Pass, "", 0),
        (Judge::Fail, "", 1),
        (Judge::Pass, "not-", 1),
        (Judge::Fail, "not-", 0),
    ] {
        let fake = FakeProvider::start(Script::always(Reply::text(GREETING)).judge(judge));
        let project = Project::greeting(3).at(&fake);
        judged(&project, prefix);
        let _ = project.evaluate(&[]).exits(code);
    }
}

#[test]
fn a_provider_that_only_answers_500_leaves_the_run_undecided() {
    let fake = FakeProvider::start(Script::always(Reply::status(500, "on fire")));
    let project = Project::greeting(3).at(&fake);
    let evaluation = project.evaluate(&[]).exits(3);
    assert_eq!(evaluation.mentions("openai: 500 Internal Server Error"), 1);
    assert_eq!(fake.count(), 6, "each case is asked once, and once more");
}

#[test]
fn a_provider_that_is_not_there_leaves_the_run_undecided() {
    let mut project = Project::greeting(3);
    // Nothing listens on the port of a provider that is gone.
    let gone = greeting().url(Kind::OpenAi);
    project
        .set("OPENAI_API_KEY", KEY)
        .set("OPENAI_BASE_URL", &gone);
    let evaluation = project.evaluate(&[]).exits(3);
    assert_eq!(evaluation.candidate(0)["counts"]["errors"], 3);
}

#[test]
fn one_case_in_error_of_three_is_more_than_the_two_percent_that_are_tolerated() {
    let fake = FakeProvider::start(Script::answering(|seen| {
        if seen.prompt.contains("user 1") {
            Reply::status(500, "on fire")
        } else {
            Reply::text(GREETING)
        }
    }));
    let project = Project::greeting(3).at(&fake);
    project.suite("greet", "  - {metric: errors, max: 5}\n");
    let evaluation = project.evaluate(&[]).exits(3);
    let counts = json!({"cases": 3, "passed": 2, "failed": 0, "errors": 1, "missing": 0});
    assert_eq!(evaluation.candidate(0)["counts"], counts);
}

#[test]
fn one_case_in_error_of_sixty_is_tolerated_unless_a_gate_counts_errors() {
    let fake = FakeProvider::start(Script::answering(|seen| {
        if seen.prompt.contains("user 17.") {
            Reply::status(500, "on fire")
        } else {
            Reply::text(GREETING)
        }
    }));
    let project = Project::greeting(60).at(&fake);
    let evaluation = project.evaluate(&[]).exits(0).says(&["openai: 500"]);
    assert_eq!(evaluation.candidate(0)["counts"]["errors"], 1);
    project.suite("greet", "  - {metric: errors, max: 0}\n");
    let _ = project.evaluate(&[]).exits(1);
}

#[test]
fn a_case_that_regresses_blocks_and_is_named_everywhere() {
    let fake = FakeProvider::start(Script::answering(|seen| {
        if seen.prompt == "Greet user 7 kindly." {
            Reply::text("Go away.")
        } else {
            Reply::text(GREETING)
        }
    }));
    let project = Project::greeting(20).at(&fake);
    project.kindly();
    project.production("greeter", "1.0.0");
    project.suite(
        "greet",
        "  - {metric: pass_rate, baseline: true, margin: 0.05}\nrepeats: 1\n",
    );
    let evaluation = project
        .evaluate(&[])
        .exits(1)
        .says(&["case-7", "newly broken", "Go away."]);
    assert_eq!(evaluation.junit_count("failure"), 2, "{}", evaluation.junit);
    assert!(evaluation.junit.contains("name=\"case-7 / hello\""));
    assert_eq!(evaluation.candidate(0)["version"], "1.1.0");
    assert_eq!(evaluation.candidate(0)["baseline"], "1.0.0");
}

#[test]
fn a_missing_key_is_named_before_anything_is_called() {
    let fake = greeting();
    let mut project = Project::greeting(2);
    project.file(
        "prompteval.yaml",
        &format!(
            "version: 1\nproviders:\n  lab: {{kind: openai, base_url: {}, api_key_env: LAB_KEY}}\n",
            fake.url(Kind::OpenAi)
        ),
    );
    project.version("greeter", "1.0.0", "lab/tiny", "Greet {{ name }}.");
    let outcome = project.run(&["run"]).exits(2);
    let _ = outcome.says(&["LAB_KEY is not set", "provider lab"]);
    project.set("LAB_KEY", "");
    let _ = project.run(&["run"]).exits(2).says(&["LAB_KEY"]);
    assert_eq!(fake.count(), 0);
    project.set("LAB_KEY", KEY);
    let _ = project.run(&["run"]).exits(0);
    assert_eq!(fake.count(), 2);
}

#[test]
fn a_cost_gate_without_a_price_is_an_error_with_the_way_to_mend_it() {
    let fake = greeting();
    let project = Project::greeting(2).at(&fake);
    project.version(
        "greeter",
        "1.0.0",
        "openai/nobody-sells-this",
        "Greet {{ name }}.",
    );
    project.suite("greet", "  - {metric: cost_usd, max: 10}\n");
    let evaluation = project
        .evaluate(&[])
        .exits(3)
        .says(&["prices", "openai/nobody-sells-this"]);
    assert_eq!(evaluation.gates()[1], ("cost_usd".into(), "error".into()));
    let settings = "version: 1\nprices:\n  openai/nobody-sells-this: {input: 1, output: 2}\n";
    project.file("prompteval.yaml", settings);
    let _ = project.evaluate(&[]).exits(0);
}

#[test]
fn gates_on_usage_and_cost_that_nobody_counted_are_errors() {
    let fake = FakeProvider::start(Script::always(uncounted(GREETING)));
    for metric in ["cost_usd", "tokens.input", "tokens.output", "tokens.total"] {
        let project = Project::greeting(2).at(&fake);
        project.suite("greet", &format!("  - {{metric: {metric}, max: 1000}}\n"));
        let evaluation = project.evaluate(&[]).exits(3);
        assert_eq!(evaluation.gates()[1], (metric.into(), "error".into()));
        assert!(evaluation.candidate(0)["metrics"][metric].is_null());
    }
}

#[test]
fn an_evaluator_of_cost_that_is_unknown_is_an_error_also_when_negated() {
    let fake = FakeProvider::start(Script::always(uncounted(GREETING)));
    for prefix in ["", "not-"] {
        let project = Project::greeting(2).at(&fake);
        let text = format!(
            "prompt: greeter\ndataset: datasets/greet.jsonl\nevaluators:\n  - {{type: {prefix}cost, name: cheap, threshold: 0.01}}\ngates:\n  - {{metric: pass_rate, min: 0}}\n"
        );
        project.file("evals/greet.yaml", &text);
        let evaluation = project.evaluate(&[]).exits(3);
        assert_eq!(evaluation.candidate(0)["counts"]["errors"], 2);
    }
}

#[test]
fn logged_answers_without_a_latency_leave_a_latency_gate_undecided() {
    let project = Project::greeting(1);
    project.file(
        "datasets/greet.jsonl",
        "{\"id\": \"a\", \"vars\": {\"name\": \"A\"}, \"output\": \"hello A\"}\n",
    );
    project.suite("greet", "  - {metric: latency_ms.p95, max: 4000}\n");
    let evaluation = project.evaluate(&[]).exits(3);
    assert_eq!(evaluation.gates()[1].1, "error");
}

#[test]
fn an_evaluator_of_weight_0_is_reported_and_never_counted() {
    let fake = greeting();
    let project = Project::greeting(2).at(&fake);
    let text = "prompt: greeter\ndataset: datasets/greet.jsonl\nevaluators:\n  - {type: icontains, name: hello, value: hello}\n  - {type: contains, name: polite, value: Sir, weight: 0}\ngates:\n  - {metric: pass_rate, min: 1.0}\n";
    project.file("evals/greet.yaml", text);
    let evaluation = project.evaluate(&[]).exits(0).says(&["polite.pass_rate"]);
    assert_eq!(evaluation.candidate(0)["metrics"]["polite.pass_rate"], 0.0);
}

#[test]
fn evaluators_of_which_none_counts_decide_nothing() {
    let fake = greeting();
    let project = Project::greeting(2).at(&fake);
    let text = "prompt: greeter\ndataset: datasets/greet.jsonl\nevaluators:\n  - {type: contains, name: polite, value: Sir, weight: 0}\ngates:\n  - {metric: pass_rate, min: 1.0}\n";
    project.file("evals/greet.yaml", text);
    let evaluation = project.evaluate(&[]).exits(3);
    let _ = evaluation.says(&["no evaluator applies to this case"]);
}

#[test]
fn a_threshold_decides_by_the_weighted_mean_and_cannot_be_nonsense() {
    let fake = greeting();
    let project = Project::greeting(2).at(&fake);
    let suite = |threshold: &str| {
        format!(
            "prompt: greeter\ndataset: datasets/greet.jsonl\nthreshold: {threshold}\nevaluators:\n  - {{type: icontains, name: hello, value: hello, weight: 3}}\n  - {{type: contains, name: polite, value: Sir}}\ngates:\n  - {{metric: pass_rate, min: 1.0}}\n"
        )
    };
    for (threshold, code) in [("0.75", 0), ("0.76", 1)] {
        project.file("evals/greet.yaml", &suite(threshold));
        let _ = project.evaluate(&[]).exits(code);
    }
    for nonsense in [".nan", "-0.1", "1.5", "high", ".inf"] {
        project.file("evals/greet.yaml", &suite(nonsense));
        let _ = project
            .run(&["run"])
            .exits(2)
            .says(&["threshold", "evals/greet.yaml:3:"]);
    }
}

/// `null` beside tool calls is no empty answer, of which `not-regex` would think well.
#[test]
fn an_answer_that_calls_a_tool_is_evaluated_as_its_calls() {
    let calls = || Reply::calls([("refund", json!({"order": 7}))]);
    let fake = FakeProvider::start(Script::answering(move |_| calls()));
    let project = Project::greeting(2).at(&fake);
    let text = "prompt: greeter\ndataset: datasets/greet.jsonl\nevaluators:\n  - {type: not-regex, name: promise, value: \"(?i)refund\", critical: true}\n  - {type: word-count, name: short, value: {max: 120}}\ngates:\n  - {metric: pass_rate, min: 1.0}\n";
    project.file("evals/greet.yaml", text);
    let evaluation = project.evaluate(&[]).exits(1);
    assert_eq!(evaluation.candidate(0)["counts"]["failed"], 2);
    let called = r#"[{"name":"refund","arguments":{"order":7},"index":0}]"#;
    let journal = project.read(&project.newest_journal());
    assert!(
        journal.contains(&format!("\"tool_calls\":{called}")),
        "{journal}"
    );
    let output = serde_json::to_string(called).unwrap();
    assert!(
        journal.contains(&format!("\"output\":{output}")),
        "{journal}"
    );
}
