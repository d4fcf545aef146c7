//! The first five minutes: `init`, completions, the manual, and that every command speaks to machines and shows examples.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::project::{Outcome, Project};

/// An empty folder.
fn empty() -> Project {
    let project = Project::empty();
    fs::remove_file(project.path("prompteval.yaml")).unwrap();
    project
}

/// Every file of a folder, by path.
fn files(project: &Project) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut folders = vec![project.path("")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                let path = entry.path().to_string_lossy().into_owned();
                files.push((path, fs::read(entry.path()).unwrap()));
            }
        }
    }
    files.sort();
    files
}

#[test]
fn a_new_project_passes_check_and_run_without_a_key() {
    for (args, family) in [
        (&["init"][..], "concierge"),
        (
            &[
                "init",
                "--yes",
                "--family",
                "greeter",
                "--model",
                "anthropic/claude-haiku-5-5",
            ],
            "greeter",
        ),
    ] {
        let project = empty();
        let made = project.run(args).exits(0);
        let made = made.says(&[
            &format!("wrote evals/{family}.yaml"),
            "prompteval check",
            "no key is needed",
        ]);
        let _ = made.says(&[&format!("wrote evals/recordings/{family}.jsonl")]);
        let checked = project.run(&["check"]).exits(0);
        assert!(checked.stderr.is_empty(), "{}", checked.stderr);
        let run = project.evaluate(&["--responses", "replay"]).exits(0);
        assert_eq!(run.candidate(0)["counts"]["passed"], 12);
        let _ = project
            .run(&["run"])
            .exits(0)
            .says(&["12 recorded", "PASS"]);
        let workflow = project.read(".github/workflows/prompts.yml");
        assert!(workflow.contains(concat!("PROMPTEVAL_VERSION: ", env!("CARGO_PKG_VERSION"))));

        let before = files(&project);
        let again = project.run(args).exits(2);
        let suite = format!("evals/{family}.yaml");
        let _ = again.says(&["has these files already", &suite, "nothing was written"]);
        assert_eq!(files(&project), before);
        let beside = project
            .run(&["init", "--yes", "--family", "another"])
            .exits(0);
        assert!(
            !beside.stdout.contains("wrote prompteval.yaml"),
            "{}",
            beside.stdout
        );
        let both = project.run(&["run", "--responses", "replay"]).exits(0);
        let _ = both.says(&["of 2 candidates passed"]);
    }
}

#[test]
fn a_new_project_in_a_folder_of_its_own_says_where_to_go() {
    let project = empty();
    let made = project
        .run(&["init", "my shop", "--yes", "--format", "json"])
        .exits(0);
    let told: serde_json::Value = serde_json::from_str(&made.stdout).unwrap();
    assert_eq!(told["files"].as_array().unwrap().len(), 6);
    let _ = project.run(&["--project", "my shop", "run"]).exits(0);
    let _ = project
        .run(&["init", "other", "--yes", "--family", "../x"])
        .exits(2);
    let _ = project
        .run(&["init", "other", "--yes", "--model", "gpt"])
        .exits(2);
    assert!(!project.path("other").exists());
}

#[test]
fn completions_are_scripts_that_their_shells_accept() {
    let project = Project::empty();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = project.run(&["completions", shell]).exits(0).stdout;
        for word in ["rollback", "changed-since"] {
            assert!(script.contains(word), "{shell} does not know {word}");
        }
        // Where the shell is here, it reads the script without running it.
        let Ok(mut child) = Command::new(shell)
            .arg("-n")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
        else {
            assert_ne!(shell, "bash", "tests run where bash is");
            continue;
        };
        child
            .stdin
            .take()
            .unwrap()
            .write_all(script.as_bytes())
            .unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(
            output.status.success(),
            "{shell}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn the_manual_has_a_page_for_each_command() {
    let project = Project::empty();
    let page = project.run(&["man"]).exits(0).stdout;
    assert!(page.contains(".TH prompteval"), "{page}");
    let _ = project.run(&["man", "--dir", "man"]).exits(0);
    for name in ["prompteval.1", "prompteval-run.1", "prompteval-promote.1"] {
        assert!(project.path("man").join(name).is_file(), "{name}");
    }
}

/// The commands that `--help` lists.
fn commands(help: &Outcome) -> Vec<String> {
    let (_, rest) = help.stdout.split_once("Commands:\n").unwrap();
    let names = rest.lines().take_while(|line| !line.is_empty());
    let names = names.filter_map(|line| line.split_whitespace().next());
    names
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_command_has_examples_and_speaks_json() {
    let project = Project::empty();
    let names = commands(&project.run(&["-h"]).exits(0));
    assert!(names.len() > 15, "{names:?}");
    for name in names {
        let help = project.run(&[&name, "--help"]).exits(0).stdout;
        assert!(help.contains("Examples:"), "{name} has no examples");
        let speaks = |help: &str| help.contains("--format <FORMAT>");
        if name == "cache" {
            for action in ["stats", "prune", "clear"] {
                let help = project.run(&["cache", action, "--help"]).exits(0).stdout;
                assert!(speaks(&help), "cache {action}");
            }
        } else if name == "key" {
            let help = project.run(&["key", "new", "--help"]).exits(0).stdout;
            assert!(speaks(&help), "key new");
        } else if !["completions", "man", "schema"].contains(&name.as_str()) {
            assert!(speaks(&help), "{name} has no --format");
        }
    }
}

#[test]
fn colours_follow_the_flag_then_the_environment() {
    let mut project = Project::greeting(1);
    project.production("greeter", "1.0.0");
    project.version("greeter", "1.1.0", "openai/gpt-6-luna", "Hi {{ name }}.");
    let args = ["diff", "greeter@1.0.0", "greeter@1.1.0"];
    let colored = |project: &Project, more: &[&str]| {
        let outcome = project.run(&[&args[..], more].concat()).exits(0);
        outcome.stdout.contains('\u{1b}')
    };
    assert!(!colored(&project, &[]), "a pipe gets no colours");
    assert!(colored(&project, &["--color", "always"]));
    project.set("CLICOLOR_FORCE", "1");
    assert!(colored(&project, &[]));
    assert!(!colored(&project, &["--color", "never"]));
    project.set("NO_COLOR", "1");
    assert!(!colored(&project, &[]), "NO_COLOR goes first");
}
