//! Gates on evidence through the binary: what blocks, what cannot be decided, and how often cases are asked for it.

use serde_json::Value;

use crate::fake_provider::{FakeProvider, Reply, Script};
use crate::project::Project;
use crate::promotion::entries;

/// Greets, apart from these users of the candidate; some of them get an error.
fn broken(users: &'static [usize], in_error: &'static [usize]) -> FakeProvider {
    FakeProvider::start(Script::answering(move |seen| {
        let is_candidate = seen.prompt.contains("kindly");
        if is_candidate && in_error.contains(&seen.user()) {
            return Reply::Raw {
                status: 500,
                headers: Vec::new(),
                body: "{}".to_owned(),
            };
        }
        Reply::text(if is_candidate && users.contains(&seen.user()) {
            "Go away."
        } else {
            "Hello."
        })
    }))
}

/// 1.0.0 in production, 1.1.0 in testing, and a suite with these gates.
fn compared(fake: &FakeProvider, cases: usize, gates: &str, more: &str) -> Project {
    let project = Project::greeting(cases).at(fake);
    project.kindly();
    entries(&project, &[("1.0.0", "production"), ("1.1.0", "testing")]);
    project.gates(&format!("{gates}{more}"));
    project
}

fn gate(report: &Value, place: usize) -> &Value {
    &report["suites"][0]["candidates"][0]["gates"][place]
}

/// 46 of 128 cases pass: far below a floor of 90 %.
fn mostly_wrong() -> FakeProvider {
    FakeProvider::start(Script::answering(|seen| {
        Reply::text(if seen.user() < 46 {
            "Hello."
        } else {
            "Go away."
        })
    }))
}

#[test]
fn a_target_over_repeats_or_clusters_can_block() {
    let fake = mostly_wrong();
    for (cluster, repeats) in [(false, "repeats: 3\n"), (true, "repeats: 1\n"), (true, "")] {
        let project = Project::greeting(128).at(&fake);
        let row = |n: usize| {
            let cluster = if cluster {
                format!(", \"cluster\": \"doc-{}\"", n / 2)
            } else {
                String::new()
            };
            format!("{{\"id\": \"case-{n}\", \"vars\": {{\"name\": \"user {n}\"}}{cluster}}}\n")
        };
        let rows: String = (0..128).map(row).collect();
        project.file("datasets/greet.jsonl", &rows);
        let target = "  - {metric: pass_rate, target: 0.95, floor: 0.9}\non_inconclusive: warn\n";
        project.gates(&format!("{target}{repeats}"));
        let run = project.evaluate(&[]).exits(1);
        assert_eq!(
            gate(&run.report, 0)["verdict"],
            "fail",
            "{cluster} {repeats}"
        );
    }
}

#[test]
fn a_gate_that_can_never_pass_asks_for_no_repeats() {
    let fake = broken(&[], &[]);
    let gates = "  - {metric: pass_rate, baseline: true, margin: 0.05}\n";
    let project = compared(&fake, 3, gates, "");
    let run = project.evaluate(&[]).exits(0);
    assert_eq!(fake.count(), 6, "three cases, both versions, once");
    let reason = gate(&run.report, 0)["reason"].as_str().unwrap();
    assert!(
        reason.contains("3 cases can never pass (59 needed)"),
        "{reason}"
    );
    assert_eq!(gate(&run.report, 0)["verdict"], "inconclusive");
    let blocked = compared(&fake, 3, gates, "on_inconclusive: block\n");
    let _ = blocked.evaluate(&[]).exits(1);
}

#[test]
fn errors_do_not_hide_a_regression() {
    let gates = "  - {metric: pass_rate, baseline: true, margin: 0.05}\n";
    let whole = broken(&[3, 17, 40, 64, 90], &[]);
    let run = compared(&whole, 100, gates, "").evaluate(&[]);
    assert_ne!(run.outcome.code, 0, "{}", run.outcome.stdout);
    // Two of the five answer with an error instead: what they hide must not let the version pass.
    let hidden = broken(&[3, 17, 40], &[64, 90]);
    let run = compared(&hidden, 100, gates, "").evaluate(&[]);
    assert_ne!(run.outcome.code, 0, "{}", run.outcome.stdout);
    // Where they alone decide, the gate says so.
    let hidden = broken(&[3], &[64, 90]);
    let run = compared(&hidden, 100, gates, "").evaluate(&[]).exits(3);
    let asked = hidden
        .requests()
        .into_iter()
        .filter(|seen| seen.user() == 3);
    assert_eq!(asked.count(), 10, "repeats are asked with errors present");
    let reason = gate(&run.report, 0)["reason"].as_str().unwrap();
    assert!(
        reason.contains("2 cases in error would decide it"),
        "{reason}"
    );
    // An error alone is no regression.
    let harmless = broken(&[], &[64]);
    let _ = compared(&harmless, 100, gates, "").evaluate(&[]).exits(0);
}

