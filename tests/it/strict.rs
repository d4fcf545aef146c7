//! Configurations that gate on nothing: they are pointed out, and `--strict` refuses them. No evaluator is named like a metric.

use std::path::Path;
use std::process::Command;

use crate::project::{Outcome, Project};

const HELLO: &str = "{type: icontains, name: hello, value: hello}";

/// A project of four cases with these evaluators, gates and further keys of its suite.
fn gated(evaluators: &str, gates: &str, more: &str) -> Project {
    let project = Project::greeting(4);
    let text = format!(
        "prompt: greeter\ndataset: datasets/greet.jsonl\nevaluators: [{evaluators}]\ngates: [{gates}]\n{more}"
    );
    project.file("evals/greet.yaml", &text);
    project
}

/// Evaluators, gates and further keys of suites that decide nothing, and what is said of them.
const IDLE: &[(&str, &str, &str, &str)] = &[
    (HELLO, "{metric: pass_rate, min: 0}", "", "never below 0"),
    (
        HELLO,
        "{metric: hello.pass_rate, max: 1}",
        "",
        "never above 1",
    ),
    (
        HELLO,
        "{metric: refusal_rate, max: 1.0}",
        "",
        "never above 1",
    ),
    (
        HELLO,
        "{metric: score, min: 0, max: 1}",
        "",
        "never above 1",
    ),
    (HELLO, "{metric: errors, min: 0}", "", "never below 0"),
    (
        HELLO,
        "{metric: broken, max: 4}",
        "",
        "no more than 4 cases",
    ),
    (
        HELLO,
        "{metric: pass^2, min: 0}",
        "repeats: 2\n",
        "never below 0",
    ),
    (
        HELLO,
        "{metric: pass_rate, min: 0.9}",
        "threshold: 0\n",
        "threshold: 0",
    ),
    (
        HELLO,
        "{metric: pass_rate, baseline: true}",
        "threshold: 0\n",
        "threshold: 0",
    ),
    (
        HELLO,
        "{metric: cost_usd, max: 1}",
        "",
        "looks at what is answered",
    ),
    (
        HELLO,
        "{metric: cost_usd, max: 1}, {metric: latency_ms.p95, max: 100}, {metric: tokens.total, max: 9}",
        "",
        "gates on cost_usd, latency_ms.p95, tokens.total only",
    ),
    (
        "{type: icontains, name: hello, value: hello, weight: 0}",
        "{metric: pass_rate, min: 0.9}",
        "",
        "the weight of each is 0",
    ),
];

/// What `check` points out of what gates nothing, without and with `--strict`.
fn checked(project: &Project) -> (Outcome, Outcome) {
    (
        project.run(&["check"]).exits(0),
        project.run(&["check", "--strict"]),
    )
}

#[test]
fn what_decides_nothing_is_a_warning_and_with_strict_a_mistake() {
    for (evaluators, gates, more, said) in IDLE {
        let project = gated(evaluators, gates, more);
        let (warned, refused) = checked(&project);
        let texts = ["warning[gates-nothing]", "evals/greet.yaml:", said];
        let _ = warned.says(&texts);
        let _ = refused.exits(2).says(&["error[gates-nothing]", said]);
        let _ = project
            .run(&["run", "--strict", "--responses", "replay"])
            .exits(2)
            .says(&["error[gates-nothing]"]);
    }
}

