//! An answer that makes its own evaluator fail fails its case: no answer gets out of the gate by it.

use serde_json::json;

use crate::fake_provider::{FakeProvider, Kind, Reply, Script};
use crate::project::Project;

/// Exhausts the backtracking of the pattern below.
fn endless() -> String {
    "a".repeat(64) + "b"
}

const PATTERN: &str = "'^(a|a)*\\1$'";

/// 100 cases, 2 of them with the endless answer, logged where `is_logged`; and one evaluator.
fn project(evaluator: &str, is_logged: bool) -> Project {
    let project = Project::greeting(1);
    let row = |n: usize| {
        let answer = if n % 50 == 7 {
            endless()
        } else {
            format!("answer {n}")
        };
        let mut row = json!({"id": format!("case-{n}"), "vars": {"name": answer}});
        if is_logged {
            row["output"] = json!(answer);
        }
        format!("{row}\n")
    };
    let rows: Vec<String> = (0..100).map(row).collect();
    project.file("datasets/greet.jsonl", &rows.concat());
    let suite = format!(
        "prompt: greeter\ndataset: datasets/greet.jsonl\nevaluators:\n  - {evaluator}\ngates:\n  - {{metric: pass_rate, min: 0.99}}\n"
    );
    project.file("evals/greet.yaml", &suite);
    project
}

fn reads_98_of_100(project: &Project) {
    let run = project.evaluate(&[]).exits(1);
    let metrics = &run.candidate(0)["metrics"];
    assert_eq!(metrics["pass_rate"], 0.98, "{metrics}");
    assert_eq!(metrics["errors"], 0.0, "{metrics}");
    let cases = run.candidate(0)["cases"].as_array().unwrap();
    let case = cases.iter().find(|case| case["id"] == "case-57").unwrap();
    let score = &case["trials"][0]["scores"][0];
    assert_eq!(score["passed"], false, "{case}");
    let reason = score["reason"].as_str().unwrap();
    assert!(
        reason.starts_with("the answer makes this evaluator fail"),
        "{reason}"
    );
    let _ = run.says(&["98 of 100"]);
}

#[test]
fn a_logged_answer_that_exhausts_the_pattern_fails_its_case() {
    let evaluator = format!("{{type: not-regex, value: {PATTERN}, critical: true}}");
    reads_98_of_100(&project(&evaluator, true));
}

#[test]
fn a_recorded_answer_that_makes_the_condition_fail_fails_its_case() {
    // The provider says what the prompt ends with.
    let fake = FakeProvider::start(Script::answering(|seen| {
        let said = seen.prompt.trim_start_matches("Greet ");
        Reply::text(said.trim_end_matches('.'))
    }));
    let steps =
        "{% for a in output %}{% for b in range(output | length * 200) %}x{% endfor %}{% endfor %}";
    let evaluator = format!("{{type: not-contains, value: 'never said{steps}'}}");
    let mut project = project(&evaluator, false).at(&fake);
    let _ = project.run(&["run", "--responses", "record"]).exits(1);
    project.set("OPENAI_BASE_URL", &fake.url(Kind::OpenAi));
    std::fs::remove_dir_all(project.path(".prompteval")).unwrap();
    let asked = fake.count();
    reads_98_of_100(&project);
    assert_eq!(fake.count(), asked);
}

#[test]
fn a_judge_whose_condition_the_answer_makes_fail_is_not_asked_and_fails_the_case() {
    let evaluator = "{type: llm-rubric, value: Good., model: openai/gpt-6-luna, when: \"(output | fromjson).n == 1\"}";
    let fake = FakeProvider::saying("{}");
    let project = project(evaluator, true).at(&fake);
    let run = project.evaluate(&[]).exits(1);
    assert_eq!(run.candidate(0)["metrics"]["pass_rate"], 0.0);
    assert_eq!(fake.count(), 0);
}
