//! Stored answers of a baseline: promoted on, compared with, and never all in memory at once.

use std::path::Path;
use std::process::Command;

use crate::fake_provider::{FakeProvider, Kind};
use crate::workload::{Took, binary, open_rows, project, take};
use crate::{Figure, ONE, figure, provider};

const CASES: usize = 100_000;

/// The version that users get was promoted on a run; the next one is compared with its evidence and with its journal.
pub(crate) fn baseline() -> Vec<Figure> {
    let fake = provider(0);
    let dir = tempfile::tempdir().unwrap();
    project(dir.path(), ONE, open_rows(CASES));
    // Evidence of another suite would be none for this one.
    compare(dir.path());
    run(dir.path(), &fake, &[]);
    let to = |version: &str, status: &str| {
        let version = format!("greeter@{version}");
        take(
            binary()
                .args(["promote", &version, "--to", status])
                .current_dir(dir.path()),
        )
    };
    to("1.0.0", "testing");
    to("1.0.0", "canary");
    let promote = to("1.0.0", "production");
    let text =
        "changelog: Politer.\nmodel: openai/gpt-6-luna\nuser: \"Please greet {{ name }}.\"\n";
    std::fs::write(dir.path().join("prompts/greeter/1.1.0.yaml"), text).unwrap();
    let evidence = run(dir.path(), &fake, &["--baseline-run", "evidence"]);
    let last = run(dir.path(), &fake, &["--baseline-run", "last"]);
    assert_eq!(fake.count(), 3 * CASES, "the baseline is asked once");
    vec![
        figure("memory of promote", promote.peak_mb, 150.0, "MB"),
        figure("of a run against evidence", evidence.peak_mb, 150.0, "MB"),
        figure("of a run against a run", last.peak_mb, 150.0, "MB"),
    ]
}

fn run(dir: &Path, fake: &FakeProvider, more: &[&str]) -> Took {
    take(live(dir, fake).args(more))
}

fn live(dir: &Path, fake: &FakeProvider) -> Command {
    let mut command = binary();
    command
        .args([
            "run",
            "--quiet",
            "--responses",
            "live",
            "--concurrency",
            "100",
        ])
        .current_dir(dir)
        .env("OPENAI_BASE_URL", fake.url(Kind::OpenAi))
        .env("OPENAI_API_KEY", "sk-bench");
    command
}

/// Adds a gate that compares.
fn compare(dir: &Path) {
    let suite = format!(
        "prompt: greeter\ndataset: datasets/greet.jsonl\nevaluators: {ONE}\ngates: [{{metric: pass_rate, min: 1.0}}, {{metric: pass_rate, baseline: true, margin: 0.05}}]\n"
    );
    std::fs::write(dir.join("evals/greet.yaml"), suite).unwrap();
}
