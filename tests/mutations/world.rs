//! The project that is changed: two families that were promoted on runs, and the journals of a run that passed and of one that
//! failed.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use tempfile::TempDir;

use crate::fake_provider::{FakeProvider, Reply, Script};
use crate::project::Project;

/// Rows of `greeter`'s dataset.
pub(crate) const CASES: usize = 12;

/// The project's families, and the suite of each.
pub(crate) const FAMILIES: [&str; 2] = ["greeter", "closer"];

/// The project and what its runs left.
pub(crate) struct World {
    project: Project,
    /// The journals of runs in which `greeter@1.1.0` and `closer@1.0.0` passed.
    pub(crate) passing: [String; 2],
    /// The journal of a run in which `greeter@1.2.0` failed.
    pub(crate) failing: String,
}

/// Built once: nothing changes it, each thread works in a copy.
pub(crate) static WORLD: LazyLock<World> = LazyLock::new(World::build);

impl World {
    fn build() -> Self {
        let fake = FakeProvider::start(Script::answering(|seen| {
            let prompt = &seen.prompt;
            let rude =
                prompt.contains("curtly") && (prompt.contains("r 3") || prompt.contains("r 5"));
            Reply::text(if rude {
                "Hello, go away now."
            } else {
                "Hello, and welcome."
            })
        }));
        let project = Project::empty().at(&fake);
        files(&project);
        let run = |args: &[&str], code| project.run(args).exits(code);
        let promote = |id: &str, statuses: &[&str]| {
            for status in statuses {
                let _ = run(&["promote", id, "--to", status, "--by", "ada"], 0);
            }
        };
        promote("greeter@1.0.0", &["testing"]);
        promote("closer@1.0.0", &["testing"]);
        let _ = run(&["run", "--responses", "record"], 0);
        promote("greeter@1.0.0", &["canary", "production"]);
        project.kindly();
        promote("greeter@1.1.0", &["testing"]);
        let _ = run(&["run", "--responses", "record"], 0);
        // What evidence rests on was recorded, and says so.
        let passing = ["greet", "close"].map(|suite| {
            let _ = run(&["run", suite, "--responses", "replay"], 0);
            project.read(&project.newest_journal())
        });
        promote("greeter@1.1.0", &["canary"]);
        promote("closer@1.0.0", &["canary", "production"]);
        project.version(
            "greeter",
            "1.2.0",
            "openai/gpt-6-luna",
            "Greet {{ name }} curtly.",
        );
        promote("greeter@1.2.0", &["testing"]);
        let asked = ["run", "greet", "--candidate", "greeter@1.2.0"];
        let _ = run(&[&asked[..], &["--responses", "record"]].concat(), 1);
        let failing = project.read(&project.newest_journal());
        let _ = run(&["verify"], 0);
        let _ = run(&["check"], 0);
        Self {
            project,
            passing,
            failing,
        }
    }

    /// A text of the project.
    pub(crate) fn read(&self, path: &str) -> String {
        self.project.read(path)
    }

    /// One family of the project and what is about it, without runs, in a folder of its own.
    pub(crate) fn copy(&self, family: &str) -> TempDir {
        let dir = tempfile::tempdir().unwrap();
        copy(&self.project.path(""), dir.path(), family);
        dir
    }
}

fn copy(from: &Path, to: &Path, family: &str) {
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        let name = entry.file_name().into_string().unwrap();
        let stem = name.split('.').next().unwrap();
        // `greet.yaml` is about `greeter`.
        let other = |one: &str| one != family && !stem.is_empty() && one.starts_with(stem);
        if name == ".prompteval" || FAMILIES.into_iter().any(other) {
            continue;
        }
        if path.is_dir() {
            fs::create_dir(&target).unwrap();
            copy(&path, &target, family);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

fn files(project: &Project) {
    project.file(
        "prompteval.yaml",
        "version: 1\ndefaults: {max_retries: 1, timeout_s: 5}\nevidence: {sources: [live, cache, recorded]}\n",
    );
    let row = |n: usize| {
        let tag = if n.is_multiple_of(2) { "even" } else { "odd" };
        format!(
            "{{\"id\": \"case-{n}\", \"vars\": {{\"name\": \"user {n}\"}}, \"tags\": [\"{tag}\"]}}\n"
        )
    };
    let rows = |count| (0..count).map(row).collect::<Vec<_>>().concat();
    project.file("datasets/greet.jsonl", &rows(CASES));
    project.file("datasets/close.jsonl", &rows(4));
    project.version("greeter", "1.0.0", "openai/gpt-6-luna", "Greet {{ name }}.");
    project.version(
        "closer",
        "1.0.0",
        "openai/gpt-6-luna",
        "Take leave of {{ name }}.",
    );
    project.file(
        "prompts/greeter/family.yaml",
        "description: Greets who comes in\nowner: front-desk\ntags: [hall, desk]\n",
    );
    project.file(
        "evals/greet.yaml",
        "prompt: greeter
dataset: datasets/greet.jsonl
evaluators:
  - {type: icontains, name: hello, value: hello}
  - {type: not-icontains, name: rude, value: go away, critical: true}
  - {type: word-count, name: short, value: {max: 3}, weight: 0}
repeats: 1
on_inconclusive: block
gates:
  - {metric: pass_rate, target: 0.9, floor: 0.6}
  - {metric: pass_rate, baseline: true, margin: 0.4}
  - {metric: rude.pass_rate, min: 1.0}
  - {metric: pass_rate, tag: odd, min: 0.9}
",
    );
    project.file(
        "evals/close.yaml",
        "prompt: closer
dataset: datasets/close.jsonl
evaluators:
  - {type: icontains, name: hello, value: hello}
  - {type: llm-rubric, name: kind, value: It is kind., model: openai/gpt-6-terra}
repeats: 1
on_inconclusive: block
gates:
  - {metric: pass_rate, min: 1.0}
  - {metric: kind.pass_rate, min: 0.75}
",
    );
}
