//! What `init` writes, of every kind: a project that is strict and green without a key, and a workflow that does its job in a
//! repository with nothing else in it.

use std::process::Command;

use crate::fake_github::{FakeGitHub, TOKEN};
use crate::project::{Outcome, Project};

const WORKFLOW: &str = ".github/workflows/prompts.yml";

/// Each kind, with the name of its family.
const KINDS: [(&str, &str); 4] = [
    ("classifier", "ticket-topic"),
    ("extraction", "order-fields"),
    ("rag", "handbook"),
    ("chat", "concierge"),
];

/// A project of a kind in a folder with nothing else.
fn new(kind: &str) -> Project {
    let project = Project::empty();
    std::fs::remove_file(project.path("prompteval.yaml")).unwrap();
    let _ = project.run(&["init", "--kind", kind]).exits(0);
    project
}

#[test]
fn every_kind_is_strict_and_green_without_a_key() {
    for (kind, family) in KINDS {
        let project = new(kind);
        let checked = project.run(&["check", "--strict"]).exits(0);
        assert!(checked.stderr.is_empty(), "{kind}: {}", checked.stderr);
        let run = project.evaluate(&["--strict"]).exits(0);
        assert_eq!(run.report["verdict"], "pass", "{kind}");
        assert_eq!(run.candidate(0)["counts"]["passed"], 12, "{kind}");
        assert_eq!(run.report["run"]["calls"], 0, "{kind}");
        let suite = project.read(&format!("evals/{family}.yaml"));
        assert!(
            suite.contains("samples that prompteval's authors wrote"),
            "{suite}"
        );
    }
}

/// A suite that lets anything through would be green, too: each one fails on answers to another case.
#[test]
fn the_suite_of_every_kind_fails_on_wrong_answers() {
    for (kind, family) in KINDS {
        let project = new(kind);
        let path = format!("evals/recordings/{family}.jsonl");
        let text = project.read(&path);
        // The content of each answer, in place of which stands what no suite accepts.
        let wrong = "We will refund everything and upgrade you to a suite. ".repeat(20);
        let mut rows = String::new();
        for line in text.lines() {
            let mut row: serde_json::Value = serde_json::from_str(line).unwrap();
            let content = row.pointer_mut("/response/content").unwrap();
            *content = wrong.clone().into();
            rows += &row.to_string();
            rows.push('\n');
        }
        project.file(&path, &rows);
        let run = project.evaluate(&["--responses", "replay"]).exits(1);
        assert_eq!(run.candidate(0)["counts"]["passed"], 0, "{kind}");
    }
}

#[test]
fn kinds_and_providers_that_do_not_exist_are_refused_before_anything_is_written() {
    let project = Project::empty();
    std::fs::remove_file(project.path("prompteval.yaml")).unwrap();
    let refused = project.run(&["init", "--kind", "poem"]).exits(2);
    let _ = refused.says(&["classifier", "extraction", "rag", "chat"]);
    let refused = project.run(&["init", "--model", "local/llama3"]).exits(2);
    let _ = refused.says(&[
        "there is no provider `local`",
        "openai",
        "prompteval.yaml first",
    ]);
    assert_eq!(std::fs::read_dir(project.path(".")).unwrap().count(), 0);
    project.file(
        "prompteval.yaml",
        "version: 1\nproviders:\n  local: {kind: openai, base_url: \"http://127.0.0.1:11434/v1\"}\n",
    );
    let _ = project.run(&["init", "--model", "local/llama3"]).exits(0);
    let _ = project.run(&["run", "--responses", "replay"]).exits(0);
}

/// Runs the steps of the workflow that are ours, as Actions does for a pull request to `main` without any secrets.
fn steps(project: &Project, machine: &Project, github: &FakeGitHub) -> Vec<Outcome> {
    let workflow = project.read(WORKFLOW);
    let scripts = workflow
        .lines()
        .filter_map(|line| line.trim().strip_prefix("run: "));
    let scripts: Vec<&str> = scripts.collect();
    assert_eq!(scripts.len(), 2, "one that evaluates, one that comments");
    machine.file("event.json", "{\"pull_request\": {\"number\": 7}}");
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_prompteval"));
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", binary.parent().unwrap().display());
    let run = |script: &&str| {
        let mut bash = Command::new("bash");
        bash.args(["-e", "-c", script])
            .current_dir(project.path("."))
            .env_clear()
            .envs([
                ("PATH", path.as_str()),
                ("BASE", "main"),
                ("RESPONSES", "replay"),
            ])
            .envs([("GITHUB_ACTIONS", "true"), ("GITHUB_REPOSITORY", "us/shop")])
            .envs([("GITHUB_TOKEN", TOKEN), ("GITHUB_API_URL", &github.url)])
            .env("HOME", machine.path("."))
            .env("GITHUB_EVENT_PATH", machine.path("event.json"));
        Outcome::of(&bash.output().unwrap())
    };
    scripts.iter().map(run).collect()
}

/// Commits everything on a branch that leaves `main` where it is now.
fn pull_request(project: &Project) {
    project.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
    project.git(&["add", "-A"]);
    project.git(&["commit", "-qm", "change"]);
}

#[test]
fn the_workflow_does_its_job_in_a_repository_with_nothing_else() {
    for (kind, family) in KINDS {
        let github = FakeGitHub::start();
        let (project, machine) = (Project::empty(), Project::empty());
        std::fs::remove_file(project.path("prompteval.yaml")).unwrap();
        project.file("LICENSE", "ours");
        project.git(&["init", "-q"]);
        project.git(&["add", "-A"]);
        project.git(&["commit", "-qm", "first"]);

        // The pull request that brings the project.
        let _ = project.run(&["init", "--kind", kind]).exits(0);
        pull_request(&project);
        let both = steps(&project, &machine, &github);
        assert_eq!((both[0].code, both[1].code), (0, 0), "{kind}: {both:#?}");
        assert!(
            github.comments()[0].contains("PASS"),
            "{:?}",
            github.comments()
        );

        // One that touches nothing of it, on a fresh machine.
        std::fs::remove_dir_all(project.path(".prompteval")).unwrap();
        project.file("LICENSE", "yours");
        pull_request(&project);
        let both = steps(&project, &machine, &github);
        assert_eq!((both[0].code, both[1].code), (0, 0), "{kind}: {both:#?}");

        // One that edits the prompt without recording what it answers: that is not a pass.
        let version = format!("prompts/{family}/1.0.0.yaml");
        let text = project.read(&version).replace("user: ", "# edited\nuser: ");
        project.file(
            &version,
            &text.replace("system: |\n", "system: |\n  Be brief.\n"),
        );
        pull_request(&project);
        let both = steps(&project, &machine, &github);
        assert_eq!((both[0].code, both[1].code), (3, 0), "{kind}: {both:#?}");
        assert_eq!(github.comments().len(), 1, "one comment, changed each time");
    }
}
