//! The gate on proven broken cases: the cases that went from pass to fail are asked again, and the fresh answers alone decide.

use prompteval::gate::evidence::broken::{ProofCase, proven};
use prompteval::model::looks::{ALPHA, PROOF_REPEATS};
use prompteval::model::verdict::Fresh;
use prompteval::stats::SplitMix64;

use super::draws::{Cases, Change, Difficulty};
use super::table::{Cell, Demand, is};

pub(crate) fn cells() -> Vec<Cell> {
    let rows = [
        (20, Change::None, Demand::AtMost(1.0)),
        (50, Change::None, Demand::AtMost(1.0)),
        (100, Change::None, Demand::AtMost(1.0)),
        (50, Change::Slice(0.05), Demand::AtLeast(88.0)),
        (100, Change::Slice(0.05), Demand::AtLeast(97.0)),
        (200, Change::Slice(0.02), Demand::AtLeast(95.0)),
        (100, Change::Diffuse(0.05), Demand::Shown),
    ];
    let cells = rows.into_iter().map(|(cases, change, demand)| {
        let is_tested = !matches!(change, Change::Diffuse(_));
        cell(cases, change, demand).tested_if(is_tested)
    });
    cells.collect()
}

fn cell(count: usize, change: Change, demand: Demand) -> Cell {
    let difficulty = Difficulty {
        rate: 0.9,
        kappa: 1.0,
    };
    let figures = [
        ("a case proven broken", demand),
        ("one that is not", Demand::AtMost(1.0)),
    ];
    Cell::new(format!("n={count}, {change:?}"), &figures, move |random| {
        let cases = Cases::alone(random, count, difficulty, change);
        let mut asked = Vec::new();
        for (case, (before, now)) in cases.before.iter().zip(&cases.now).enumerate() {
            let (passed, passes) = (random.unit() < *before, random.unit() < *now);
            if passed && !passes {
                asked.push(ProofCase {
                    case: case as u32,
                    before: fresh(random, *before),
                    now: fresh(random, *now),
                });
            }
        }
        let broken = proven(&asked, ALPHA);
        let is_unchanged = |one: &ProofCase| {
            let at = one.case as usize;
            cases.before.get(at) == cases.now.get(at)
        };
        vec![is(!broken.is_empty()), is(broken.iter().any(is_unchanged))]
    })
}

/// Fresh answers to a case of this true rate.
fn fresh(random: &mut SplitMix64, rate: f64) -> Fresh {
    let answers = PROOF_REPEATS.len() as u32;
    let passes = (0..answers).filter(|_| random.unit() < rate).count() as u32;
    Fresh { passes, answers }
}