#[test]
fn what_can_fail_is_let_be() {
    let critical = "{type: icontains, name: hello, value: hello, critical: true, weight: 0}";
    for (evaluators, gates, more) in [
        (HELLO, "{metric: pass_rate, min: 0.01}", ""),
        (HELLO, "{metric: refusal_rate, max: 0.99}", ""),
        (HELLO, "{metric: refusal_rate, min: 0.5, max: 1}", ""),
        (HELLO, "{metric: broken, max: 3}", ""),
        (
            HELLO,
            "{metric: hello.pass_rate, min: 0.5}",
            "threshold: 0\n",
        ),
        (HELLO, "{metric: score, min: 0.5}", "threshold: 0\n"),
        (HELLO, "{metric: pass_rate, max: 0.5}", "threshold: 0\n"),
        (
            HELLO,
            "{metric: cost_usd, max: 1}, {metric: pass_rate, min: 0.5}",
            "",
        ),
        // A critical evaluator is a gate of its own.
        (critical, "{metric: cost_usd, max: 1}", ""),
        (critical, "{metric: pass_rate, min: 0.9}", "threshold: 0\n"),
    ] {
        let project = gated(evaluators, gates, more);
        let (warned, accepted) = checked(&project);
        assert!(!warned.stderr.contains("gates-nothing"), "{warned:?}");
        let _ = accepted.exits(0);
    }
}

#[test]
fn a_row_may_say_what_suffices_and_what_counts() {
    let row = |more: &str| format!("{{\"vars\": {{\"name\": \"a\"}}{more}}}\n");
    let project = gated(HELLO, "{metric: pass_rate, min: 0.9}", "");
    project.file("datasets/greet.jsonl", &row(", \"threshold\": 0").repeat(3));
    let _ = checked(&project).1.exits(2).says(&["threshold: 0"]);
    // One row that has to reach more is enough.
    let rows = row(", \"threshold\": 0") + &row(", \"threshold\": 0.5");
    project.file("datasets/greet.jsonl", &rows);
    let _ = checked(&project).1.exits(0);

    let idle = "{type: icontains, name: hello, value: hello, weight: 0}";
    let project = gated(idle, "{metric: pass_rate, min: 0.9}", "");
    let own = ", \"evaluators\": [{\"type\": \"icontains\", \"value\": \"x\"}]";
    project.file("datasets/greet.jsonl", &row(own));
    let _ = checked(&project).1.exits(0);
}

#[test]
fn no_evaluator_is_named_like_a_metric() {
    for name in [
        "pass_rate",
        "cost_usd",
        "latency_ms.p95",
        "pass^3",
        "hello.score",
    ] {
        for key in ["name", "metric"] {
            let evaluators = format!("{{type: icontains, value: hello, {key}: \"{name}\"}}");
            let project = gated(&evaluators, "{metric: pass_rate, min: 0.5}", "");
            let said = format!("`{name}` is a metric's name");
            let _ = project.run(&["check"]).exits(2).says(&[
                "error[metric-name]",
                "evals/greet.yaml:3:",
                &said,
            ]);
        }
    }
    let project = gated(HELLO, "{metric: pass_rate, min: 0.5}", "");
    project.file(
        "datasets/greet.jsonl",
        "{\"vars\": {\"name\": \"a\"}}\n{\"vars\": {\"name\": \"b\"}, \"evaluators\": [{\"type\": \"icontains\", \"value\": \"x\", \"name\": \"score\"}]}\n",
    );
    let _ = project
        .run(&["check"])
        .exits(2)
        .says(&["error[metric-name]", "datasets/greet.jsonl:2:"]);
}

#[test]
fn what_init_writes_is_strict_and_passes() {
    let project = Project::empty();
    std::fs::remove_file(project.path("prompteval.yaml")).unwrap();
    let _ = project.run(&["init", "--yes"]).exits(0);
    let workflow = project.read(".github/workflows/prompts.yml");
    assert!(workflow.contains("prompteval run --strict "), "{workflow}");
    let _ = project.run(&["check", "--strict"]).exits(0);
    let _ = project.run(&["run", "--strict"]).exits(0);
}

#[test]
fn the_suites_of_this_repository_are_strict() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for suites in [
        &[][..],
        &[
            "evals/examples/claims.yaml",
            "evals/examples/enterprise.yaml",
            "evals/examples/refund-promise.yaml",
        ],
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_prompteval"))
            .current_dir(root)
            .args(["check", "--strict"])
            .args(suites)
            .output()
            .unwrap();
        let outcome = Outcome::of(&output).exits(0);
        assert!(!outcome.stderr.contains("gates-nothing"), "{outcome:?}");
    }
}
