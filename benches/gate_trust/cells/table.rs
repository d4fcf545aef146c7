//! What a cell of the table is: one kind of CI run, thousands of them over all threads, and what has to come out.

use std::fmt;

use prompteval::stats::SplitMix64;

/// What a number has to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Demand {
    AtMost(f64),
    AtLeast(f64),
    /// Within so much of zero: for the difference between what is printed and what happens.
    Within(f64),
    /// Nothing is promised.
    Shown,
}

impl Demand {
    /// Whether a value keeps the demand, or misses it by no more than the tolerance.
    pub(crate) fn holds(self, value: f64, tolerance: f64) -> bool {
        match self {
            Self::AtMost(most) => value <= most + tolerance,
            Self::AtLeast(least) => value >= least - tolerance,
            Self::Within(most) => value.abs() <= most + tolerance,
            Self::Shown => true,
        }
    }
}

impl fmt::Display for Demand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(most) => write!(f, "<= {most}"),
            Self::AtLeast(least) => write!(f, ">= {least}"),
            Self::Within(most) => write!(f, "+- {most}"),
            Self::Shown => Ok(()),
        }
    }
}

/// What is counted over the runs of a cell, and what has to come out.
pub(crate) type Figure = (&'static str, Demand);

/// One CI run: a number for each figure, 1 where it happened.
type Run = Box<dyn Fn(&mut SplitMix64) -> Vec<f64> + Send + Sync>;

/// One cell of the table.
pub(crate) struct Cell {
    pub(crate) name: String,
    pub(crate) figures: Vec<Figure>,
    /// Whether the 2,000-run test holds it, too: the cells that a mistake moves first.
    pub(crate) is_tested: bool,
    run: Run,
}

impl Cell {
    pub(crate) fn new(
        name: impl Into<String>,
        figures: &[Figure],
        run: impl Fn(&mut SplitMix64) -> Vec<f64> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            figures: figures.to_vec(),
            is_tested: false,
            run: Box::new(run),
        }
    }

    /// Has the 2,000-run test hold the cell.
    pub(crate) fn tested_if(mut self, is_tested: bool) -> Self {
        self.is_tested = is_tested;
        self
    }

    /// The mean of each figure over the runs, in percent.
    pub(crate) fn measure(&self, runs: u32, seed: u64) -> Vec<f64> {
        let mut sums = vec![0.0; self.figures.len()];
        for own in over_all_threads(runs, |run, sums: &mut Vec<f64>| {
            sums.resize(self.figures.len(), 0.0);
            let values = (self.run)(&mut SplitMix64::new(stream(seed, run)));
            for (sum, value) in sums.iter_mut().zip(values) {
                *sum += value;
            }
        }) {
            for (sum, own) in sums.iter_mut().zip(own) {
                *sum += own;
            }
        }
        sums.iter()
            .map(|sum| 100.0 * sum / f64::from(runs.max(1)))
            .collect()
    }
}

/// Does `one` for every run, each thread with a total of its own; the same runs whatever the number of threads.
pub(crate) fn over_all_threads<T: Default + Send>(
    runs: u32,
    one: impl Fn(u32, &mut T) + Sync,
) -> Vec<T> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from) as u32;
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|worker| {
                let one = &one;
                scope.spawn(move || {
                    let mut total = T::default();
                    for run in (worker..runs).step_by(threads as usize) {
                        one(run, &mut total);
                    }
                    total
                })
            })
            .collect();
        let joined = workers.into_iter().map(|worker| match worker.join() {
            Ok(total) => total,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        joined.collect()
    })
}

/// A seed of its own for each run. The generator steps by a constant, so seeds that lie a multiple of it apart would give the
/// same numbers shifted; a draw of its own scatters them.
pub(crate) fn stream(seed: u64, run: u32) -> u64 {
    SplitMix64::new(
        seed.wrapping_mul(0x1_0000_0001)
            .wrapping_add(u64::from(run)),
    )
    .next_u64()
}

/// 1 where it happened.
pub(crate) fn is(happened: bool) -> f64 {
    f64::from(u8::from(happened))
}
