//! A project in a temporary folder, and the binary run in it as a user does: own home, no keys, no proxies.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// A suite over `greeter` that looks for a greeting, up to its gates.
const GREETS: &str = "prompt: greeter
dataset: datasets/greet.jsonl
evaluators:
  - {type: icontains, name: hello, value: hello}
gates:
";

/// A project to run the binary in.
pub(crate) struct Project {
    dir: TempDir,
    env: Vec<(String, String)>,
}

/// What a run of the binary left.
#[derive(Debug)]
#[must_use = "a run whose outcome nobody looks at tests nothing"]
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Project {
    /// A project with one family in two versions, a dataset of `cases` rows and a suite `greet` without a judge.
    pub(crate) fn greeting(cases: usize) -> Self {
        let project = Self::empty();
        project.version("greeter", "1.0.0", "openai/gpt-6-luna", "Greet {{ name }}.");
        let row = |n| format!("{{\"id\": \"case-{n}\", \"vars\": {{\"name\": \"user {n}\"}}}}\n");
        let rows: Vec<String> = (0..cases).map(row).collect();
        project.file("datasets/greet.jsonl", &rows.concat());
        project.suite("greet", "");
        project
    }

    /// A folder with nothing but `prompteval.yaml`.
    pub(crate) fn empty() -> Self {
        let project = Self {
            dir: tempfile::tempdir().unwrap(),
            env: Vec::new(),
        };
        // Retries are quick, so that tests of faults are.
        project.file(
            "prompteval.yaml",
            "version: 1\ndefaults: {max_retries: 1, timeout_s: 5}\n",
        );
        project
    }

    /// Writes a file.
    pub(crate) fn file(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Writes a version with a `user` text in one line.
    pub(crate) fn version(&self, family: &str, number: &str, model: &str, user: &str) {
        let text = format!("changelog: test\nmodel: {model}\nuser: \"{user}\"\n");
        self.file(&format!("prompts/{family}/{number}.yaml"), &text);
    }

    /// Writes 1.1.0 of `greeter`, which greets kindly.
    pub(crate) fn kindly(&self) {
        self.version(
            "greeter",
            "1.1.0",
            "openai/gpt-6-luna",
            "Greet {{ name }} kindly.",
        );
    }

    /// Bounds the answers of a version, so that what a call may cost is known to be little.
    pub(crate) fn bounded(&self, family: &str, number: &str) {
        let path = format!("prompts/{family}/{number}.yaml");
        let text = self.read(&path);
        self.file(&path, &format!("{text}params: {{max_tokens: 20}}\n"));
    }

    /// Writes a suite over `greeter` that demands a greeting of every case; `more` is added at its end.
    pub(crate) fn suite(&self, name: &str, more: &str) {
        let text = format!("{GREETS}  - {{metric: pass_rate, min: 1.0}}\n{more}");
        self.file(&format!("evals/{name}.yaml"), &text);
    }

    /// Writes the suite `greet` with these gates alone, a line each, and whatever else follows them.
    pub(crate) fn gates(&self, lines: &str) {
        self.file("evals/greet.yaml", &format!("{GREETS}{lines}"));
    }

    /// Writes a `family.yaml` in which this version is production, adopted for the reason `test`.
    pub(crate) fn production(&self, family: &str, number: &str) {
        self.entries(family, &[(number, "production")]);
    }

    /// Writes a `family.yaml` with these versions and statuses, and a history in which what users get was adopted.
    pub(crate) fn entries(&self, family: &str, versions: &[(&str, &str)]) {
        let (mut entries, mut history) = (vec!["versions:\n".to_owned()], Vec::new());
        for (number, status) in versions {
            let hash = self.hash(&format!("prompts/{family}/{number}.yaml"));
            let is_served = ["production", "canary"].contains(status);
            let reason = if is_served { ", override: test" } else { "" };
            entries.push(format!(
                "  {number}: {{status: {status}, sha256: {hash}{reason}}}\n"
            ));
            if is_served {
                history.push(format!(
                    "{{\"time\":\"2026-01-01T00:00:00Z\",\"version\":\"{number}\",\"from\":\"testing\",\"to\":\"{status}\",\"override\":\"test\"}}\n"
                ));
            }
        }
        self.file(&format!("prompts/{family}/family.yaml"), &entries.concat());
        self.file(
            &format!("prompts/{family}/history.jsonl"),
            &history.concat(),
        );
    }

    /// Puts other evidence in the place of a version's own, as if it had been promoted on it.
    pub(crate) fn other_evidence(&self, family: &str, number: &str, text: &str) {
        let path = format!("evals/evidence/{family}/{number}.json");
        let before = self.hash(&path);
        self.file(&path, text);
        for file in ["family.yaml", "history.jsonl"] {
            let file = format!("prompts/{family}/{file}");
            let pointers = self.read(&file).replace(&before, &self.hash(&path));
            self.file(&file, &pointers);
        }
    }

    /// The hash of a file.
    pub(crate) fn hash(&self, path: &str) -> String {
        let text = self.read(path).replace("\r\n", "\n");
        format!("{:x}", Sha256::digest(text))
    }

    /// Sets an environment variable for every run.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> &mut Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A path in the project.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    /// A file's text.
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// A file as JSON.
    pub(crate) fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.read(path)).unwrap()
    }

    /// Path of the newest run's journal.
    pub(crate) fn newest_journal(&self) -> String {
        let runs = fs::read_dir(self.path(".prompteval/runs")).unwrap();
        let ids = runs.map(|run| run.unwrap().file_name().into_string().unwrap());
        format!(".prompteval/runs/{}/journal.jsonl", ids.max().unwrap())
    }

    /// The binary, ready to run in the project.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_prompteval"));
        command
            .args(args)
            .current_dir(self.dir.path())
            .env_clear()
            .env("HOME", self.dir.path())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .stdin(Stdio::null());
        for (name, value) in &self.env {
            command.env(name, value);
        }
        command
    }

    /// The binary at work, with what it says kept.
    pub(crate) fn start(&self, args: &[&str]) -> Child {
        let mut command = self.command(args);
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    /// Runs the binary to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Outcome {
        Outcome::of(&self.command(args).output().unwrap())
    }
}

/// Sends a signal to the binary at work.
pub(crate) fn signal(child: &Child, name: &str) {
    let id = child.id().to_string();
    let sent = Command::new("kill").args([name, &id]).status().unwrap();
    assert!(sent.success());
}

impl Outcome {
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The outcome, which must have this exit code.
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "stdout:\n{}\nstderr:\n{}",
            self.stdout, self.stderr
        );
        self
    }

    /// The outcome, whose output must hold every one of these texts.
    pub(crate) fn says(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(
                self.stdout.contains(text) || self.stderr.contains(text),
                "`{text}` is not in\nstdout:\n{}\nstderr:\n{}",
                self.stdout,
                self.stderr
            );
        }
        self
    }
}
