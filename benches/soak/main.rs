//! A long run under faults: 100,000 calls at concurrency 200, one in ten of which goes wrong in one of eight ways.
//!
//! `cargo bench --bench soak`; ends with 1 where a case is lost or there twice, where calls and requests differ, or where memory
//! grows by more than the few bytes that a trial takes.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints its table and stops at the first surprise"
)]

#[expect(dead_code, unused_imports, reason = "a benchmark needs a part of it")]
#[path = "../../tests/fake_provider/mod.rs"]
mod fake_provider;

#[expect(dead_code, reason = "a benchmark needs a part of it")]
#[path = "../runner/workload.rs"]
mod workload;

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::ExitCode;

use fake_provider::{FakeProvider, Fault, Kind, Reply, Script};
use serde_json::Value;
use workload::{Took, binary, open_rows, project, take};

/// Bytes of memory that a further trial may take: its line in the record, and its place in the cache.
const BYTES_A_TRIAL: f64 = 250.0;

/// What came of a run.
struct Soaked {
    took: Took,
    requests: usize,
    reported: u64,
    cases: usize,
    distinct: usize,
    passed: u64,
}

fn main() -> ExitCode {
    println!(
        "| calls | wall | requests | reported | cases | distinct | passed | memory |\n|---|---|---|---|---|---|---|---|"
    );
    let small = soak(20_000);
    let large = soak(100_000);
    let grown = (large.took.peak_mb - small.took.peak_mb) * 1e6 / 80_000.0;
    println!("\n{grown:.0} bytes of memory a further trial");
    let whole = |soaked: &Soaked, cases: usize| {
        soaked.cases == cases
            && soaked.distinct == cases
            && soaked.passed == cases as u64
            && soaked.reported == soaked.requests as u64
    };
    if whole(&small, 20_000) && whole(&large, 100_000) && grown <= BYTES_A_TRIAL {
        return ExitCode::SUCCESS;
    }
    println!("something was lost, there twice, or not released");
    ExitCode::FAILURE
}

fn soak(cases: usize) -> Soaked {
    let fake = FakeProvider::start(Script::answering(|seen| answer(seen.number)).forgetful());
    let dir = tempfile::tempdir().unwrap();
    project(
        dir.path(),
        "[{type: icontains, value: hello}]",
        open_rows(cases),
    );
    let took = take(
        binary()
            .args([
                "run",
                "--quiet",
                "--concurrency",
                "200",
                "--json",
                "report.json",
            ])
            .current_dir(dir.path())
            .env("OPENAI_BASE_URL", fake.url(Kind::OpenAi))
            .env("OPENAI_API_KEY", "sk-bench"),
    );
    let report = std::fs::read(dir.path().join("report.json")).unwrap();
    let report: Value = serde_json::from_slice(&report).unwrap();
    let candidate = &report["suites"][0]["candidates"][0];
    let rows = candidate["cases"].as_array().unwrap();
    let ids: HashSet<&str> = rows.iter().filter_map(|case| case["id"].as_str()).collect();
    let soaked = Soaked {
        took,
        requests: fake.count(),
        reported: calls(dir.path()),
        cases: rows.len(),
        distinct: ids.len(),
        passed: candidate["counts"]["passed"].as_u64().unwrap(),
    };
    println!(
        "| {cases} | {:.1} s | {} | {} | {} | {} | {} | {:.0} MB |",
        took.wall_s,
        soaked.requests,
        soaked.reported,
        soaked.cases,
        soaked.distinct,
        soaked.passed,
        took.peak_mb
    );
    soaked
}

/// Calls as the journal of the only run counts them.
fn calls(dir: &Path) -> u64 {
    let runs = std::fs::read_dir(dir.join(".prompteval/runs")).unwrap();
    let journals = runs.map(|run| run.unwrap().path().join("journal.jsonl"));
    let lines = journals.flat_map(|path| BufReader::new(File::open(path).unwrap()).lines());
    let calls = |line: String| {
        let event: Value = serde_json::from_str(&line).unwrap();
        event["spend"]["calls"].as_u64().unwrap_or_default()
    };
    lines.map(|line| calls(line.unwrap())).sum()
}

/// One answer in ten goes wrong, each time in another way.
fn answer(number: usize) -> Reply {
    if !number.is_multiple_of(10) {
        return Reply::text("hello");
    }
    match number / 10 % 8 {
        0 => Reply::status(429, "slow down").header("retry-after-ms", "5"),
        1 => Reply::status(500, "oops").header("retry-after-ms", "5"),
        2 => Reply::Fault(Fault::Reset),
        3 => Reply::Fault(Fault::ShortBody),
        4 => Reply::Fault(Fault::NoJson),
        5 => Reply::status(529, "overloaded").header("retry-after-ms", "5"),
        6 => Reply::status(503, "no healthy upstream").header("retry-after-ms", "5"),
        _ => Reply::status(200, "an error in a 200"),
    }
}