#[test]
fn more_gates_share_the_error_rate() {
    // Five broken of 60: the mid-p is 1/64, below 5 % and above a fifth of it.
    let fake = broken(&[1, 2, 3, 4, 5], &[]);
    let one = "  - {metric: pass_rate, baseline: true, margin: 0.05}\n";
    let gates = one.repeat(5);
    let more = "repeats: 1\non_inconclusive: warn\n";
    let alone = compared(&fake, 60, one, more).evaluate(&[]);
    let together = compared(&fake, 60, &gates, more).evaluate(&[]);
    let verdict = |report: &Value| gate(report, 0)["verdict"].as_str().unwrap().to_owned();
    assert_eq!(verdict(&alone.report), "fail");
    assert_eq!(verdict(&together.report), "inconclusive");
    // Gates of other suites share it as well.
    let project = compared(&fake, 60, one, more);
    for name in ["a", "b", "c", "d"] {
        let text = project.read("evals/greet.yaml");
        let text = text.replace("value: hello", "value: o");
        project.file(&format!("evals/{name}.yaml"), &text);
    }
    let shared = project.evaluate(&["greet", "a", "b", "c", "d"]);
    let suites = shared.report["suites"].as_array().unwrap();
    let greet = suites
        .iter()
        .find(|suite| suite["name"] == "greet")
        .unwrap();
    let gate = &greet["candidates"][0]["gates"][0];
    assert_eq!(gate["verdict"], "inconclusive", "{gate:#}");
}

#[test]
fn each_tag_is_one_gate_over_all_labels() {
    let fake = broken(&[0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22], &[]);
    let gates = "  - {metric: pass_rate, baseline: true, margin: 0.1, each_tag: true}\n";
    let project = compared(&fake, 80, gates, "repeats: 1\n");
    let row = |n: usize| {
        let tag = if n.is_multiple_of(2) { "even" } else { "odd" };
        let rare = if n < 3 { ", \"rare\"" } else { "" };
        format!(
            "{{\"id\": \"case-{n}\", \"vars\": {{\"name\": \"user {n}\"}}, \"tags\": [\"{tag}\"{rare}]}}\n"
        )
    };
    project.file(
        "datasets/greet.jsonl",
        &(0..80).map(row).collect::<String>(),
    );
    let run = project.evaluate(&[]).exits(1);
    let reason = gate(&run.report, 0)["reason"].as_str().unwrap();
    assert!(reason.contains("worst of 2 labels, [even]"), "{reason}");
    assert!(reason.contains("fewer than 30 cases: rare"), "{reason}");
    project.file(
        "evals/greet.yaml",
        &project
            .read("evals/greet.yaml")
            .replace("each_tag: true", "each_tag: true, tag: odd"),
    );
    let _ = project
        .run(&["run"])
        .exits(2)
        .says(&["`each_tag` looks at every label"]);
    let few = compared(&fake, 20, gates, "");
    let _ = few
        .run(&["run"])
        .exits(2)
        .says(&["`each_tag` looks at labels with at least 30 cases"]);
}

#[test]
fn a_reason_and_its_numbers_are_of_the_same_look() {
    // The first gate is decided at the first look, the second asks for repeats in which the first one's metric would differ.
    let fake = broken(&[1, 2, 3], &[]);
    let gates = "  - {metric: hello.pass_rate, baseline: true, margin: 0.3}\n  - {metric: pass_rate, target: 0.97, floor: 0.93}\n";
    let project = compared(&fake, 70, gates, "");
    let run = project.evaluate(&[]);
    let first = gate(&run.report, 0);
    let reason = first["reason"].as_str().unwrap();
    assert!(reason.contains("3 worse, of 70"), "{reason}");
    assert!(!reason.contains("repeats"), "{reason}");
    let measured = first["measured"].as_f64().unwrap();
    assert!((measured - 67.0 / 70.0).abs() < 1e-9, "{measured}");
}
