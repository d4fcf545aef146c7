//! Keys that stand in the environment, in addresses and behind links are shown by no command and given to no other process.

use std::os::unix::fs::{PermissionsExt, symlink};

use crate::fake_provider::FakeProvider;
use crate::project::{Outcome, Project};

/// A key that no name and no look gives away: the project says which variable holds it.
const KEY: &str = "quite-Secret-Words";

fn project() -> Project {
    let mut project = Project::greeting(2);
    project.file(
        "prompteval.yaml",
        "version: 1\nproviders:\n  openai: {api_key_env: MY_PROVIDER}\n",
    );
    project.set("MY_PROVIDER", KEY);
    project.set("OTHER_TOKEN", "token-of-another");
    project
}

fn hides(outcome: &Outcome) {
    for secret in [KEY, "token-of-another", "PASSW0RD"] {
        let all = format!("{}{}", outcome.stdout, outcome.stderr);
        assert!(!all.contains(secret), "{secret} is in\n{all}");
    }
}

#[test]
fn a_line_beside_a_mistake_shows_no_key() {
    for line in [
        format!("tgas: [{KEY}]"),
        "tgas: [token-of-another]".to_owned(),
        "tgas: [\"https://me:PASSW0RD@h/x?key=PASSW0RD\"]".to_owned(),
        "tgas: [\"ANY_KEY=PASSW0RD\"]".to_owned(),
        format!("tgas: [{}{KEY}]", "x".repeat(300)),
    ] {
        let project = project();
        project.suite("greet", &format!("{line}\n"));
        let wrong = project.run(&["check"]).exits(2);
        hides(&wrong);
        let _ = wrong.says(&["unknown-key", "evals/greet.yaml", "tgas"]);
    }
    // The message itself quotes what is wrong.
    let project = project();
    project.suite("greet", &format!("candidates: [{KEY}]\n"));
    let wrong = project.run(&["check"]).exits(2);
    hides(&wrong);
    let _ = wrong.says(&["[redacted]"]);
}

#[test]
fn a_base_address_that_is_refused_is_shown_without_its_secrets() {
    for address in [
        "http://user:PASSW0RD@h/v1?key=PASSW0RD",
        "http://h/v1?key=PASSW0RD",
        "user:PASSW0RD@h/v1",
        "http://user:PASSW0RD/@h",
    ] {
        let mut project = Project::greeting(2);
        project.set("OPENAI_BASE_URL", address);
        let refused = project.run(&["check"]).exits(2);
        hides(&refused);
        let _ = refused.says(&["OPENAI_BASE_URL"]);
        let project = Project::greeting(2);
        let settings = format!("version: 1\nproviders: {{openai: {{base_url: \"{address}\"}}}}\n");
        project.file("prompteval.yaml", &settings);
        for command in [&["check"][..], &["plan"], &["list"], &["render", "greeter"]] {
            hides(&project.run(command));
        }
        let _ = project.run(&["check"]).exits(2).says(&["prompteval.yaml"]);
    }
}

