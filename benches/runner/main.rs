//! What the runner adds to the provider's own time: the binary against the fake provider, beside the ideal wall time.
//!
//! `cargo bench --bench runner`; ends with 1 where 500 cases at 100 ms and concurrency 50 take more than 1.3 times the ideal.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints its table and stops at the first surprise"
)]

#[expect(dead_code, unused_imports, reason = "a benchmark needs a part of it")]
#[path = "../../tests/fake_provider/mod.rs"]
mod fake_provider;

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use fake_provider::{FakeProvider, Kind, Reply, Script};

/// Greatest ratio to the ideal that is accepted.
const MOST: f64 = 1.3;

/// Cases, latency of the provider, calls in flight.
#[derive(Clone, Copy)]
struct Load {
    cases: usize,
    latency_ms: u64,
    concurrency: usize,
}

impl Load {
    /// Seconds that the provider alone takes.
    fn ideal(self) -> f64 {
        let rounds = self.cases.div_ceil(self.concurrency);
        rounds as f64 * self.latency_ms as f64 / 1000.0
    }
}

fn main() -> ExitCode {
    println!("| cases | latency | concurrency | ideal | wall | ratio | second run, cached |");
    println!("|---|---|---|---|---|---|---|");
    let mut slowest = 0.0_f64;
    for (cases, latency_ms, concurrency) in [(500, 100, 50), (1_000, 100, 50), (5_000, 0, 50)] {
        let load = Load {
            cases,
            latency_ms,
            concurrency,
        };
        let (wall, cached) = measure(load);
        let ratio = wall / load.ideal();
        let ratio = if latency_ms == 0 {
            "-".to_owned()
        } else {
            format!("{ratio:.2}")
        };
        println!(
            "| {cases} | {latency_ms} ms | {concurrency} | {:.2} s | {wall:.2} s | {ratio} | {cached:.2} s |",
            load.ideal()
        );
        if cases == 500 {
            slowest = wall / load.ideal();
        }
    }
    println!("\n`--version`: {:.1} ms, the median of 21", version_ms());
    if slowest > MOST {
        println!("500 cases took {slowest:.2} times the ideal, more than {MOST}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Wall seconds of a live run, and of the same run again out of the cache.
fn measure(load: Load) -> (f64, f64) {
    let script =
        Script::always(Reply::text("hello")).latency(Duration::from_millis(load.latency_ms));
    let fake = FakeProvider::start(script.forgetful());
    let dir = tempfile::tempdir().unwrap();
    project(dir.path(), load.cases);
    let first = run(dir.path(), &fake, load.concurrency);
    assert_eq!(fake.count(), load.cases);
    let second = run(dir.path(), &fake, load.concurrency);
    assert_eq!(fake.count(), load.cases, "the second run calls nothing");
    (first, second)
}

fn project(dir: &Path, cases: usize) {
    let write = |path: &str, text: String| {
        let path = dir.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let rows: Vec<String> = (0..cases)
        .map(|n| format!("{{\"vars\": {{\"name\": \"user {n}\"}}}}"))
        .collect();
    write("prompteval.yaml", "version: 1\n".to_owned());
    write("datasets/greet.jsonl", rows.join("\n"));
    write(
        "prompts/greeter/1.0.0.yaml",
        "model: openai/gpt-6-luna\nuser: \"Greet {{ name }}.\"\n".to_owned(),
    );
    write(
        "evals/greet.yaml",
        "prompt: greeter\ndataset: datasets/greet.jsonl\nevaluators: [{type: icontains, value: hello}]\ngates: [{metric: pass_rate, min: 1.0}]\n".to_owned(),
    );
}

fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_prompteval"));
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

fn run(dir: &Path, fake: &FakeProvider, concurrency: usize) -> f64 {
    let started = Instant::now();
    let status = binary()
        .args(["run", "--quiet", "--concurrency", &concurrency.to_string()])
        .current_dir(dir)
        .env("OPENAI_BASE_URL", fake.url(Kind::OpenAi))
        .env("OPENAI_API_KEY", "sk-bench")
        .status()
        .unwrap();
    assert!(status.success());
    started.elapsed().as_secs_f64()
}

fn version_ms() -> f64 {
    let mut times: Vec<f64> = (0..21)
        .map(|_| {
            let started = Instant::now();
            assert!(binary().arg("--version").status().unwrap().success());
            started.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
