//! How far gates can be trusted: their stated error rates, simulated on the shipped code and on the binary.
//!
//! `cargo bench --bench gate_trust`; `GATE_TRUST_RUNS=2000` for a quick look, words after `--` for the groups and cells that have
//! them in their names. Ends with 1 where a target is missed.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints its table and stops at the first surprise"
)]

mod binary;
mod cells;
mod project;
mod thresholds;

use std::process::ExitCode;

use cells::table::Figure;

const SEED: u64 = 7;

/// How many runs to simulate, what is wanted of the table, and what was missed so far.
struct Bench {
    runs: u32,
    words: Vec<String>,
    missed: Vec<String>,
}

impl Bench {
    fn wants(&self, name: &str) -> bool {
        self.words.is_empty() || self.words.iter().any(|word| name.contains(word.as_str()))
    }

    /// Prints a line of the table, each number beside what it has to be; missed is what chance does not explain.
    fn line(&mut self, cell: &str, figures: &[Figure], (values, runs): (&[f64], u32)) {
        let mut columns = Vec::new();
        for ((what, demand), value) in figures.iter().zip(values) {
            let target = demand.to_string();
            let target = if target.is_empty() {
                target
            } else {
                format!(" ({target})")
            };
            columns.push(format!("{what} {value:.2} %{target}"));
            if !demand.holds(*value, chance(*value, runs)) {
                self.missed
                    .push(format!("{cell}: {what} {value:.2} %, {demand} is wanted"));
            }
        }
        println!("| {cell} | {} |", columns.join(" | "));
    }

    fn cells(&mut self) {
        for (title, cells) in cells::groups() {
            let wanted: Vec<_> = cells
                .into_iter()
                .filter(|cell| self.wants(title) || self.wants(&cell.name))
                .collect();
            if wanted.is_empty() {
                continue;
            }
            println!("\n{title}, {} runs a cell:", self.runs);
            for cell in wanted {
                let values = cell.measure(self.runs, SEED);
                self.line(&cell.name, &cell.figures, (&values, self.runs));
            }
        }
    }
}

/// Two standard errors of a share over so many runs: an exact test of level 5 % lies above 5 in every second simulation.
fn chance(percent: f64, runs: u32) -> f64 {
    let share = (percent.abs() / 100.0).min(1.0);
    200.0 * (share * (1.0 - share) / f64::from(runs.max(1))).sqrt()
}

fn main() -> ExitCode {
    let runs = std::env::var("GATE_TRUST_RUNS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(10_000);
    let words = std::env::args().skip(1);
    let mut bench = Bench {
        runs,
        words: words.filter(|word| !word.starts_with("--")).collect(),
        missed: Vec::new(),
    };
    if bench.wants("thresholds") {
        thresholds::print(runs, SEED, &mut bench.missed);
    }
    bench.cells();
    if bench.wants("binary") {
        binary::print(&mut bench);
    }
    if bench.missed.is_empty() {
        println!("\nevery target is met");
        return ExitCode::SUCCESS;
    }
    println!("\nmissed:\n  {}", bench.missed.join("\n  "));
    ExitCode::FAILURE
}