#[test]
fn no_link_leads_out_of_the_project() {
    let outside = tempfile::tempdir().unwrap();
    for path in [
        "datasets/greet.jsonl",
        "prompts/greeter/1.0.0.yaml",
        "prompts/greeter/family.yaml",
        "evals/greet.yaml",
        "evals/recordings/greet.jsonl",
        "prompteval.yaml",
    ] {
        let project = project();
        std::fs::create_dir_all(project.path(path).parent().unwrap()).unwrap();
        let _ = std::fs::remove_file(project.path(path));
        symlink("/proc/self/environ", project.path(path)).unwrap();
        for command in [&["check"][..], &["plan"], &["render", "greeter"], &["run"]] {
            hides(&project.run(command));
        }
        let refused = project.run(&["check"]).exits(2);
        let _ = refused.says(&["outside-project", path, "allow_outside"]);
    }
    // Only what reads a history follows its link.
    let project = project();
    symlink(
        "/proc/self/environ",
        project.path("prompts/greeter/history.jsonl"),
    )
    .unwrap();
    let log = project.run(&["log", "greeter"]).exits(2);
    hides(&log);
    let _ = log.says(&["outside-project", "history.jsonl"]);
    // A folder, a way up, and a beginning of its own.
    std::fs::write(
        outside.path().join("d.jsonl"),
        "{\"vars\": {\"name\": \"a\"}}\n",
    )
    .unwrap();
    let project = self::project();
    symlink(outside.path(), project.path("datasets/linked")).unwrap();
    let absolute = outside.path().join("d.jsonl").display().to_string();
    let up = format!("{}{absolute}", "../".repeat(20));
    for dataset in ["datasets/linked/d.jsonl", &absolute, &up] {
        project.suite("greet", "");
        let suite = project.read("evals/greet.yaml");
        project.file(
            "evals/greet.yaml",
            &suite.replace("datasets/greet.jsonl", dataset),
        );
        let refused = project.run(&["check"]).exits(2);
        let _ = refused.says(&["evals/greet.yaml:2", "outside-project", "allow_outside"]);
    }
    let settings = project.read("prompteval.yaml");
    project.file(
        "prompteval.yaml",
        &format!("{settings}allow_outside: true\n"),
    );
    let _ = project.run(&["check"]).exits(0);
    std::fs::remove_file(project.path("datasets/greet.jsonl")).unwrap();
    symlink("/proc/self/environ", project.path("datasets/greet.jsonl")).unwrap();
    project.suite("greet", "");
    hides(&project.run(&["check"]).exits(2));
}

#[test]
fn a_repository_is_one_project_but_for_what_git_keeps_in_it() {
    let project = Project::empty();
    project.git(&["init", "-q"]);
    project.file("data/d.jsonl", "{\"vars\": {\"name\": \"a\"}}\n");
    let inner = self::project();
    for path in ["prompteval.yaml", "prompts/greeter/1.0.0.yaml"] {
        project.file(&format!("app/{path}"), &inner.read(path));
    }
    let suite = inner.read("evals/greet.yaml");
    let with = |dataset: &str| {
        project.file(
            "app/evals/greet.yaml",
            &suite.replace("datasets/greet.jsonl", dataset),
        );
        project.run(&["check", "--project", "app"])
    };
    let _ = with("../data/d.jsonl").exits(0);
    project.file(".git/token.jsonl", "{\"vars\": {\"name\": \"a\"}}\n");
    let _ = with("../.git/token.jsonl")
        .exits(2)
        .says(&["outside-project"]);
}

#[test]
fn a_request_is_rendered_without_headers_that_may_hold_a_key() {
    let mut project = project();
    project.file(
        "prompteval.yaml",
        "version: 1\nproviders:\n  openai: {headers: {x-portkey-config: PASSW0RD, x-team: PASSW0RD, accept: text/plain}}\n",
    );
    project.set("OPENAI_API_KEY", KEY);
    let shown = project.run(&["render", "greeter"]).exits(0);
    hides(&shown);
    let _ = shown.says(&[
        "\"x-portkey-config\": \"[redacted]\"",
        "text/plain",
        "Bearer $OPENAI_API_KEY",
    ]);
}

#[test]
fn git_sees_no_key() {
    let fake = FakeProvider::saying("hello");
    let mut project = Project::greeting(2).at(&fake);
    project.set("OPENAI_API_KEY", KEY);
    project.set("SOME_CI_VARIABLE", "token-of-another");
    project.set("GIT_AUTHOR_NAME", "somebody");
    project.file("bin/git", "#!/bin/sh\nenv >> \"$HOME/seen\"\nexit 1\n");
    let script = project.path("bin/git");
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!(
        "{}:{}",
        project.path("bin").display(),
        std::env::var("PATH").unwrap()
    );
    project.set("PATH", &path);
    let _ = project.run(&["run"]).exits(0);
    let _ = project.run(&["run", "--changed-since", "main"]).exits(2);
    let seen = project.read("seen");
    assert!(
        seen.contains("HOME=") && seen.contains("GIT_AUTHOR_NAME=somebody"),
        "{seen}"
    );
    assert!(
        !seen.contains(KEY) && !seen.contains("token-of-another"),
        "{seen}"
    );
}
