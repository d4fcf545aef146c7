//! The stated error rates of the gates, simulated on the shipped code: 2,000 CI runs a cell, one point of tolerance.
//!
//! The whole table is `cargo bench --bench gate_trust`; here are the cells that a mistake would move first.

#[path = "../benches/gate_trust/cells/mod.rs"]
mod cells;

use cells::draws::Change;
use cells::{Setting, Tally, mean_calls, simulate};

const RUNS: u32 = 2_000;

const SEED: u64 = 11;

/// Points that a figure may miss its target by: with so few runs, chance moves it.
const TOLERANCE: f64 = 1.0;

fn margin(cases: usize, kappa: f64, change: Change) -> Tally {
    let setting = Setting {
        cases,
        kappa,
        change,
        pool: 0,
    };
    simulate(setting, RUNS, SEED)
}

#[test]
fn every_group_keeps_its_promises() {
    let mut missed = Vec::new();
    for (title, cells) in cells::groups() {
        assert!(cells.iter().any(|cell| cell.is_tested), "{title}");
        for cell in cells.iter().filter(|cell| cell.is_tested) {
            let values = cell.measure(RUNS, SEED);
            for ((what, demand), value) in cell.figures.iter().zip(values) {
                if !demand.holds(value, TOLERANCE) {
                    missed.push(format!(
                        "{title}, {}: {what} {value:.2} %, {demand}",
                        cell.name
                    ));
                }
            }
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

/// The same with twenty earlier answers of the baseline to each case.
fn pooled(cases: usize, change: Change) -> Tally {
    let setting = Setting {
        cases,
        kappa: 1.0,
        change,
        pool: 20,
    };
    simulate(setting, RUNS, SEED)
}

#[test]
fn earlier_answers_of_the_baseline_find_more_and_ask_for_less() {
    let (plain, more) = (
        margin(60, 1.0, Change::Diffuse(0.05)),
        pooled(60, Change::Diffuse(0.05)),
    );
    let found = |tally: Tally| tally.percent(tally.lean);
    assert!(found(more) >= 78.0, "{} %", found(more));
    assert!(found(more) >= found(plain) + 10.0, "{} %", found(plain));
    let (plain, more) = (margin(100, 1.0, Change::None), pooled(100, Change::None));
    assert!(found(more) <= 3.0, "{} % of the same version", found(more));
    let repeats = |tally: Tally| f64::from(tally.repeats) / f64::from(tally.runs);
    assert!(
        repeats(more) <= repeats(plain) - 0.7,
        "{} repeats, {} without",
        repeats(more),
        repeats(plain)
    );
    let missed = pooled(100, Change::Diffuse(0.05));
    assert!(missed.percent(missed.passes) <= 6.5);
}

#[test]
fn the_same_version_again_is_blocked_in_at_most_five_percent() {
    for (cases, kappa) in [(50, 1.0), (100, 1.0), (100, 0.25), (200, 1.0)] {
        let tally = margin(cases, kappa, Change::None);
        assert_eq!(tally.runs, RUNS);
        let blocked = tally.percent(tally.lean);
        assert!(
            blocked <= 5.0 + TOLERANCE,
            "{blocked} % at {cases}, {kappa}"
        );
    }
}

#[test]
fn a_regression_is_found_and_seldom_called_a_pass() {
    for (cases, change) in [
        (100, Change::Diffuse(0.05)),
        (100, Change::Slice(0.10)),
        (200, Change::Slice(0.05)),
    ] {
        let tally = margin(cases, 1.0, change);
        let found = tally.percent(tally.lean);
        assert!(
            found >= 80.0 - TOLERANCE,
            "{found} % of {change:?} at {cases}"
        );
    }
    let missed = margin(100, 1.0, Change::Slice(0.05));
    assert!(missed.percent(missed.passes) <= 6.0 + TOLERANCE);
}

#[test]
fn a_clear_pass_stops_after_a_fraction_of_the_cases() {
    let calls = mean_calls(0.95, 500, RUNS, 3);
    assert!(calls <= 150.0, "{calls}");
}
