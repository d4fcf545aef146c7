//! `--github`: what GitHub Actions is told, and that no answer of a model can tell it anything.

use crate::evaluation::KEY;
use crate::fake_provider::{FakeProvider, Reply, Script};
use crate::project::{Outcome, Project};

const HOSTILE: &str = "Go away.\n::error::owned\n::add-mask::x\n##[error]owned\n```\n</details>\n@team #1 <!-- prompteval:x -->";

/// 1.0.0 in production greets all users, 1.1.0 sends those of even number away with commands.
fn project() -> (Project, FakeProvider) {
    let fake = FakeProvider::start(Script::answering(|seen| {
        let even = seen.user().is_multiple_of(2);
        Reply::text(if even && seen.prompt.contains("kindly") {
            HOSTILE
        } else {
            "hello"
        })
    }));
    let mut project = Project::greeting(40).at(&fake);
    project.production("greeter", "1.0.0");
    project.kindly();
    project.gates("  - {metric: pass_rate, baseline: true, margin: 0.05}\nrepeats: 1\n");
    let root = project.path("").to_string_lossy().into_owned();
    project.set("GITHUB_STEP_SUMMARY", &format!("{root}summary.md"));
    project.set("GITHUB_OUTPUT", &format!("{root}output.txt"));
    project.set("GITHUB_WORKSPACE", &root);
    (project, fake)
}

/// Lines that the runner would obey: those that begin with `::`, white space before it or not, or hold `##[`.
fn commands(text: &str) -> Vec<&str> {
    let obeyed = |line: &&str| line.trim_start().starts_with("::") || line.contains("##[");
    text.lines().filter(obeyed).collect()
}

fn no_key(outcome: &Outcome, project: &Project) {
    let summary = project.read("summary.md");
    for text in [&outcome.stdout, &outcome.stderr, &summary] {
        assert!(!text.contains(KEY), "{text}");
    }
}

#[test]
fn a_blocked_run_annotates_what_is_to_blame_and_nothing_else_is_a_command() {
    let (mut project, _fake) = project();
    project.set("GITHUB_ACTIONS", "true");
    let outcome = project.run(&["run"]).exits(1);
    no_key(&outcome, &project);
    let found = commands(&outcome.stdout);
    assert_eq!(found.len(), 10, "{found:#?}");
    assert!(
        found.iter().all(|line| line.starts_with("::error file=")),
        "{found:#?}"
    );
    assert!(found[0].starts_with("::error file=prompts/greeter/1.1.0.yaml,line=1,title="));
    assert!(
        found[2].starts_with("::error file=datasets/greet.jsonl,line=3,title=case-2 newly broken"),
        "{found:#?}"
    );
    let outputs = project.read("output.txt");
    for text in [
        "verdict<<END\nfail\nEND\n",
        "pass-rate<<END\n0.5\nEND\n",
        "blocked-suites<<END\ngreet\nEND\n",
        "run-id<<END\n",
    ] {
        assert!(outputs.contains(text), "{outputs}");
    }
    let summary = project.read("summary.md");
    assert!(
        summary.starts_with("## ❌ prompteval: BLOCKED"),
        "{summary}"
    );
    assert!(
        summary.contains("**Newly broken (20)**: `case-0`"),
        "{summary}"
    );

    // A machine that asked for JSON gets nothing but JSON.
    let machine = project
        .run(&["report", "last", "--format", "json"])
        .exits(1);
    assert!(serde_json::from_str::<serde_json::Value>(&machine.stdout).is_ok());
    assert_eq!(commands(&machine.stderr).len(), 10);
    let silent = project.run(&["report", "last", "--no-github"]).exits(1);
    assert_eq!(commands(&silent.stdout), [""; 0]);
}

#[test]
fn outside_of_actions_nothing_is_told_unless_asked() {
    let (project, _fake) = project();
    let outcome = project.run(&["run"]).exits(1);
    assert_eq!(commands(&outcome.stdout), [""; 0]);
    assert!(!project.path("summary.md").exists());
    let told = project.run(&["report", "last", "--github"]).exits(1);
    assert_eq!(commands(&told.stdout).len(), 10);
    assert!(project.path("summary.md").exists());
}

#[test]
fn a_run_that_passes_has_no_annotation_and_one_without_a_provider_says_why() {
    let (mut project, fake) = project();
    project.set("GITHUB_ACTIONS", "true");
    let passed = project
        .run(&["run", "--candidate", "greeter@1.0.0"])
        .exits(0);
    assert_eq!(commands(&passed.stdout), [""; 0]);
    assert!(project.read("output.txt").contains("verdict<<END\npass\n"));
    drop(fake);
    let failed = project.run(&["run", "--responses", "live"]).exits(3);
    let found = commands(&failed.stdout);
    assert_eq!(found.len(), 2, "{found:#?}");
    let fault = "in error::connect: openai: cannot connect to ";
    assert!(found[0].contains(fault), "{found:#?}");
    assert!(found[1].contains("cases"), "{found:#?}");
}

#[test]
fn a_summary_stays_below_what_github_shows() {
    let long = "word \u{1f600} ".repeat(4_000);
    let fake = FakeProvider::start(Script::answering(move |seen| {
        Reply::text(format!("{} {long}", seen.prompt))
    }));
    let mut project = Project::greeting(300).at(&fake);
    let root = project.path("").to_string_lossy().into_owned();
    project.set("GITHUB_STEP_SUMMARY", &format!("{root}summary.md"));
    project.file("evals/greet.yaml", "prompt: greeter\ndataset: datasets/greet.jsonl\nevaluators: [{type: equals, value: x}]\ngates: [{metric: pass_rate, min: 1}]\n");
    project.file("summary.md", &"earlier\n".repeat(100_000));
    let _ = project
        .run(&["run", "--github", "--markdown", "m.md", "--quiet"])
        .exits(1);
    let summary = project.read("summary.md");
    assert!(summary.len() < 1024 * 1024, "{}", summary.len());
    assert!(summary.contains("prompteval: BLOCKED"));
    let comment = project.read("m.md");
    assert!(comment.len() <= 65_536, "{}", comment.len());
    assert!(
        comment.contains("more part"),
        "it says that something is left out"
    );
    assert_eq!(comment.matches("```").count() % 2, 0);
}

#[test]
fn junit_names_file_and_line_where_that_is_asked_for() {
    let (project, _fake) = project();
    let _ = project.run(&["run", "--junit", "plain.xml"]).exits(1);
    assert!(!project.read("plain.xml").contains(" line="));
    let args = [
        "report",
        "last",
        "--junit",
        "junit.xml",
        "--junit-file-line",
    ];
    let _ = project.run(&args).exits(1);
    let xml = project.read("junit.xml");
    let case = |line: &&str| line.contains("name=\"case-2 / hello\"");
    let line = xml.lines().find(case).unwrap();
    let place = "file=\"datasets/greet.jsonl\" line=\"3\"";
    assert!(line.contains(place), "{line}");
}
