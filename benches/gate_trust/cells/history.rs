//! Earlier answers of the baseline beside its fresh ones: what they add, and that they block no more of what is the same.

use prompteval::gate::evidence::{Outcomes, Paired, Pool};
use prompteval::model::looks::{ESCALATION, POOL_REPEATS};
use prompteval::stats::SplitMix64;

use super::decide::{escalated_alone, paired};
use super::draws::{Cases, Change, Difficulty};
use super::table::{Cell, Demand, is};

const MARGIN: f64 = 0.05;

pub(crate) fn cells() -> Vec<Cell> {
    let mut cells = Vec::new();
    for cases in [50, 100] {
        cells.push(same_again(cases).tested_if(true));
    }
    for cases in [50, 60] {
        cells.push(worse(cases).tested_if(true));
    }
    cells
}

fn same_again(cases: usize) -> Cell {
    let figures = [
        ("blocked", Demand::AtMost(5.0)),
        ("blocked without", Demand::AtMost(5.0)),
    ];
    Cell::new(
        format!("same again, n={cases}, pool of 20"),
        &figures,
        move |random| both(random, cases, Change::None).to_vec(),
    )
}

fn worse(cases: usize) -> Cell {
    let figures = [
        ("blocked", Demand::Shown),
        ("blocked without", Demand::Shown),
        ("more", Demand::AtLeast(0.0)),
    ];
    Cell::new(
        format!("-5 diffuse, n={cases}, pool of 20"),
        &figures,
        move |random| {
            let [with, without] = both(random, cases, Change::Diffuse(0.05));
            vec![with, without, with - without]
        },
    )
}

/// Whether the same answers are blocked with the pool and without.
fn both(random: &mut SplitMix64, count: usize, change: Change) -> [f64; 2] {
    let difficulty = Difficulty {
        rate: 0.9,
        kappa: 1.0,
    };
    let cases = Cases::alone(random, count, difficulty, change);
    let (baseline, candidate) = cases.outcomes(random);
    let pool = pool(random, &cases, &baseline, POOL_REPEATS.len());
    let without = paired(&baseline, &candidate, None, MARGIN);
    let with = Paired {
        pool: pool.as_ref(),
        ..without.clone()
    };
    [&with, &without].map(|gate| is(escalated_alone(gate).blocks))
}

/// So many earlier answers a case, held against the fresh ones as a run does at every look.
pub(super) fn pool(
    random: &mut SplitMix64,
    cases: &Cases,
    fresh: &Outcomes,
    depth: usize,
) -> Option<Pool> {
    if depth == 0 {
        return None;
    }
    let mut earlier = |rate: &f64| (0..depth).map(|_| random.unit() < *rate).collect();
    let outcomes = Outcomes(cases.before.iter().map(&mut earlier).collect());
    let some = |case: &Vec<bool>| case.iter().copied().map(Some).collect();
    let fresh: Vec<Vec<Option<bool>>> = fresh.0.iter().map(some).collect();
    let looks = ESCALATION.map(|look| look.repeats);
    Pool::new(outcomes, &fresh, None, &looks).ok()
}
