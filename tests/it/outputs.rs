//! What a command prints or writes: nobody loses it without being told, and no report is written over what is not one.

use std::fs::File;
use std::process::Stdio;

use crate::fake_provider::FakeProvider;
use crate::project::{Outcome, Project};

fn project() -> (Project, FakeProvider) {
    let fake = FakeProvider::saying("hello");
    let project = Project::greeting(3).at(&fake);
    project.production("greeter", "1.0.0");
    let _ = project.run(&["run"]).exits(0);
    (project, fake)
}

/// Every command that prints what was asked for.
const COMMANDS: &[&[&str]] = &[
    &["run"],
    &["run", "--format", "json"],
    &["report", "last"],
    &["report", "last", "--format", "json"],
    &["check"],
    &["check", "--format", "json"],
    &["plan"],
    &["render", "greeter"],
    &["list"],
    &["list", "--format", "json"],
    &["show", "greeter"],
    &["diff", "last", "last"],
    &["log", "greeter"],
    &["schema"],
    &["schema", "suite"],
    &["assign", "greeter", "--unit", "user-1"],
    &["cache", "stats"],
    &["completions", "bash"],
    &["man"],
    &["--help"],
    &["run", "--help"],
    &["--version"],
];

#[cfg(target_os = "linux")]
#[test]
fn output_that_is_lost_is_no_success() {
    let (project, _fake) = project();
    for args in COMMANDS {
        let full = || Stdio::from(File::options().write(true).open("/dev/full").unwrap());
        let output = project.command(args).stdout(full()).output().unwrap();
        let outcome = Outcome::of(&output);
        assert_eq!(outcome.code, 3, "{args:?}: {}", outcome.stderr);
        assert!(
            outcome.stderr.contains("standard output cannot be written"),
            "{args:?}: {}",
            outcome.stderr
        );
        // Where nothing can be told, the code alone has to.
        let output = project
            .command(args)
            .stdout(full())
            .stderr(full())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(3), "{args:?}");
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_fault() {
    let (project, _fake) = project();
    for args in COMMANDS {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = project.command(args).stdout(writer).output().unwrap();
        let outcome = Outcome::of(&output);
        assert_eq!(outcome.code, 0, "{args:?}: {}", outcome.stderr);
        assert!(
            !outcome.stderr.contains("cannot be written"),
            "{args:?}: {}",
            outcome.stderr
        );
    }
}

#[test]
fn a_report_is_never_written_over_what_is_none() {
    let (project, fake) = project();
    project.git(&["init", "-q"]);
    project.file("notes.md", "# mine\n");
    project.file("evals/recordings/greet.jsonl", "");
    std::os::unix::fs::symlink("datasets/greet.jsonl", project.path("link.json")).unwrap();
    let journal = project.newest_journal();
    let files = [
        "datasets/greet.jsonl",
        "./datasets/../datasets/greet.jsonl",
        "link.json",
        "prompts/greeter/1.0.0.yaml",
        "prompts/greeter/2.0.0.yaml",
        "evals/greet.yaml",
        "evals/recordings/greet.jsonl",
        "evals/evidence/greeter/1.0.0.json",
        "prompteval.yaml",
        "notes.md",
        &journal,
    ];
    let calls = fake.count();
    for file in files {
        let before = std::fs::read(project.path(file)).ok();
        for flag in ["--json", "--junit", "--html", "--markdown"] {
            for command in [&["run", "--responses", "live"][..], &["report", "last"]] {
                let args = [command, &[flag, file]].concat();
                let refused = project.run(&args).exits(2);
                let _ = refused.says(&["choose another name"]);
            }
        }
        assert_eq!(std::fs::read(project.path(file)).ok(), before, "{file}");
    }
    assert_eq!(fake.count(), calls);
    // A report of its own kind is, one of another kind is not.
    let reports = [
        "--json",
        "r.json",
        "--junit",
        "r.xml",
        "--html",
        "r.html",
        "--markdown",
        "r.md",
    ];
    for _ in 0..2 {
        let _ = project
            .run(&[&["report", "last"][..], &reports].concat())
            .exits(0);
    }
    let _ = project
        .run(&["report", "last", "--json", "r.html"])
        .exits(2);
}

#[test]
fn a_schema_is_never_written_over_what_is_none() {
    let (project, _fake) = project();
    project.file("out/project.json", "{\"mine\": 1}\n");
    let refused = project.run(&["schema", "--write", "out"]).exits(2);
    let _ = refused.says(&["no schema"]);
    assert_eq!(project.read("out/project.json"), "{\"mine\": 1}\n");
    assert!(!project.path("out/suite.json").exists());
    for _ in 0..2 {
        let _ = project.run(&["schema", "--write", "schemas"]).exits(0);
    }
}
