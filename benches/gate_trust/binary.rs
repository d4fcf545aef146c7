//! The binary on generated recordings: what is proven of the library holds for what users run.

use std::fs;
use std::process::{Command, Stdio};

use prompteval::stats::SplitMix64;
use serde_json::Value;

use super::cells::draws::{Cases, Change, Difficulty};
use super::cells::table::{Demand, Figure, is, over_all_threads, stream};
use super::project::{Project, Suite};
use super::{Bench, SEED};

/// Most runs of a cell: each starts a process.
const RUNS: u32 = 1_000;

/// One cell: a project, what the candidate is like in it, and what is counted.
struct Cell {
    name: &'static str,
    suites: &'static [Suite],
    rate: f64,
    change: Change,
    figures: &'static [Figure],
    count: fn(&Ended) -> Vec<f64>,
}

/// How a process ended.
struct Ended {
    code: i32,
    /// Metric and verdict of every gate.
    gates: Vec<(String, String)>,
}

impl Ended {
    fn blocks(&self) -> bool {
        self.code == 1
    }

    fn says(&self, metric: &str, verdict: &str) -> bool {
        let mut gates = self.gates.iter();
        gates.any(|(name, said)| name == metric && said == verdict)
    }
}

const CELLS: [Cell; 3] = [
    Cell {
        name: "same again, two suites of 60, five gates",
        suites: &[
            Suite {
                name: "first",
                cases: 60,
                gates: &[
                    "metric: pass_rate, baseline: true, margin: 0.05",
                    "metric: score, baseline: true, margin: 0.05",
                    "metric: pass_rate, baseline: true, margin: 0.1, tag: meals",
                ],
                more: "",
            },
            Suite {
                name: "second",
                cases: 60,
                gates: &[
                    "metric: pass_rate, baseline: true, margin: 0.05",
                    "metric: broken, max: 0",
                ],
                more: "",
            },
        ],
        rate: 0.9,
        change: Change::None,
        figures: &[("exit 1", Demand::AtMost(5.0))],
        count: |ended| vec![is(ended.blocks())],
    },
    Cell {
        name: "-5 slice of 100, margin gate and proof of broken cases",
        suites: &[Suite {
            name: "slice",
            cases: 100,
            gates: &[
                "metric: pass_rate, baseline: true, margin: 0.05",
                "metric: broken, max: 0",
            ],
            more: "",
        }],
        rate: 0.9,
        change: Change::Slice(0.05),
        figures: &[("exit 1", Demand::AtLeast(97.0))],
        count: |ended| vec![is(ended.blocks())],
    },
    Cell {
        name: "at the floor, .90/.85, 100 cases, three repeats",
        suites: &[Suite {
            name: "floor",
            cases: 100,
            gates: &["metric: pass_rate, target: 0.9, floor: 0.85"],
            more: "baseline: none\nrepeats: 3\n",
        }],
        rate: 0.85,
        change: Change::None,
        figures: &[
            ("verdict pass", Demand::AtMost(5.0)),
            ("exit 0", Demand::Shown),
        ],
        count: |ended| vec![is(ended.says("pass_rate", "pass")), is(!ended.blocks())],
    },
];

/// Runs the cells that are wanted and prints them.
pub(crate) fn print(bench: &mut Bench) {
    let runs = (bench.runs / 10).min(RUNS);
    println!("\nthe binary on generated recordings, {runs} runs a cell:");
    for cell in &CELLS {
        let values = cell.measure(runs);
        bench.line(cell.name, cell.figures, (&values, runs));
    }
}

/// What one thread has: a project of its own, and what it counted.
#[derive(Default)]
struct Worker {
    project: Option<Project>,
    sums: Vec<f64>,
}

impl Cell {
    /// Share of each figure, in percent.
    fn measure(&self, runs: u32) -> Vec<f64> {
        let workers = over_all_threads(runs, |run, worker: &mut Worker| {
            let project = worker
                .project
                .get_or_insert_with(|| Project::new(self.suites));
            self.answer(project, &mut SplitMix64::new(stream(SEED, run)));
            let counted = (self.count)(&ended(project));
            worker.sums.resize(counted.len(), 0.0);
            for (sum, one) in worker.sums.iter_mut().zip(counted) {
                *sum += one;
            }
        });
        let total = |at: usize| {
            let sums = workers.iter().filter_map(|worker| worker.sums.get(at));
            100.0 * sums.sum::<f64>() / f64::from(runs)
        };
        (0..self.figures.len()).map(total).collect()
    }

    /// Draws how hard the cases are, and every answer of both versions.
    fn answer(&self, project: &Project, random: &mut SplitMix64) {
        let difficulty = Difficulty {
            rate: self.rate,
            kappa: 1.0,
        };
        let cases: Vec<Cases> = self
            .suites
            .iter()
            .map(|suite| Cases::alone(random, suite.cases, difficulty, self.change))
            .collect();
        project.answer(|suite, is_candidate, case| {
            let cases = &cases[suite];
            let rates = if is_candidate {
                &cases.now
            } else {
                &cases.before
            };
            if random.unit() < rates[case] {
                "It is right, and kind."
            } else if random.unit() < 0.5 {
                "It is right."
            } else {
                "It is wrong."
            }
        });
    }
}

/// `prompteval run` on what is recorded.
fn ended(project: &Project) -> Ended {
    // Nothing is left of the run before, whose answers could be used again.
    let _ = fs::remove_dir_all(project.root().join(".prompteval"));
    let output = Command::new(env!("CARGO_BIN_EXE_prompteval"))
        .args(["run", "--responses", "replay", "--json", "report.json"])
        .args(["--quiet", "--no-github"])
        .current_dir(project.root())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let code = output.status.code().unwrap();
    assert!(
        code < 2,
        "ended with {code}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let report = fs::read(project.root().join("report.json")).unwrap();
    let report: Value = serde_json::from_slice(&report).unwrap();
    let list = |value: &Value, key: &str| value[key].as_array().cloned().unwrap_or_default();
    let mut gates = Vec::new();
    for suite in list(&report, "suites") {
        for candidate in list(&suite, "candidates") {
            for gate in list(&candidate, "gates") {
                let word = |key: &str| gate[key].as_str().unwrap_or_default().to_owned();
                gates.push((word("metric"), word("verdict")));
            }
        }
    }
    Ended { code, gates }
}
