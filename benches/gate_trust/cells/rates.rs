//! Gates with a target and a floor: a candidate at the floor, one at the target, and the error rates that the gate prints.

use prompteval::gate::error_rates;
use prompteval::gate::evidence::{Above, Band, Bar};
use prompteval::model::looks::OnInconclusive;
use prompteval::stats::SplitMix64;

use super::decide::{Came, at_once, escalated_alone};
use super::draws::{Cases, Change, Difficulty, answers};
use super::table::{Cell, Demand, is};

/// Cases of a cluster.
const CLUSTER: usize = 5;

/// A gate and its dataset.
#[derive(Clone, Copy)]
struct Shape {
    cases: usize,
    target: f64,
    floor: f64,
    /// Fixed repeats; `None` for as many as it takes.
    repeats: Option<u32>,
    clustered: bool,
}

pub(crate) fn cells() -> Vec<Cell> {
    let mut cells = Vec::new();
    for (cases, target, floor) in [(60, 0.95, 0.90), (100, 0.90, 0.85), (300, 0.90, 0.85)] {
        for repeats in [Some(1), Some(3), Some(5), None] {
            for clustered in [false, true] {
                let shape = Shape {
                    cases,
                    target,
                    floor,
                    repeats,
                    clustered,
                };
                // Repeats and clusters take long without optimisation.
                let is_tested = cases == 60 && !clustered && matches!(repeats, Some(1 | 3));
                cells.push(cell(shape).tested_if(is_tested));
            }
        }
    }
    cells
}

fn cell(shape: Shape) -> Cell {
    let Shape {
        cases,
        target,
        floor,
        repeats,
        clustered,
    } = shape;
    let repeated = repeats.map_or("1 to 5".to_owned(), |repeats| repeats.to_string());
    let together = if clustered { ", clusters of five" } else { "" };
    let name = format!("n={cases}, {target}/{floor}, repeats {repeated}{together}");
    // What is printed is exact for cases that are asked once and stand for themselves.
    let exact = repeats == Some(1) && !clustered;
    let mut figures = vec![
        ("floor: verdict pass", Demand::AtMost(5.0)),
        ("target: verdict fail", Demand::AtMost(5.0)),
        ("floor: exit 0", Demand::Shown),
        ("target: exit 1", Demand::Shown),
    ];
    if exact {
        figures.push(("floor: exit 0, minus printed", Demand::Within(1.0)));
        figures.push(("target: exit 1, minus printed", Demand::Within(1.0)));
    }
    Cell::new(name, &figures, move |random| {
        let at_floor = shape.came(random, floor);
        let at_target = shape.came(random, target);
        let printed = error_rates(cases as u64, target, floor, OnInconclusive::Lean);
        let printed = printed.map_or((f64::NAN, f64::NAN), |rates| {
            (rates.passes_at_floor, rates.blocks_at_target)
        });
        let (passed, blocked) = (is(!at_floor.blocks), is(at_target.blocks));
        vec![
            is(at_floor.passes()),
            is(at_target.fails()),
            passed,
            blocked,
            passed - printed.0,
            blocked - printed.1,
        ]
    })
}

impl Shape {
    /// How a candidate of this true rate comes out.
    fn came(self, random: &mut SplitMix64, rate: f64) -> Came {
        let difficulty = Difficulty { rate, kappa: 1.0 };
        let cases = if self.clustered {
            Cases::in_clusters(random, &vec![CLUSTER; self.cases / CLUSTER], difficulty)
        } else {
            Cases::alone(random, self.cases, difficulty, Change::None)
        };
        let outcomes = answers(random, &cases.now);
        let gate = Above {
            answers: &outcomes,
            clusters: cases.clusters.as_deref(),
            bar: Bar::Band(Band {
                target: self.target,
                floor: self.floor,
            }),
        };
        match self.repeats {
            Some(repeats) => at_once(&gate, repeats),
            None => escalated_alone(&gate),
        }
    }
}
