//! The margin gate beside plain thresholds, as a table, and what stopping early saves.

use prompteval::stats::flip_probability;

use super::cells::draws::Change;
use super::cells::{Setting, Tally, mean_calls, simulate};

/// Prints the table and adds the targets that are missed.
pub(crate) fn print(runs: u32, seed: u64, missed: &mut Vec<String>) {
    println!("two identical runs disagree about `at least 90 %` (homogeneous cases, exact):");
    println!("| true rate | n=20 | 50 | 100 | 200 | 500 |");
    for rate in [0.88, 0.90, 0.92, 0.95] {
        let cells: Vec<String> = [20, 50, 100, 200, 500]
            .iter()
            .map(|n| {
                format!(
                    "{:.1} %",
                    100.0 * flip_probability(*n, 0.9, rate).unwrap_or(f64::NAN)
                )
            })
            .collect();
        println!("| {rate} | {} |", cells.join(" | "));
    }
    println!(
        "\nblocked, in % of {runs} CI runs a cell (same again | -5 diffuse | -5 slice | -10 diffuse | -10 slice), true rate .90:"
    );
    println!(
        "| n, kappa | >= .90 | >= .85 | >= baseline | >= baseline - 5 | evidence, warn | evidence, lean | pass at -5 | repeats | open |"
    );
    for cases in [50, 100, 200, 500] {
        for kappa in [1.0, 0.25] {
            row(cases, kappa, (runs, seed), missed);
        }
    }
    let calls: Vec<(f64, f64)> = [0.80, 0.90, 0.95, 0.99]
        .iter()
        .map(|rate| (*rate, mean_calls(*rate, 500, runs, seed)))
        .collect();
    println!("\n`stop: decided`, target .90, floor .85, 500 cases, calls in the mean:");
    for (rate, calls) in &calls {
        println!("  true rate {rate}: {calls:.0} of 500");
        if (*rate - 0.95).abs() < 1e-9 && *calls > 150.0 {
            missed.push(format!("{calls:.0} calls at .95, more than 150"));
        }
    }
}

fn row(cases: usize, kappa: f64, (runs, seed): (u32, u64), missed: &mut Vec<String>) {
    let changes = [
        Change::None,
        Change::Diffuse(0.05),
        Change::Slice(0.05),
        Change::Diffuse(0.10),
        Change::Slice(0.10),
    ];
    let tallies: Vec<Tally> = changes
        .iter()
        .map(|change| {
            let setting = Setting {
                cases,
                kappa,
                change: *change,
                pool: 0,
            };
            simulate(setting, runs, seed)
        })
        .collect();
    let column = |pick: fn(&Tally) -> u32| {
        let cells: Vec<String> = tallies
            .iter()
            .map(|tally| format!("{:.1}", tally.percent(pick(tally))))
            .collect();
        cells.join("/")
    };
    let [same, diffuse_5, slice_5, ..] = tallies.as_slice() else {
        return;
    };
    println!(
        "| {cases}, {kappa} | {} | {} | {} | {} | {} | **{}** | {:.1}/{:.1} | {:.1} | {} |",
        column(|t| t.absolute_90),
        column(|t| t.absolute_85),
        column(|t| t.relative_0),
        column(|t| t.relative_5),
        column(|t| t.warn),
        column(|t| t.lean),
        diffuse_5.percent(diffuse_5.passes),
        slice_5.percent(slice_5.passes),
        f64::from(same.repeats) / f64::from(same.runs),
        column(|t| t.open),
    );
    demands(cases, kappa, &tallies, missed);
}

/// The targets of a row.
fn demands(cases: usize, kappa: f64, tallies: &[Tally], missed: &mut Vec<String>) {
    let [same, diffuse_5, slice_5, diffuse_10, slice_10] = tallies else {
        return;
    };
    let mut demand = |holds: bool, what: &str| {
        if !holds {
            missed.push(format!("n={cases}, kappa={kappa}: {what}"));
        }
    };
    demand(same.percent(same.lean) <= 5.0, "more than 5 % false blocks");
    for (tally, name) in [(diffuse_5, "diffuse"), (slice_5, "slice")] {
        let what = format!("more than 6 % called a pass at -5 {name}");
        demand(tally.percent(tally.passes) <= 6.0, &what);
    }
    let detects = |tally: &Tally| tally.percent(tally.lean) >= 80.0;
    if cases >= 100 {
        demand(
            detects(diffuse_10) && detects(slice_10),
            "less than 80 % of -10 detected",
        );
        demand(detects(diffuse_5), "less than 80 % of -5 diffuse detected");
    }
    if cases >= 200 {
        demand(detects(slice_5), "less than 80 % of -5 slice detected");
    }
}
