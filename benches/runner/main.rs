//! What the runner adds to the provider's own time: the binary against the fake provider, beside the ideal and beside `oha`.
//!
//! `cargo bench --bench runner [-- ROW]`; ends with 1 where a row misses its target. `oha` (an HTTP load generator,
//! `cargo install oha`) is found on the path or by the variable `OHA`; without it one row is not compared.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints its table and stops at the first surprise"
)]

#[expect(dead_code, unused_imports, reason = "a benchmark needs a part of it")]
#[path = "../../tests/fake_provider/mod.rs"]
mod fake_provider;

mod stored;
mod workload;

use std::process::{Command, ExitCode};
use std::time::Duration;

use fake_provider::{FakeProvider, Kind, Reply, Script};
use workload::{Took, binary, logged_rows, open_rows, project, run, take};

const ONE: &str = "[{type: icontains, value: hello}]";
const THREE: &str = "[{type: icontains, value: hello}, {type: word-count, value: {max: 50}}, {type: not-regex, name: promise, value: \"(?i)we will refund\"}]";

/// One number of the table, with the most it may be.
struct Figure {
    what: &'static str,
    value: f64,
    most: f64,
    unit: &'static str,
}

/// Measures one row of the table.
type Row = fn() -> Vec<Figure>;

fn main() -> ExitCode {
    println!("| workload | measured | target | |\n|---|---|---|---|");
    let rows: [(&str, Row); 9] = [
        ("1,000 cases, 100 ms, concurrency 50", waiting),
        ("5,000 cases, no latency, concurrency 50", no_latency),
        ("20,000 cases, 5 ms, concurrency 100", many),
        ("10,000 cases, all cached", cached),
        ("1,000,000 logged outputs, three heuristics", logged),
        (
            "1,000,000 logged outputs, an evaluator each",
            own_evaluators,
        ),
        ("100,000 logged outputs, 40 tags, stop: decided", decided),
        ("100,000 cases, a stored baseline", stored::baseline),
        ("start", start),
    ];
    let words = std::env::args().skip(1);
    let wanted: Vec<String> = words.filter(|word| !word.starts_with("--")).collect();
    let mut missed = 0;
    for (name, row) in rows {
        if !wanted.is_empty() && !wanted.iter().any(|word| name.contains(word.as_str())) {
            continue;
        }
        for Figure {
            what,
            value,
            most,
            unit,
        } in row()
        {
            let mark = if value <= most { "ok" } else { "MISSED" };
            missed += usize::from(value > most);
            println!("| {name} | {what} {value:.3} {unit} | <= {most} {unit} | {mark} |");
        }
    }
    if missed > 0 {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn provider(latency_ms: u64) -> FakeProvider {
    let script = Script::always(Reply::text("hello")).latency(Duration::from_millis(latency_ms));
    FakeProvider::start(script.forgetful())
}

/// A live run: every case is asked once.
fn live(
    cases: usize,
    latency_ms: u64,
    concurrency: usize,
) -> (Took, FakeProvider, tempfile::TempDir) {
    let fake = provider(latency_ms);
    let dir = tempfile::tempdir().unwrap();
    project(dir.path(), ONE, open_rows(cases));
    let took = run(dir.path(), &fake, concurrency);
    assert_eq!(fake.count(), cases);
    (took, fake, dir)
}

fn figure(what: &'static str, value: f64, most: f64, unit: &'static str) -> Figure {
    Figure {
        what,
        value,
        most,
        unit,
    }
}

/// The middle one of three live runs, by time.
fn middle(cases: usize, latency_ms: u64, concurrency: usize) -> Took {
    let mut runs: Vec<Took> = (0..3)
        .map(|_| live(cases, latency_ms, concurrency).0)
        .collect();
    runs.sort_by(|a, b| a.wall_s.total_cmp(&b.wall_s));
    runs[1]
}

fn waiting() -> Vec<Figure> {
    let took = middle(1_000, 100, 50);
    vec![
        figure(
            "wall, the median of 3,",
            took.wall_s / 2.0,
            1.05,
            "x ideal (2.0 s)",
        ),
        figure("processor", took.cpu_s, 0.25, "ms a call"),
    ]
}

fn no_latency() -> Vec<Figure> {
    // Both take a fifth of a second, in which a machine does other things, too: the middle one of five pairs counts.
    let mut pairs: Vec<(f64, Option<f64>)> = (0..5)
        .map(|_| {
            let (took, fake, _dir) = live(5_000, 0, 50);
            (took.wall_s, oha(&fake).map(|other| other.wall_s))
        })
        .collect();
    pairs.sort_by(|a, b| ratio(*a).total_cmp(&ratio(*b)));
    let (wall, other) = pairs[2];
    match other {
        Some(other) => vec![
            figure("wall, the median of 5,", wall / other, 2.5, "x oha's"),
            figure("that is", wall, f64::INFINITY, "s"),
            figure("and oha", other, f64::INFINITY, "s"),
        ],
        None => vec![figure(
            "wall, without oha beside it,",
            wall,
            f64::INFINITY,
            "s",
        )],
    }
}

/// Our time over the other's; our time alone without it.
fn ratio((own, other): (f64, Option<f64>)) -> f64 {
    own / other.unwrap_or(1.0)
}

/// The same number of requests by a program that does nothing else.
fn oha(fake: &FakeProvider) -> Option<Took> {
    let program = std::env::var("OHA").unwrap_or_else(|_| "oha".to_owned());
    Command::new(&program).arg("--version").output().ok()?;
    let body = "{\"model\":\"gpt-6-luna\",\"messages\":[{\"role\":\"user\",\"content\":\"Greet user 1.\"}]}";
    let url = format!("{}/chat/completions", fake.url(Kind::OpenAi));
    let load = ["--no-tui", "-n", "5000", "-c", "50", "-m", "POST"];
    let headers = [
        "-T",
        "application/json",
        "-H",
        "Authorization: Bearer sk-bench",
    ];
    let mut command = Command::new(&program);
    command.args(load).args(headers).args(["-d", body, &url]);
    Some(take(&mut command))
}

fn many() -> Vec<Figure> {
    let took = middle(20_000, 5, 100);
    vec![
        figure(
            "wall, the median of 3,",
            took.wall_s,
            1.6,
            "x ideal (1.0 s)",
        ),
        figure("processor", took.cpu_s / 20.0, 0.25, "ms a call"),
        figure("memory", took.peak_mb, 60.0, "MB"),
    ]
}

fn cached() -> Vec<Figure> {
    let (_, fake, dir) = live(10_000, 0, 100);
    let took = run(dir.path(), &fake, 100);
    assert_eq!(fake.count(), 10_000, "the second run calls nothing");
    vec![
        figure("wall", took.wall_s, 0.5, "s"),
        figure("memory", took.peak_mb, 60.0, "MB"),
    ]
}

fn logged() -> Vec<Figure> {
    let dir = tempfile::tempdir().unwrap();
    project(dir.path(), THREE, logged_rows(1_000_000));
    let took = take(binary().args(["run", "--quiet"]).current_dir(dir.path()));
    vec![
        figure("wall", took.wall_s, 8.0, "s"),
        figure("memory", took.peak_mb, 100.0, "MB"),
    ]
}

fn own_evaluators() -> Vec<Figure> {
    let dir = tempfile::tempdir().unwrap();
    let own = |(n, row): (usize, String)| {
        let row = row.trim_end_matches('}');
        format!("{row}, \"evaluators\": [{{\"type\": \"icontains\", \"value\": \"user {n}\"}}]}}")
    };
    let rows = logged_rows(1_000_000).enumerate().map(own);
    project(dir.path(), "[]", rows);
    let took = take(binary().args(["run", "--quiet"]).current_dir(dir.path()));
    vec![
        figure("wall", took.wall_s, 10.0, "s"),
        figure("memory", took.peak_mb, 100.0, "MB"),
    ]
}

/// Evidence that is looked at all the time and never decides, beside the same suite that is looked at once.
fn decided() -> Vec<Figure> {
    let dir = tempfile::tempdir().unwrap();
    let tagged = |(n, row): (usize, String)| {
        let row = row.trim_end_matches('}');
        format!("{row}, \"tags\": [\"t{}\"]}}", n % 40)
    };
    project(
        dir.path(),
        ONE,
        logged_rows(100_000).enumerate().map(tagged),
    );
    // So near to each other that all cases of a label show nothing.
    let gate =
        |tag| format!("  - {{metric: pass_rate, tag: t{tag}, target: 0.95, floor: 0.9499}}\n");
    let gates: String = (0..40).map(gate).collect();
    let suite = |more: &str| {
        let text = format!(
            "prompt: greeter\ndataset: datasets/greet.jsonl\nevaluators: {ONE}\ngates:\n{gates}{more}"
        );
        std::fs::write(dir.path().join("evals/greet.yaml"), text).unwrap();
        take(binary().args(["run", "--quiet"]).current_dir(dir.path()))
    };
    let (plain, decided) = (suite(""), suite("stop: decided\n"));
    vec![
        figure("processor", decided.cpu_s / plain.cpu_s, 2.0, "x without"),
        figure("memory", decided.peak_mb, 100.0, "MB"),
    ]
}

fn start() -> Vec<Figure> {
    let version = median(|| take(binary().arg("--version")).wall_s);
    let fake = provider(50);
    let dir = tempfile::tempdir().unwrap();
    project(dir.path(), ONE, open_rows(1));
    let one = median(|| {
        // A cache that is not there yet is no fault.
        let _ = std::fs::remove_dir_all(dir.path().join(".prompteval/cache"));
        run(dir.path(), &fake, 1).wall_s
    });
    let beyond = one * 1000.0 - 50.0;
    vec![
        figure("--version", version * 1000.0, 10.0, "ms"),
        figure("one case, beyond the latency,", beyond, 30.0, "ms"),
    ]
}

/// The middle of 21.
fn median(mut once: impl FnMut() -> f64) -> f64 {
    let mut times: Vec<f64> = (0..21).map(|_| once()).collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
