//! Pipes and devices in the place of a project's files: they could be waited for, or read, without end.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use crate::project::Project;
use crate::row::{LIMITS, Row};

const NO_FILE: &str = "it is no regular file";

pub(crate) const ROWS: &[Row] = &[
    Row {
        input: "a pipe in the place of prompteval.yaml",
        project: || pipe("prompteval.yaml"),
        args: &["check"],
        says: &["prompteval.yaml", NO_FILE, "put the file itself there"],
        ..LIMITS
    },
    Row {
        input: "a pipe in the place of a suite",
        project: || pipe("evals/greet.yaml"),
        args: &["check"],
        says: &["evals/greet.yaml", NO_FILE],
        ..LIMITS
    },
    Row {
        input: "a pipe in the place of a version",
        project: || pipe("prompts/greeter/1.0.0.yaml"),
        args: &["check"],
        says: &["prompts/greeter/1.0.0.yaml", NO_FILE],
        ..LIMITS
    },
    Row {
        input: "a pipe in the place of a family's pointers",
        project: || pipe("prompts/greeter/family.yaml"),
        args: &["list"],
        says: &["prompts/greeter/family.yaml", NO_FILE],
        ..LIMITS
    },
    Row {
        input: "a pipe in the place of a dataset",
        project: || pipe("datasets/greet.jsonl"),
        args: &["check"],
        says: &["datasets/greet.jsonl", NO_FILE],
        ..LIMITS
    },
    Row {
        input: "a device in the place of a dataset",
        project: || device("datasets/greet.jsonl"),
        args: &["check"],
        says: &["datasets/greet.jsonl", NO_FILE],
        ..LIMITS
    },
    Row {
        input: "a device in the place of a version",
        project: || device("prompts/greeter/1.0.0.yaml"),
        args: &["check"],
        says: &["prompts/greeter/1.0.0.yaml", NO_FILE],
        ..LIMITS
    },
    Row {
        input: "a pipe in the place of recordings",
        project: || pipe("evals/recordings/greet.jsonl"),
        args: &["run", "--responses", "replay"],
        says: &["evals/recordings/greet.jsonl", NO_FILE],
        ..LIMITS
    },
    Row {
        input: "a pipe in the place of a history",
        project: || {
            let project = Project::greeting(1);
            project.production("greeter", "1.0.0");
            put_pipe(&project, "prompts/greeter/history.jsonl");
            project
        },
        args: &["log", "greeter"],
        says: &["prompts/greeter/history.jsonl", NO_FILE],
        ..LIMITS
    },
    Row {
        input: "a pipe in the place of evidence",
        project: || {
            let project = Project::greeting(1);
            let hash = project.hash("prompts/greeter/1.0.0.yaml");
            let pin = "0".repeat(64);
            project.file(
                "prompts/greeter/family.yaml",
                &format!(
                    "versions:\n  1.0.0: {{status: production, sha256: {hash}, evidence: {pin}}}\n"
                ),
            );
            put_pipe(&project, "evals/evidence/greeter/1.0.0.json");
            project
        },
        args: &["check"],
        says: &["greeter"],
        ..LIMITS
    },
    Row {
        input: "a pipe in the place of an included template",
        project: || {
            let project = Project::greeting(1);
            project.version(
                "greeter",
                "1.1.0",
                "openai/gpt-6-luna",
                "{% include 'tone.md' %} {{ name }}",
            );
            put_pipe(&project, "prompts/tone.md");
            project
        },
        args: &["check"],
        says: &["tone.md"],
        ..LIMITS
    },
    Row {
        input: "a pipe in the place of a journal",
        project: || pipe(".prompteval/runs/20260101T000000-aaaa/journal.jsonl"),
        args: &["report", "20260101T000000-aaaa"],
        says: &["20260101T000000-aaaa"],
        ..LIMITS
    },
    Row {
        input: "a pipe in the place of a packed journal",
        project: || pipe("journal.jsonl.gz"),
        args: &["report", "journal.jsonl.gz"],
        says: &["journal.jsonl.gz"],
        ..LIMITS
    },
    Row {
        input: "a pipe in the place of a report",
        project: || pipe("report.json"),
        args: &["diff", "report.json", "report.json"],
        says: &["report.json"],
        ..LIMITS
    },
    Row {
        input: "a pipe in the place of the cache's lock",
        project: || pipe(".prompteval/cache/v2/lock"),
        args: &["cache", "prune"],
        exit: 3,
        says: &[NO_FILE],
        ..LIMITS
    },
    Row {
        input: "a pipe in the place of a segment of the cache",
        project: || pipe(".prompteval/cache/v2/20260101T000000000000Z-1.jsonl"),
        args: &["cache", "stats"],
        exit: 0,
        says: &["0 responses"],
        ..LIMITS
    },
];

fn pipe(path: &str) -> Project {
    let project = Project::greeting(1);
    put_pipe(&project, path);
    project
}

fn put_pipe(project: &Project, path: &str) {
    let path = place(project, path);
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

fn device(path: &str) -> Project {
    let project = Project::greeting(1);
    // Else no link leads there at all.
    let settings = project.read("prompteval.yaml");
    project.file(
        "prompteval.yaml",
        &format!("{settings}allow_outside: true\n"),
    );
    symlink("/dev/zero", place(&project, path)).unwrap();
    project
}

/// A path at which nothing stands yet.
fn place(project: &Project, path: &str) -> std::path::PathBuf {
    let path = project.path(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let _ = fs::remove_file(&path);
    path
}
