//! Gates on mean scores beside a baseline: false blocks at every size and scale, and what they find.

use prompteval::gate::evidence::MeanDifference;

use super::decide::escalated_alone;
use super::draws::{Cases, Change, Difficulty, Scale};
use super::table::{Cell, Demand, is};

const MARGIN: f64 = 0.05;

/// Cases of a cluster.
const CLUSTER: usize = 5;

const DIFFICULTY: Difficulty = Difficulty {
    rate: 0.9,
    kappa: 1.0,
};

pub(crate) fn cells() -> Vec<Cell> {
    let mut cells = Vec::new();
    for cases in [20, 30, 50, 100, 300] {
        for scale in [Scale::Binary, Scale::FourLevel, Scale::Continuous] {
            for clustered in [false, true] {
                // Flips of more than 16 units take long without optimisation.
                let is_tested = (cases == 50 && clustered)
                    || (cases == 20 && !clustered && scale == Scale::FourLevel);
                cells.push(same_again(cases, scale, clustered).tested_if(is_tested));
            }
        }
    }
    for change in [Change::Diffuse(MARGIN), Change::Slice(MARGIN)] {
        cells.push(worse(change));
    }
    cells
}

fn same_again(cases: usize, scale: Scale, clustered: bool) -> Cell {
    let together = if clustered { ", clusters of five" } else { "" };
    let name = format!("same again, n={cases}, {scale:?}{together}");
    Cell::new(name, &[("blocked", Demand::AtMost(5.0))], move |random| {
        let drawn = if clustered {
            Cases::in_clusters(random, &vec![CLUSTER; cases / CLUSTER], DIFFICULTY)
        } else {
            Cases::alone(random, cases, DIFFICULTY, Change::None)
        };
        let (baseline, candidate) = drawn.scores(random, scale);
        let gate = MeanDifference {
            baseline: &baseline,
            candidate: &candidate,
            clusters: drawn.clusters.as_deref(),
            margin: MARGIN,
        };
        vec![is(escalated_alone(&gate).blocks)]
    })
}

fn worse(change: Change) -> Cell {
    let figures = [
        ("blocked", Demand::Shown),
        ("called a pass", Demand::AtMost(6.0)),
    ];
    let name = format!("{change:?}, n=100, FourLevel");
    Cell::new(name, &figures, move |random| {
        let drawn = Cases::alone(random, 100, DIFFICULTY, change);
        let (baseline, candidate) = drawn.scores(random, Scale::FourLevel);
        let gate = MeanDifference {
            baseline: &baseline,
            candidate: &candidate,
            clusters: None,
            margin: MARGIN,
        };
        let came = escalated_alone(&gate);
        vec![is(came.blocks), is(came.passes())]
    })
}
