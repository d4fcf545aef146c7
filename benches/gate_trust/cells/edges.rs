//! Where gates beside a baseline go wrong first: cases in error, pass rates near 1, clusters of unequal size.

use super::decide::{escalated_alone, paired, with_errors};
use super::draws::{Cases, Change, Difficulty};
use super::table::{Cell, Demand, is};

const MARGIN: f64 = 0.05;

/// Cases that break, and how many of them answer with an error.
const BROKEN: usize = 5;
const IN_ERROR: usize = 2;

pub(crate) fn cells() -> Vec<Cell> {
    let mut cells: Vec<Cell> = [1.0, 0.25]
        .into_iter()
        .map(|kappa| errors(kappa).tested_if(kappa >= 1.0))
        .collect();
    for kappa in [1.0, 0.25] {
        for change in [Change::None, Change::Diffuse(0.02), Change::Slice(0.02)] {
            cells.push(near_one(kappa, change).tested_if(change == Change::None));
        }
    }
    let shapes = [
        ("10x20", vec![20; 10]),
        ("40x5", vec![5; 40]),
        (
            "1x60+4x20+60x1",
            [vec![60], vec![20; 4], vec![1; 60]].concat(),
        ),
    ];
    for (name, sizes) in shapes {
        cells.push(unequal(name, sizes).tested_if(true));
    }
    cells
}

/// Five broken cases of a hundred: all of them answer, and two of them are in error. Both look at the same answers else.
fn errors(kappa: f64) -> Cell {
    let difficulty = Difficulty { rate: 0.9, kappa };
    let figures = [
        ("without errors: exit 1", Demand::Shown),
        ("2 of 5 in error: exit 1", Demand::Shown),
        ("2 of 5 in error: exit 1 or 3", Demand::Shown),
        ("that minus without errors", Demand::AtLeast(0.0)),
    ];
    let name = format!("{BROKEN} broken of 100, kappa {kappa}");
    Cell::new(name, &figures, move |random| {
        let mut cases = Cases::alone(random, 100, difficulty, Change::None);
        for now in cases.now.iter_mut().take(BROKEN) {
            *now = 0.0;
        }
        let (baseline, candidate) = cases.outcomes(random);
        let whole = escalated_alone(&paired(&baseline, &candidate, None, MARGIN));
        // What stands for an error: the candidate's answers, as passes and as failures.
        let with = |passed: bool| {
            let mut filled = candidate.clone();
            for case in filled.0.iter_mut().take(IN_ERROR) {
                case.fill(passed);
            }
            filled
        };
        let (passes, failures) = (with(true), with(false));
        let came = with_errors(
            &paired(&baseline, &passes, None, MARGIN),
            &paired(&baseline, &failures, None, MARGIN),
        );
        let found = came.blocks || came.hangs_on_errors;
        vec![
            is(whole.blocks),
            is(came.blocks),
            is(found),
            is(found) - is(whole.blocks),
        ]
    })
}

/// 99 % against 97 %, told apart by a margin of two points.
fn near_one(kappa: f64, change: Change) -> Cell {
    let difficulty = Difficulty { rate: 0.99, kappa };
    let (blocked, passed) = match change {
        Change::None => (Demand::AtMost(5.0), Demand::Shown),
        Change::Diffuse(_) | Change::Slice(_) => (Demand::Shown, Demand::AtMost(6.0)),
    };
    let figures = [("blocked", blocked), ("called a pass", passed)];
    let name = format!("rate .99, margin .02, n=300, {change:?}, kappa {kappa}");
    Cell::new(name, &figures, move |random| {
        let cases = Cases::alone(random, 300, difficulty, change);
        let (baseline, candidate) = cases.outcomes(random);
        let came = escalated_alone(&paired(&baseline, &candidate, None, 0.02));
        vec![is(came.blocks), is(came.passes())]
    })
}

/// The same version again, some clusters of which moved, with the clusters named and without.
fn unequal(name: &str, sizes: Vec<usize>) -> Cell {
    let difficulty = Difficulty {
        rate: 0.9,
        kappa: 1.0,
    };
    let figures = [
        ("blocked", Demand::AtMost(5.0)),
        ("blocked without `cluster`", Demand::Shown),
    ];
    let name = format!("clusters {name}, same again");
    Cell::new(name, &figures, move |random| {
        let cases = Cases::in_clusters(random, &sizes, difficulty);
        let (baseline, candidate) = cases.outcomes(random);
        let blocked = |clusters| {
            let gate = paired(&baseline, &candidate, clusters, MARGIN);
            is(escalated_alone(&gate).blocks)
        };
        vec![blocked(cases.clusters.as_deref()), blocked(None)]
    })
}
