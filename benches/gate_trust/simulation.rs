//! CI runs by the thousand, decided by the shipped gate code: case difficulties, answers of both versions, and what the gates say.

use prompteval::gate::evidence::{Member, Outcomes, Paired, Pool, decide_family};
use prompteval::model::looks::{ALPHA, ESCALATION, OnInconclusive};
use prompteval::stats::{
    Decision, HybridRule, SplitMix64, gate_acceptance_numbers, hybrid_decision,
};

/// True pass rate of the baseline.
pub(crate) const RATE: f64 = 0.9;

/// Tolerated drop.
const MARGIN: f64 = 0.05;

/// Most repeats of a case.
const REPEATS: usize = 5;

/// What the candidate is like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Change {
    /// The same version again.
    None,
    /// Every case gets worse, by so much in the mean.
    Diffuse(f64),
    /// Some cases break altogether, so many that the mean falls by so much.
    Slice(f64),
}

/// Size of the dataset, and how alike its cases are (the smaller, the more a case always passes or always fails).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    pub(crate) cases: usize,
    pub(crate) kappa: f64,
    pub(crate) change: Change,
    /// Earlier answers of the baseline to each case.
    pub(crate) pool: usize,
}

/// Shares of the runs of a cell.
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

/// Simulates a cell over all threads; the same runs whatever their number.
pub(crate) fn simulate(cell: Cell, runs: u32, seed: u64) -> Tally {
    let threads = std::thread::available_parallelism().map_or(1, usize::from) as u32;
    let mut tally = Tally::default();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|worker| {
                scope.spawn(move || {
                    let mut own = Tally::default();
                    for run in (worker..runs).step_by(threads as usize) {
                        own.add(one(cell, stream(seed, run)));
                    }
                    own
                })
            })
            .collect();
        for worker in workers {
            tally.add(worker.join().unwrap_or_default());
        }
    });
    tally
}

/// A seed of its own for each run. The generator steps by a constant, so seeds that lie a multiple of it apart would give the
/// same numbers shifted; a draw of its own scatters them.
fn stream(seed: u64, run: u32) -> u64 {
    SplitMix64::new(
        seed.wrapping_mul(0x1_0000_0001)
            .wrapping_add(u64::from(run)),
    )
    .next_u64()
}

fn one(cell: Cell, seed: u64) -> Tally {
    let mut random = SplitMix64::new(seed);
    let (mut baseline, mut candidate) = (Outcomes::default(), Outcomes::default());
    let mut pooled = Outcomes::default();
    for _ in 0..cell.cases {
        let rate = beta(&mut random, cell.kappa * RATE, cell.kappa * (1.0 - RATE));
        let changed = match cell.change {
            Change::Diffuse(drop) => rate * (1.0 - drop / RATE),
            Change::Slice(drop) if random.unit() < drop / RATE => 0.0,
            Change::None | Change::Slice(_) => rate,
        };
        baseline.0.push(answers(&mut random, rate, REPEATS));
        candidate.0.push(answers(&mut random, changed, REPEATS));
        pooled.0.push(answers(&mut random, rate, cell.pool));
    }
    let share = |outcomes: &Outcomes| {
        let passed = outcomes.0.iter().filter(|case| case.first() == Some(&true));
        passed.count() as f64 / cell.cases as f64
    };
    let (before, now) = (share(&baseline), share(&candidate));
    let pool = (cell.pool > 0).then(|| pool(&baseline, pooled)).flatten();
    let gate = Paired {
        baseline: &baseline,
        pool: pool.as_ref(),
        candidate: &candidate,
        clusters: None,
        margin: MARGIN,
    };
    let decided = decide_family(&[Member {
        gate: &gate,
        worst: None,
        looks: &ESCALATION,
        policy: OnInconclusive::Lean,
        settled: None,
    }]);
    let Some(Some(Ok(decided))) = decided.into_iter().next() else {
        return Tally::default();
    };
    let is = |condition: bool| u32::from(condition);
    Tally {
        runs: 1,
        absolute_90: is(now < 0.90 - 1e-9),
        absolute_85: is(now < 0.85 - 1e-9),
        relative_0: is(now < before - 1e-9),
        relative_5: is(now < before - MARGIN - 1e-9),
        warn: is(decided.decision == Decision::Fail),
        lean: is(decided.blocks),
        passes: is(decided.decision == Decision::Pass),
        open: is(decided.decision == Decision::Inconclusive),
        repeats: decided.seen.look.repeats,
    }
}

/// The pool as a run takes it: every look holds its fresh answers against it.
fn pool(baseline: &Outcomes, pooled: Outcomes) -> Option<Pool> {
    let looks = ESCALATION.map(|look| look.repeats);
    let fresh = |case: &Vec<bool>| case.iter().copied().map(Some).collect();
    let fresh: Vec<_> = baseline.0.iter().map(fresh).collect();
    Pool::new(pooled, &fresh, None, &looks).ok()
}

fn answers(random: &mut SplitMix64, rate: f64, count: usize) -> Vec<bool> {
    (0..count).map(|_| random.unit() < rate).collect()
}

/// A draw of the beta distribution with both shapes at most 1 (Johnk 1964), in logarithms so that tiny shapes do not vanish.
fn beta(random: &mut SplitMix64, a: f64, b: f64) -> f64 {
    loop {
        let x = random.unit().max(f64::MIN_POSITIVE).ln() / a;
        let y = random.unit().max(f64::MIN_POSITIVE).ln() / b;
        let top = x.max(y);
        let sum = top + ((x - top).exp() + (y - top).exp()).ln();
        if sum <= 0.0 {
            return (x - sum).exp();
        }
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
