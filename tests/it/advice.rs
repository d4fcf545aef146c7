//! What people are told who write a word, a flag or a number as another tool would have it.

use crate::project::Project;

#[test]
fn wrong_words_are_told_the_right_command() {
    let project = Project::empty();
    for (args, help) in [
        (["import", "promptfooconfig.yaml"], "`prompteval init`"),
        (["eval", "-o"], "`prompteval run`"),
        (["run", "--no-cache"], "`--responses live`"),
        (["run", "--dry-run"], "`prompteval check`"),
    ] {
        let outcome = project.run(&args).exits(2);
        assert!(
            outcome.stderr.contains(help),
            "{args:?}: {}",
            outcome.stderr
        );
        assert!(!outcome.stderr.contains("`report`"), "{}", outcome.stderr);
    }
}

#[test]
fn a_gate_with_a_unit_is_told_the_number_to_write() {
    let project = Project::greeting(3);
    for (gate, help) in [
        ("{metric: pass_rate, min: 90%}", "write `min: 0.9`"),
        ("{metric: pass_rate, min: \"90%\"}", "write `min: 0.9`"),
        ("{metric: pass_rate, min: 90}", "write `min: 0.9`"),
        (
            "{metric: pass_rate, target: 95, floor: 0.9}",
            "write `target: 0.95`",
        ),
        (
            "{metric: pass_rate, target: 0.95, floor: 90%}",
            "write `floor: 0.9`",
        ),
        (
            "{metric: pass_rate, baseline: true, margin: 5%}",
            "write `margin: 0.05`",
        ),
        (
            "{metric: hello.pass_rate, min: \"0.9\"}",
            "write `min: 0.9`",
        ),
        ("{metric: latency_ms.p95, max: 2s}", "write `max: 2000`"),
        ("{metric: cost_usd, max: $1.50}", "write `max: 1.5`"),
        ("{pass_rate: 90%}", "write `{metric: pass_rate, min: 0.9}`"),
        (
            "{latency_ms.p95: 2s}",
            "write `{metric: latency_ms.p95, max: 2000}`",
        ),
        ("{metric: p95, max: 2000}", "did you mean `latency_ms.p95`?"),
        ("{metric: accuracy, min: 0.9}", "did you mean `pass_rate`?"),
    ] {
        project.gates(&format!("  - {gate}\n"));
        let outcome = project.run(&["check"]).exits(2);
        assert!(outcome.stderr.contains(help), "{gate}: {}", outcome.stderr);
        assert!(
            outcome.stderr.contains("evals/greet.yaml:6:"),
            "{gate}: {}",
            outcome.stderr
        );
    }
}
