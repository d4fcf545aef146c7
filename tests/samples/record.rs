//! Writes the recordings of the sample suites: a fake provider gives the answers that we wrote, and the binary records them.
//!
//! `cargo run --release --example record_samples` after a change of the sample prompts, datasets or answers; paths of suites behind it
//! leave all others as they are.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    dead_code,
    unused_imports,
    reason = "a developers' tool, which stops at the first surprise and uses a part of the fake provider"
)]

#[path = "../fake_provider/mod.rs"]
mod fake_provider;

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use fake_provider::{Answer, FakeProvider, Judge, Kind, Reply, Script, Seen};
use prompteval::load;
use prompteval::model::{Problems, PromptRef, Role};
use prompteval::registry::{self, Registry};
use prompteval::render::CompiledPrompt;
use serde_json::Value;

/// Suites whose answers stand in `tests/samples/answers.jsonl`, by name or by path. Each has recordings of its own.
const SUITES: [&str; 5] = [
    "customer-support",
    "product-description",
    "evals/examples/refund-promise.yaml",
    "evals/examples/enterprise.yaml",
    "evals/examples/claims.yaml",
];

/// Written answers by what is asked: the system and the user text.
struct Answers {
    texts: HashMap<(String, String), String>,
    /// Each answer with the verdict on it.
    verdicts: Vec<(String, Value)>,
}

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let answers = read(root);
    println!("{} answers", answers.verdicts.len());
    let script = Script::answering(move |seen| answers.reply(seen)).judge(Judge::Script);
    let provider = FakeProvider::start(script);
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let is_wanted = |suite: &&str| wanted.is_empty() || wanted.iter().any(|one| one == suite);
    for suite in SUITES.into_iter().filter(is_wanted) {
        let name = Path::new(suite).file_stem().unwrap().to_str().unwrap();
        let recordings = root.join(format!("evals/recordings/{name}.jsonl"));
        let _ = fs::remove_file(&recordings);
        let status = Command::new("cargo")
            .arg("run")
            // As this one was built.
            .args((!cfg!(debug_assertions)).then_some("--release"))
            .args(["--", "run", suite, "--responses", "record", "--quiet"])
            .env("OPENAI_BASE_URL", provider.url(Kind::OpenAi))
            .env("OPENAI_API_KEY", "sk-sample")
            .env("ANTHROPIC_BASE_URL", provider.url(Kind::Anthropic))
            .env("ANTHROPIC_API_KEY", "sk-sample")
            .current_dir(root)
            .status()
            .unwrap();
        println!("{suite}: {status}");
        sort(&recordings);
    }
}

fn read(root: &Path) -> Answers {
    let (registry, problems) = Registry::read(root);
    assert!(!problems.any_error(), "{problems:?}");
    let (project, problems) = load::project(root, root, &[]);
    assert!(!problems.any_error(), "{problems:?}");
    let engine = registry::engine(root);
    let mut texts = HashMap::new();
    let mut verdicts = Vec::new();
    let mut cases = BTreeMap::new();
    for suite in &project.suites {
        let dataset =
            load::dataset::read(root, &suite.dataset.value, &mut Problems::default()).unwrap();
        for case in dataset.cases().map(Result::unwrap) {
            cases.insert(
                (suite.name.clone(), case.id.clone()),
                (suite.family.value.clone(), case),
            );
        }
    }
    let lines = fs::read_to_string(root.join("tests/samples/answers.jsonl")).unwrap();
    for line in lines.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let word = |key: &str| row[key].as_str().unwrap().to_owned();
        let (family, case) = &cases[&(word("suite"), word("case"))];
        let id = PromptRef {
            family: family.clone(),
            version: word("version").parse().unwrap(),
        };
        let version = registry.find(&id).unwrap();
        let prompt = CompiledPrompt::new(version, &engine).unwrap();
        let request = prompt.request(&case.vars, &version.model).unwrap();
        let text = |role| {
            let mut messages = request.messages.iter();
            messages
                .find(|m| m.role == role)
                .map(|m| m.content.clone())
                .unwrap_or_default()
        };
        texts.insert((text(Role::System), text(Role::User)), word("output"));
        for (_, verdict) in row["judge"].as_object().unwrap() {
            verdicts.push((word("output"), verdict.clone()));
        }
    }
    Answers { texts, verdicts }
}

impl Answers {
    fn reply(&self, seen: &Seen) -> Reply {
        let text = if seen.schema.is_some() {
            // The answer stands between fences; the longest that fits is the one.
            let fits =
                |(output, _): &&(String, Value)| seen.prompt.contains(&format!("\n{output}\n"));
            let (_, verdict) = self
                .verdicts
                .iter()
                .filter(fits)
                .max_by_key(|(o, _)| o.len())
                .unwrap();
            serde_json::json!({
                "reason": verdict["reason"], "pass": verdict["pass"], "score": verdict["score"],
            })
            .to_string()
        } else {
            let key = (seen.system.clone(), seen.prompt.clone());
            self.texts
                .get(&key)
                .unwrap_or_else(|| panic!("no answer to {key:?}"))
                .clone()
        };
        // Four bytes a token, and a writing speed of a hundred tokens a second: plausible, and the same every time.
        let input = (seen.system.len() + seen.prompt.len()) as u64 / 4;
        let output = text.len() as u64 / 4;
        let wait = Duration::from_millis(250 + output * 10);
        let Reply::Completion(answer) = Reply::text(text) else {
            unreachable!()
        };
        let answer = Answer {
            usage: Some((input, output)),
            ..answer
        };
        Reply::Completion(answer).after(wait)
    }
}

/// Lines in the order of their labels, so that a change of one answer is a change of one line.
fn sort(path: &Path) {
    let text = fs::read_to_string(path).unwrap();
    let mut lines: Vec<(String, &str)> = text
        .lines()
        .map(|line| {
            let row: Value = serde_json::from_str(line).unwrap();
            (
                format!("{} {} {}", row["version"], row["case"], row["evaluator"]),
                line,
            )
        })
        .collect();
    lines.sort();
    let sorted: Vec<&str> = lines.into_iter().map(|(_, line)| line).collect();
    fs::write(path, sorted.join("\n") + "\n").unwrap();
}
