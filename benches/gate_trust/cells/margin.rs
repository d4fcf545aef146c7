//! The margin gate beside plain thresholds: what each of them blocks of the same CI runs, and what it takes to decide.

use prompteval::gate::evidence::{Outcomes, Paired};
use prompteval::model::looks::ALPHA;
use prompteval::stats::{HybridRule, SplitMix64, gate_acceptance_numbers, hybrid_decision};

use super::decide::{escalated_alone, paired};
use super::draws::{Cases, Change, Difficulty};
use super::history::pool;
use super::table::{over_all_threads, stream};

/// True pass rate of the baseline.
pub(crate) const RATE: f64 = 0.9;

/// Tolerated drop.
const MARGIN: f64 = 0.05;

/// Size of the dataset, and how alike its cases are (the smaller, the more a case always passes or always fails).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    pub(crate) cases: usize,
    pub(crate) kappa: f64,
    pub(crate) change: Change,
    /// Earlier answers of the baseline to each case.
    pub(crate) pool: usize,
}

/// Shares of the runs of a setting.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) runs: u32,
    /// Candidate alone, blocked when below .90 and .85 at one answer a case.
    pub(crate) absolute_90: u32,
    pub(crate) absolute_85: u32,
    /// Candidate against baseline, blocked when below it, and when more than the margin below it.
    pub(crate) relative_0: u32,
    pub(crate) relative_5: u32,
    /// The shipped gate with `on_inconclusive: warn` and with `lean`.
    pub(crate) warn: u32,
    pub(crate) lean: u32,
    /// Runs that the shipped gate calls a pass, and runs that it leaves open.
    pub(crate) passes: u32,
    pub(crate) open: u32,
    /// Repeats paid for, summed over runs.
    pub(crate) repeats: u32,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.runs += other.runs;
        self.absolute_90 += other.absolute_90;
        self.absolute_85 += other.absolute_85;
        self.relative_0 += other.relative_0;
        self.relative_5 += other.relative_5;
        self.warn += other.warn;
        self.lean += other.lean;
        self.passes += other.passes;
        self.open += other.open;
        self.repeats += other.repeats;
    }

    /// A count as percent of the runs.
    pub(crate) fn percent(&self, count: u32) -> f64 {
        100.0 * f64::from(count) / f64::from(self.runs.max(1))
    }
}

/// Simulates a setting over all threads; the same runs whatever their number.
pub(crate) fn simulate(setting: Setting, runs: u32, seed: u64) -> Tally {
    let totals = over_all_threads(runs, |run, total: &mut Tally| {
        total.add(one(setting, stream(seed, run)));
    });
    let mut tally = Tally::default();
    for total in totals {
        tally.add(total);
    }
    tally
}

fn one(setting: Setting, seed: u64) -> Tally {
    let mut random = SplitMix64::new(seed);
    let difficulty = Difficulty {
        rate: RATE,
        kappa: setting.kappa,
    };
    let cases = Cases::alone(&mut random, setting.cases, difficulty, setting.change);
    let (baseline, candidate) = cases.outcomes(&mut random);
    let share = |outcomes: &Outcomes| {
        let passed = outcomes.0.iter().filter(|case| case.first() == Some(&true));
        passed.count() as f64 / setting.cases as f64
    };
    let (before, now) = (share(&baseline), share(&candidate));
    let pool = pool(&mut random, &cases, &baseline, setting.pool);
    let came = escalated_alone(&Paired {
        pool: pool.as_ref(),
        ..paired(&baseline, &candidate, None, MARGIN)
    });
    let is = |condition: bool| u32::from(condition);
    Tally {
        runs: 1,
        absolute_90: is(now < 0.90 - 1e-9),
        absolute_85: is(now < 0.85 - 1e-9),
        relative_0: is(now < before - 1e-9),
        relative_5: is(now < before - MARGIN - 1e-9),
        warn: is(came.fails()),
        lean: is(came.blocks),
        passes: is(came.passes()),
        open: is(came.is_open()),
        repeats: came.repeats,
    }
}

/// Mean number of cases that the hybrid rule asks before it stops, of `total`, at a true rate.
pub(crate) fn mean_calls(rate: f64, total: u64, runs: u32, seed: u64) -> f64 {
    let (target, floor) = (0.90, 0.85);
    let Ok(numbers) = gate_acceptance_numbers(total, target, floor, ALPHA * 0.8) else {
        return f64::NAN;
    };
    let rule = HybridRule {
        total,
        target,
        floor,
        alpha_early: ALPHA * 0.2,
        numbers,
    };
    let mut random = SplitMix64::new(seed);
    let mut calls = 0_u64;
    for _ in 0..runs {
        let mut passed = 0;
        for seen in 1..=total {
            passed += u64::from(random.unit() < rate);
            calls += 1;
            if matches!(hybrid_decision(passed, seen, &rule), Ok(Some(_))) {
                break;
            }
        }
    }
    calls as f64 / f64::from(runs)
}
