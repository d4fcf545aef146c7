//! What it takes to derive a run again from its journal, beside reading it only, and to verify committed evidence.
//!
//! `cargo bench --bench derive`; ends with 1 where a row misses its target. The binary makes the runs; each row is a process of
//! its own that calls the library once, so that its memory is its own, and the middle one of three counts.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a benchmark prints its table and stops at the first surprise"
)]

#[expect(dead_code, unused_imports, reason = "a benchmark needs a part of it")]
#[path = "../../tests/fake_provider/mod.rs"]
mod fake_provider;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use fake_provider::{FakeProvider, Kind, Script};
use prompteval::evidence::replay;
use prompteval::evidence::{self, Tree};
use prompteval::pipeline::derive;
use tempfile::TempDir;

/// Stored trials whose answers three heuristics score again.
const TRIALS: usize = 100_000;

/// Most seconds that it may take.
const MOST_SECONDS: f64 = 3.0;

/// Stored trials whose judge's replies are read again.
const JUDGED: usize = 20_000;

/// Cases of the evidence that is verified.
const EVIDENCE: usize = 10_000;

const HEURISTICS: &str = "[{type: icontains, value: hello}, {type: word-count, value: {max: 50}}, {type: not-regex, name: promise, value: \"(?i)we will refund\"}]";

const JUDGE: &str =
    "[{type: llm-rubric, name: kind, value: It is kind., model: openai/gpt-6-luna}]";

/// Names the one thing that a process is started for.
const ALONE: &str = "alone";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [word, what, root, journal] = args.as_slice()
        && word == ALONE
    {
        alone(what, Path::new(root), Path::new(journal));
        return ExitCode::SUCCESS;
    }
    println!("| what | seconds | memory, MB | target | |\n|---|---|---|---|---|");
    let logged = project(TRIALS, HEURISTICS);
    run(&logged, &[("OPENAI_API_KEY", "sk-bench")]);
    let read = measured("replay", &logged);
    let derived = measured("derive", &logged);
    row("replay of 100,000 trials", read, None);
    let met = row("derive of 100,000 trials", derived, Some(MOST_SECONDS));
    println!("| derive / replay | {:.2} | | none | |", derived.0 / read.0);

    let fake = FakeProvider::start(Script::default().forgetful());
    let judged = project(JUDGED, JUDGE);
    let url = fake.url(Kind::OpenAi);
    run(
        &judged,
        &[("OPENAI_API_KEY", "sk-bench"), ("OPENAI_BASE_URL", &url)],
    );
    row(
        "replay of 20,000 judged trials",
        measured("replay", &judged),
        None,
    );
    row(
        "derive of 20,000 judged trials",
        measured("derive", &judged),
        None,
    );

    let proven = project(EVIDENCE, HEURISTICS);
    prompteval(
        &proven,
        &["promote", "greeter@1.0.0", "--to", "testing"],
        &[],
    );
    run(&proven, &[("OPENAI_API_KEY", "sk-bench")]);
    prompteval(
        &proven,
        &["promote", "greeter@1.0.0", "--to", "canary"],
        &[],
    );
    row("verify of 10,000 cases", measured("verify", &proven), None);
    ExitCode::from(u8::from(!met))
}

/// One line of the table; whether it met its target.
fn row(what: &str, (seconds, memory): (f64, f64), most: Option<f64>) -> bool {
    let met = most.is_none_or(|most| seconds <= most);
    let target = most.map_or_else(|| "none".to_owned(), |most| format!("{most} s"));
    let mark = match (most, met) {
        (None, _) => "",
        (_, true) => "ok",
        (_, false) => "MISSED",
    };
    println!("| {what} | {seconds:.2} | {memory:.0} | {target} | {mark} |");
    met
}

/// A project whose rows hold their answers, as an application logged them.
fn project(rows: usize, evaluators: &str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(
        "prompteval.yaml",
        "version: 1\ndefaults: {concurrency: 100}\nevidence: {sources: [live, cache, logged]}\n",
    );
    write(
        "prompts/greeter/1.0.0.yaml",
        "model: openai/gpt-6-luna\nuser: \"Greet {{ name }}.\"\n",
    );
    write(
        "evals/greet.yaml",
        &format!(
            "prompt: greeter\ndataset: datasets/greet.jsonl\nrepeats: 1\non_inconclusive: block\nevaluators: {evaluators}\ngates:\n  - {{metric: pass_rate, target: 0.95, floor: 0.9}}\n  - {{metric: pass_rate, min: 0.9}}\n"
        ),
    );
    let mut text = String::new();
    for n in 0..rows {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{{\"id\": \"case-{n:07}\", \"vars\": {{\"name\": \"user {n}\"}}, \"output\": \"Hello user {n}, your order is on its way and should be with you by Friday.\"}}"
        );
    }
    write("datasets/greet.jsonl", &text);
    dir
}

fn run(dir: &TempDir, env: &[(&str, &str)]) {
    prompteval(dir, &["run", "--quiet"], env);
}

/// The binary, which has to end well.
fn prompteval(dir: &TempDir, args: &[&str], env: &[(&str, &str)]) {
    let ended = Command::new(env!("CARGO_BIN_EXE_prompteval"))
        .args(args)
        .current_dir(dir.path())
        .envs(env.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{args:?}: {told}");
}

/// Seconds and megabytes of a process that does one thing: the middle one of three, by time.
fn measured(what: &str, dir: &TempDir) -> (f64, f64) {
    let mut all: Vec<(f64, f64)> = (0..3)
        .map(|_| {
            let ended = Command::new(std::env::current_exe().unwrap())
                .args([ALONE, what])
                .arg(dir.path())
                .arg(journal(dir))
                .stderr(Stdio::inherit())
                .output()
                .unwrap();
            assert!(ended.status.success(), "{what} failed");
            let told = String::from_utf8(ended.stdout).unwrap();
            let (seconds, memory) = told.trim().split_once(' ').unwrap();
            (seconds.parse().unwrap(), memory.parse().unwrap())
        })
        .collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    all[1]
}

/// The journal of the project's only run.
fn journal(dir: &TempDir) -> PathBuf {
    let runs = dir.path().join(".prompteval/runs");
    let run = fs::read_dir(runs).unwrap().next().unwrap().unwrap();
    run.path().join("journal.jsonl")
}

/// Does one thing once, and prints seconds and megabytes.
fn alone(what: &str, root: &Path, journal: &Path) {
    let began = Instant::now();
    match what {
        "replay" => assert!(replay(journal).unwrap().is_some()),
        "derive" => drop(derive(root, journal).unwrap()),
        "verify" => {
            let (tree, problems) = Tree::read(root);
            assert!(!problems.any_error(), "{problems:?}");
            let checked = evidence::committed(&tree, None);
            assert_eq!(checked.len(), 1);
            assert!(checked[0].problems.is_empty(), "{:?}", checked[0].problems);
        }
        other => panic!("{other}"),
    }
    println!("{} {}", began.elapsed().as_secs_f64(), peak_mb());
}

/// Most memory that this process had; without `/proc` nothing is known.
fn peak_mb() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix("kB"));
    let kilobytes = kilobytes.and_then(|text| text.trim().parse::<f64>().ok());
    kilobytes.map_or(f64::NAN, |kilobytes| kilobytes * 1024.0 / 1e6)
}
