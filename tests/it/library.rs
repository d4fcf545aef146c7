//! The engine as a library: one call from a project to a verdict, the same one that the binary reaches.

use std::path::Path;
use std::process::Command;

use prompteval::model::verdict::Decision;
use prompteval::model::{Interrupt, Responses, RunSpec};
use prompteval::pipeline::{Event, Limits, Observer, Project as Tree, Run, Why};

use crate::project::Project;

/// A project whose rows hold their answers: nothing is called.
fn logged(answer: &str) -> Project {
    let project = Project::greeting(3);
    let row = |n| {
        format!(
            "{{\"id\": \"case-{n}\", \"vars\": {{\"name\": \"user {n}\"}}, \"output\": \"{answer}\"}}\n"
        )
    };
    let rows: Vec<String> = (0..3).map(row).collect();
    project.file("datasets/greet.jsonl", &rows.concat());
    project
}

/// What was told, a word each.
#[derive(Default)]
struct Told(Vec<&'static str>, usize);

impl Observer for Told {
    fn event(&mut self, event: &Event<'_>) {
        self.1 += event.trials().count();
        self.0.push(match event {
            Event::Begins { trials, .. } => {
                assert_eq!(*trials, 3);
                "begins"
            }
            Event::Ended(_) => "ended",
            _ => "other",
        });
    }
}

#[tokio::test]
async fn a_run_is_one_call_and_decides_as_the_binary_does() {
    let project = logged("Hello, you");
    let tree = Tree::at(project.path(""));
    let run = Run::open(&tree, RunSpec::default(), Limits::default()).unwrap();
    assert_eq!(run.forecast().unwrap().first.calls(), 0);
    let mut told = Told::default();
    let finished = run
        .execute(&mut told, std::future::pending())
        .await
        .unwrap();
    assert_eq!(told.0.first(), Some(&"begins"));
    assert_eq!(told.1, 3, "every trial is told of once");
    let by_binary = project.run(&["run"]);
    assert_eq!(by_binary.code, 0, "{by_binary:?}");
    assert_eq!(finished.verdict.decision, Decision::Pass);
    assert!(finished.journal.is_complete());
}

#[tokio::test]
async fn mistakes_come_back_as_problems_and_nothing_is_written() {
    let project = logged("Hello");
    project.file("evals/greet.yaml", "prompt: nobody\n");
    let tree = Tree::at(project.path(""));
    let refused = Run::open(&tree, RunSpec::default(), Limits::default()).unwrap_err();
    let Why::Problems(problems) = refused.why else {
        panic!("{refused}");
    };
    assert!(problems.any_error());
    assert!(!project.path(".prompteval").exists());
}

#[tokio::test]
async fn a_run_that_is_asked_to_end_ends_in_order() {
    let project = logged("Hello, you");
    let tree = Tree::at(project.path(""));
    let run = Run::open(&tree, RunSpec::default(), Limits::default()).unwrap();
    let now = std::future::ready(Interrupt::Terminate);
    let finished = run.execute(&mut (), now).await.unwrap();
    assert_eq!(finished.verdict.decision, Decision::Interrupted);
}

#[test]
fn the_specification_of_a_run_is_in_its_journal_as_it_is() {
    let project = logged("Hello, you");
    let flags = ["run", "--limit", "2", "--repeats", "1", "--no-escalate"];
    let outcome = project.run(&flags);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let journal = project.read(&project.newest_journal());
    let plan: serde_json::Value = serde_json::from_str(journal.lines().next().unwrap()).unwrap();
    let text = plan.to_string();
    assert!(
        text.contains(r#""asked":{"limit":2,"repeats":1,"no_escalate":true}"#),
        "{text}"
    );
    let spec: RunSpec =
        serde_json::from_str(r#"{"limit":2,"repeats":1,"no_escalate":true}"#).unwrap();
    assert_eq!(spec.partial(), ["--limit", "--repeats"]);
    assert_eq!(spec.responses, Responses::Auto);
}

#[test]
fn the_example_of_the_documentation_runs() {
    let binary = Path::new(env!("CARGO_BIN_EXE_prompteval"));
    let example = binary.parent().unwrap().join("examples/embed");
    let project = logged("Hello, you");
    let run = || {
        Command::new(&example)
            .arg(project.path(""))
            .output()
            .unwrap()
    };
    let passed = run();
    let printed = String::from_utf8_lossy(&passed.stdout).into_owned();
    assert!(passed.status.success(), "{passed:?}");
    assert_eq!(printed, "3 trials: Pass\n");
}
