//! How fast the registry answers: assignments a second as a library call, and `list`, `check` and `assign` in a repository of
//! 2,000 families with 20 versions each.
//!
//! `cargo bench --bench registry`; ends with 1 where a row misses its target. Each command is a process of its own that keeps
//! nothing from the one before. Where the kernel lets it (`/proc/sys/vm/drop_caches`, as root), it is also timed with an empty
//! page cache, like the first command after a reboot; that is the disk's time as much as ours, and has no target.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints its table and stops at the first surprise"
)]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use prompteval::registry::Registry;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

const FAMILIES: usize = 2_000;
const VERSIONS: usize = 20;

/// Families that a suite is about.
const SUITES: usize = 100;

/// Assignments that are timed.
const UNITS: usize = 2_000_000;

/// Least assignments a second, on one core.
const LEAST_A_SECOND: f64 = 1e6;

/// Most seconds of a command.
const MOST_SECONDS: f64 = 1.0;

fn main() -> ExitCode {
    let dir = tempfile::tempdir().unwrap();
    build(dir.path());
    println!("| what | measured | target | |\n|---|---|---|---|");
    let mut missed = 0;
    let mut row = |what: &str, measured: &str, target: &str, met: bool| {
        missed += u32::from(!met);
        let mark = if met { "ok" } else { "MISSED" };
        println!("| {what} | {measured} | {target} | {mark} |");
    };
    let rate = assignments(dir.path());
    row(
        "`Registry::assign`, one core",
        &format!("{:.1} million a second", rate / 1e6),
        "1 million",
        rate >= LEAST_A_SECOND,
    );
    for args in [
        &["list"][..],
        &["check"],
        &["assign", "family-1234", "--unit", "user-7"],
    ] {
        let seconds = median(&dir, args, false);
        let what = format!("`{}`, 2,000 x 20", args[0]);
        let measured = format!("{seconds:.2} s");
        row(&what, &measured, "1 s", seconds <= MOST_SECONDS);
        if cold(&dir) {
            let measured = format!("{:.2} s", median(&dir, args, true));
            row(
                &format!("{what}, empty page cache"),
                &measured,
                "none",
                true,
            );
        }
    }
    ExitCode::from(u8::from(missed > 0))
}

/// A project of many families, each with a version in production and a canary, all of them with their hash.
fn build(root: &Path) {
    let write = |path: &str, text: &str| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("prompteval.yaml", "version: 1\n");
    write("datasets/one.jsonl", "{\"vars\": {\"name\": \"Ada\"}}\n");
    for family in 0..FAMILIES {
        let mut entries = "versions:\n".to_owned();
        let mut history = String::new();
        for version in 0..VERSIONS {
            let text = format!(
                "changelog: Says {version} instead\nmodel: openai/gpt-6-luna\nparams: {{max_tokens: 200}}\nsystem: |\n  You are assistant {family} of an online shop. Answer in at most {version} sentences, and stay polite.\nuser: \"{{{{ name }}}}\"\n"
            );
            write(
                &format!("prompts/family-{family}/1.{version}.0.yaml"),
                &text,
            );
            let (status, more) = match VERSIONS - version {
                1 => ("canary", ", traffic: 0.1, override: bench"),
                2 => ("production", ", override: bench"),
                _ => ("deprecated", ""),
            };
            let hash = Sha256::digest(&text);
            // Writing to a String cannot fail.
            let _ = writeln!(
                entries,
                "  1.{version}.0: {{status: {status}, sha256: {hash:x}{more}}}"
            );
            let _ = writeln!(
                history,
                "{{\"time\": \"2026-01-01T00:00:00Z\", \"version\": \"1.{version}.0\", \"from\": \"testing\", \"to\": \"{status}\", \"override\": \"bench\"}}"
            );
        }
        write(&format!("prompts/family-{family}/family.yaml"), &entries);
        write(&format!("prompts/family-{family}/history.jsonl"), &history);
        if family < SUITES {
            write(
                &format!("evals/family-{family}.yaml"),
                &format!(
                    "prompt: family-{family}\ndataset: datasets/one.jsonl\nevaluators: [{{type: contains, value: hello}}]\ngates: [{{metric: pass_rate, min: 1}}]\n"
                ),
            );
        }
    }
}

fn assignments(root: &Path) -> f64 {
    let (registry, problems) = Registry::read(root);
    assert!(problems.is_empty(), "{problems:?}");
    let units: Vec<String> = (0..1_000).map(|unit| format!("user-{unit}")).collect();
    let began = Instant::now();
    for unit in units.iter().cycle().take(UNITS) {
        std::hint::black_box(registry.assign("family-1234", unit, None).unwrap());
    }
    UNITS as f64 / began.elapsed().as_secs_f64()
}

/// The middle one of three.
fn median(dir: &TempDir, args: &[&str], cold: bool) -> f64 {
    let mut seconds: Vec<f64> = (0..3)
        .map(|_| {
            if cold {
                self::cold(dir);
            }
            let began = Instant::now();
            let status = Command::new(env!("CARGO_BIN_EXE_prompteval"))
                .args(args)
                .current_dir(dir.path())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .unwrap();
            assert!(status.success(), "{args:?} ended with {status}");
            began.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    seconds[1]
}

/// Writes everything back and empties the page cache; whether that could be done.
fn cold(dir: &TempDir) -> bool {
    let _ = Command::new("sync").arg("-f").arg(dir.path()).status();
    fs::write("/proc/sys/vm/drop_caches", "3").is_ok()
}
